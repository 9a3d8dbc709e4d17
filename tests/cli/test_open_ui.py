"""What the terminal UI is opened with: the server that was named, chosen, started or recorded, and what to show."""

from __future__ import annotations

import gc
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio_tui.cli import main
from studio_tui.cli.grammar.parser import parse
from studio_tui.config import servers
from studio_tui.config.kept_theme import keep_theme
from studio_tui.config.paths import find_paths
from studio_tui.config.start_cache import StartCache
from studio_tui.config.state import Remembered, write_state
from studio_tui.local import LocalServer
from studio_tui.ui.contracts.options import UiOptions
from tests.by_command import say
from tests.core.fakes import THREAD
from tests.paths import ROOT

Opened = Callable[..., UiOptions]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Opened]:
    """Give a function that runs the program and returns what the UI would have been opened with."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEXTUAL_FPS", "60")
    taken: list[UiOptions] = []

    def run_ui(options: UiOptions, _start: StartCache) -> int:
        taken.append(options)
        return 0

    monkeypatch.setattr("studio_tui.ui.app.run.run_ui", run_ui)

    def open_with(*words: str) -> UiOptions:
        done = say(capsys, *words)
        assert (done.code, done.out, done.err) == (0, "", "")
        return taken.pop()

    yield open_with
    gc.enable()  # the UI does so when its first screen stands


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Give a function that sets what a server at the usual address answers."""
    body = [b""]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body[0])

        def log_message(self, *_: object) -> None:
            return

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr("studio_tui.config.servers.DEFAULT_URL", url)
    monkeypatch.setattr(servers, "DEFAULT_URL", url)
    yield lambda answer: body.__setitem__(0, answer)
    server.shutdown()
    server.server_close()


def test_the_named_server_thread_and_checkpoint_are_opened(opened: Opened) -> None:
    options = opened("--base-url", "http://127.0.0.1:9", "--assistant", "demo", "--thread", THREAD, "--at", "1f01")
    assert options.choice is not None
    assert options.choice.base_url == "http://127.0.0.1:9"
    assert (options.assistant, options.assistant_asked) == ("demo", True)
    assert (options.thread, options.at, options.local) == (THREAD, "1f01", None)


