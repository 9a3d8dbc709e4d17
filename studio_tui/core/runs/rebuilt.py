"""The open thread's runs as its checkpoints tell them, except those that are or were streamed here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from itertools import filterfalse, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunState, TaskStatus

if TYPE_CHECKING:
    from studio_tui.core.runstate.past_pages import PastRuns

_EXPLAINED = 5
"""How many of the newest failed runs without a reason are looked into."""
_KEPT_RUNS, _KEPT_TASKS = 50, 500
"""Runs whose times are kept when their thread is left, and tasks of each."""
_Span = tuple[float | None, float | None]
"""Start and end in unix seconds."""
_run_id = attrgetter("run_id")
_is_past = attrgetter("from_history")


class RebuiltRuns:
    """Fills the app state's runs."""

    def __init__(self, runtime: Runtime) -> None:
        self._app_state = runtime.app_state
        self._connection = runtime.connection
        self._errors: dict[RunId, str] = {}
        """What the streams of ended runs of the open thread said at their end."""

        self._past: PastRuns | None = None
        self._measured: dict[RunId, tuple[_Span, dict[TaskId, _Span]]] = {}
        """What streams told of when runs and tasks began and ended: checkpoints know it only roughly."""

    def keep_times(self, runs: Iterable[RunState]) -> None:
        """Keep the times that were measured here, for when the thread is opened again."""
        for run in filterfalse(_is_past, runs):
            if run.run_id is None or run.phase.is_live:
                continue
            told: dict[TaskId, _Span] = {
                task.id: (task.started_at, task.ended_at)
                for task in islice(run.tasks.values(), _KEPT_TASKS)
                if task.ended_at is not None and not task.between_checkpoints
            }
            self._measured.pop(run.run_id, None)
            self._measured[run.run_id] = ((run.started_at, run.ended_at), told)
        while len(self._measured) > _KEPT_RUNS:
            del self._measured[next(iter(self._measured))]

    def _tell_times(self, run: RunState) -> None:
        known = self._measured.get(run.run_id) if run.run_id is not None else None
        if known is None or run.phase.is_live or not run.from_history:
            return
        (run.started_at, run.ended_at), told = known
        for task_id, (started, ended) in told.items():
            task = run.tasks.get(task_id)
            if task is not None and task.between_checkpoints:
                task.started_at, task.ended_at, task.between_checkpoints = started, ended, False
                task.rev += 1

    def clear(self) -> None:
        self._errors = {}
        self._past = None

    def rebuild(self) -> None:
        """Bring the runs up to the history and the list of runs that are known now."""
        from studio_tui.core.runstate.past_pages import PastRuns

        app_state = self._app_state
        if self._past is None:
            self._past = PastRuns()
        infos = [replace(info, error=self._errors.get(info.run_id, info.error)) for info in app_state.thread_runs]
        runs = self._past.update(app_state.history, infos, dialect=self._connection.dialect)
        for run in runs if self._measured else ():
            self._tell_times(run)
        ids = [*map(_run_id, runs)]
        for run in filterfalse(_is_past, app_state.runs):
            if run.run_id in ids:
                runs[ids.index(run.run_id)] = run
            else:
                runs.append(run)
                ids.append(run.run_id)
        app_state.runs = runs
        app_state.touch(Slice.RUN, Slice.TASKS, Slice.MESSAGES)

    async def explain(self, thread_id: ThreadId) -> None:
        """Ask the streams of failed runs that give no reason; a cancelled run is one of those on some servers.

        Nothing once another thread is open.
        """
        if thread_id != self._app_state.thread_id or not self._connection.dialect.keeps_streams:
            return
        unexplained = [run.run_id for run in self._app_state.runs if run.run_id is not None and _is_unexplained(run)]
        asked = unexplained[-_EXPLAINED:]
        if not asked:
            return  # nor is what reads streams imported
        from studio_tui.core.runs.feed_replay import streamed_error

        asking = [partial(streamed_error, thread_id=thread_id, run_id=run_id) for run_id in asked]
        texts = await asyncio.gather(*(self._connection.call(ask) for ask in asking))
        if thread_id == self._app_state.thread_id and any(texts):
            self._errors.update((run_id, text) for run_id, text in zip(asked, texts, strict=True) if text)
            self.rebuild()


def _is_unexplained(run: RunState) -> bool:
    """Whether a past run counts as failed although none of its tasks did."""
    if not run.from_history or run.phase is not Phase.FAILED:
        return False
    return all(task.status is not TaskStatus.ERROR for task in run.tasks.values())
