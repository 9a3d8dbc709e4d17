"""The HTTP layer: secrets stay at their origin, limits hold, writes go out once, every failure speaks in words."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import pickle
import ssl
import tracemalloc
import zlib
from typing import Any

import httpx
import pytest

from studio_tui.client import http as http_module
from studio_tui.client.api import Client, Target
from studio_tui.client.failures import error_texts
from studio_tui.errors import (
    AuthError,
    ConflictError,
    ConnectError,
    NotFoundError,
    ProtocolError,
    ReadOnlyError,
    RejectedError,
    ServerError,
    StudioError,
    UnsupportedError,
    UsageError,
)
from studio_tui.text.sanitize import is_safe
from tests.stream.mock_server import FIXTURES, RUN, THREAD, Talk, fixture, talking
from tests.stream.raw_server import Connection, raw_server

KEY = "lsv2_pt_THE-SECRET-KEY"
SECRETS = {"x-api-key": KEY, "Authorization": "Bearer tok-ABCDEF-123456", "X-Tenant": "tenant-0815-secret"}


def assert_clean(text: str) -> None:
    """No secret header value occurs in `text`."""
    for value in (KEY, "tok-ABCDEF-123456", "tenant-0815-secret"):
        assert value not in text


# --- the key stays at its origin -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("verb", ["GET", "POST", "stream"])
async def test_the_key_never_leaves_its_origin(status: int, verb: str) -> None:
    thief: list[str] = []

    async def steal(connection: Connection) -> None:
        line, headers, body = await connection.request()
        thief.append(f"{line} {headers} {body!r}")
        await connection.json("{}")

    async with raw_server(steal) as other:

        async def redirect(connection: Connection) -> None:
            await connection.request()
            await connection.json("{}", f"{status} Moved", f"location: {other}/x?api_key=abc\r\n")

        async with raw_server(redirect) as url:
            client = Client(Target(url, SECRETS))
            calls: dict[str, Any] = {
                "GET": lambda: client.thread(THREAD),
                "POST": lambda: client.create_run(THREAD, {"input": "private"}),
                "stream": lambda: client.join_run(THREAD, RUN).__aenter__(),
            }
            with pytest.raises(ConnectError) as caught:
                await calls[verb]()
            await client.aclose()
        assert other in caught.value.title
        assert "no key was sent" in caught.value.detail
        assert "api_key" not in str(caught.value)
        assert thief == []


async def test_a_redirect_within_the_server_names_the_new_place_and_is_not_followed() -> None:
    async with talking(lambda _: httpx.Response(308, headers={"location": "/api/v1/info"}), headers=SECRETS) as talk:
        with pytest.raises(ConnectError, match=r"redirects to http://127\.0\.0\.1:2024/api/v1/info"):
            await talk.client.thread(THREAD)
        assert len(talk.requests) == 1


async def test_a_loopback_server_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def proxy(connection: Connection) -> None:
        seen.append((await connection.request())[0])
        await connection.json("{}")

    async def server(connection: Connection) -> None:
        await connection.request()
        await connection.json('{"ok":true}')

    async with raw_server(proxy) as proxy_url, raw_server(server) as url:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy_url)
        client = Client(Target(url, SECRETS))
        assert await client.http.request("GET", "/ok")
        await client.aclose()
    assert seen == []


def echo_everything(request: httpx.Request) -> httpx.Response:
    """A server that repeats all headers in its error, as careless ones do."""
    return httpx.Response(500, json={"detail": json.dumps(dict(request.headers)), "x": str(request.url)})


async def test_the_key_is_in_no_repr_exception_log_exchange_or_curl(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with talking(echo_everything, headers=SECRETS) as talk:
        with pytest.raises(ServerError) as caught:
            await talk.client.create_run(
                THREAD, {"assistant_id": "x", "config": {"configurable": {"openai_api_key": "K" * 9}}}
            )
        error = caught.value
        for text in (
            repr(talk.client.target),
            str(talk.client.target),
            repr(error),
            str(error),
            error.detail,
            error.hint,
        ):
            assert_clean(text)
        assert (error.__cause__, error.__context__) == (None, None)
        (exchange,) = talk.exchanges
        assert_clean(repr(exchange))
        assert "K" * 9 not in repr(exchange)
        assert '"x-api-key: $LANGGRAPH_API_KEY"' in exchange.curl
        assert talk.last.headers["x-api-key"] == KEY
        assert json.loads(talk.last.content)["config"]["configurable"]["openai_api_key"] == "K" * 9
    assert_clean(caplog.text)


@pytest.mark.parametrize("value", [f"{KEY}\n", f"{KEY}\nx: y", f"“{KEY}”", f"{KEY}\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(value: str) -> None:
    if value.strip() == KEY:
        assert Target("http://h:1", {"x-api-key": value}).headers["x-api-key"] == KEY
        return
    with pytest.raises(UsageError) as caught:
        Target("http://h:1", {"x-api-key": value})
    assert_clean(f"{caught.value} {caught.value.hint} {caught.value.__cause__!r} {caught.value.__context__!r}")


def test_a_target_is_not_pickled_with_its_secrets() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Target("http://h:1", SECRETS))


@pytest.mark.parametrize(
    "url",
    [
        "h:1",
        "ftp://h",
        "http://",
        "http://h:1?x=1",
        "http://u:pw@h",
        "http://h h",
        "http://h:99999",
        "http://h/\x1b[2J",
    ],
)
def test_unusable_urls_are_refused_in_safe_words(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Target(url)
    assert is_safe(str(caught.value))
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("base", ["https://h.example/prefix/", "https://h.example/prefix"])
async def test_a_path_prefix_is_kept(base: str) -> None:
    async with talking({"GET /prefix/threads/" + THREAD: fixture("py/thread_chat.json")}, base_url=base) as talk:
        await talk.client.thread(THREAD)
        assert str(talk.last.url) == f"https://h.example/prefix/threads/{THREAD}"


@pytest.mark.parametrize(
    "evil", ["../assistants/search", "..", ".", "a/b", "%2e%2e", "x?y", "x#y", "", "\x1b[2J", "a b", "é"]
)
async def test_no_id_reaches_another_endpoint(evil: str) -> None:
    async with talking({}) as talk:
        for call in (
            talk.client.thread(evil),
            talk.client.run(THREAD, evil),
            talk.client.state(THREAD, checkpoint_id=evil or "/"),
            talk.client.delete_cron(evil),
        ):
            with pytest.raises(UsageError) as caught:
                await call
            assert is_safe(str(caught.value))
        assert talk.requests == []


# --- read-only -------------------------------------------------------------------------------------------------------


def writes(talk: Talk) -> list[Any]:
    """Every call that changes the server."""
    client = talk.client
    return [
        client.create_thread(),
        client.copy_thread(THREAD),
        client.patch_thread(THREAD, {}),
        client.delete_thread(THREAD),
        client.prune_threads([THREAD]),
        client.update_state(THREAD, {}),
        client.update_state(THREAD, {}, checkpoint={"checkpoint_id": THREAD}),
        client.create_run(THREAD, {}),
        client.create_run(None, {}),
        client.wait_run(None, {}),
        client.stream_run(THREAD, {}).__aenter__(),
        client.cancel_run(THREAD, RUN),
        client.delete_run(THREAD, RUN),
        client.create_assistant("g"),
        client.update_assistant(THREAD, {"graph_id": "g"}),
        client.set_assistant_version(THREAD, 1),
        client.delete_assistant(THREAD),
        client.store_put(["a"], "k", {}),
        client.store_delete(["a"], "k"),
        client.create_cron({}),
        client.update_cron(THREAD, {}),
        client.delete_cron(THREAD),
        client.http.request("POST", "/threads/search/../x"),
        client.http.request("PUT", "/threads/search"),
        client.http.request("POST", "/runs/cancel"),
    ]


async def test_read_only_mode_sends_no_write() -> None:
    async with talking(lambda _: httpx.Response(200, json={}), readonly=True) as talk:
        for call in writes(talk):
            with pytest.raises(ReadOnlyError, match="nothing was sent"):
                await call
        assert talk.requests == []
        assert talk.exchanges == []


async def test_read_only_mode_lets_reading_posts_through() -> None:
    async with talking(lambda _: httpx.Response(200, json=[]), readonly=True) as talk:
        client = talk.client
        await client.assistants()
        await client.assistant_count()
        await client.assistant_versions(THREAD)
        await client.threads()
        await client.thread_count()
        await client.history(THREAD, checkpoint={"checkpoint_ns": "a:1"})
        await client.store_items()
        await client.store_namespaces()
        await client.crons()
        await client.cron_count()
        assert {request.method for request in talk.requests} == {"POST"}
        assert len(talk.requests) == 10


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_an_answer_that_announces_too_much_is_not_read() -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n[")
        await connection.request()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await client.thread(THREAD)
        await client.aclose()


async def endless(connection: Connection, body: bytes, head: str) -> None:
    await connection.request()
    await connection.send(f"HTTP/1.1 200 OK\r\n{head}connection: close\r\n\r\n".encode())
    while True:
        await connection.send(body)


async def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server(lambda connection: endless(connection, b" " * 65_536, "")) as url:
        client = Client(Target(url))
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await client.thread(THREAD)
        await client.aclose()


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_an_inflate_bomb_is_refused_without_unfolding(encoding: str) -> None:
    packed = gzip.compress(bytes(64 << 20)) if encoding == "gzip" else zlib.compress(bytes(64 << 20))

    async def handler(connection: Connection) -> None:
        await connection.request()
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(packed)}\r\n\r\n"
        await connection.send(head.encode() + packed)

    async with raw_server(handler) as url:
        client = Client(Target(url))
        tracemalloc.start()
        with pytest.raises(ProtocolError, match="larger than 16 MiB"):
            await client.thread(THREAD)
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
        tracemalloc.stop()
        await client.aclose()


async def test_a_compressed_stream_has_a_small_limit_per_event() -> None:
    packed = gzip.compress(b"data: " + bytes(64 << 20))

    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.event_stream("content-encoding: gzip\r\n")
        await connection.send(packed)

    async with raw_server(handler) as url:
        client = Client(Target(url))
        async with client.join_run(THREAD, RUN) as stream:
            with pytest.raises(ProtocolError, match="larger than 8 MiB"):
                await anext(aiter(stream))
        await client.aclose()


async def test_a_proxy_that_compresses_is_understood_and_other_encodings_are_refused() -> None:
    body = gzip.compress(json.dumps(fixture("py/thread_chat.json")).encode())

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        kind = "gzip" if request.url.path.endswith(THREAD) else "br"
        return httpx.Response(200, headers={"content-encoding": kind}, stream=Once(body))

    async with talking(answer) as talk:
        assert (await talk.client.thread(THREAD)).thread_id
        with pytest.raises(ProtocolError, match="compressed with br"):
            await talk.client.thread(RUN)


class Once(httpx.AsyncByteStream):
    """A body that arrives once, in small pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> Any:
        for start in range(0, len(self._body), 100):
            yield self._body[start : start + 100]


