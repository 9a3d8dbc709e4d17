"""The parts of the ui know each other through `ui/contracts` only."""

from __future__ import annotations

import re

from tests.paths import ROOT

UI = ROOT / "studio_tui" / "ui"
ASKS_FOR_ATTRIBUTES = {
    "kit/terminal/themes.py": "the colours of Textual's theme by name",
    "kit/terminal/saving.py": "an error of the system may have no words",
    "kit/terminal/lending.py": "drivers of Textual have no files in common",
    "kit/text_inputs.py": "Textual's own actions by name",
    "interrupts/answer_drafts.py": "to be handed the folder",
}


def test_what_a_panel_or_screen_can_do_is_asked_by_protocol() -> None:
    asks = re.compile(r"\b(getattr|hasattr)\(")
    found = {
        str(path.relative_to(UI))
        for path in UI.rglob("*.py")
        if asks.search(path.read_text(encoding="utf-8").replace("termios.tcgetattr(", ""))
    }
    assert found <= set(ASKS_FOR_ATTRIBUTES)