def test_a_profile_brings_its_server_and_assistant(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "studio-tui"
    folder.mkdir()
    (folder / "config.toml").write_text(
        'theme = "studio-light"\n[profiles.work]\nbase_url = "http://127.0.0.1:7"\nassistant = "billing"\n'
    )
    options = opened("--profile", "work")
    assert options.choice is not None
    assert (options.choice.base_url, options.assistant) == ("http://127.0.0.1:7", "billing")
    assert (options.assistant_asked, options.theme, list(options.profiles)) == (False, "studio-light", ["work"])


@pytest.mark.parametrize(
    ("answer", "found"), [(b'{"flags": {}}', True), (b'{"ok": true}', False), (b"<html>", False), (b"[" * 70000, False)]
)
def test_without_a_server_the_usual_address_is_opened_only_where_langgraph_answers(
    opened: Opened, answering: Callable[[bytes], None], answer: bytes, found: bool
) -> None:
    answering(answer)
    options = opened()
    assert (options.choice is not None) == found
    assert options.local is None


def test_where_nobody_answers_the_studio_asks_for_a_server(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio_tui.config.servers.DEFAULT_URL", "http://127.0.0.1:9")
    assert opened().choice is None


def test_demo_and_dev_bring_a_server_of_their_own(opened: Opened, tmp_path: Path) -> None:
    assert opened("demo").local is not None
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": {"a": "./a.py:graph"}, "dependencies": ["."]}))
    options = opened("dev", str(tmp_path), "--no-studio-user")
    assert options.local is not None
    assert str(tmp_path) in options.local.launch.place
    assert options.studio_user is False


BEGUN_FIRST = """
import sys
from studio_tui.cli import main, open_ui
from studio_tui.local import LocalServer

def note(what):
    print(what, "textual" in sys.modules)

LocalServer.spawn = lambda server: note("begun")
LocalServer.close = lambda server, *, hurry=False: note("let go")
open_ui.refusal = lambda *_: ""
print(main.main(["demo"]))
"""


def test_a_server_of_our_own_is_begun_before_the_ui_is_imported_and_let_go_when_that_never_comes(
    tmp_path: Path,
) -> None:
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "TERM": "dumb"}
    code = [sys.executable, "-c", BEGUN_FIRST]
    said = subprocess.run(code, capture_output=True, text=True, check=True, cwd=ROOT, env=env).stdout.split("\n")
    assert said[0] == "begun False"
    assert said[1:-2] in (["let go True"], ["let go True"] * 2)
    assert said[-2] == "2"  # this is no terminal


def test_where_nothing_can_be_drawn_no_server_is_begun(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[LocalServer] = []

    def spawn(server: LocalServer) -> None:
        begun.append(server)

    monkeypatch.setattr(LocalServer, "spawn", spawn)
    assert opened("demo").local is not None
    assert not begun
    monkeypatch.setattr("studio_tui.cli.open_ui.refusal", lambda *_: "")
    assert [opened("demo").local] == begun


def test_waiting_for_a_debugger_needs_a_port_to_wait_at(capsys: pytest.CaptureFixture[str], opened: Opened) -> None:
    done = say(capsys, "dev", "--wait-for-client")
    assert done.code == 2
    assert "--wait-for-client needs --debug-port" in done.err


PLAIN = sorted(main._PLAIN)


@pytest.mark.parametrize(
    "words",
    [
        [],
        *([flag, "a value=b"] for flag in PLAIN),
        [word for flag in PLAIN for word in (flag, f"of {flag}")],
        ["--theme", "studio-light", "--theme", "studio-dark"],
        ["--at", "3", "--thread", " t "],
    ],
)
def test_a_plain_command_line_is_understood_as_argparse_does(words: list[str]) -> None:
    assert main._plainly_opens_ui(words)
    assert vars(main.plain_arguments(words)) == vars(parse(words))


@pytest.mark.parametrize(
    "words",
    [["--theme"], ["--theme", ""], ["--theme", " "], ["--theme", "-x"], ["--them", "a"], ["--ascii"], ["--theme=a"],
     ["--header", "a: b"], ["demo"], ["--theme", "a", "demo"], ["--theme", "a", "--", "demo"]],
)  # fmt: skip
def test_whatever_is_not_plain_is_left_to_argparse(words: list[str]) -> None:
    assert not main._plainly_opens_ui(words)


@pytest.mark.usefixtures("opened")
def test_what_failed_leaves_nothing_to_the_next_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> int:
        raise ZeroDivisionError("for a test")

    monkeypatch.setattr("studio_tui.ui.app.run.run_ui", fails)
    file = find_paths().start_file
    assert file is not None
    cache = StartCache(file)
    cache.put("exec", "text", b"code")
    cache.save()
    done = say(capsys, "--base-url", "http://127.0.0.1:9")
    assert (done.code, "ZeroDivisionError" in done.err, file.exists()) == (1, True, False)


def test_the_theme_chosen_last_is_that_of_a_start_which_names_none(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_theme(find_paths().theme_file, "gruvbox")
    monkeypatch.delenv("STUDIO_TUI_THEME", raising=False)
    url = "http://127.0.0.1:9"
    plain, flag = opened("--base-url", url), opened("--base-url", url, "--theme", "studio-light")
    assert (plain.theme, plain.theme_from) == ("gruvbox", "")
    assert (flag.theme, flag.theme_from) == ("studio-light", "--theme")


def test_it_goes_on_where_the_user_was_only_when_asked(
    opened: Opened, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = "http://127.0.0.1:9"
    state = Remembered()
    state.used(url, assistant="a", thread="t1", panel="state")
    write_state(find_paths().state_file, state)
    plain = opened("--base-url", url)
    assert (plain.assistant, plain.thread, plain.panel) == ("a", "", "")
    again = opened("--base-url", url, "--continue")
    assert (again.assistant, again.thread, again.panel) == ("a", "t1", "state")
    named = opened("--base-url", url, "--continue", "--thread", THREAD)
    assert named.thread == THREAD
    done = say(capsys, "--base-url", "http://127.0.0.1:10", "--continue")
    assert done.code == 2
    assert "Nothing is remembered of http://127.0.0.1:10" in done.err


def test_dev_goes_on_in_its_project_and_the_demo_says_that_it_cannot(
    opened: Opened, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "langgraph.json").write_text(json.dumps({"graphs": {"a": "./a.py:graph"}, "dependencies": ["."]}))
    none = say(capsys, "dev", str(tmp_path), "--continue")
    assert (none.code, f"Nothing is remembered of {tmp_path}" in none.err) == (2, True)
    local = opened("dev", str(tmp_path)).local
    assert local is not None
    state = Remembered()
    state.used_project(local.launch.place, assistant="a", thread="t1", panel="state")
    write_state(find_paths().state_file, state)
    again = opened("dev", str(tmp_path), "--continue")
    assert (again.assistant, again.thread, again.panel) == ("a", "t1", "state")
    assert opened("dev", str(tmp_path)).thread == ""
    demo = say(capsys, "demo", "--continue")
    assert demo.code == 2
    assert "The demo has no threads to go on with" in demo.err
    assert "studio-tui demo --serve" in demo.err