# --- retries ---------------------------------------------------------------------------------------------------------


async def test_a_read_is_tried_once_more_on_a_fresh_connection_after_a_reset() -> None:
    requests: list[int] = []

    async def handler(connection: Connection) -> None:
        while True:
            await connection.request()
            requests.append(connection.number)
            if len(requests) == 2:
                return connection.reset()
            await connection.json('{"ok":true}')

    async with raw_server(handler) as url:
        client = Client(Target(url))
        await client.http.request("GET", "/ok")
        await client.http.request("GET", "/ok")
        await client.aclose()
    assert requests == [0, 0, 1]


async def test_a_read_is_not_tried_for_ever() -> None:
    requests: list[str] = []

    async def handler(connection: Connection) -> None:
        requests.append((await connection.request())[0])
        connection.reset()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ConnectError, match="broke") as caught:
            await client.threads()
        assert not caught.value.ambiguous
        await client.aclose()
    assert len(requests) == 2


@pytest.mark.parametrize("fault", ["reset", "close", "cut"])
@pytest.mark.parametrize("call", ["create_run", "update_state", "delete_thread", "stream_run"])
async def test_a_write_whose_answer_is_lost_is_sent_once_and_told_as_unknown(fault: str, call: str) -> None:
    requests: list[str] = []

    async def handler(connection: Connection) -> None:
        requests.append((await connection.request())[0])
        if fault == "reset":
            connection.reset()
        elif fault == "cut" and call != "stream_run":
            await connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        calls: dict[str, Any] = {
            "create_run": lambda: client.create_run(THREAD, {}),
            "update_state": lambda: client.update_state(THREAD, {"a": 1}),
            "delete_thread": lambda: client.delete_thread(THREAD),
            "stream_run": lambda: client.stream_run(THREAD, {}).__aenter__(),
        }
        with pytest.raises(ConnectError, match="may have been carried out") as caught:
            await calls[call]()
        assert caught.value.ambiguous
        await client.aclose()
    assert len(requests) == 1


