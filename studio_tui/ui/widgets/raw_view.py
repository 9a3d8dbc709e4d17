"""Panel 7: every wire event as it came."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.present.rows import LineRows
from studio_tui.session.store import Slice, Store
from studio_tui.ui.safe import set_title
from studio_tui.ui.widgets.line_view import LineView


class RawPanel(LineView):
    """Panel 7: every wire event as it came."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.FRAMES})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(LineRows(), id=id)

    def on_mount(self) -> None:
        """Name the panel."""
        set_title(self, "7 Raw")

    def empty_text(self) -> str:
        """Say how rows come to be here."""
        return "No events yet."

    def draw(self, store: Store, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store."""
        self.rows_changed()

    def cycle_mode(self) -> None:
        """Show the next stream mode only."""
