"""Runs of a history that comes page by page are those of the whole at once, and a page costs what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from studio_tui.core.runstate.past_pages import PastRuns
from studio_tui.core.runstate.past_runs import base_of, heirs_of, rebuilt, without_checkpoints
from studio_tui.domain.checkpoint import Checkpoint, History, Interrupt, Task
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId, TaskId
from studio_tui.domain.run import RunState
from studio_tui.domain.thread import RunInfo
from studio_tui.jsonkit.lazy import LazyJson
from tests.core.fakes import THREAD
from tests.work import lines_run

DIALECT = Dialect()


def at_once(history: History, infos: Sequence[RunInfo]) -> list[RunState]:
    """The runs of all checkpoints at once, made from nothing."""
    known = {info.run_id: info for info in infos}
    groups: dict[RunId, list[Checkpoint]] = {}
    for item in reversed(history.items):
        if item.run_id is not None and item.source != "update":
            groups.setdefault(item.run_id, []).append(item)
    traceless = {info.run_id: base_of(info, history.items) for info in infos if info.run_id not in groups}
    heirs = heirs_of(infos, traceless, history.head, DIALECT)
    runs = [rebuilt(own, known.get(run_id), history, DIALECT, heirs) for run_id, own in groups.items()]
    oldest = history.items[-1].created_at if history.items and not history.complete else None
    for info in infos:
        if info.run_id not in groups and (oldest is None or (info.created_at or 0.0) >= oldest):
            at_head = bool(heirs) and info is heirs[-1]
            runs.append(without_checkpoints(info, DIALECT, traceless[info.run_id], at_head=at_head))
    return sorted(runs, key=lambda run: run.started_at or 0.0)


def told(thing: Any) -> Any:
    """Everything that a run says, as plain values; how it came about is left out."""
    if isinstance(thing, LazyJson):
        return thing.value()
    names = thing.__struct_fields__ if isinstance(thing, Struct) else getattr(thing, "__dataclass_fields__", ())
    if names:
        return {name: told(getattr(thing, name)) for name in names if name not in ("ledger", "older_count")}
    if isinstance(thing, dict):
        return [(key, told(value)) for key, value in thing.items()]
    return [told(item) for item in thing] if isinstance(thing, list | tuple) else thing


def point(number: int) -> CheckpointId:
    return CheckpointId(f"1f{number:05}")


@st.composite
def threads(draw: st.DrawFn) -> tuple[list[Checkpoint], list[RunInfo]]:
    """Checkpoints, newest first, and the list of runs: forks, edits, questions, failures, runs that wrote nothing."""
    size = draw(st.integers(1, 40))
    runs = [RunId(f"run-{number}") for number in range(6)]
    run, items = 0, list[Checkpoint]()
    said: list[Any] = []
    for number in range(size):
        parent = None
        if number:
            parent = draw(st.sampled_from([number - 1] * 8 + [max(0, number - 4), None]))
        run = draw(st.sampled_from([run] * 6 + [min(run + 1, 5), max(run - 1, 0)]))
        name = draw(st.sampled_from("abc"))
        message = {"type": "ai", "id": draw(st.sampled_from([f"m{number}", "m1", None])), "content": str(number)}
        kind = draw(st.sampled_from(["done"] * 5 + ["asks", "failed", "open", "hidden", "inner"]))
        inner = Checkpoint(
            THREAD, point(number), ns=(f"{name}:t{number}",), tasks=(Task(TaskId(f"i{number}"), "in", error="x"),)
        )
        task = Task(
            TaskId(draw(st.sampled_from([f"t{number}"] * 9 + ["t3"]))),
            name,
            error="ValueError('x')" if kind == "failed" else None,
            interrupts=(Interrupt("q", number),) if kind == "asks" else (),
            result={"messages": [message]} if kind == "done" else None,
            has_result=kind == "done",
            subgraph=inner if kind == "inner" else None,
            hidden=kind == "hidden",
        )
        items.append(
            Checkpoint(
                THREAD,
                point(number),
                parent_id=None if parent is None else point(parent),
                values={"messages": list(said)},
                next=(name,),
                tasks=(task,) if draw(st.booleans()) or number < size - 1 else (),
                source=draw(st.sampled_from(["loop"] * 8 + ["input", "update", "fork", ""])),
                step=number,
                run_id=draw(st.sampled_from([runs[run]] * 9 + [None])),
                created_at=draw(st.sampled_from([float(number)] * 9 + [None, 0.5])),
                metadata={"graph_id": f"g{number // 7}"},
            )
        )
        if kind == "done":
            said.append(message)
    infos = [
        RunInfo(
            run_id,
            THREAD,
            AssistantId(draw(st.sampled_from(["", "a"]))),
            draw(st.sampled_from(["success"] * 4 + ["error", "interrupted", "running", "pending"])),
            created_at=draw(st.sampled_from([None, float(number), number * size / 6, float(size)])),
            updated_at=draw(st.sampled_from([None, float(number + 2), float(size)])),
            kwargs=draw(st.sampled_from([{}, {"input": None}, {"input": {}}])),
        )
        for number, run_id in enumerate([*runs, RunId("none"), RunId("nothing")])
        if draw(st.booleans())
    ]
    return items[::-1], infos


@settings(max_examples=400, deadline=None)
@given(threads(), st.lists(st.integers(1, 12), min_size=1, max_size=8), st.integers(0, 3))
def test_pages_of_any_sizes_give_the_runs_of_the_whole(
    thread: tuple[list[Checkpoint], list[RunInfo]], sizes: list[int], given_back: int
) -> None:
    left, infos = thread
    history, past = History(THREAD, complete=False), PastRuns()
    for size in (*sizes, len(left)):
        page, left = left[:size], left[size:]
        history.merge(page)
        history.complete = not left
        found = past.update(history, infos)
        assert told(found) == told(at_once(history, infos))
        older = history.items[len(history.items) // 2 :][: given_back * 3]
        history.replace(
            {item.checkpoint_id: replace(item, values=None, raw={}) for item in older if item.checkpoint_id}
        )
    assert told(past.update(history, infos)) == told(at_once(history, infos))


def test_what_is_newer_or_told_otherwise_gives_the_runs_of_the_whole() -> None:
    items = [
        Checkpoint(THREAD, point(number), parent_id=point(number - 1), run_id=RunId(f"r{number // 3}"), source="loop",
                   tasks=(Task(TaskId(f"t{number}"), "a", result={}, has_result=True),), created_at=float(number))
        for number in range(20, 0, -1)
    ]  # fmt: skip
    infos = [RunInfo(RunId("r6"), THREAD, AssistantId("a"), "success", created_at=17.5)]
    history, past = History(THREAD, complete=False), PastRuns()
    for page in (items[4:8], items[8:], items[:4]):
        history.merge(page)
        assert told(past.update(history, infos)) == told(at_once(history, infos))
    infos = [replace(infos[0], status="error", error="KeyError('x')")]
    assert told(past.update(history, infos)) == told(at_once(history, infos))
    other = History(THREAD)
    other.merge(items[:2])
    assert told(past.update(other, infos)) == told(at_once(other, infos))


def long_thread(count: int, steps: int) -> list[Checkpoint]:
    """A thread whose runs have so many supersteps each, newest first."""
    return [
        Checkpoint(THREAD, point(number), parent_id=point(number - 1) if number else None, step=number, source="loop",
                   run_id=RunId(f"run-{number // steps}"), created_at=float(number + 1), values={"n": number},
                   tasks=(Task(TaskId(f"t{number}"), "a", result={"n": 1}, has_result=True),))
        for number in reversed(range(count))
    ]  # fmt: skip


def test_a_page_is_no_more_work_at_the_end_of_a_long_history() -> None:
    for steps in (5, 4000):  # many runs, and one that never ends
        left, work = long_thread(4000, steps), []
        history, past = History(THREAD, complete=False), PastRuns()

        def take(page: list[Checkpoint], history: History = history, past: PastRuns = past) -> None:
            history.merge(page)
            past.update(history, [])

        while left:
            page, left = left[:25], left[25:]
            work.append(lines_run(lambda page=page: take(page)))  # type: ignore[misc]
        assert max(work[1:]) < 1.5 * work[1]
