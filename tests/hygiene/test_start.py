"""What keeps the start short and an idle program silent."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.paths import ROOT

LATE = {
    "httpx": "wanted with the first request, not with the first paint",
    "httpx._main": "httpx's command line is of no use here",
    "networkx": "wanted by the layout of a graph",
    "rich.markdown": "messages are laid out by ourselves",
    "http.client": "httpx speaks HTTP",
    "langgraph": "only the demo server's process needs it",
    "studio_tui.graphs.picture.draw": "wanted with the first graph",
    "studio_tui.local": "wanted by demo and dev",
    "studio_tui.wire.events": "wanted with the first run",
    "studio_tui.ui.connection.connect_screen": "wanted when there is no server",
    "studio_tui.ui.screens.detail": "wanted when it is opened",
}


def test_the_first_screen_does_not_import_what_it_does_not_show() -> None:
    modules = "studio_tui.cli.open_ui, studio_tui.ui.app.run, studio_tui.ui.app.app"
    code = f"import sys, {modules}; print(*sys.modules, sep='\\n')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    imported = set(said.split())
    assert "studio_tui.ui.studio.screen" in imported
    assert {name: why for name, why in LATE.items() if name in imported} == {}


def test_what_the_first_answer_needs_is_imported_while_a_server_of_our_own_starts() -> None:
    """So that nothing is left to import between its answer and the graph."""
    code = "import sys; from studio_tui.ui.app import opening; opening.import_ahead(); print(*sys.modules, sep='\\n')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert {"httpx", "studio_tui.client.api", "studio_tui.graphs.picture.draw"} <= set(said.split())


def test_httpx_comes_without_its_command_line() -> None:
    code = "import sys, studio_tui.client.api; print(sys.modules.get('httpx._main'), 'click' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert said.split() == ["None", "False"]


def test_no_cursor_blinks() -> None:
    """A blinking cursor writes 400 bytes a second for as long as nobody does anything."""
    made = re.compile(r"(?<![\w.])(Input|TextArea)\(")
    for path in (ROOT / "studio_tui" / "ui").rglob("*.py"):
        calls = [line for line in path.read_text().splitlines() if made.search(line) and not line.startswith("class ")]
        assert not calls, f"{path.name}: use SteadyInput or Area"
