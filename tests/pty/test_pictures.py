"""A picture in a real terminal: drawn only when asked for, taken away again, and the program goes on."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.pictures import coded, png
from tests.pty.hostile_server import ANSWERS, EVIL, FORBIDDEN, TAME, THREAD, HostileServer
from tests.pty.terminal import Terminal, program

pytestmark = pytest.mark.pty

PICTURE = png(8, 8)


def answers(data: bytes) -> dict[str, Any]:
    """A chat thread whose one message is a picture with a hostile name."""
    image = {"type": "image", "base64": coded(data), "mime_type": EVIL, "name": EVIL}
    state = {**ANSWERS["/state"], "values": {"messages": [{"id": "m", "type": "human", "content": [image]}]}}
    state = {**state, "next": [], "tasks": [], "interrupts": []}
    return TAME | {"/state": state, "/history": [state]}


@contextmanager
def content_page(tmp_path: Path, **env: str) -> Iterator[Terminal]:
    """The program at the page of the picture."""
    folders = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    cleared = dict.fromkeys(("TMUX", "STY", "ZELLIJ", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID"), "")
    with HostileServer(answers(PICTURE)) as url:
        command = program("--base-url", url, "--assistant", "agent", "--thread", THREAD)
        with Terminal(command, env={**cleared, **folders, **env}) as term:
            term.sees("5 Messages")
            term.sees("· image")
            term.type("\x1b")
            term.sees("? Help")
            term.type("5")
            term.sees("enter: the image")
            term.type("\r")
            term.sees("8 × 8 pixels")
            yield term


def quits(term: Terminal) -> None:
    term.type("\x11")
    assert term.ends() == 0
    assert term.left_on() == []
    assert term.line_settings_are_back()
    found = [bad for bad in FORBIDDEN if bad in term.written]
    assert not found


def test_kitty_draws_the_picture_when_asked_and_any_key_goes_back(tmp_path: Path) -> None:
    with content_page(tmp_path, TERM="xterm-kitty") as term:
        assert b"\x1b_G" not in term.written, "nothing is drawn unasked"
        term.type("p")
        term.until(lambda: b"any key goes back" in term.written, "the picture")
        drawn = re.findall(rb"\x1b_G[^;]*f=100[^;]*;([A-Za-z0-9+/=]*)\x1b\\", term.written)
        assert drawn == [coded(PICTURE).encode()]
        term.type("\x1b[A")
        term.until(lambda: b"\x1b_Ga=d" in term.written, "the picture taken away")
        term.until(lambda: b"pixels" in term.written.rpartition(b"\x1b_Ga=d")[2], "the page painted again")

        def moves() -> bool:
            term.type("j")  # a terminal drops what is typed in the moment in which its settings change
            return "▌kind" not in term.text

        term.until(moves, "the cursor moved by a key")
        quits(term)


def test_a_signal_while_a_picture_is_shown_gives_the_terminal_back(tmp_path: Path) -> None:
    with content_page(tmp_path, TERM="xterm-kitty") as term:
        term.type("p")
        term.until(lambda: b"any key goes back" in term.written, "the picture")
        term.signal(signal.SIGTERM)
        assert term.ends() == 128 + signal.SIGTERM
        assert term.left_on() == []
        assert term.line_settings_are_back()


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("no-such-editor", "could not be started"),
        ("sh -c 'rm \"$0\"'", "The editor left nothing in"),
        ('sh -c \'rm "$0"; mkfifo "$0"\'', "The editor left nothing in"),
    ],
)
def test_an_editor_that_fails_keeps_neither_the_terminal_nor_the_text(tmp_path: Path, editor: str, said: str) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path / "s"), "XDG_CONFIG_HOME": str(tmp_path / "c"), "VISUAL": editor}
    with HostileServer(TAME) as url, Terminal(program("--base-url", url, "--assistant", "agent"), env=env) as term:
        term.sees("Type a message")
        term.type("hello")
        term.sees("› hello")
        term.type("\x05")
        term.sees(said)
        term.type(" there")
        term.sees("› hello there")
        term.type("\x11")
        assert term.ends() == 0
        assert term.left_on() == []