async def test_after_a_server_error_a_write_uses_a_connection_of_its_own() -> None:
    numbers: list[int] = []

    async def handler(connection: Connection) -> None:
        while True:
            line, _, _ = await connection.request()
            numbers.append(connection.number)
            if line.startswith("GET"):
                return await connection.json("Internal Server Error", "500 Internal Server Error")
            await connection.json(json.dumps(fixture("py/run_create.json")))

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ServerError):
            await client.thread(THREAD)
        await client.create_run(THREAD, {})
        await client.create_run(THREAD, {})
        await client.aclose()
    assert numbers == [0, 1, 2]


async def test_a_refused_connection_is_never_an_ambiguous_write() -> None:
    async with raw_server(lambda _: asyncio.sleep(0)) as url:
        pass
    client = Client(Target(url))
    with pytest.raises(ConnectError, match="Nothing listens") as caught:
        await client.create_run(THREAD, {})
    assert not caught.value.ambiguous
    assert "langgraph dev" in caught.value.hint
    await client.aclose()


# --- failures in words -----------------------------------------------------------------------------------------------


def test_every_error_body_of_the_fixtures_yields_its_useful_line() -> None:
    expected = {
        "201_supersteps_partial": "was created, but there were problems",
        "400_config_and_context": "Cannot specify both configurable and context",
        "400_update_no_graph": "has no assigned graph ID",
        "401_custom_auth": "Missing credentials",
        "403_custom_auth": "read only user",
        "404_assistant": "Thread or assistant not found.",
        "404_route": "Not Found",
        "404_run_cancel": "No runs found to cancel.",
        "404_thread": "Thread with ID",
        "405_method": "Method Not Allowed",
        "409_thread_exists": "already exists",
        "422_assistant": "Invalid assistant: 'nosuch'",
        "422_bad_uuid": "Invalid thread ID: must be a UUID",
        "422_empty_body": "Invalid JSON in request body",
        "422_schema": "0 is less than the minimum of 1",
        "422_store_namespace_plaintext": "Namespace label 'a.b'",
        "500_history_before_object": "Internal Server Error",
    }
    for path in sorted((FIXTURES / "py/errors").glob("*.json")):
        body = json.loads(path.read_text())["body"]
        first, whole = error_texts(body if isinstance(body, str) else json.dumps(body))
        assert expected.pop(path.stem) in first
        assert "\n" not in first
        assert first in whole
    assert not expected


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('{"error":"not_found","message":"no thread","details":null}', "no thread"),
        ('{"error":"Key is required"}', "Key is required"),
        ('{"detail":[{"type":"x","loc":["body","limit"],"msg":"too big"},{"msg":"bad"}]}', "limit: too big; bad"),
        (
            '{"success":false,"error":{"issues":[{"code":"c","path":["input"],"message":"Required"}],"name":"ZodError"}}',
            "input: Required",
        ),
        ('{"error":{"message":"inner"}}', "inner"),
        ("plain text", "plain text"),
        ("{}", ""),
        ("[]", ""),
        ('"just a string"', "just a string"),
        ("[" * 5000, "[" * 5000),
        ("<!DOCTYPE html><html>...", ""),
        ('{"detail":{"message":"deep"}}', "deep"),
        ('{"detail":7}', '{"detail":7}'),
    ],
)
def test_the_extractor_knows_the_shapes_of_all_servers(body: str, line: str) -> None:
    assert error_texts(body)[0] == line


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, '{"detail":"bad"}', RejectedError, "Not accepted: bad"),
        (401, '{"detail":"Missing credentials"}', AuthError, "wants credentials"),
        (403, '{"detail":"Forbidden"}', AuthError, "does not allow"),
        (404, '{"detail":"Not Found"}', NotFoundError, f"thread {THREAD}"),
        (405, '{"detail":"Method Not Allowed"}', UnsupportedError, "does not offer"),
        (409, '{"detail":"Thread is busy: [{<run dump>}]"}', ConflictError, "Conflict: Thread is busy"),
        (413, "", RejectedError, "too large"),
        (422, "0 is less than 1\n\nFailed validating", RejectedError, "0 is less than 1"),
        (422, "Thread is already running a task. Wait", ConflictError, "busy"),
        (429, "slow down", RejectedError, "Too many requests"),
        (500, "Internal Server Error", ServerError, "The server failed (500)"),
        (501, "", UnsupportedError, "does not offer"),
        (502, "<html><body>nginx</body></html>", ServerError, "The gateway at"),
        (503, "", ServerError, "overloaded or restarting"),
        (504, "<html>", ServerError, "waited too long"),
        (418, "<html>teapot</html>", ConnectError, "web page"),
    ],
)
async def test_every_status_is_one_error_with_cause_and_next_step(
    status: int, body: str, kind: type[StudioError], words: str
) -> None:
    async with talking(lambda _: httpx.Response(status, text=body)) as talk:
        with pytest.raises(StudioError) as caught:
            await talk.client.thread(THREAD)
    error = caught.value
    assert type(error) is kind
    assert words in error.title
    assert error.status == status
    assert error.hint
    assert "\n" not in error.title
    assert len(error.title) < 400
    assert "<html" not in f"{error.title}{error.detail}"


