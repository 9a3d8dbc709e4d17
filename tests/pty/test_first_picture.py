"""The first picture in a real terminal: it comes before the UI, and goes where the UI does not come."""

from __future__ import annotations

import os
import signal
import socket
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from studio_tui.terminal import EarlyScreen
from tests.pty.terminal import Terminal, program

pytestmark = pytest.mark.pty

NOWHERE = "http://127.0.0.1:9"
ALTERNATE = b"\x1b[?1049h"
HELD = """
import sys, time
from studio_tui.cli import main, open_ui
def wait(*_):
    sys.stdout.flush()
    time.sleep(60)
open_ui._run = wait
sys.exit(main.main(["--base-url", "http://127.0.0.1:9"]))
"""
"""A start that gets no further than the first picture."""
HELD_BY_A_KEY = HELD.replace("time.sleep(60)", "sys.stdin.read(1); run(*_)").replace(
    "def wait", "run = open_ui._run\ndef wait"
)
"""A start that goes on when a line was typed."""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"), "NO_COLOR": ""}


def test_it_stands_before_the_ui_does_and_the_screen_is_entered_once(home: dict[str, str]) -> None:
    with Terminal([sys.executable, "-c", HELD_BY_A_KEY], env=home) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        assert b"not connected" not in term.written
        term.type("\n")
        term.sees("127.0.0.1:9")
        term.type("\x11")
        assert term.ends() == 0
        assert term.left_on() == []
        assert term.line_settings_are_back()
        assert term.written.count(ALTERNATE) == 1


