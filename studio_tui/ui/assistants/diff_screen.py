"""How one version of an assistant differs from another."""

from __future__ import annotations

from studio_tui.core.assistants.versions import Versions
from studio_tui.present.assistants import date
from studio_tui.ui.assistants.lists import DifferencesView
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.over import OverScreen


class DiffScreen(OverScreen):
    """How one version differs from another."""

    hints = "esc back · enter unfold · / search · y copy"

    def __init__(self, title: str, versions: Versions, old: int, new: int) -> None:
        super().__init__()
        self.heading = title
        self._found = versions.diff(old, new)
        ends = [date(versions.wanted(number).created_at) for number in (old, new)]
        self._words = f"version {new} ({ends[1]}) against version {old} ({ends[0]})"

    def view(self) -> LineView:
        return DifferencesView(self._words, self._found, id="differences")
