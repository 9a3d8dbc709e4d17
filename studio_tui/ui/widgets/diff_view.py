"""Panel 6: what changed between two checkpoints."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.present.rows import LineRows
from studio_tui.session.store import Slice, Store
from studio_tui.ui.safe import set_title
from studio_tui.ui.widgets.line_view import LineView


class DiffPanel(LineView):
    """Panel 6: what changed between two checkpoints."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.STATE})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(LineRows(), id=id)

    def on_mount(self) -> None:
        """Name the panel."""
        set_title(self, "6 Diff")

    def empty_text(self) -> str:
        """Say how rows come to be here."""
        return "Nothing to compare yet."

    def draw(self, store: Store, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store."""
        self.rows_changed()
