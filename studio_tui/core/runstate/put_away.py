"""Moves what a long run did earlier to disk (`earlier`), so that what it keeps in memory is bounded.

What goes are whole supersteps that have ended: of the run's own graph, or of the subgraph that runs all the time.
"""

from __future__ import annotations

from itertools import islice

from studio_tui.core.runstate.backed_map import BackedMap
from studio_tui.core.runstate.earlier import EarlierEntries, Entry, earlier_of
from studio_tui.core.runstate.earlier_marks import FIRST_MARKS, EarlierMarks, MarkMap
from studio_tui.core.runstate.page_ids import PageIds
from studio_tui.core.state.unnamed_file import UnnamedFile
from studio_tui.domain.ids import ROOT, Namespace, TaskId, task_of
from studio_tui.domain.run import Note, RunState, TaskStatus, TaskView
from studio_tui.domain.stream_mode import Tells, telling
from studio_tui.jsonkit.lazy import TextSource

KEPT = 2_048
"""Newest entries of a run that stay in memory."""
PAGE = 512
"""Entries that are put away at once, if that can be: for so long keys wait."""
_WIDE = 4 * PAGE
"""Entries among which the end of a superstep is looked for."""
_LEAST = 256
"""Entries that are worth a page."""
_FINAL = frozenset(status for status in TaskStatus if status.is_final)
_TRIES = 4
"""Times that the end of a page is moved back until its supersteps are whole."""
_BESIDE = 512
"""Entries that stay among which those are that belong to the superstep before."""


def put_away(run: RunState, source: TextSource) -> int:
    """Put away what can be; return how many entries there must be in memory until it is worth another look.

    `source` has the texts of the run's inputs and results.
    """
    earlier = earlier_of(run)
    if earlier is not None and earlier.problem:
        return 2 * len(run.timeline)
    if len(run.checkpoints) >= FIRST_MARKS + KEPT + PAGE:
        earlier = run.earlier = earlier or _nothing_yet(source)
        if _put_marks_away(run, earlier):
            return len(run.timeline)  # the entries' turn is next
    found = _ended(run, PAGE) or _ended(run, _WIDE)
    if found is None:
        return len(run.timeline) + PAGE
    start, stop, under = found
    if earlier is None:
        earlier = _nothing_yet(source)
    entries: list[Entry] = [_entry(run, entry) for entry in run.timeline[start:stop]]
    if not earlier.put(entries, under, start):
        run.earlier = earlier
        words = f"what this run did earlier cannot be kept on disk and stays in memory: {earlier.problem}"
        run.timeline.append(Note("log", words, _newest_time(run)))
        return 2 * len(run.timeline)
    del run.timeline[start:stop]
    if not isinstance(run.tasks, BackedMap):
        run.earlier, run.tasks = earlier, BackedMap(run.tasks, earlier.find)
    for entry in entries:
        if isinstance(entry, TaskView):
            del run.tasks[entry.id]
    _forget_places(run)
    return KEPT + PAGE


def _nothing_yet(source: TextSource) -> EarlierEntries:
    file = UnnamedFile("studio-tui-tasks-")
    return EarlierEntries(source, file, PageIds(file), EarlierMarks(file, PageIds(file)))


def _put_marks_away(run: RunState, earlier: EarlierEntries) -> bool:
    """Put the next checkpoints away: not those of the start, nor any that have a row of their own. Tell whether any."""
    if not telling(Tells.ROWS).intersection(run.stream_modes or ("tasks",)):
        return False
    marks = list(islice(run.checkpoints.items(), FIRST_MARKS, FIRST_MARKS + PAGE))
    if any(mark.source in ("update", "fork") for _, mark in marks):
        return False
    try:
        earlier.marks.put(marks)
    except (OSError, ValueError):
        return False  # the run's entries say so
    if not isinstance(run.checkpoints, MarkMap):
        run.checkpoints = MarkMap(run.checkpoints, earlier.marks)
    for key, _ in marks:
        del run.checkpoints[key]
    return True


