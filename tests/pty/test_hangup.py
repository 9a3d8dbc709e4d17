"""A terminal that vanishes, that stops reading, or whose program is stopped and continued."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.pty.hangup import DRAFT, LIMIT, READY, children, draft_in, environment, is_read, still_there
from tests.pty.hostile_server import TAME, HostileServer
from tests.pty.terminal import Terminal, program

pytestmark = pytest.mark.pty

SEVERAL = 4
"""Programs whose terminals are closed at different moments of painting."""


@pytest.fixture
def server() -> Iterator[str]:
    """A server with one chat graph."""
    with HostileServer(TAME) as url:
        yield url


def started(stack: ExitStack, url: str, folder: Path) -> Terminal:
    """Start the program."""
    folder.mkdir()
    return stack.enter_context(Terminal(program("--base-url", url), env=environment(folder), keeps_slave=False))


def ready(stack: ExitStack, url: str, folder: Path) -> Terminal:
    """Start the program and type a draft."""
    return typed(started(stack, url, folder))


def typed(term: Terminal) -> Terminal:
    """Wait until it can be typed in, and type a draft."""
    listens(term)
    term.type(DRAFT)
    term.sees(DRAFT)
    return term


def listens(term: Terminal) -> None:
    """Wait until the composer has the focus."""
    term.sees(READY)


def test_a_closed_terminal_leaves_no_process_and_loses_no_draft(server: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        terms = [started(stack, server, tmp_path / str(number)) for number in range(SEVERAL)]
        for term in terms:
            typed(term)
        for number, term in enumerate(terms):
            term.type("\x1b" + "z1z2z3" * 30)
            term.reads_for(0.05 * number)
            term.until(lambda term=term: is_read(term.pid), "the keys read")  # type: ignore[misc]
            term.hang_up()
        assert [seconds for term in terms if (seconds := term.gone_within(10)) > LIMIT + 1] == []
        assert all(draft_in(tmp_path / str(number)) for number in range(SEVERAL))


def test_text_typed_in_one_burst_right_before_the_end_is_kept(server: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        term = started(stack, server, tmp_path / "one")
        listens(term)
        term.type(DRAFT)
        term.until(lambda: is_read(term.pid), "the keys read")
        term.hang_up()
        assert term.gone_within(10) <= LIMIT + 1
        assert draft_in(tmp_path / "one")


def test_text_typed_while_the_server_starts_is_kept(tmp_path: Path) -> None:
    with Terminal(program("demo"), env=environment(tmp_path), keeps_slave=False) as term:
        term.sees("Starting")
        term.type(DRAFT)
        term.sees(DRAFT)
        term.hang_up()
        assert term.gone_within(10) <= LIMIT + 1
        assert draft_in(tmp_path)


def test_a_signal_after_the_hang_up_changes_nothing(server: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        term = ready(stack, server, tmp_path / "one")
        term.type("\x1b" + "z1z2z3" * 30)
        term.hang_up()
        os.kill(term.pid, signal.SIGTERM)
        os.kill(term.pid, signal.SIGCONT)
        assert term.gone_within(10) <= LIMIT + 1
        assert draft_in(tmp_path / "one")


def test_a_terminal_that_does_not_read_holds_no_program_that_is_told_to_end(server: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        term = ready(stack, server, tmp_path / "one")
        for _ in range(40):
            term.type("\x1b" + "z1z2z3?")
        term.waits_for(1.5)
        term.signal(signal.SIGTERM)
        assert term.gone_within(10) <= LIMIT + 1
        assert term.code == 128 + signal.SIGTERM
        assert draft_in(tmp_path / "one")


def test_the_local_server_goes_with_the_terminal(tmp_path: Path) -> None:
    with Terminal(program("demo"), env=environment(tmp_path), keeps_slave=False) as term:
        term.sees("Message to")
        servers = children(term.pid)
        assert servers
        term.hang_up()
        assert term.gone_within(10) <= LIMIT + 1
        assert still_there(servers) == 0


def test_a_stray_sigcont_leaves_no_mode_on(server: str, tmp_path: Path) -> None:
    with Terminal(program("--base-url", server), env=environment(tmp_path)) as term:
        listens(term)
        for _ in range(3):
            written = len(term.written)
            term.signal(signal.SIGCONT)
            term.until(lambda seen=written: b"Threads" in term.written[seen:], "the screen again")  # type: ignore[misc]
        term.type("\x11")
        assert term.ends() == 0
        assert term.left_on() == []
        assert term.written.count(b"\x1b[>25u") <= term.written.count(b"\x1b[<u")
        assert term.line_settings_are_back()


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(server: str, tmp_path: Path) -> None:
    with Terminal(program("--base-url", server), env=environment(tmp_path)) as term:
        listens(term)
        term.type(DRAFT)
        term.sees(DRAFT)
        for _ in range(2):
            term.type("\x1a")
            term.until(term.is_stopped, "the stop")
            term.until(lambda: term.left_on() == [], "the modes off")
            assert term.line_settings_are_back()
            written = len(term.written)
            term.signal(signal.SIGCONT)
            term.until(lambda seen=written: DRAFT.encode() in term.written[seen:], "the screen again")  # type: ignore[misc]
        term.type("!")
        term.sees(DRAFT + "!")
        term.type("\x11")
        assert term.ends() == 0
        assert term.left_on() == []


def test_the_terminal_may_vanish_while_the_program_is_stopped(server: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        term = ready(stack, server, tmp_path / "one")
        term.type("\x1a")
        term.until(term.is_stopped, "the stop")
        term.hang_up()
        assert term.gone_within(10) <= LIMIT + 1
        assert draft_in(tmp_path / "one")


def test_bytes_that_are_no_text_do_not_end_the_program(server: str, tmp_path: Path) -> None:
    with Terminal(program("--base-url", server), env=environment(tmp_path)) as term:
        listens(term)
        os.write(term.master, b"a\xff\xc3(\x80b")
        term.type(DRAFT)
        term.sees(DRAFT)
        term.type("\x11")
        assert term.ends() == 0
