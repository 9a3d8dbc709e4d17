"""Reads are tried once more, writes go out once, a lost answer is told as unknown (RELIABILITY G14)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from studio_tui.client import sure
from studio_tui.client.api import Client
from studio_tui.client.crons import CronEndpoints
from studio_tui.client.paths import is_read
from studio_tui.client.store import StoreEndpoints
from studio_tui.client.target import Target
from studio_tui.errors import ConnectError, StudioError
from tests.client.mock_server import RUN, THREAD, fixture, talking
from tests.client.raw_server import Connection, raw_server
from tests.waiting import until


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
    assert sum(not line.startswith("GET ") for line in requests) == 1


VERBS: dict[str, tuple[Callable[[Client], Awaitable[object]], Callable[[str], object], Callable[[str], object]]] = {
    "create thread": (lambda client: client.create_thread(), lambda path: {"thread_id": path[9:]}, lambda _: None),
    "copy thread": (
        lambda client: client.copy_thread(THREAD),
        lambda path: [row(RUN, 2), row(THREAD, 1)] if path.endswith("search") else row(THREAD, 1),
        lambda path: [row(THREAD, 1)] if path.endswith("search") else row(THREAD, 1),
    ),
    "patch thread": (
        lambda client: client.patch_thread(THREAD, {"a": 1}),
        lambda _: {**row(THREAD, 1), "metadata": {"a": 1}},
        lambda _: row(THREAD, 1),
    ),
    "delete thread": (lambda client: client.delete_thread(THREAD), lambda _: None, lambda _: row(THREAD, 1)),
    "prune threads": (
        lambda client: client.prune_threads([THREAD, RUN]),
        lambda _: None,
        lambda path: row(path[9:], 1),
    ),
    "prune old checkpoints": (
        lambda client: client.prune_threads([THREAD, RUN], strategy="keep_latest"),
        lambda path: [{}] if path.endswith("history") else None,
        lambda _: [{}, {}],
    ),
    "cancel run": (
        lambda client: client.cancel_run(THREAD, RUN),
        lambda _: {**run_row(), "status": "interrupted"},
        lambda _: {**run_row(), "status": "running"},
    ),
    "delete run": (lambda client: client.delete_run(THREAD, RUN), lambda _: None, lambda _: run_row()),
    "create assistant": (
        lambda client: client.create_assistant({"graph_id": "g"}),
        lambda _: made("n"),
        lambda _: None,
    ),
    "update assistant": (
        lambda client: client.update_assistant(RUN, {"name": "n", "graph_id": "g"}),
        lambda _: made("n"),
        lambda _: made("old"),
    ),
    "choose version": (
        lambda client: client.set_assistant_version(RUN, 2),
        lambda _: made("n"),
        lambda _: made("n", 1),
    ),
    "delete assistant": (lambda client: client.delete_assistant(RUN), lambda _: None, lambda _: made("n")),
    "put item": (
        lambda client: client.family(StoreEndpoints).store_put(["a"], "k", {"v": 1}),
        lambda _: {"key": "k", "namespace": ["a"], "value": {"v": 1}},
        lambda _: {"key": "k", "namespace": ["a"], "value": {"v": 0}},
    ),
    "delete item": (
        lambda client: client.family(StoreEndpoints).store_delete(["a"], "k"),
        lambda _: None,
        lambda _: {"key": "k", "namespace": ["a"], "value": {}},
    ),
    "create cron": (
        lambda client: client.family(CronEndpoints).create_cron({"schedule": "* * * * *", "assistant_id": "g"}),
        lambda _: [cron("new"), cron("old")],
        lambda _: [cron("old")],
    ),
    "pause cron": (
        lambda client: client.family(CronEndpoints).update_cron("old", {"enabled": False}),
        lambda _: [{**cron("old"), "enabled": False}],
        lambda _: [{**cron("old"), "enabled": True}],
    ),
    "delete cron": (
        lambda client: client.family(CronEndpoints).delete_cron("old"),
        lambda _: [],
        lambda _: [cron("old")],
    ),
}
"""What is called, what reads answer when it was carried out, and what when it was not (None: 404)."""


def row(thread_id: str, second: int) -> dict[str, Any]:
    return {"thread_id": thread_id, "created_at": f"2026-11-28T10:00:0{second}Z", "metadata": {"m": 1}}


def run_row() -> dict[str, Any]:
    return dict(fixture("py/run_create.json"))


def made(name: str, version: int = 2) -> dict[str, Any]:
    return {"assistant_id": RUN, "graph_id": "g", "name": name, "version": version, "metadata": {}}


def cron(cron_id: str) -> dict[str, Any]:
    return {"cron_id": cron_id, "schedule": "* * * * *"}


@pytest.mark.parametrize("answer", [502, 504, 408, 521, "html", "broken"])
@pytest.mark.parametrize("verb", VERBS)
async def test_a_write_that_a_gateway_answers_is_looked_up_and_sent_once(
    verb: str, answer: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C5: what was carried out counts as done; where no trace is found, it is said that it may have been."""
    monkeypatch.setattr(sure, "LOOKS", (0.0, 0.0))
    call, done, not_done = VERBS[verb]
    for happened in (True, False):
        writes: list[str] = []

        def handle(request: httpx.Request, writes: list[str] = writes, happened: bool = happened) -> httpx.Response:
            if not is_read(request.method, request.url.path):
                writes.append(request.url.path)
                if answer == "broken":
                    raise httpx.ReadError("reset")
                page = "<html>who knows</html>"
                return httpx.Response(answer if isinstance(answer, int) else 200, html=page)
            value = (done if happened and writes else not_done)(request.url.path)
            return httpx.Response(404, text="no such thing") if value is None else httpx.Response(200, json=value)

        async with talking(handle) as talk:
            if happened:
                await call(talk.client)
            else:
                with pytest.raises(StudioError, match="may have been carried out") as caught:
                    await call(talk.client)
                assert caught.value.ambiguous
                assert "before you repeat it" in caught.value.hint
                assert "try again" not in f"{caught.value} {caught.value.hint}".lower()
        assert len(writes) == 1


