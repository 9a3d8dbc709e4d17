"""Crons of the server (`J`): what runs when, in words; make, pause, delete."""

from __future__ import annotations

import time
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import ClassVar, cast

from textual.binding import BindingType
from textual.message import Message

from studio_tui.core.crons import Cron, CronController, CronDraft
from studio_tui.errors import StudioError, UnsupportedError
from studio_tui.jsonkit.value import Json
from studio_tui.present.crons import CronRows, detail_of, said
from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.paged_view import PagedTable
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import Key, ResourceScreen, bound

TICK = 1.0
"""Seconds between two updates of the time that is left."""
REFRESH_SECONDS = 15.0


class CronTable(PagedTable):
    """The list of crons."""

    NOUN: ClassVar[tuple[str, str]] = ("cron", "crons")

    class Opened(Message):
        """Show this cron."""

        def __init__(self, item: Cron) -> None:
            super().__init__()
            self.item = item

    class Toggled(Message):
        """Pause or resume this cron."""

        def __init__(self, item: Cron) -> None:
            super().__init__()
            self.item = item

    def __init__(self, rows: CronRows, *, id: str | None = None) -> None:
        self.table = rows
        self.words = "Reading the crons …"
        super().__init__(rows, id=id)

    def empty_text(self) -> str:
        """Say why there is nothing."""
        return self.words

    def row_anchor(self, row: int) -> Hashable:
        """Return the cron's id."""
        return self.table.items[row].cron_id

    def row_of(self, anchor: Hashable) -> int | None:
        """Return where a cron is now."""
        return self.table.row_of(anchor)

    def open_row(self, row: int) -> None:
        """Ask for the cron in full."""
        self.post_message(self.Opened(self.table.items[row]))

    def toggle_row(self, row: int) -> None:
        """Pause or resume."""
        self.post_message(self.Toggled(self.table.items[row]))

    def yank(self) -> tuple[str, str] | None:
        """Return the cron's id."""
        return None if self.row is None else (self.table.items[self.row].cron_id, "cron id")


class CronsScreen(ResourceScreen):
    """All crons of the server."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "", "details", "Show the cron in full, with its next five times."),
        Key("A", "new", "new", "Make a cron, for a thread or with a new thread each time.", True),
        Key("space", "", "pause/resume", "Pause the cron, or let it fire again.", True),
        Key("D", "delete", "delete", "Delete the cron.", True),
        Key("y", "copy", "copy id", "Copy the cron's id."),
        Key("r,ctrl+r", "refresh", "refresh", "Read the list again."),
        Key("J", "close", "", "Go back."),
    )
    BINDINGS: ClassVar[list[BindingType]] = bound(KEYS)
    heading = "Crons"

    def view(self) -> LineView:
        """Return the list."""
        app_state = self.services.studio.app_state
        self.book = CronController(self.services.studio.connection.call)
        self._rows = CronRows()
        self._rows.assistants = {item.assistant_id: item.name for item in app_state.assistants}
        self.table = CronTable(self._rows, id="cron-table")
        return self.table

    def on_mount(self) -> None:
        """Read the crons."""
        super().on_mount()
        self._rows.signs = self.table.glyphs
        self.action_refresh()
        self.set_interval(TICK, self._tick)
        self.set_interval(REFRESH_SECONDS, self._again)

    def tell_above(self) -> None:
        """Say how many fire and how many are paused."""
        if not self.is_mounted:
            return
        paused = sum(not item.enabled for item in self._rows.items)
        spans = [Span(f" {len(self._rows.items) - paused} active", "ok"), Span(f"   {paused} paused", "muted")]
        self.say("above", tuple(spans))
        self.say("columns", self._rows.heading(self.table.text_width))

    def action_refresh(self) -> None:
        """Read the list again."""
        self.start(self._load(), "reading the crons", group="cron-list")

    async def _load(self) -> None:
        try:
            items = await self.book.read()
        except UnsupportedError as error:
            self.table.words = f"{error.title}. {clean(error.hint)}"
            self.table.rows_changed(0)
            return
        except StudioError as error:
            self.table.words = f"The crons could not be read: {clean(str(error), 300)}"
            self.table.rows_changed(0)
            raise
        self._show(items)

    def _show(self, items: list[Cron]) -> None:
        self.table.words = "No crons yet. Press A to make one."
        with self.table.keeping_place():
            self._rows.items, self._rows.now = items, time.time()
        self.table.page_came(has_more=self.book.has_more)
        self.tell_above()

    def on_paged_table_more_wanted(self) -> None:
        """Read the next page."""
        self.start(self._more(), group="cron-list")

    async def _more(self) -> None:
        with self.table.expecting_page():
            more = await self.book.read(len(self._rows.items))
        known = {item.cron_id for item in self._rows.items}
        self._show([*self._rows.items, *(item for item in more if item.cron_id not in known)])

    def _tick(self) -> None:
        self._rows.now = time.time()
        self.table.repaint()

    def _again(self) -> None:
        if self.app.screen is self and not self.book.has_more:
            self.start(self._load(), group="cron-list")

    @property
    def _current(self) -> Cron | None:
        return None if self.table.row is None else self._rows.items[self.table.row]

    def on_cron_table_opened(self, event: CronTable.Opened) -> None:
        """Show the cron in full."""
        item = event.item
        value = cast("Json", detail_of(item, datetime.now(UTC)))
        self.app.push_screen(DetailScreen(f"Cron {short_id(item.cron_id)}", value))

    def action_new(self) -> None:
        """Make a cron."""
        if not self.lacks("crons"):
            self.change(self._new, opens=True)

    async def _new(self) -> None:
        app_state = self.services.studio.app_state
        draft = CronDraft(assistant_id=app_state.assistant_id or "")

        async def create(wanted: CronDraft) -> None:
            await self.book.create(wanted)

        keep = self.services.kept("cron-form")
        if await self.services.ask(CronDialog(draft, app_state.assistants, create, keep)):
            self.services.tell("The cron is made.")
            await self._load()

    def on_cron_table_toggled(self, event: CronTable.Toggled) -> None:
        """Pause or resume the cron that was under the cursor."""
        self.change(lambda: self._toggle(event.item), "changing the cron")

    async def _toggle(self, item: Cron) -> None:
        await self.book.enable(item.cron_id, not item.enabled)
        await self._load()

    def action_delete(self) -> None:
        """Delete the cron under the cursor."""
        item = self._current
        if item is not None:
            self.change(lambda: self._delete(item))

    async def _delete(self, item: Cron) -> None:
        name = self._rows.assistants.get(item.assistant_id, "")
        text = f"{clean(item.schedule, 60)}: {said(item.schedule)}, {clean(name, 60)}\nThis cannot be undone."
        if await self.services.ask(ConfirmDialog("Delete the cron?", text, yes="Delete", danger=True)):
            await self.book.delete(item.cron_id)
            self.services.tell("The cron is deleted.")
            await self._load()
