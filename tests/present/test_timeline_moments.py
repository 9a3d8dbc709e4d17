"""Promise: rows of the timeline and checkpoints of the thread find each other, and a run says where it branches off."""

from __future__ import annotations

from typing import Any

from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId, RunId, ThreadId
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunState, TaskStatus
from studio_tui.present.runs.origins import Origins, branches_from
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.text.spans import plain
from tests.present.test_timeline import T0, _add, _lines, _mark, _run, _shown


def test_the_moment_of_a_task_is_the_checkpoint_after_it() -> None:
    run = _run()
    outer = _add(run, "outer", step=1)
    _add(run, "inner", under=outer, step=4)
    after = _mark(run, 1)
    failed = _add(run, "late", step=2, status=TaskStatus.ERROR, error="x")
    rows = _shown(run)
    where = {getattr(rows.item(row), "name", ""): rows.moment(row) for row in range(len(rows))}
    assert (where["outer"].checkpoint_id, where["outer"].node) == (after, "outer")
    assert (where["inner"].checkpoint_id, where["inner"].node) == (after, "outer:inner")
    assert (where["late"].checkpoint_id, where["late"].task_id) == (after, failed.id)


def test_the_moment_of_a_checkpoint_is_itself() -> None:
    run = _run(stream_modes=("checkpoints",))
    start = _mark(run, 0)
    assert _shown(run).moment(1).checkpoint_id == start


def test_a_checkpoint_has_the_row_of_its_superstep() -> None:
    run = _run()
    asked = _mark(run, 0, source="input")
    _add(run, "plan")
    _add(run, "look")
    after = _mark(run, 1)
    again = _run(run_id=RunId("01a206df-0002"))
    forked = CheckpointId("1f0c4a22-7000-6000")
    again.checkpoints[forked] = CheckpointMark(forked, (), 1, "fork", T0 + 9, ("plan",))
    _add(again, "look", step=2)
    rows = _shown(run, again)
    where = [plain(rows.line(row, 60)).split()[:3] for row in (0, 1, 3, 4)]
    assert where == [["▾", "…", "run"], ["1", "✓", "plan"], ["▾", "…", "run"], ["1", "⋎", "fork"]], where
    places = [rows.row_at(*item) for item in ((asked, 0), (after, 1), (forked, 1), (CheckpointId("?"), 1))]
    assert places == [0, 1, 4, None], "an input has the row of its run; one that no run wrote has none"


def test_no_time_runs_on_while_nobody_knows() -> None:
    run = _run(phase=Phase.RUNNING)
    _add(run, "tick", status=TaskStatus.RUNNING, ended_at=None)
    rows = _shown(run, now=T0 + 4.3)
    for phase, now, told in ((Phase.RECONNECTING, 9, "4.3s"), (Phase.RUNNING, 12, "12s")):
        run.phase = phase
        rows.update([run], T0 + now)
        assert [told in line for line in _lines(rows)] == [True, True], _lines(rows)
    run.phase = Phase.RECONNECTING
    assert "12s" in _lines(_shown(run, now=T0 + 12))[1], "one that is lost from the start has what is known"


def test_the_row_of_a_run_says_where_it_branches_off() -> None:
    def item(key: int, parent: int, step: int, source: str = "loop") -> Checkpoint:
        return Checkpoint(
            ThreadId("t"), CheckpointId(f"{key:03}"), parent_id=CheckpointId(f"{parent:03}"), step=step, source=source
        )

    def run(key: int, step: int, source: str = "loop", **more: Any) -> RunState:
        made = _run(phase=Phase.DONE, ended_at=T0 + 2.3, **more)
        if key:
            made.checkpoints[CheckpointId(f"{key:03}")] = CheckpointMark(
                CheckpointId(f"{key:03}"), (), step, source, T0
            )
        return made

    history = History(ThreadId("t"))
    history.merge([item(1, 0, 1), item(2, 1, 2), item(3, 2, 3, "update"), item(4, 3, 4), item(5, 1, 2, "input")])
    history.merge([item(6, 1, 2, "update"), item(7, 6, 3), item(8, 4, 5, "fork"), item(9, 8, 6)])
    history.merge([item(10, 8, 7, "fork"), item(11, 10, 8)])

    def origin(run: RunState) -> int | None:
        return branches_from(run, history)

    assert (origin(run(2, 2)), origin(run(4, 4))) == (None, None), "the next step, and an edit of the newest state"
    assert (origin(run(5, 2, "input")), origin(run(7, 3))) == (1, 1), "an input, and an edit in the past"
    assert (origin(run(8, 5, "fork")), origin(run(9, 6))) == (4, 4), "run again, and forked first"
    assert origin(run(11, 8)) is None, "a fork of the newest"
    begun: dict[str, Any] = {"request": {"checkpoint": {"checkpoint_id": "002"}}, "base_id": CheckpointId("009")}
    assert origin(run(0, 0, **begun)) == 2, "one that has not written yet"
    inner, mark, known = CheckpointId("1i"), CheckpointId("1f"), Origins()
    joined = _run()
    joined.checkpoints[inner] = CheckpointMark(inner, ("sub:1",), 0, "loop", T0)
    assert known.of(joined) is None, "only a checkpoint of a subgraph is known"
    joined.checkpoints[mark] = CheckpointMark(mark, (), 5, "fork", T0)
    assert known.of(joined) == 4
    rows = TimelineRows()
    rows.update([run(5, 2, "input")], T0, history=history)
    assert _lines(rows)[0].startswith("▾ ✓ run 0000  from step 1  2.3s · "), _lines(rows)


def test_of_the_place_of_a_pause_the_node_itself_stays() -> None:
    run = _run(phase=Phase.BREAKPOINT, ended_at=T0 + 1)
    place = "bookings:payment:authorize_payment"
    for here, phase, words in (
        ((place,), "breakpoint", "paused before"),
        ((), "breakpoint", "paused before"),
        ((place,), "interrupt", "asks in"),
        ((), "interrupt", "asked in"),
    ):
        run.timeline[:] = [Note("paused", f"{phase}: {place}", T0 + 1)]
        rows = TimelineRows()
        rows.update([run], T0, here)
        assert _lines(rows, 60)[1] == f"    ‖ {words} {place}"
        assert _lines(rows, 44)[1] == f"    ‖ {words} …:authorize_payment"