async def test_a_refused_key_is_told_apart_from_a_missing_one() -> None:
    async with talking(lambda _: httpx.Response(401, json={}), headers=SECRETS) as talk:
        with pytest.raises(AuthError, match="refused the credentials"):
            await talk.client.thread(THREAD)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("9999", 120.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
async def test_retry_after_is_told_within_reason(header: str, seconds: float | None) -> None:
    async with talking(lambda _: httpx.Response(503, headers={"retry-after": header})) as talk:
        with pytest.raises(ServerError) as caught:
            await talk.client.thread(THREAD)
    assert caught.value.retry_after == seconds


async def test_hostile_error_text_is_made_visible() -> None:
    evil = "\x1b]52;c;ZXZpbA==\x07[@click=app.quit]x[/] \u202egnp\x9b2J\ud800"
    async with talking(
        lambda _: httpx.Response(400, content=json.dumps({"detail": f"{evil}\n{evil}"}).encode())
    ) as talk:
        with pytest.raises(RejectedError) as caught:
            await talk.client.thread(THREAD)
    assert is_safe(caught.value.title)
    assert is_safe(caught.value.detail)
    assert "␛" in caught.value.title


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda request: httpx.ConnectTimeout("x", request=request), "does not answer"),
        (lambda request: httpx.ReadTimeout("x", request=request), "took too long"),
        (lambda request: httpx.WriteTimeout("x", request=request), "took too long"),
        (lambda request: httpx.PoolTimeout("x", request=request), "Too many requests at once"),
        (lambda request: httpx.ProxyError("403 Forbidden", request=request), "The proxy refuses"),
        (lambda request: httpx.ConnectError("[Errno 113]", request=request), "Cannot connect"),
        (lambda request: httpx.RemoteProtocolError("illegal status line", request=request), "no complete answer"),
        (lambda request: httpx.LocalProtocolError(f"Illegal header value {KEY}", request=request), "could not be made"),
    ],
)
async def test_every_network_failure_is_told_in_words(make: Any, words: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise make(request)

    async with talking(fail, headers=SECRETS) as talk:
        with pytest.raises(StudioError) as caught:
            await talk.client.thread(THREAD)
        assert words in caught.value.title
        assert caught.value.hint
        assert caught.value.__context__ is None
        assert_clean(f"{caught.value} {caught.value.hint} {talk.exchanges}")
        assert talk.exchanges[-1].status is None
        assert talk.exchanges[-1].error


async def test_an_unknown_host_is_named() -> None:
    client = Client(Target("https://no-such-host.invalid"))
    with pytest.raises(ConnectError, match=r"No host named no-such-host\.invalid"):
        await client.thread(THREAD)
    await client.aclose()


async def test_https_to_a_plain_server_says_so() -> None:
    async def handler(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    async with raw_server(handler) as url:
        client = Client(Target(url.replace("http:", "https:")))
        with pytest.raises(ConnectError, match="No TLS connection") as caught:
            await client.thread(THREAD)
        assert "http://" in caught.value.hint
        await client.aclose()


async def test_an_untrusted_certificate_says_why() -> None:
    failure = ssl.SSLCertVerificationError("x")
    failure.verify_message = "self-signed certificate"

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x", request=request) from failure

    async with talking(fail, base_url="https://h.example") as talk:
        with pytest.raises(ConnectError, match=r"certificate of h\.example is not trusted") as caught:
            await talk.client.thread(THREAD)
    assert caught.value.detail == "self-signed certificate"


async def test_something_that_is_not_http_says_so() -> None:
    async def handler(connection: Connection) -> None:
        await connection.send(b"SSH-2.0-OpenSSH_9.6\r\n")

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ConnectError, match="no complete answer"):
            await client.thread(THREAD)
        await client.aclose()


async def test_a_silent_server_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.request()

    async with raw_server(handler) as url:
        client = Client(Target(url))
        with pytest.raises(ConnectError, match="took too long"):
            await client.http.request("GET", "/info", timeout=0.05)
        await client.aclose()


@pytest.mark.parametrize("body", ["", "<html>portal</html>", "not json", '{"a":', "[]", "7", "null"])
async def test_an_answer_that_is_no_object_is_an_error(body: str) -> None:
    async with talking(lambda _: httpx.Response(200, text=body)) as talk:
        with pytest.raises((ProtocolError, ConnectError)) as caught:
            await talk.client.thread(THREAD)
    assert is_safe(str(caught.value))


# --- exchanges and bodies --------------------------------------------------------------------------------------------


async def test_every_request_is_reported_once_with_its_figures() -> None:
    async with talking({"POST /threads/search": []}) as talk:
        await talk.client.threads()
        with pytest.raises(NotFoundError):
            await talk.client.thread(THREAD)
        first, second = talk.exchanges
    assert (first.method, first.url, first.status) == ("POST", "http://127.0.0.1:2024/threads/search", 200)
    assert (first.sent, first.received, first.response_head) == (len(talk.requests[0].content), 2, "[]")
    assert json.loads(first.request_body)["limit"] == 50
    assert first.seconds is not None
    assert (second.seq, second.status) == (first.seq + 1, 404)
    assert "Not found" in second.error


async def test_a_stream_is_reported_when_it_opens_and_when_it_ends() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Once(b"data: 1\n\n"))

    async with talking(answer) as talk:
        async with talk.client.stream_run(THREAD, {"assistant_id": "x"}) as stream:
            assert [frame.data async for frame in stream] == ["1"]
        opened, ended = talk.exchanges
    assert opened.seq == ended.seq
    assert (opened.received, ended.received) == (0, 9)


