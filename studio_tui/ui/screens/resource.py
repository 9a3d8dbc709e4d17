"""What the management screens share: keys declared once (hints and help derive from them), lines above the list, and
lists that are read again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from studio_tui.present.kit.rows import SortedRows
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span, plain
from studio_tui.ui.commands.key_bar import key_hints
from studio_tui.ui.contracts.command import Command
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.kit.key_line import KeyHint
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.kit.terminal.safe import PlainStatic, is_ascii
from studio_tui.ui.screens.over import OverScreen

Table = TypeVar("Table", bound=ResourceTable[Any])

REST = 0.12
"""Seconds that the cursor rests on a row before what belongs to it is read."""
LOOK_SECONDS = 0.25
"""How often the hints look whether something takes long."""


class ColumnHead(PlainStatic):
    """The names of the columns; a click on one sorts by it."""

    def on_click(self, event: events.Click) -> None:
        screen = self.screen
        assert isinstance(screen, ResourceScreen)
        screen.sort_at(event.x)


class ResourceScreen(OverScreen):
    """A list with lines above it and hints below that fit the width; `?` tells every key."""

    KEYS: ClassVar[tuple[Command, ...]] = ()
    """The commands of the screen and its list; those with a short name stand in the hints."""
    TICK: ClassVar[float] = 0.0
    """Seconds between two updates of the ages that are shown; 0: none."""
    EVERY: ClassVar[float] = 0.0
    """Seconds between two readings of the list; 0: it is read again when somebody asks."""
    LINES_ABOVE: ClassVar[int] = 2
    hints = ""
    """They are laid out for the width, from `KEYS`."""
    DEFAULT_CSS = """
    ResourceScreen .above { height: 1; width: 1fr; background: $panel; }
    ResourceScreen .heading { height: 1; width: 1fr; color: $role-muted; }
    """

    def above(self) -> ComposeResult:
        yield from super().above()
        if self.LINES_ABOVE:
            yield PlainStatic("", id="above", classes="above")

    def body(self) -> ComposeResult:
        if self.LINES_ABOVE < 2:
            yield from super().body()
            return
        self.list = self.view()
        self.list.box = Vertical(id="table-box", classes="over-list")
        with self.list.box:
            yield ColumnHead("", id="columns", classes="heading")
            yield self.list

    def __init__(self) -> None:
        super().__init__()
        self._busy_with = ""
        """What takes long just now, as the hints say it."""
        self.tables: list[ResourceTable[Any]] = []
        """The lists that follow a resource; the first is read by `refresh`."""
        self._resting: Timer | None = None

    def on_mount(self) -> None:
        self.tell_above()
        self.set_interval(LOOK_SECONDS, self._look_at_work)
        if self.tables:
            self.action_refresh()
        for seconds, act in ((self.TICK, self._tick), (self.EVERY, self._again)):
            if seconds:
                self.set_interval(seconds, act)

    # -- lists from a server ------------------------------------------------------------------------------------

    def follow(self, table: Table) -> Table:
        """Have a table show what its resource holds, whenever that changes; returns the table."""

        def changed() -> None:
            if self.is_attached:
                table.show()
                self.tell_above()
                self.keys.look()

        table.resource.on_change = changed
        self.tables.append(table)
        return table

    def action_refresh(self) -> None:
        table = self.tables[0]
        self.start(table.read(), f"reading the {table.what}", group=f"{table.id}-list")

    def on_resource_table_toggled(self, event: ResourceTable.Toggled) -> None:
        """Mark the row, or take its mark away."""
        table = self.tables[0]
        if isinstance(table.table, SortedRows):
            table.table.mark(event.item)
            table.repaint()
            self.tell_above()

    def sortable(self) -> tuple[str, ...]:
        """Return the columns that the list can be sorted by, as the heading calls them."""
        rows = self.tables[0].table if self.tables else None
        return rows.SORTS if isinstance(rows, SortedRows) else ()

    def sort_by(self, column: str) -> None:
        """Sort by a column; the second time the other way round, the third time as the server does."""
        table = self.tables[0]
        assert isinstance(table.table, SortedRows)
        with table.keeping_place():
            table.table.sort(column)
        self.tell_above()

    def sort_at(self, x: int) -> None:
        """Sort by the column whose name stands at `x`, or begins left of it."""
        heading = plain(self.tables[0].table.heading(self.tables[0].text_width))
        found = [(at, name) for name in self.sortable() if 0 <= (at := heading.find(name)) <= x]
        if found:
            self.sort_by(max(found)[1])

    def action_sort(self) -> None:
        """Sort by the next column, at last as the server does."""
        rows = self.tables[0].table
        assert isinstance(rows, SortedRows)
        names = ["", *rows.SORTS]
        following = names[(names.index(rows.sorted_by) + 1) % len(names)]
        rows.descending = True if not following else rows.descending
        self.sort_by(following or rows.sorted_by)

    def action_reverse(self) -> None:
        rows = self.tables[0].table
        if isinstance(rows, SortedRows) and rows.sorted_by and not rows.descending:
            self.sort_by(rows.sorted_by)
        elif isinstance(rows, SortedRows) and rows.sorted_by:
            column, rows.sorted_by = rows.sorted_by, ""
            self.sort_by(column)

    def once_at_rest(self, read: Callable[[], None]) -> None:
        """Read what belongs to the row under the cursor, if it rests there."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, read)

    def is_stale(self) -> bool:
        """Whether the list is to be read again by itself now."""
        return True

    def _tick(self) -> None:
        for table in self.tables:
            table.tick()

    def _again(self) -> None:
        for table in self.tables[:1]:
            if self.app.screen is self and not table.resource.reading and self.is_stale():
                self.start(table.read(), group=f"{table.id}-list")

    def action_back(self) -> None:
        """Give up what takes long; else clear the search, else go back."""
        if not (self._busy_with and self.services.work.cancel_newest()):
            super().action_back()

    def _look_at_work(self) -> None:
        shown = self.services.work.shown
        label = shown.label if shown is not None else ""
        if label != self._busy_with:
            self._busy_with = label
            self._tell_hints()

    def on_resize(self) -> None:
        self._tell_hints()
        self.tell_above()

    def tell_above(self) -> None:
        """Write the lines above the list anew."""

    def say(self, place: str, line: Line) -> None:
        if place == "over-hints":
            self.keys.say(line)
        for shown in self.query(f"#{place}").results(PlainStatic):  # none any more once the screen was closed
            shown.set_line(line)

    def serves(self, command: Command) -> bool:
        """Tell whether a command does anything here; the hints dim those that do not."""
        used = self.focused if isinstance(self.focused, LineView) else self.list
        return used.row is not None or not command.needs_row

    def start(self, work: Coroutine[Any, Any, None], label: str = "", *, group: str = "", opens: bool = False) -> None:
        """Do something in the background, its errors told; `opens`: keys that follow wait for its dialog."""
        self.services.work.start(work, label, group=group, opens=opens)

    def key_hints(self) -> list[KeyHint]:
        """Return the keys with a short name; what cannot be done on this server, in this session, or here is dim."""
        hints = key_hints(self.services.context(), [command.id for command in self.KEYS if command.short])
        dull = {command.id for command in self.KEYS if not self.serves(command)}
        hints = [replace(hint, able=False) if hint.id in dull else hint for hint in hints]
        return self.worded([*hints, *key_hints(self.services.context(), ("page-back",))])

    def _tell_hints(self) -> None:
        if not self._busy_with:
            self.keys.say(None)
            return
        back = shown_key(self.services.commands.keys_of("page-back")[0])
        gives_up = KeyHint(back, "Give up").line
        self.keys.say((Span(f" {self._busy_with} {glyphs(is_ascii(self)).ellipsis}  ", "warn"), *gives_up))
