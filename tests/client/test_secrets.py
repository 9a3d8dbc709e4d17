"""Secrets stay at their origin and are shown nowhere; no id reaches another endpoint (RELIABILITY G8, G9)."""

from __future__ import annotations

import json
import logging
import pickle
from typing import Any

import httpx
import pytest

from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.errors import (
    ConnectError,
    ServerError,
    UsageError,
)
from studio_tui.text.sanitize import is_safe
from tests.client.mock_server import KEY, RUN, SECRETS, THREAD, assert_clean, fixture, talking
from tests.client.raw_server import Connection, raw_server


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
            talk.crons.delete_cron(evil),
        ):
            with pytest.raises(UsageError) as caught:
                await call
            assert is_safe(str(caught.value))
        assert talk.requests == []
