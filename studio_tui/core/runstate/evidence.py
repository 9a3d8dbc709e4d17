"""Gathers what tells of nodes that a server leaves out of its states, and reveals them in the open thread's checkpoints
(see `domain.joins`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import filterfalse
from operator import attrgetter
from typing import Any, Protocol

from studio_tui.core.connection.ports import ServerClient, ThreadCalls, told_or
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import CheckpointId, TaskId, ThreadId
from studio_tui.domain.joins import Facts, reveal
from studio_tui.domain.run import RunState
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.graphs.topology.spec import graph_spec
from studio_tui.wire.decode_state import interrupts_of_row

PAGE = 100
"""Checkpoints that are read to find out what waits, where no app state holds them."""


class Client(ServerClient, Protocol):
    """A client that also tells how its server differs from others."""

    async def dialect(self) -> Dialect: ...


_is_past = attrgetter("from_history")
"""No stream told of a run that was rebuilt from its checkpoints."""


def may_hide(head: Checkpoint | None) -> bool:
    """Whether a head that says that nothing is next may be of a thread that waits."""
    return head is not None and head.checkpoint_id is not None and not head.next and not head.tasks


async def row_of(client: ThreadCalls, thread_id: ThreadId, dialect: Dialect) -> Thread | None:
    """Read the thread's row where states alone may not tell the truth; None where that is not so, or it cannot be had.

    Raises ConnectError.
    """
    return await told_or(client.thread(thread_id), None) if dialect.hides_joins else None


async def kept_values(client: ThreadCalls, thread_id: ThreadId) -> Checkpoint:
    """Return what the row still holds of a thread whose state nobody can read, the questions among it."""
    row, values = await client.thread(thread_id), await client.thread_values(thread_id)
    return Checkpoint(
        thread_id,
        values=values,
        tasks=tuple(Task(TaskId(it.key), it.node, interrupts=(it,), hidden=True) for it in interrupts_of_row(row)),
        unnamed=row.status is ThreadStatus.INTERRUPTED,
        metadata={"graph_id": row.graph_id},
        created_at=row.updated_at,
    )


def row_waits(row: Thread | None, head: Checkpoint | None, infos: Sequence[RunInfo]) -> bool | None:
    """Whether the row says that the thread waits at `head`; None where it tells of something else.

    Only runs set a row's status anew: it counts where the newest run made the head, or came after it.
    """
    if row is None or head is None or not infos:
        return None
    newest = max(infos, key=lambda info: info.created_at or 0.0)
    if (row.updated_at or 0.0) < (newest.created_at or 0.0):
        return None  # read before the newest run
    own = head.run_id == newest.run_id and head.source != "update"
    later = (newest.created_at or 0.0) > (head.created_at or 0.0)
    if not own and not later:
        return None
    if row.status is ThreadStatus.INTERRUPTED and newest.status == "success":
        return True
    return False if row.status is ThreadStatus.IDLE and newest.status == "success" else None


async def revealed(client: Client, thread_id: ThreadId, items: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return checkpoints of a thread with the nodes that the server leaves out of them; reads what that takes.

    What cannot be read is done without. Raises ConnectError.
    """
    if not items or not (await client.dialect()).hides_joins:
        return list(items)
    row, infos, page = await asyncio.gather(
        told_or(client.thread(thread_id), None), told_or(client.runs(thread_id, limit=20), []),
        told_or(client.history(thread_id, limit=PAGE), []),
    )  # fmt: skip
    newest = max(infos, key=lambda info: info.created_at or 0.0, default=None)
    assistant = str(newest.assistant_id) if newest is not None else row.graph_id if row is not None else ""
    graph = graph_spec(await told_or(client.graph(assistant, xray=True), None)) if assistant else None
    known = {item.checkpoint_id: item for item in (*page, *items) if item.checkpoint_id is not None}
    head = known[max(known)] if known else None
    waits = row_waits(row, head, infos)
    facts = Facts(graph, waits=waits, questions=interrupts_of_row(row) if row is not None and waits else ())
    found = {item.checkpoint_id: item for item in reveal(known.values(), facts, max(known, default=None))}
    return [found.get(item.checkpoint_id, item) for item in items]


def reveal_items(
    app_state: AppState,
    items: Iterable[Checkpoint],
    head: Checkpoint | None,
    *,
    row: Thread | None = None,
    infos: Sequence[RunInfo] = (),
    run: RunState | None = None,
) -> dict[CheckpointId, Checkpoint]:
    """Return those of the open thread's checkpoints that change by what is known besides, by their ids.

    `items` are all that are known; `run` is a followed run that may not be in the app state.
    """
    if app_state.server is None or not app_state.server.dialect.hides_joins:
        return {}
    runs = app_state.runs
    if run is not None and all(item is not run for item in runs):
        runs = [*runs, run]
    followed = list(filterfalse(_is_past, runs))
    marks = (mark for item in followed for mark in item.checkpoints.values() if mark.streamed)
    told = _Told(
        {mark.checkpoint_id: mark.next for mark in marks if mark.checkpoint_id is not None},
        [item for item in followed if item.earlier is not None],
    )
    waits = row_waits(row, head, infos)
    facts = Facts(
        app_state.known_edges, told, app_state.writers, waits, _questions(row if waits else None, head, runs, run)
    )
    found = reveal(items, facts, head.checkpoint_id if head is not None else None)
    return {item.checkpoint_id: item for item in found if item.checkpoint_id is not None}


class _Told(dict[CheckpointId, tuple[str, ...]]):
    """`next` of checkpoints as streams announced it, those included that `runs` keep on disk."""

    def __init__(self, told: dict[CheckpointId, tuple[str, ...]], runs: Sequence[RunState]) -> None:
        super().__init__(told)
        self._runs = runs

    def get(self, key: CheckpointId, default: Any = None) -> Any:
        found = super().get(key)
        if found is None:
            marks = (item.checkpoints.get(key) for item in self._runs)
            found = next((mark.next for mark in marks if mark is not None and mark.streamed), default)
        return found


def _questions(
    row: Thread | None, head: Checkpoint | None, runs: Sequence[RunState], run: RunState | None
) -> tuple[Interrupt, ...]:
    """What the run that left the head, and the thread's row, say that is asked; `run` is just ending."""
    found: dict[str, Interrupt] = {}
    key = head.checkpoint_id if head is not None else None
    for item in runs[-1:]:
        ended = item is run or not item.phase.is_live
        if key is not None and key in item.checkpoints and ended:
            found.update((question.key, question) for question in item.interrupts.values())
    for question in interrupts_of_row(row) if row is not None else ():
        found.setdefault(question.key, question)
    return tuple(found.values())