def test_the_ui_writes_only_what_it_does_not_show(home: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Terminal(program("--base-url", url), env=home) as term:
            term.shows_otherwise("\x1b#8")  # the emulator gives a colour only to cells that it has
            term.until(lambda: term.text.count("connecting") == 2 and "Commands" in term.text, "the panels")
            assert term.written.count("╭".encode()) == 3  # once for each panel
            stood = term.cells
            before = len(term.written)
            term.signal(signal.SIGCONT)  # somebody may have written on the screen meanwhile
            term.until(lambda: term.written.count("╭".encode()) == 6, "the whole screen once more")
            term.until(lambda: len(term.written) - before > 3000 and term.cells == stood, "the same screen")


def test_a_terminal_that_is_resized_meanwhile_is_written_whole(home: dict[str, str]) -> None:
    """And back again: it may have cut what stood there."""
    with Terminal([sys.executable, "-c", HELD_BY_A_KEY], env=home) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        term.resize(60, 20)
        term.resize(120, 36)
        term.shows_otherwise("\x1b[2J")
        term.type("\n")
        term.sees("5 Messages")


def test_what_is_typed_into_it_reaches_the_composer(home: dict[str, str]) -> None:
    with Terminal([sys.executable, "-c", HELD.replace("time.sleep(60)", "time.sleep(0.5); run(*_)").replace(
        "def wait", "run = open_ui._run\ndef wait"
    )], env=home) as term:  # fmt: skip
        term.until(lambda: b"Messages" in term.written, "the first picture")
        term.type("early words")
        term.sees("127.0.0.1:9")
        term.type("\x1b")
        term.sees("early words")


def test_keys_of_the_beginning_are_neither_written_over_it_nor_changed(home: dict[str, str]) -> None:
    """The line discipline would echo them, and make a line feed of enter, which is another key."""
    source = """
import os, sys
from studio_tui.cli import main, open_ui
def wait(*_):
    return 0 if os.read(0, 99) == b"early\\r\\n" else 1
open_ui._run = wait
sys.exit(main.main(["--base-url", "http://127.0.0.1:9"]))
"""
    with Terminal([sys.executable, "-c", source], env=home) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        term.until(lambda: not term.line_settings_are_back(), "a silent line")
        term.type("early\r")
        term.reads_for(0.2)
        assert "early" not in term.text
        term.type("\n")
        assert term.ends() == 0
        assert term.line_settings_are_back()


def test_ctrl_z_in_the_beginning_leaves_it_to_be_ended(home: dict[str, str]) -> None:
    """Back from the shell the picture is shown anew, and what ends a program still does."""
    source = HELD.replace("def wait", "from studio_tui.terminal import EARLY\ndef wait").replace(
        "time.sleep(60)", "print('held', flush=True); sys.stdin.read(1); EARLY.show('again', 1); time.sleep(60)"
    )
    with Terminal([sys.executable, "-c", source], env=home) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        term.until(lambda: not term.line_settings_are_back(), "a silent line")
        term.until(
            lambda: b"held" in term.written, "where the start is held: before it the picture would be shown anew"
        )
        term.signal(signal.SIGTSTP)  # the leader of a session is not stopped by it, and goes on at once
        term.until(lambda: term.left_on() == [], "the screen of before")
        assert term.line_settings_are_back()
        term.type("\n")
        term.sees("again")
        term.signal(signal.SIGTERM)
        assert term.ends() == -signal.SIGTERM
        assert term.left_on() == []


def test_a_signal_while_the_line_is_made_silent_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    master, line = os.openpty()
    before = termios.tcgetattr(line)
    early = EarlyScreen()
    change = termios.tcsetattr

    def interrupted(*arguments: Any) -> None:
        monkeypatch.setattr(termios, "tcsetattr", change)
        change(*arguments)
        early.end()

    def ended_before(*arguments: Any) -> None:
        monkeypatch.setattr(termios, "tcsetattr", change)
        early.end()
        change(*arguments)

    for called in (interrupted, ended_before):
        early.shown, early._file = "a picture", line
        monkeypatch.setattr(termios, "tcsetattr", called)
        monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
        early._silence()
        assert termios.tcgetattr(line) == before
    os.close(master)
    os.close(line)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_gives_the_screen_back(home: dict[str, str], number: signal.Signals) -> None:
    with Terminal([sys.executable, "-c", HELD], env=home) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        term.signal(number)
        assert term.ends() == -number
        assert term.left_on() == []


def test_ctrl_c_gives_the_screen_back_before_anything_else_is_begun(home: dict[str, str]) -> None:
    source = """
import os, signal, sys
from studio_tui.cli import kept_modules, main
kept_modules.begin = lambda _: os.kill(os.getpid(), signal.SIGINT)
sys.argv[1:] = ["--base-url", "http://127.0.0.1:9"]
sys.exit(main.main())
"""
    with Terminal([sys.executable, "-c", source], env=home) as term:
        assert term.ends() == 130
        assert ALTERNATE in term.written
        assert term.left_on() == []
        assert term.line_settings_are_back()


def test_an_end_that_is_interrupted_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    master, line = os.openpty()
    before = termios.tcgetattr(line)
    early = EarlyScreen()
    early.shown, early._file = "a picture", line
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    early._silence()
    assert termios.tcgetattr(line) != before
    change = termios.tcsetattr

    def interrupted(*_: Any) -> None:
        monkeypatch.setattr(termios, "tcsetattr", change)
        raise KeyboardInterrupt

    monkeypatch.setattr(termios, "tcsetattr", interrupted)
    with pytest.raises(KeyboardInterrupt):
        early.end()
    early.end()
    assert termios.tcgetattr(line) == before
    assert not early.shown
    os.close(master)
    os.close(line)


def test_an_error_of_the_start_is_told_on_the_screen_of_before(home: dict[str, str], tmp_path: Path) -> None:
    with Terminal(program("dev", str(tmp_path)), env=home) as term:
        assert term.ends() != 0
        assert term.left_on() == []
        after = term.written.rpartition(b"\x1b[?1049l")[2]
        assert b"error" in after
        assert b"langgraph.json" in after


def test_settings_that_choose_other_colours_come_first(home: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "config" / "studio-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('theme = "studio-light"\n')
    with Terminal([sys.executable, "-c", HELD], env=home) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        assert b"48;2;251;251;253" in term.written  # the background of that theme
        assert b"48;2;20;22;31" not in term.written


@pytest.mark.parametrize("more", [{"COLORTERM": ""}, {"NO_COLOR": "1"}])
def test_without_colours_there_are_only_lines(home: dict[str, str], more: dict[str, str]) -> None:
    with Terminal([sys.executable, "-c", HELD], env={**home, **more}) as term:
        term.until(lambda: b"Messages" in term.written, "the first picture")
        assert b"48;2;" not in term.written
