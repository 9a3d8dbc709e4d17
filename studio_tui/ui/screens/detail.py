"""One value or text in full, and the inspector of a node: both are documents to read, search and copy."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.document import DocumentRows
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.screens.over import OverScreen


class DocumentView(LineView):
    """The document; a search marks matches and hides nothing."""

    HIDES: ClassVar[bool] = False
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")


class DetailScreen(OverScreen):
    """Shows a JSON value indented, or a text as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("Y", "copy_all", "Copy all", show=False)]
    hints = "esc back · / search · n N matches · y copy line · Y copy all"

    def __init__(self, title: str, value: Json) -> None:
        super().__init__()
        self.heading = title
        self._rows = DocumentRows(value)

    def view(self) -> LineView:
        """Return the document's list."""
        return DocumentView(self._rows, id="detail")

    def action_copy_all(self) -> None:
        """Copy the whole document."""
        copy(self.app, self._rows.source, self.heading)