async def test_of_a_prune_whose_answer_is_lost_is_said_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sure, "LOOKS", (0.0, 0.0))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(502, html="<html>who knows</html>")
        gone = request.url.path.endswith(THREAD)
        return httpx.Response(404, text="no such thing") if gone else httpx.Response(200, json=row(RUN, 1))

    async with talking(handle) as talk:
        with pytest.raises(StudioError, match="So far it is carried out for 1 of 2 threads"):
            await talk.client.prune_threads([THREAD, RUN])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500])
async def test_a_write_that_the_server_itself_refuses_is_not_ambiguous(status: int) -> None:
    async with talking(lambda _: httpx.Response(status, json={"detail": "no"})) as talk:
        with pytest.raises(StudioError) as caught:
            await talk.client.patch_thread(THREAD, {"a": 1})
        assert not caught.value.ambiguous


async def test_a_write_never_uses_a_connection_that_was_used_before() -> None:
    numbers: list[int] = []

    async def handler(connection: Connection) -> None:
        while True:
            line, _, _ = await connection.request()
            numbers.append(connection.number)
            await connection.json(
                json.dumps(fixture("py/run_create.json" if "/runs" in line else "py/thread_chat.json"))
            )

    async with raw_server(handler) as url:
        client = Client(Target(url))
        await client.thread(THREAD)
        await client.create_run(THREAD, {})
        await client.create_run(THREAD, {})
        await client.thread(THREAD)
        await client.aclose()
    assert numbers == [0, 1, 2, 0]


@pytest.mark.parametrize("given_up", [True, False])
async def test_no_connection_outlives_a_client_however_far_its_request_had_come(given_up: bool) -> None:
    open_now: set[int] = set()
    came: set[int] = set()

    async def handler(connection: Connection) -> None:
        open_now.add(connection.number)
        try:
            while True:
                await connection.request()
                came.add(connection.number)
                await connection.send(b"HTTP/1.1 200 OK\r\n")  # and no more
        finally:
            open_now.discard(connection.number)

    async with raw_server(handler) as url:
        for turns in range(40):
            client = Client(Target(url))
            asking = asyncio.create_task(client.thread(THREAD))
            for _ in range(turns):
                await asyncio.sleep(0)
            closing = asyncio.create_task(client.aclose())
            for _ in range(3):
                await asyncio.sleep(0)
            if given_up:
                asking.cancel()
            (failure,) = await asyncio.gather(asking, return_exceptions=True)
            assert isinstance(failure, StudioError | asyncio.CancelledError)
            await closing
        await until(lambda: not open_now)
    assert came


async def test_a_close_that_is_cancelled_while_requests_end_leaves_no_connection_open() -> None:
    open_now: set[int] = set()

    async def handler(connection: Connection) -> None:
        open_now.add(connection.number)
        try:
            while True:
                await connection.request()
                await connection.json('{"ok":true}')
        finally:
            open_now.discard(connection.number)

    async with raw_server(handler) as url:
        client = Client(Target(url))
        await client.http.request("GET", "/ok")
        assert open_now
        client.http.sender._all_answered.clear()  # somebody still waits, and nobody knows for how long
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await until(lambda: not open_now)


async def test_a_refused_connection_is_never_an_ambiguous_write() -> None:
    async with raw_server(lambda _: asyncio.sleep(0)) as url:
        pass
    client = Client(Target(url))
    with pytest.raises(ConnectError, match="Nothing listens") as caught:
        await client.create_run(THREAD, {})
    assert not caught.value.ambiguous
    assert "langgraph dev" in caught.value.hint
    await client.aclose()
