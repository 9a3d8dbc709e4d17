"""Panel 4: the selected checkpoint as a tree."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.present.rows import NoRows
from studio_tui.session.store import Slice, Store
from studio_tui.ui.safe import set_title
from studio_tui.ui.widgets.line_view import LineView


class StatePanel(LineView):
    """Panel 4: the selected checkpoint as a tree."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.STATE})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(NoRows(), id=id)

    def on_mount(self) -> None:
        """Name the panel."""
        set_title(self, "4 State")

    def empty_text(self) -> str:
        """Say how rows come to be here."""
        return "No state yet. Run the graph, or open a thread."

    def draw(self, store: Store, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store."""
        self.rows_changed()

    def toggle_raw(self) -> None:
        """Switch between the tree and the JSON text."""