def _entry(run: RunState, entry: TaskId | Note) -> Entry:
    return entry if isinstance(entry, Note) else run.tasks[entry]


def _ended(run: RunState, most: int) -> tuple[int, int, TaskId | None] | None:
    """Which entries can be put away together, at most so many, and the task whose subgraph they are of."""
    earlier = earlier_of(run)
    start, base = earlier.held if earlier is not None else 0, ROOT
    for entry in run.timeline[:start]:
        base = _base(_entry(run, entry), base)
    limit = min(len(run.timeline) - KEPT, start + most)
    while limit - start >= _LEAST:
        stop = _first_other(run, start, limit, base)
        if stop - start >= _LEAST:
            stop = _whole_steps(run, start, stop, base)
            if stop - start >= _LEAST:
                return start, stop, task_of(base[-1]) if base else None
            return None
        if stop == limit:
            return None
        base = _base(_entry(run, run.timeline[stop]), base)
        start = stop + 1
    return None


def _first_other(run: RunState, start: int, limit: int, base: Namespace) -> int:
    """The first entry that may still change, or that is not of the subgraph `base`."""
    depth, tasks = len(base), run.tasks
    for place in range(start, limit):
        entry = run.timeline[place]
        if isinstance(entry, Note):
            if entry.ns[:depth] != base:
                return place
            continue
        task = tasks[entry]
        if task.status not in _FINAL or task.ns[:depth] != base:
            return place
    return limit


def _whole_steps(run: RunState, start: int, stop: int, base: Namespace) -> int:
    """Take back what belongs together with what stays: tasks of one superstep, and those that run a subgraph there."""
    depth, tasks = len(base), run.tasks
    for _ in range(_TRIES):
        staying = run.timeline[stop:]
        found = {entry.ns if isinstance(entry, Note) else tasks[entry].ns for entry in staying}
        parents = {task_of(ns[depth]) for ns in found if len(ns) > depth}
        beside = [tasks[entry] for entry in staying[:_BESIDE] if not isinstance(entry, Note)]
        steps = {(task.name, task.step) for task in beside if task.step is not None}
        if not parents and not steps:
            return stop
        held = start
        for place in range(start, stop):
            entry = run.timeline[place]
            if isinstance(entry, Note):
                held = place + 1
                continue
            task = tasks[entry]
            if entry in parents or (steps and task.ns == base and (task.name, task.step) in steps):
                break
            held = place + 1
        if held == stop:
            return stop
        stop = held
        if stop - start < _LEAST:
            return start
    return start


def _newest_time(run: RunState) -> float:
    newest = _entry(run, run.timeline[-1])
    return newest.at if isinstance(newest, Note) else newest.ended_at or newest.started_at or 0.0


def _base(entry: Entry, base: Namespace) -> Namespace:
    """The namespace in which the run goes on, where `entry` stays in memory."""
    if isinstance(entry, TaskView) and not entry.status.is_final and entry.ns == base:
        return (*entry.ns, f"{entry.name}:{entry.id}")
    return base


def _forget_places(run: RunState) -> None:
    """Forget what the fold remembers of subgraphs whose task is put away, and of made-up ids that no longer count."""
    ledger, tasks = run.ledger, run.tasks.keys()
    for remembered in (ledger.steps, ledger.last_node, ledger.planned, ledger.planned_at, ledger.snapshot_ids):
        for ns in [ns for ns in remembered if ns and task_of(ns[-1]) not in tasks]:
            del remembered[ns]
    for place in [place for place in ledger.unmatched if place[0] and task_of(place[0][-1]) not in tasks]:
        del ledger.unmatched[place]
    for place, guessed in list(ledger.guessed.items()):
        ledger.guessed[place] = [task_id for task_id in guessed if task_id in tasks]
        if not ledger.guessed[place]:
            del ledger.guessed[place]
