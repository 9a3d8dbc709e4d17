"""What keeps the start short and an idle program silent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT

LATE = {
    "httpx": "wanted with the first request, not with the first paint",
    "httpx._main": "httpx's command line is of no use here",
    "networkx": "wanted by the layout of a graph",
    "rich.markdown": "messages are laid out by ourselves",
    "http.client": "httpx speaks HTTP",
    "importlib.resources": "the themes lie beside the code, in a folder",
    "langgraph": "only the demo server's process needs it",
    "studio_tui.graphs.picture.draw": "wanted with the first graph",
    "studio_tui.local": "wanted by demo and dev",
    "studio_tui.wire.events": "wanted with the first run",
    "studio_tui.ui.connection.connect_screen": "wanted when there is no server",
    "studio_tui.ui.screens.detail": "wanted when it is opened",
    "studio_tui.core.assistants.versions": "wanted by the assistants' view",
    "studio_tui.core.interrupts.answers": "wanted with the first answer",
    "studio_tui.core.runs.controller": "wanted with the connection",
    "studio_tui.core.thread_opener": "wanted with the connection",
    "studio_tui.core.threads.follower": "wanted with the connection",
    "studio_tui.core.threads.history": "wanted with the connection",
    "studio_tui.core.timetravel.time_travel": "wanted with the first thread",
    "studio_tui.domain.forest": "wanted with the first look at the past",
    "studio_tui.jsonkit.diff": "wanted with the first difference",
    "studio_tui.present.timetravel.history": "wanted with the first look at the past",
    "studio_tui.ui.kit.dialogs.dialogs": "wanted by who asks",
    "studio_tui.ui.kit.dialogs.picker": "wanted by who asks",
    "studio_tui.ui.runs.frames_panel": "made when it is shown",
    "studio_tui.ui.timetravel.diff_panel": "made when it is shown",
    "studio_tui.ui.timetravel.history_panel": "made when it is shown",
    "studio_tui.ui.timetravel.state_panel": "made when it is shown",
}

FIRST_FRAME = """
import os, sys
from studio_tui.core.studio import Studio
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions

def seen(_app):
    print(*sys.modules, sep="\\n", flush=True, file=sys.__stdout__)
    os._exit(0)

StudioApp._begin = seen
StudioApp(Studio(), UiOptions()).run(headless=True, size=(120, 36))
"""

SECOND_START = """
import argparse, os, sys
from pathlib import Path
from studio_tui.cli import open_ui
from studio_tui.config.load import Settings
from studio_tui.config.paths import find_paths

def run(args, settings, paths, local, start):
    from studio_tui.core.studio import Studio
    from studio_tui.ui.app.app import StudioApp
    from studio_tui.ui.contracts.options import UiOptions

    def seen(_app):
        print(len(start._missed) - 1, flush=True, file=sys.__stdout__)  # one is there to take the hooks away
        start.save()
        os._exit(0)

    StudioApp._begin = seen
    StudioApp(Studio(), UiOptions(), start).run(headless=True, size=(120, 36))

open_ui._run = run
open_ui.open_ui(argparse.Namespace(command=None), Settings(), find_paths())
"""

UI_OPENED = """
import os, sys
from studio_tui.cli import main
from studio_tui.ui.app import run

def seen(*_):
    print(*sys.modules, sep="\\n", flush=True)
    os._exit(0)

run.run_ui = seen
main.main(["--base-url", "http://localhost:1"])
os._exit(1)
"""

FIRST_PICTURE = """
import os, sys
from studio_tui.cli import main, skeleton

def seen(*_):
    print(*sys.modules, sep="\\n", flush=True)
    os._exit(0)

skeleton.guess = seen
main.main(["--base-url", "http://localhost:1"])
os._exit(1)
"""


def test_the_first_frame_imports_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, **home},
    )  # fmt: skip
    imported = set(done.stdout.split())
    assert "studio_tui.ui.studio.screen" in imported
    assert {name: why for name, why in LATE.items() if name in imported} == {}


def test_the_second_start_compiles_no_text_and_reads_no_sheet(tmp_path: Path) -> None:
    """Methods of dataclasses, named tuples, patterns and rules of style sheets are those of the first."""
    home = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("CONFIG", "STATE", "CACHE")}
    environ = {**os.environ, **home, "HOME": str(tmp_path)}
    missed = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SECOND_START], capture_output=True, text=True, check=True, cwd=ROOT, env=environ
        )
        missed.append(int(done.stdout))
    assert missed[0] > 200
    assert missed[1] == 0


def test_the_ui_is_opened_without_what_reads_command_lines_and_settings(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", UI_OPENED], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, **home},
    ).stdout.split()  # fmt: skip
    assert "studio_tui.cli.open_ui" in said
    assert not {"argparse", "studio_tui.cli.grammar", "tomllib"} & set(said)


def test_until_the_first_frame_nothing_dear_is_done_twice(tmp_path: Path) -> None:
    """Counted, as time depends on the machine: what was won by doing less must not come back unseen."""
    home = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.hygiene.first_frame_work"], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, **home},
    )  # fmt: skip
    most = {
        "reflow": 4, "render_full_update": 1, "apply": 70, "update_nodes": 2, "render_line": 50, "_size_updated": 55,
    }  # fmt: skip
    work: dict[str, int] = json.loads(done.stdout)
    assert set(work) == set(most)
    assert {name: count for name, count in work.items() if count > most[name]} == {}


def test_before_the_first_picture_next_to_nothing_is_imported() -> None:
    """It is there while the rest is still to be read."""
    said = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert not {"argparse", "asyncio", "json", "logging", "msgspec", "pathlib", "textual", "tomllib"} & set(
        said.split()
    )


def test_what_the_first_answer_needs_is_imported_while_a_server_of_our_own_starts() -> None:
    """So that nothing is left to import between its answer and the graph."""
    code = "import sys; from studio_tui.ui.app import opening; opening.import_ahead(); print(*sys.modules, sep='\\n')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert {"httpx", "studio_tui.client.api", "studio_tui.graphs.picture.draw"} <= set(said.split())


def test_httpx_comes_without_its_command_line() -> None:
    code = "import sys, studio_tui.client.sending; print(sys.modules.get('httpx._main'), 'click' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert said.split() == ["None", "False"]


def test_httpx_is_imported_by_what_sends() -> None:
    """Answers that somebody else has asked for are read without it."""
    code = "import sys, studio_tui.client.api; print('httpx' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert said.strip() == "False"


def test_no_cursor_blinks() -> None:
    """A blinking cursor writes 400 bytes a second for as long as nobody does anything."""
    made = re.compile(r"(?<![\w.])(Input|TextArea)\(")
    for path in (ROOT / "studio_tui" / "ui").rglob("*.py"):
        calls = [line for line in path.read_text().splitlines() if made.search(line) and not line.startswith("class ")]
        assert not calls, f"{path.name}: use SteadyInput or Area"
