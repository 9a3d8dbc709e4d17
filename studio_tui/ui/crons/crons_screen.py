"""Crons of the server (`J`): what runs when, in words; make, pause, delete."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import ClassVar, cast

from textual.binding import BindingType

from studio_tui.core.crons import Cron, CronController, CronDraft, draft_of
from studio_tui.core.resources.bulk import Bulk
from studio_tui.jsonkit.value import Json
from studio_tui.present.crons import CronRows, detail_of, schedule_words
from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.crons.commands import TABLE, VIEW
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog
from studio_tui.ui.kit.dialogs.progress import ProgressDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.screens.commands import SEARCH
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import ResourceScreen


class CronTable(ResourceTable[Cron]):
    """The list of crons."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)
    NOUN: ClassVar[tuple[str, str]] = ("cron", "crons")
    EMPTY: ClassVar[str] = "No crons yet. Press {crons-new} to make one."
    COPIES: ClassVar[str] = "cron id"


class CronsScreen(ResourceScreen):
    """All crons of the server."""

    KEYS: ClassVar[tuple[Command, ...]] = (TABLE[0], SEARCH, VIEW[0], *TABLE[1:], *VIEW[1:])
    BINDINGS: ClassVar[list[BindingType]] = bindings(VIEW)
    TICK: ClassVar[float] = 1.0
    EVERY: ClassVar[float] = 15.0
    heading = "Crons"

    def view(self) -> LineView:
        self.crons = CronController(self.services.studio.connection.call)
        self.rows = CronRows()
        self.rows.assistants = {item.assistant_id: item.name for item in self.services.app_state.assistants.items}
        self.table = self.follow(CronTable(self.rows, self.crons, id="cron-table"))
        return self.table

    def tell_above(self) -> None:
        if self.is_mounted:
            paused = sum(not item.enabled for item in self.crons.items)
            active = len(self.crons.items) - paused
            counts = (Span(f" {active} active", "ok" if active else "muted"), Span(f"   {paused} paused", "muted"))
            is_unknown = not self.crons.items and self.table.unread()
            self.say("above", () if is_unknown else counts)
            self.say("columns", self.rows.heading(self.table.text_width))

    def on_resource_table_opened(self, event: CronTable.Opened) -> None:
        item = event.item
        assert isinstance(item, Cron)
        value = cast("Json", detail_of(item, datetime.now(UTC)))
        self.services.go(DetailScreen(f"Cron {short_id(item.cron_id)}", value))

    def action_new(self) -> None:
        self.start(self._new(), opens=True)

    async def _new(self) -> None:
        app_state = self.services.app_state
        made = ""

        async def create(draft: CronDraft) -> None:
            nonlocal made
            cron = await self.crons.create(draft)
            made = cron.cron_id if cron is not None else ""

        draft = CronDraft(assistant_id=app_state.assistant_id or "")
        if not await self.services.ask(CronDialog(draft, app_state.assistants.items, create)):
            return
        try:
            await self.table.read()
        finally:
            is_under_cursor = self.table.stand_on(made)
            keys = "; {crons-pause} pauses it, {crons-delete} deletes it." if is_under_cursor else "."
            self._tell(f"The cron is made{keys}")

    def action_edit(self) -> None:
        item = self.table.current
        if item is not None:
            self.start(self._edit(item), opens=True)

    async def _edit(self, item: Cron) -> None:
        app_state = self.services.app_state
        change = partial(self.crons.change, item)
        dialog = CronDialog(draft_of(item), app_state.assistants.items, change, changes=item.cron_id)
        if await self.services.ask(dialog):
            self._tell("The cron is changed; {crons-edit} changes it again.")
            await self.table.read()

    def _tell(self, words: str) -> None:
        self.services.tell(self.services.commands.hint(words))

    def action_pause(self) -> None:
        item = self.table.current
        if item is not None:
            self.start(self._toggle(item), "changing the cron")

    async def _toggle(self, item: Cron) -> None:
        await self.crons.enable(item.cron_id, not item.enabled)
        self._tell(
            "The cron is paused; {crons-pause} lets it fire again."
            if item.enabled
            else "The cron fires again; {crons-pause} pauses it."
        )
        await self.table.read()

    def action_delete(self) -> None:
        items = self.rows.chosen(self.table.current)
        if items:
            self.start(self._delete(items))

    async def _delete(self, items: list[Cron]) -> None:
        item, title = items[0], "Delete the cron?" if len(items) == 1 else f"Delete {len(items)} crons?"
        name = self.rows.assistants.get(item.assistant_id, "")
        text = f"{clean(item.schedule, 60)}: {schedule_words(item.schedule)}, {clean(name, 60)}"
        text += f"\nand {len(items) - 1} more" if len(items) > 1 else ""
        if not await self.services.ask(
            ConfirmDialog(title, f"{text}\nThis cannot be undone.", yes="Delete", danger=True)
        ):
            return
        if len(items) == 1:
            await self.crons.delete(item.cron_id)
            self.services.tell("The cron is deleted.")
        else:
            schedules = {cron.cron_id: clean(cron.schedule, 40) for cron in items}
            bulk = Bulk(list(schedules), self.crons.delete)
            await self.services.ask(
                ProgressDialog(bulk, "Deleting", "deleted", lambda cron_id: schedules[cron_id], "crons")
            )
        await self.table.read()
