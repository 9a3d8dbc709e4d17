"""Promise: a list never shows one thing's text for another. Rows with equal keys draw equal lines: views keep what was
painted for a key, and paint nothing anew while it stays the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.assistants.versions import Versions
from studio_tui.core.crons import Cron
from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.core.store import StoreItem
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.jsonkit.value import Json
from studio_tui.present.assistants import VersionRows
from studio_tui.present.crons import CronRows
from studio_tui.present.interrupts.inbox import InboxRows
from studio_tui.present.kit.rows import Rows
from studio_tui.present.runs.frames import RawRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows
from studio_tui.present.threads.table import ThreadTableRows
from studio_tui.wire.frames import Frame

ROUNDS = 60
"""What was shown a moment ago is thrown away each time; its address is soon another object's."""
A, T = AssistantId("a"), ThreadId("t")


def _names(number: int) -> dict[str, str]:
    return {"a": f"name {number}"}


def _threads() -> Iterator[Rows]:
    async def call(_: object) -> Any:
        raise AssertionError

    rows = ThreadTableRows(ThreadSearch(call))
    rows.items = [Thread(T, ThreadStatus.IDLE, assistant_id="a")]
    for number in range(ROUNDS):
        rows.assistants = _names(number)
        yield rows


def _runs() -> Iterator[Rows]:
    rows = RunRows()
    item = RunInfo(RunId("r"), T, A, "success")
    rows.items = [item]
    for number in range(ROUNDS):
        rows.assistants = _names(number)
        yield rows
    for number in range(ROUNDS):
        rows.items = [replace(item, error=f"reason {number}")]
        yield rows


def _crons() -> Iterator[Rows]:
    rows = CronRows()
    rows.items = [Cron("c", "* * * * *", assistant_id=A)]
    for number in range(ROUNDS):
        rows.assistants = _names(number)
        yield rows


def _items() -> Iterator[Rows]:
    rows = ItemRows()
    for number in range(ROUNDS):
        rows.items = [StoreItem(("n",), "k", {"n": number})]  # a server that gives no times
        yield rows


def _versions() -> Iterator[Rows]:
    rows = VersionRows()
    for number in range(ROUNDS):
        new, old = (Assistant(A, "g", "x", version=at, config={"m": number * at}) for at in (2, 1))
        rows.versions = Versions(new, (new, old), Dialect())
        rows.items = rows.versions.items
        yield rows


def _inbox() -> Iterator[Rows]:
    rows = InboxRows()
    for number in range(ROUNDS):
        question = Interrupt("0", f"question {number}", "node")
        rows.items = [InboxItem(Thread(T, ThreadStatus.INTERRUPTED), (question,))]
        yield rows


def _frames() -> Iterator[Rows]:
    rows = RawRows()
    for number in range(ROUNDS):
        log = FrameLog()
        log.append(Frame(1, 0.0, "values", f'{{"n": {number}}}'))
        request: dict[str, Json] = {"input": number}
        rows.update(log, request)
        yield rows
        log.close()


@pytest.mark.parametrize("make", [_threads, _runs, _crons, _items, _versions, _inbox, _frames])
def test_equal_keys_draw_equal_lines(make: Callable[[], Iterator[Rows]]) -> None:
    shown: dict[tuple[int, Hashable], object] = {}
    for rows in make():
        for index in range(len(rows)):
            line = rows.line(index, 120)
            assert shown.setdefault((index, rows.key(index)), line) == line
