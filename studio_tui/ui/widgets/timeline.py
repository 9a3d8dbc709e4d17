"""Panel 3: runs, supersteps and tasks as they happen."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.present.rows import NoRows
from studio_tui.session.store import Slice, Store
from studio_tui.ui.safe import set_title
from studio_tui.ui.widgets.line_view import LineView


class TimelinePanel(LineView):
    """Panel 3: runs, supersteps and tasks as they happen."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.TASKS})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(NoRows(), id=id)

    def on_mount(self) -> None:
        """Name the panel."""
        set_title(self, "3 Timeline")

    def empty_text(self) -> str:
        """Say how rows come to be here."""
        return "No runs yet. Type in the composer (i) and press enter."

    def draw(self, store: Store, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store."""
        self.rows_changed()
