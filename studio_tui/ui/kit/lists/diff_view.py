"""A list of the differences of two JSON values: expand, look at both sides, copy."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.jsonkit.diff import Diff
from studio_tui.jsonkit.show import path_text
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.diff_rows import DiffRows, totals
from studio_tui.present.kit.document import dump
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import set_title


class DiffView(LineView):
    """Shows what `show` gives it."""

    NOUN: ClassVar[tuple[str, str]] = ("row", "rows")
    TITLE: ClassVar[str] = "Differences"

    def __init__(self, *, id: str | None = None) -> None:
        self._changes = DiffRows()
        super().__init__(self._changes, id=id)
        self._words: str | None = None
        """What is compared; None while nothing is."""

    def on_mount(self) -> None:
        if not self.border_title:
            set_title(self, self.TITLE)

    def show(self, words: str, found: Diff, *, nothing: str = "Nothing differs.", same: str = "") -> None:
        """Show differences; `words` say what is compared, `nothing` that there are none, `same` what has none."""
        self._words = words
        self._changes.cells = self.text_width
        self._changes.show(words, found, nothing=nothing, same=same)
        self.rows_changed(0)

    def clear(self) -> None:
        self._words = None
        self._changes.clear()
        self.rows_changed(0)

    def summary(self) -> str:
        return totals(self._changes.diff)

    def open_row(self, row: int) -> None:
        """Expand a change; once expanded, show its values in full."""
        change = self._changes.change(row)
        if change is None:
            return
        if not self._changes.is_open(row):
            self.toggle_row(row)
            return
        value: Json = change.new if change.op == "+" else change.old
        if change.op == "~":
            value = {"before": change.old, "after": change.new}
        self.post_message(DetailWanted(path_text(change.path), value))

    def toggle_row(self, row: int) -> None:
        first = self._changes.toggle(row)
        if first is not None:
            self.port.place(first)
            self.rows_changed(first)

    def yank(self) -> tuple[str, str] | None:
        """Return the value that a change led to (removed: the old one) as JSON."""
        change = None if self.row is None else self._changes.change(self.row)
        if change is None:
            return super().yank()
        value = change.old if change.op == "-" else change.new
        return dump(value), path_text(change.path)
