"""What was asked ahead stands for exactly the same request, once, while it is young; else one asks oneself."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from studio_tui.client.ahead import asked as asked_ahead
from studio_tui.client.ahead.asked import AskedAhead
from studio_tui.client.ahead.messages import Alive, Answered, Asking, Failed, Logged, Messages, Wanted, packed
from studio_tui.client.answer import Question
from studio_tui.client.http import Http
from studio_tui.client.sse import RunStream
from studio_tui.client.target import Target
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import ConnectError, NotFoundError, ProtocolError, RejectedError, StudioError
from tests.waiting import until

INFO = Question("GET", "/info")


@dataclass
class Process:
    """The other end, played by a test, and the client that its answers are for."""

    http: Http
    sock: socket.socket
    sent: list[str] = field(default_factory=list)
    """What this client asked the server itself."""
    log: list[HttpExchange] = field(default_factory=list)
    ends: list[None] = field(default_factory=list)
    messages: Messages = field(default_factory=Messages)

    def says(self, *messages: Any) -> None:
        self.sock.sendall(b"".join(map(packed, messages)))

    def asks(self, number: int, question: Question, body: bytes = b'{"from": "ahead"}', age: float = 0.0) -> None:
        self.says(
            Asking(number, question),
            Answered(number, 200, {"content-type": "application/json"}, body, 0.25, time.monotonic() - age, number),
        )

    async def wanted(self, known: int = 0) -> Wanted:
        """Return what the client wants to be asked, beside so many times that it knows of."""
        loop = asyncio.get_running_loop()
        while True:
            for wanted in self.messages.wanted(await loop.sock_recv(self.sock, 65536)):
                if wanted.known == known:
                    return wanted


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    sent: list[str] = []
    log: list[HttpExchange] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, json={"from": "server"})

    http = Http(Target("http://h"), on_exchange=log.append, transport=httpx.MockTransport(answer))
    made = Process(http, theirs, sent, log)
    AskedAhead(http, ours, lambda: made.ends.append(None))
    yield made
    theirs.close()
    await http.aclose()


async def asked(process: Process, path: str = "/info", **how: Any) -> Any:
    """Ask and return who answered."""
    value: Any = (await process.http.request("GET", path, **how)).json()
    return value["from"]


async def test_an_answer_that_is_there_is_not_asked_for(process: Process) -> None:
    process.asks(0, INFO)
    answer = await process.http.request("GET", "/info")
    assert (answer.json(), answer.seconds, process.sent) == ({"from": "ahead"}, 0.25, [])


async def test_an_answer_that_is_under_way_is_waited_for(process: Process) -> None:
    process.says(Asking(0, INFO))
    asking = asyncio.create_task(asked(process))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not asking.done()
    process.says(Answered(0, 200, {}, b'{"from": "ahead"}', 0.1, time.monotonic(), 0))
    assert (await asking, process.sent) == ("ahead", [])


@pytest.mark.parametrize(
    "how",
    [
        {"path": "/infos"},
        {"query": {"a": "1"}},
        {"body": {"a": 1}},
        {"headers": {"prefer": "x"}},
        {"limit": 100},
    ],
)
async def test_another_request_never_gets_it(process: Process, how: dict[str, Any]) -> None:
    process.asks(0, INFO)
    asking = asyncio.create_task(asked(process, **how))
    wanted = await process.wanted()
    assert wanted.question != INFO
    process.asks(1, wanted.question, b'{"from": "later"}')
    assert await asking == "later"
    assert process.sent == []


async def test_it_is_used_once_and_then_asked_anew(process: Process) -> None:
    process.asks(0, INFO)
    assert await asked(process) == "ahead"
    again = asyncio.create_task(asked(process))
    assert await process.wanted(1) == Wanted(INFO, 1, 30.0)
    process.asks(1, INFO, b'{"from": "again"}')
    assert await again == "again"


async def test_who_asks_the_same_at_once_has_an_answer_each(process: Process) -> None:
    both = [asyncio.create_task(asked(process)) for _ in range(2)]
    await process.wanted(1)
    process.asks(0, INFO, b'{"from": "first"}')
    process.asks(1, INFO, b'{"from": "second"}')
    assert await asyncio.gather(*both) == ["first", "second"]


async def test_one_that_is_old_is_asked_anew(process: Process) -> None:
    process.asks(0, INFO, age=asked_ahead.FRESH + 0.1)
    asking = asyncio.create_task(asked(process))
    await process.wanted(1)
    process.asks(1, INFO, b'{"from": "again"}')
    assert await asking == "again"


async def test_a_write_is_sent_from_here(process: Process) -> None:
    question = Question.of("POST", "/threads", body={})
    process.asks(0, question)
    await process.http.request("POST", "/threads", body={})
    assert process.sent == ["POST /threads"]


async def _write(http: Http) -> None:
    await http.request("PATCH", "/threads/t", body={})


async def _stream(http: Http) -> None:
    async with RunStream(http, "POST", "/threads/t/runs/stream", body={}):
        pass


@pytest.mark.parametrize("write", [_write, _stream])
async def test_what_was_asked_before_a_write_tells_nothing_after_it(
    process: Process, write: Callable[[Http], Awaitable[None]]
) -> None:
    process.asks(0, INFO)
    process.asks(1, INFO)
    assert await asked(process) == "ahead"
    with suppress(ProtocolError):
        await write(process.http)
    assert await asked(process) == "server"
    assert process.ends


@pytest.mark.parametrize("when", ["before", "asked", "wanted"])
async def test_where_the_process_dies_this_one_asks(process: Process, when: str) -> None:
    if when == "asked":
        process.says(Asking(0, INFO))
    if when == "before":
        process.sock.close()
    asking = asyncio.create_task(asked(process))
    if when == "wanted":
        await process.wanted()
    await asyncio.sleep(0)
    process.sock.close()
    assert (await asking, process.sent) == ("server", ["GET /info"])
    assert process.ends == [None]


async def test_where_it_says_nothing_this_one_asks(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_ahead, "SILENCE", 0.0)
    process.says(Asking(0, INFO))
    assert (await asked(process), process.ends) == ("server", [None])


@pytest.mark.parametrize("nonsense", [b"\xff\xff\xff\xff", b"\0\0\0\1\xc1", packed(Wanted(INFO, 0, None))])
async def test_where_it_talks_nonsense_this_one_asks(process: Process, nonsense: bytes) -> None:
    process.says(Asking(0, INFO))
    process.sock.sendall(nonsense)
    assert (await asked(process), process.ends) == ("server", [None])


async def test_one_that_speaks_is_waited_for_however_long_it_takes(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_ahead, "_LOOK", 0.0)
    monkeypatch.setattr(asked_ahead, "CALM", 0.0)
    process.says(Asking(0, INFO))
    asking = asyncio.create_task(asked(process))
    for _ in range(20):
        process.says(Alive())
        await asyncio.sleep(0.001)
    assert not asking.done()
    process.says(Answered(0, 200, {}, b'{"from": "ahead"}', 0.1, time.monotonic(), 0))
    assert await asking == "ahead"


async def test_when_the_start_is_over_the_process_ends(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_ahead, "CALM", 0.0)
    process.asks(0, INFO)
    assert await asked(process) == "ahead"
    await until(lambda: process.ends)
    await until(lambda: process.http.between is None)
    assert "sender" in process.http.__dict__
    assert (await asked(process), process.ends) == ("server", [None])


@pytest.mark.parametrize(
    "error",
    [
        ConnectError("Nothing listens at h", "The connection was refused.", "Start it."),
        NotFoundError("Not found: x", status=404),
        RejectedError("Too many requests (429)", "slow down", "Wait.", status=429),
    ],
)
async def test_a_failure_is_told_as_it_was(process: Process, error: StudioError) -> None:
    error.retry_after, error.said = 3.0, "slow down"
    process.says(Asking(0, INFO), Failed.of(0, time.monotonic(), error))
    with pytest.raises(type(error)) as caught:
        await asked(process)
    assert vars(caught.value) == vars(error)
    assert caught.value.exit_code == error.exit_code
    assert process.sent == []


async def test_what_nobody_knows_the_end_of_is_asked_here(process: Process) -> None:
    process.says(Asking(0, INFO), Failed(0, time.monotonic()))
    assert await asked(process) == "server"


async def test_the_log_has_its_requests_with_their_own_times_and_a_number_each(process: Process) -> None:
    first = HttpExchange(7, 1000.5, "GET", "http://h/info", 200, 0.25, 0, 17)
    process.says(Logged(HttpExchange(7, 1000.5, "GET", "http://h/info", None, None, 0, 0)), Logged(first))
    process.says(Asking(0, INFO), Answered(0, 200, {}, b'[{"a": 1}, 2]', 0.25, time.monotonic(), 7))
    answer = await process.http.request("GET", "/info")
    await process.http.request("POST", "/threads", body={})
    numbers = [entry.seq for entry in process.log]
    assert numbers[0] == numbers[1] != numbers[2]
    assert (process.log[1].at, process.log[1].seconds, process.log[1].received) == (1000.5, 0.25, 17)
    assert answer.lacks is not None
    answer.lacks("1 of 2 records missing")
    assert (process.log[-1].seq, process.log[-1].unread) == (numbers[0], "1 of 2 records missing")


async def test_who_has_given_up_waiting_takes_nobodys_answer(process: Process) -> None:
    given_up = asyncio.create_task(asked(process))
    await process.wanted()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    process.asks(0, INFO)
    assert (await asked(process), process.sent) == ("ahead", [])


async def test_closing_the_client_ends_who_waits(process: Process) -> None:
    process.says(Asking(0, INFO))
    asking: Callable[[], bool] = (task := asyncio.create_task(asked(process))).done
    await asyncio.sleep(0)
    await process.http.aclose()
    await until(asking)
    assert isinstance(task.exception(), ConnectError)
    assert (process.ends, process.sent) == ([None], [])
