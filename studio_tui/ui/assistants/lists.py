"""The three lists of the assistants view: assistants by graph, the details of one, and its versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message

from studio_tui.core.assistants.versions import KnownVersions
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId
from studio_tui.present.assistants import AssistantRows, Group, VersionRows
from studio_tui.present.kit.wrapped import HangingRows
from studio_tui.text.fmt import count, plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line
from studio_tui.ui.assistants.commands import USE
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable


class AssistantsView(ResourceTable[Assistant | Group]):
    """The assistants of the server; a search hides the others, and whole graphs can be folded."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(USE)
    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.ASSISTANTS})
    HIDES: ClassVar[bool] = False
    NOUN: ClassVar[tuple[str, str]] = ("assistant", "assistants")
    COUNTED: ClassVar[str] = "assistants"
    EMPTY: ClassVar[str] = "This server has no assistants. Press {assistant-new} to make one."
    COPIES: ClassVar[str] = ""
    PAGES_AT_ONCE: ClassVar[int] = 4
    MORE_LABEL: ClassVar[str] = "reading more assistants"

    class Moved(Message):
        """The cursor is on another row, or the rows are others."""

    table: AssistantRows

    @property
    def selected(self) -> Assistant | None:
        return self.current if isinstance(self.current, Assistant) else None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the clock's signature
        self.table.chosen = app_state.assistant_id
        self.show()
        self.post_message(self.Moved())

    def rearrange(self) -> None:
        with self.keeping_place():
            self.table.arrange()

    def set_filter(self, text: str) -> None:
        """List only assistants that hold `text`; `!text`: that do not."""
        self.table.wanted = text
        self.rearrange()
        super().set_filter(text)
        if isinstance(self.current, Group) and self.row is not None and len(self.rows) > 1:
            self.move_to_row(min(self.row + 1, len(self.rows) - 1))
        self.post_message(self.Moved())

    def go_to(self, assistant_id: AssistantId) -> None:
        row = self.rows.row_of(assistant_id)
        if row is not None:
            self.move_to_row(row)

    def empty_text(self) -> str:
        there, wanted = self.loaded(), self.table.wanted
        if wanted and there.has_more:
            stops = f"loading more … {self.way_back} stops"
            how = stops if self.pursuing else f"{self.MORE_KEY} loads more, {self.way_back} shows all"
            return f"No match for “{clean(wanted, 40)}” in the {there.words}: {with_keys(self, how)}."
        if wanted:
            keys = with_keys(self, f"Press {self.way_back} to see all.")
            return f"No assistant matches “{clean(wanted, 40)}”. {keys}"
        return super().empty_text()

    def summary(self) -> str:
        rows = self.table
        total = len(rows.all)
        some = f"{count(rows.shown)} of " if rows.shown != total else ""
        order = {"name": "by name", "newest": "newest first", "changed": "last changed first"}[rows.order]
        return f"{some}{plural(total, *self.NOUN)}{' and more' if self.resource.has_more else ''} · {order}"

    def row_moved(self, row: int | None) -> None:
        super().row_moved(row)
        self.post_message(self.Moved())

    def open_row(self, row: int) -> None:
        if isinstance(self.current, Group):
            self.toggle_row(row)
        else:
            super().open_row(row)

    def toggle_row(self, row: int) -> None:
        """Fold the graph and go to its heading, or unfold it."""
        graph = self.table.items[row].graph_id
        with self.keeping_place():
            self.table.toggle(graph)
        if graph in self.table.folded:
            self.move_to_row(self.table.head_of(graph) or 0)


class VersionsView(ResourceTable[Assistant]):
    """The versions of the selected assistant."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(USE)
    NOUN: ClassVar[tuple[str, str]] = ("version", "versions")
    EMPTY: ClassVar[str] = ""
    COPIES: ClassVar[str] = ""

    table: VersionRows
    resource: KnownVersions

    def __init__(self, known: KnownVersions, *, id: str | None = None) -> None:
        super().__init__(VersionRows(), known, id=id)
        self._rows_had = 0
        """Rows that the layout knows of: there are no more, and what is left is for the details."""

    def show(self) -> None:
        rows = self.table
        before, rows.versions = rows.versions, self.resource.shown
        was, now = (item.assistant if item is not None else None for item in (before, rows.versions))
        same = was is not None and now is not None and was.assistant_id == now.assistant_id
        rows.mark = rows.mark if same else None
        super().show()
        if not same or (was is not None and now is not None and was.version != now.version):
            current = rows.row_of(now.version) if now is not None else None
            self.move_to_row(current or 0)
        if len(self.rows) != self._rows_had:
            self._rows_had = len(self.rows)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        return len(self.rows)

    def unread(self) -> str:
        return super().unread() if self.resource.item is not None else ""

    def toggle_row(self, row: int) -> None:
        number = self.table.items[row].version
        self.table.mark = None if self.table.mark == number else number
        self.repaint()


class DetailsView(LineView):
    """What is known of the selected assistant, wrapped to the width."""

    IS_TEXT: ClassVar[bool] = True

    HIDES: ClassVar[bool] = False
    NOUN: ClassVar[tuple[str, str]] = ("line", "lines")

    def __init__(self, *, id: str | None = None) -> None:
        self._lines = HangingRows()
        super().__init__(self._lines, id=id)

    def show(self, lines: Iterable[Line]) -> None:
        self._lines.show(lines)
        self.rows_changed(0)

    def summary(self) -> str:
        return ""
