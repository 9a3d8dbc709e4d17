"""Panel 1: the threads of the server, a page at a time."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.present.rows import LineRows
from studio_tui.session.store import Slice, Store
from studio_tui.ui.safe import set_title
from studio_tui.ui.widgets.line_view import LineView


class ThreadsPanel(LineView):
    """Panel 1: the threads of the server, a page at a time."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.THREADS})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(LineRows(), id=id)

    def on_mount(self) -> None:
        """Name the panel."""
        set_title(self, "1 Threads")

    def empty_text(self) -> str:
        """Say how rows come to be here."""
        return "No threads yet. Type in the composer (i) and press enter to start one."

    def draw(self, store: Store, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store."""
        self.rows_changed()
