"""Rows of a document of which parts are folded away: a search finds those too, and opens what is around them."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.jsonkit.search import JsonSearch
from studio_tui.jsonkit.value import Path
from studio_tui.present.kit.rows import Rows
from studio_tui.ui.kit.lists.line_view import LineView

SLICE_SECONDS = 0.006
PAUSE_SECONDS = 0.004
"""So long the search of a large document works, and then keys have their turn."""


class FoldingView(LineView):
    """Its rows are parts of one document of JSON."""

    HIDES: ClassVar[bool] = False

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(rows, id=id)
        self._filter.counts = False  # it finds what is folded too
        self._search: JsonSearch | None = None

    @property
    def has_folds(self) -> bool:
        """Whether its rows are those of the document now, of which any may be folded away."""
        return True

    def document(self) -> object:
        """Return all that can be found, folded or not."""
        raise NotImplementedError

    def path_of_row(self, row: int) -> Path:
        """Return where in the document stands what a row shows."""
        raise NotImplementedError

    def open_around(self, found: Path) -> int | None:
        """Open what is around a place in the document, and return its row."""
        raise NotImplementedError

    def _seek_match(self, start: int, step: int) -> None:
        if not self.has_folds:
            super()._seek_match(start, step)
            return
        self._filter.missed = False
        row = self.row
        current = () if row is None or start == row else self.path_of_row(row)
        self._search = JsonSearch(self.document(), self._filter.text, current, forward=step > 0)
        self._search_on()

    def _search_on(self) -> None:
        search = self._search
        if search is None:
            return
        if not search.step(SLICE_SECONDS):
            self.set_timer(PAUSE_SECONDS, self._search_on)
            return
        self._search = None
        self._filter.missed = search.result is None
        if search.result is None:
            self._tell_missed()
            return
        with self.keeping_place():
            row = self.open_around(search.result)
        if row is not None:
            self.move_to_row(row)
