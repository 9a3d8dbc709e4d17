"""Every failure is one error with what, why and what to do (RELIABILITY G22)."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from studio_tui.client.api import Client
from studio_tui.client.failures import error_texts
from studio_tui.client.target import Target
from studio_tui.errors import (
    AuthError,
    ConflictError,
    ConnectError,
    NotFoundError,
    ProtocolError,
    RejectedError,
    ServerError,
    StudioError,
    UnsupportedError,
)
from studio_tui.text.sanitize import is_safe
from tests.client.mock_server import KEY, SECRETS, THREAD, assert_clean, talking
from tests.client.raw_server import Connection, raw_server
from tests.loopback import Listener
from tests.paths import FIXTURES


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
    assert (error.exit_code == 3) is (status in (401, 403, 418, 429, 502, 503, 504))
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


@asynccontextmanager
async def left_alone() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server that answers everything, and what tells that clients have closed all their connections."""
    gone, held = asyncio.Event(), set[Connection]()

    async def handler(connection: Connection) -> None:
        held.add(connection)
        gone.clear()
        try:
            while True:
                await connection.request()
                await connection.json("{}")
        except (EOFError, OSError):
            held.remove(connection)
            if not held:
                gone.set()
            raise

    async with raw_server(handler) as url:
        yield url, gone


@pytest.mark.parametrize("turns", range(1, 12))
async def test_a_client_that_closes_while_a_request_connects_leaves_no_connection_behind(turns: int) -> None:
    async with left_alone() as (url, gone):
        client = Client(Target(url))
        asked = asyncio.create_task(client.http.request("GET", "/info"))
        for _ in range(turns):  # of the loop: to be connecting, connected, asking
            await asyncio.sleep(0)
        await client.aclose()
        with pytest.raises(StudioError):
            await asked
        async with asyncio.timeout(10):
            await gone.wait()


@pytest.mark.parametrize("turns", range(2, 13))
async def test_a_read_that_is_given_up_while_it_connects_leaves_no_connection_behind(turns: int) -> None:
    async with left_alone() as (url, gone):
        client = Client(Target(url))
        asked = asyncio.create_task(client.http.request("GET", "/info"))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await client.http.request("GET", "/info")
        await client.aclose()
        async with asyncio.timeout(10):
            await gone.wait()


@pytest.mark.parametrize("body", ["", "<html>portal</html>", "not json", '{"a":', "[]", "7", "null"])
async def test_an_answer_that_is_no_object_is_an_error(body: str) -> None:
    async with talking(lambda _: httpx.Response(200, text=body)) as talk:
        with pytest.raises((ProtocolError, ConnectError)) as caught:
            await talk.client.thread(THREAD)
    assert is_safe(str(caught.value))


def test_what_is_wrong_may_stand_beside_the_error() -> None:
    """npm pure-graph: which part was not accepted must be known, or no smaller request can be tried."""
    body = {"error": "Validation Error", "details": [{"path": ["stream_mode", 4], "message": "Invalid option"}]}
    assert error_texts(json.dumps(body))[0] == "Validation Error: stream_mode.4: Invalid option"
    assert error_texts(json.dumps({"error": "not_found", "message": "Run 1", "details": None}))[0] == "Run 1"


@pytest.mark.parametrize(
    ("answer", "certain"),
    [
        (b"", False),
        (b"\x15\x03\x01\x00\x02\x02\x46", True),
        (b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", True),
        (b"HTTP/1.0 400 Bad Request\r\n\r\n<title>400 The plain HTTP request was sent to HTTPS port</title>", True),
        (b"HTTP/1.0 400 Bad Request\r\n\r\nReason: You're speaking plain HTTP to an SSL-enabled server port.", True),
    ],
    ids=["closed", "alert", "go", "nginx", "apache"],
)
async def test_plain_http_to_a_port_for_tls_suggests_https(answer: bytes, certain: bool) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    listener = Listener(serve)
    client = Client(Target(f"http://127.0.0.1:{await listener.open()}"))
    with pytest.raises(ConnectError) as caught:
        await client.probe()
    await client.aclose()
    await listener.close()
    assert "https:// instead of http://." in caught.value.hint
    assert ("want" in caught.value.title) is certain