async def test_every_post_carries_a_body() -> None:
    async with talking(lambda _: httpx.Response(200, json=fixture("py/thread_chat.json"))) as talk:
        await talk.client.copy_thread(THREAD)
        await talk.client.cancel_run(THREAD, RUN)
        assert [request.content for request in talk.requests] == [b"{}", b"{}"]


async def test_lone_surrogates_and_big_integers_are_sent_unharmed() -> None:
    async with talking({f"POST /threads/{THREAD}/state": {"checkpoint": {}}}) as talk:
        await talk.client.update_state(THREAD, {"a": "\ud800", "n": 2**70})
        assert talk.body()["values"] == {"a": "\ud800", "n": 2**70}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
async def test_what_no_json_can_hold_is_refused_before_sending(value: float) -> None:
    async with talking({}) as talk:
        with pytest.raises(RejectedError, match="cannot be sent"):
            await talk.client.update_state(THREAD, {"a": value})
        assert talk.requests == []


async def test_numbers_and_damaged_bytes_are_read_tolerantly() -> None:
    body = (
        b'\xef\xbb\xbf{"n":18446744073709551617,"x":NaN,"s":"\\ud800","t":"\xff","c":"a\x01b","big":'
        + b"9" * 5000
        + b"}"
    )
    async with talking(lambda _: httpx.Response(200, content=body)) as talk:
        value: Any = (await talk.client.http.request("GET", "/x")).json()
    assert value["n"] == 18446744073709551617
    assert value["x"] != value["x"]
    assert (value["s"], value["t"], value["c"]) == ("\ud800", "\ufffd", "a\x01b")
    assert value["big"] == "9" * 5000


