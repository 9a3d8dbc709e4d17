"""An action on a row is for what the row showed at that key, whatever the list holds when the action is carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App, ComposeResult

from studio_tui.core.crons import Cron
from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.core.store import StoreItem, StoreItems
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.present.crons import CronRows
from studio_tui.present.interrupts.inbox import InboxRows
from studio_tui.present.kit.rows import ListedRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows
from studio_tui.ui.crons.crons_screen import CronTable
from studio_tui.ui.interrupts.inbox_screen import InboxView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.kit.terminal.themes import register_themes
from studio_tui.ui.runs.runs_screen import RunTable
from studio_tui.ui.store.store_screen import ItemTable
from tests.ui.kit.lists_host import no_server, nothing

Made = tuple[ResourceTable[Any], Callable[[list[str]], None]]


def _made(table: Callable[..., ResourceTable[Any]], rows: ListedRows[Any], thing: Callable[[str], object]) -> Made:
    return table(rows, nothing()), lambda names: setattr(rows, "items", [thing(name) for name in names])


def _crons() -> Made:
    return _made(CronTable, CronRows(), lambda name: Cron(name, "* * * * *"))


def _runs() -> Made:
    thread, assistant = ThreadId("t"), AssistantId("a")
    return _made(RunTable, RunRows(), lambda name: RunInfo(RunId(name), thread, assistant, "success"))


def _items() -> Made:
    rows = ItemRows()
    table = ItemTable(rows, StoreItems(no_server))
    return table, lambda names: setattr(rows, "items", [StoreItem(("n",), name, {}) for name in names])


def _inbox() -> Made:
    return _made(InboxView, InboxRows(), lambda name: InboxItem(Thread(ThreadId(name), ThreadStatus.INTERRUPTED)))


class Host(App[None]):
    """One table, and what it asks for."""

    def __init__(self, table: ResourceTable[Any]) -> None:
        super().__init__()
        self.table = table
        self.asked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = "studio-dark"

    def _take(self, event: ResourceTable.Opened | ResourceTable.Toggled) -> None:
        identity = self.table.table.identity(event.item)
        self.asked.append(identity[-1] if isinstance(identity, tuple) else str(identity))

    on_resource_table_opened = on_resource_table_toggled = _take


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
