"""The process that asks the server while the UI is imported: the server is asked the same, and it goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal, code, program
from tests.synthetic import Synthetic

pytestmark = pytest.mark.pty

ALONE = """
import sys
from studio_tui.cli import ask_ahead, main
ask_ahead.ask_ahead = lambda *_: None
sys.exit(main.main(sys.argv[1:]))
"""
"""The program without that process."""
LAST = "/threads/00000000-0000-0000-0000-000000000000/storage"
"""What a start asks for last where there is no OpenAPI file."""
LISTED = 200
"""Columns of a terminal where the threads are listed from the start; in smaller ones their list is closed."""


@pytest.fixture
def server() -> Iterator[Synthetic]:
    made, loop, started = Synthetic(), asyncio.new_event_loop(), threading.Event()

    async def start() -> None:
        await made.start()
        started.set()

    def serve() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(made.stop())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    started.wait()
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"), "NO_COLOR": ""}


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def helper(term: Terminal) -> int:
    """Wait for the process and return its id."""
    seen: list[list[int]] = []

    def is_there() -> bool:
        seen.append(children(term.pid))
        return bool(seen[-1])

    term.until(is_there, "another process")
    return seen[-1][0]


def is_ready(term: Terminal) -> bool:
    return "__start__" in term.text and "Threads 3" in term.text and "remembered" not in term.text


Argv = Callable[..., list[str]]


def asked(server: Synthetic, home: dict[str, str], argv: Argv, columns: int) -> list[tuple[str, str]]:
    """Start the program, and return what it asks until the start is over."""
    server.requests.clear()
    with Terminal(argv("--base-url", server.base_url), env={**home, "COLUMNS": str(columns)}, columns=columns) as term:
        term.until(lambda: is_ready(term), "the graph and the threads")
        term.until(lambda: ("GET", LAST) in server.requests, "the last request")
        if columns == LISTED:
            term.sees("01a2…0001")
            term.until(lambda: sum(path.endswith("/state") for _, path in server.requests) >= 3, "the words of threads")
        term.until(lambda: not children(term.pid), "the end of the other process")
        assert lives(term.pid)
        term.type("\x11")
        assert term.ends() == 0
    stream = ("GET", "/threads/00000000-0000-4000-8000-000000000000/stream")  # stands while no thread is open
    return sorted(request for request in server.requests if request != stream)


@pytest.mark.parametrize("columns", [120, LISTED])
def test_the_server_is_asked_the_same_with_it_and_nothing_twice(
    server: Synthetic, home: dict[str, str], columns: int
) -> None:
    first = asked(server, home, program, columns)
    assert len(set(first)) == len(first)
    again = asked(server, home, program, columns)  # with what is known of the server by now
    assert again == asked(server, home, lambda *words: code(ALONE, *words), columns)
    assert len(set(again)) == len(again)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_where_it_dies_or_hangs_the_program_asks(server: Synthetic, home: dict[str, str], number: int) -> None:
    with Terminal(program("--base-url", server.base_url), env=home) as term:
        other = helper(term)
        os.kill(other, number)
        term.until(lambda: is_ready(term), "the graph and the threads")
        term.until(lambda: not children(term.pid), "nobody beside the program")
        term.type("\x11")
        assert term.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_a_program_that_has_hardly_begun(server: Synthetic, home: dict[str, str], number: int) -> None:
    with Terminal(program("--base-url", server.base_url), env=home) as term:
        other = helper(term)
        term.signal(number)
        term.ends()
        term.until(lambda: not lives(other), "its end")
        if number != signal.SIGKILL:
            assert term.left_on() == []


def test_it_ends_with_a_terminal_that_goes_away(server: Synthetic, home: dict[str, str]) -> None:
    with Terminal(program("--base-url", server.base_url), env=home, keeps_slave=False) as term:
        other = helper(term)
        pid = term.pid
        term.hang_up()
        assert term.gone_within(30.0) < float("inf")
        deadline = threading.Event()
        while lives(other) and not deadline.wait(0.01):
            assert pid
        assert not lives(other)


def test_it_has_no_terminal(server: Synthetic, home: dict[str, str]) -> None:
    server.held = asyncio.Event()  # nothing is answered, so that it stays
    with Terminal(program("--base-url", server.base_url), env=home) as term:
        other = helper(term)
        term.until(lambda: bool(server.requests), "its first request")
        held = {os.readlink(f"/proc/{other}/fd/{name}") for name in os.listdir(f"/proc/{other}/fd")}
        assert not [name for name in held if "pts" in name or "ptmx" in name or "tty" in name]
        assert os.devnull in held
