"""An action on a row is for what the row showed at that key, whatever the list holds when the action is carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.message import Message

from studio_tui.core.crons import Cron
from studio_tui.core.store import StoreItem
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.present.crons import CronRows
from studio_tui.present.interrupts.inbox import InboxRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows
from studio_tui.ui.crons.crons_screen import CronTable
from studio_tui.ui.interrupts.inbox_screen import InboxView
from studio_tui.ui.kit.lists.paged_view import PagedTable
from studio_tui.ui.kit.terminal.themes import register_themes
from studio_tui.ui.runs.runs_screen import RunTable
from studio_tui.ui.store.store_screen import ItemTable

Made = tuple[PagedTable, Callable[[list[str]], None]]


def _crons() -> Made:
    rows = CronRows()
    return CronTable(rows), lambda names: setattr(rows, "items", [Cron(name, "* * * * *") for name in names])


def _runs() -> Made:
    rows = RunRows()
    thread, assistant = ThreadId("t"), AssistantId("a")
    return RunTable(rows), lambda names: setattr(
        rows, "items", [RunInfo(RunId(name), thread, assistant, "success") for name in names]
    )


def _items() -> Made:
    rows = ItemRows()
    return ItemTable(rows), lambda names: setattr(rows, "items", [StoreItem(("n",), name, {}) for name in names])


def _inbox() -> Made:
    rows = InboxRows()
    return InboxView(rows), lambda names: setattr(
        rows, "threads", [Thread(ThreadId(name), ThreadStatus.INTERRUPTED) for name in names]
    )


class Host(App[None]):
    """One table, and what it asks for."""

    def __init__(self, table: PagedTable) -> None:
        super().__init__()
        self.table = table
        self.asked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = "studio-dark"

    def _take(self, event: Message) -> None:
        found: Any = getattr(event, "item", None)
        names = ("cron_id", "run_id", "key")
        self.asked.append(
            event.thread_id  # type: ignore[attr-defined]
            if found is None
            else next(getattr(found, name) for name in names if hasattr(found, name))
        )

    on_cron_table_opened = on_cron_table_toggled = on_run_table_opened = on_item_table_opened = _take
    on_inbox_view_opened = _take


@pytest.mark.parametrize("make", [_crons, _runs, _items, _inbox])
async def test_a_row_that_is_opened_is_the_one_that_was_seen(make: Callable[[], Made]) -> None:
    table, give = make()
    give(["a", "b"])
    async with Host(table).run_test(size=(80, 20)) as pilot:
        host = pilot.app
        assert isinstance(host, Host)
        table.rows_changed(0)
        table.open_row(1)
        if isinstance(table, CronTable):
            table.toggle_row(1)
        give(["c"])  # read again before the key is carried out
        table.rows_changed(0)
        await pilot.pause()
        assert set(host.asked) == {"b"}
