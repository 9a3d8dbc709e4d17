"""Panel 5: the conversation of the selected checkpoint, and what streams in."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.present.rows import LineRows
from studio_tui.session.store import Slice, Store
from studio_tui.ui.safe import set_title
from studio_tui.ui.widgets.line_view import LineView


class MessagesPanel(LineView):
    """Panel 5: the conversation of the selected checkpoint, and what streams in."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.MESSAGES})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(LineRows(), id=id)

    def on_mount(self) -> None:
        """Name the panel."""
        set_title(self, "5 Messages")

    def empty_text(self) -> str:
        """Say how rows come to be here."""
        return "No messages yet."

    def draw(self, store: Store, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store."""
        self.rows_changed()

    def next_key(self) -> None:
        """Show the next list of messages that the state holds."""