async def test_hopeless_nesting_is_an_error_and_no_crash() -> None:
    async with talking(lambda _: httpx.Response(200, content=b'{"a":' * 100_000)) as talk:
        with pytest.raises(ProtocolError, match="nested too deeply"):
            await talk.client.thread(THREAD)


@pytest.mark.parametrize(
    "poison",
    [
        b"[" * 5000 + b"]" * 5000,
        b'{"thread_id":"x","metadata":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"thread_id": nonsense}',
        b"null",
        b"7",
        b'"text, with [brackets} and \\"quotes\\""',
        b'{"no_id":1}',
        b'{"thread_id":{"a":1}}',
        b'{"thread_id":"\\ud800\xff","status":5,"metadata":[1],"interrupts":"x","created_at":1e400}',
        b"{}",
    ],
)
async def test_one_poisoned_record_never_hides_the_others(poison: bytes) -> None:
    rows = [json.dumps({"thread_id": f"t{n}", "status": "idle", "metadata": {}}).encode() for n in range(19)]
    body = b"[" + b",".join([*rows[:7], poison, *rows[7:]]) + b"]"
    async with talking(lambda _: httpx.Response(200, content=body)) as talk:
        page = await talk.client.threads(limit=20)
    assert [item.thread_id for item in page.items if item.thread_id.startswith("t")] == [f"t{n}" for n in range(19)]
    assert len(page.items) + len(page.problems) == 20
    assert all(is_safe(problem) for problem in page.problems)
    assert page.next_offset == 20


def test_limits_are_what_the_words_say() -> None:
    assert http_module.RESPONSE_LIMIT == 16 << 20
