"""The real program in a real terminal: it starts, ends, refuses, crashes and is killed without leaving a mess."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.pty.hostile_server import FORBIDDEN, THREAD, HostileServer
from tests.pty.terminal import Terminal, code, program

pytestmark = pytest.mark.pty

NOWHERE = "http://127.0.0.1:9"
"""The discard port, where nothing listens."""

CRASHING = """
import sys
from studio_tui.client.target import Target
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.app import run

def broken(self, *_):
    secret = "lsv2_TOPSECRET"
    raise RuntimeError("boom \\x1b]52;c;x\\x07" + str(len(secret)))

StudioApp.perform = broken
sys.exit(run.run_ui(UiOptions(target=Target("http://127.0.0.1:9", {"x-api-key": "lsv2_TOPSECRET"}))))
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with its own state folder."""
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_it_draws_says_what_is_wrong_and_quits_cleanly(home: dict[str, str]) -> None:
    with Terminal(program("--base-url", NOWHERE), env=home) as term:
        term.sees("Connect to a LangGraph server")
        term.sees("127.0.0.1:9")
        term.type("\x11")
        assert term.ends() == 0
        assert term.left_on() == []
        assert term.line_settings_are_back()


@pytest.mark.parametrize("by", ["resize", "command"])
def test_what_another_program_wrote_on_the_screen_goes(home: dict[str, str], by: str) -> None:
    with Terminal(program("--base-url", NOWHERE), env=home) as term:
        term.sees("Connect to a LangGraph server")
        term.type("\x1b")
        term.sees("Type a message")
        term.type("\x1b")
        term.sees(": Command")
        before = term.text
        term.shows_otherwise("\x1b[5;1Hsomebody wrote this\x1b[20;40Hand this")
        assert "somebody" in term.text
        if by == "resize":
            term.signal(signal.SIGWINCH)
        else:
            term.type(":redraw\r")
        term.until(lambda: "somebody" not in term.text and "and this" not in term.text)
        term.until(lambda: term.text.splitlines()[4:20] == before.splitlines()[4:20])


def test_the_key_for_a_cloned_projects_server_is_asked_about_on_the_screen(
    home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".studio-tui.toml").write_text(f'base_url = "{NOWHERE}"')
    monkeypatch.chdir(tmp_path)
    with Terminal(program(), env={**home, "LANGSMITH_API_KEY": "lsv2_TOPSECRET"}) as term:
        term.sees("x-api-key from LANGSMITH_API_KEY")
        before, alternate, _ = term.written.partition(b"\x1b[?1049h")
        assert alternate
        assert b"LANGSMITH" not in before
        term.type("\r")
        term.sees("Connect to a LangGraph server")
        term.type("\x11")
        assert term.ends() == 0
        assert b"TOPSECRET" not in term.written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_gives_the_terminal_back(home: dict[str, str], number: signal.Signals) -> None:
    with Terminal(program("--base-url", NOWHERE), env=home) as term:
        term.sees("Connect to a LangGraph server")
        term.signal(number)
        assert term.ends() == 128 + number
        assert term.left_on() == []
        assert term.line_settings_are_back()


def test_a_crash_is_three_lines_without_secrets_and_the_trace_is_private(home: dict[str, str], tmp_path: Path) -> None:
    with Terminal(code(CRASHING), env=home) as term:
        term.sees("Connect to a LangGraph server")
        term.type("\x1bOP")
        assert term.ends() == 1
        assert term.left_on() == []
        assert term.line_settings_are_back()
        said = term.written[term.written.rfind(b"\x1b[?1049l") :]
        assert b"studio-tui crashed: RuntimeError: boom" in said
        assert b"TOPSECRET" not in term.written
        assert b"\x1b]52" not in term.written
        assert b"Traceback" not in term.written
    log = tmp_path / "state" / "studio-tui" / "studio-tui.log"
    assert "RuntimeError" in log.read_text(encoding="utf-8")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize("term_name", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_draw_is_refused_in_a_sentence(home: dict[str, str], term_name: str) -> None:
    with Terminal(program("--base-url", NOWHERE), env={**home, "TERM": term_name}) as term:
        assert term.ends() == 2
        assert b"cannot draw on this terminal" in term.written
        assert b"\x1b" not in term.written


def test_a_locale_without_utf8_is_refused_in_a_sentence(home: dict[str, str]) -> None:
    env = {**home, "PYTHONIOENCODING": "latin-1", "LC_ALL": "C.UTF-8"}
    with Terminal(program("--base-url", NOWHERE), env=env) as term:
        assert term.ends() == 2
        assert b"UTF-8" in term.written
        assert b"\x1b" not in term.written


def test_without_a_terminal_it_refuses_and_points_to_the_command_line(home: dict[str, str]) -> None:
    done = subprocess.run(
        program("--base-url", NOWHERE), capture_output=True, stdin=subprocess.DEVNULL, cwd=ROOT,
        env={**os.environ, **home, "TERM": "xterm"}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"needs a terminal" in done.stderr
    assert done.stdout == b""
    assert b"\x1b" not in done.stderr


def test_no_byte_of_a_hostile_server_drives_the_terminal(home: dict[str, str]) -> None:
    with HostileServer() as url, Terminal(program("--base-url", url, "--thread", THREAD), env=home) as term:
        term.sees("7 Raw")
        term.sees("\u241b]52;c;")
        for keys in ("\x1b", "1", "2", "3", "4", "5", "6", "7", "z", "z", "@", "\x1b", "?", "\x1b", "a", "\x1b", "c"):
            term.type(keys)
            term.reads_for(0.4)
        term.type("\x11")
        assert term.ends() == 0
        found = [bad for bad in FORBIDDEN if bad in term.written]
        assert not found
        assert term.left_on() == []


def _written_in(term: Terminal, seconds: float) -> int:
    before = len(term.written)
    term.reads_for(seconds)
    return len(term.written) - before


def test_idle_writes_nothing(home: dict[str, str]) -> None:
    with Terminal(program("--base-url", NOWHERE), env=home) as term:
        term.sees("Connect to a LangGraph server")
        term.type("\x1b")
        term.sees("1 Threads")
        term.until(lambda: _written_in(term, 2.0) <= 100, "two seconds without a frame")  # after the last of the start


@pytest.mark.parametrize(
    ("arguments", "redirection", "code", "said"),
    [
        ("", "<&-", 2, "needs a terminal"),
        ("", ">&-", 2, "needs a terminal"),
        ("", "<&- >&- 2>&-", 2, ""),
        ("", "> /dev/full", 2, "needs a terminal"),
        ("", "2> /dev/full", 2, ""),
        ("--version", ">&-", 1, "could not be written: it is closed"),
        ("--help", "> /dev/full", 1, "could not be written: No space left"),
        (f"doctor --base-url {NOWHERE}", "> /dev/full", 3, "could not be written: No space left"),
        (f"doctor --base-url {NOWHERE} --json", ">&-", 3, "could not be written: it is closed"),
        (f"doctor --base-url {NOWHERE}", "2>&-", 3, ""),
        (f"doctor --base-url {NOWHERE}", "<&-", 3, ""),
        (f"threads ls --base-url {NOWHERE}", "2>&-", 3, ""),
        (f"threads ls --base-url {NOWHERE}", "2> /dev/full", 3, ""),
        (f"threads ls --base-url {NOWHERE}", "<&-", 3, "error:"),
        ("nonsense", "<&- >&-", 2, "nonsense"),
    ],
)
def test_closed_and_full_streams_are_one_sentence_and_the_right_code(
    home: dict[str, str], arguments: str, redirection: str, code: int, said: str
) -> None:
    command = f"{sys.executable} -m studio_tui {arguments} {redirection}"
    # Unbuffered, nothing would be left to be written at the end, where it cannot be.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | home
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, env=env, check=False)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
