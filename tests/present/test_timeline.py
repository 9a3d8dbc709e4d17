"""Promise: the timeline shows every task once, under the task it runs in, however its events came in."""

from __future__ import annotations

import gc
import sys
from unittest import mock

import pytest

from studio_tui.core.runstate.fold import reduce
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import CheckpointId, RunId, TaskId
from studio_tui.domain.message.message import Usage
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.runs.failures import Failures
from studio_tui.present.runs.fan_out import FanOut
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.present.runs.turn_lines import asked_of
from studio_tui.text.glyphs import ASCII
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import fit_line, line_width, plain
from studio_tui.wire.parse import Parser
from tests.paths import FIXTURES
from tests.recordings import read_frames, recordings
from tests.work import lines_run

T0 = 1_700_000_000.0


def _run(**more: object) -> RunState:
    run = RunState(run_id=RunId("01a206df-0000"), graph_id="agent", started_at=T0)
    for name, value in more.items():
        setattr(run, name, value)
    return run


def _add(run: RunState, name: str, *, under: TaskView | None = None, step: int | None = 1, **more: object) -> TaskView:
    ns = (*under.ns, f"{under.name}:{under.id}") if under else ()
    task = TaskView(TaskId(f"{name}-{len(run.tasks)}"), name, ns, step, TaskStatus.DONE, T0, T0 + 0.812)
    for field, value in more.items():
        setattr(task, field, value)
    run.tasks[task.id] = task
    run.timeline.append(task.id)
    return task


def _mark(run: RunState, step: int, *ahead: str, source: str = "loop") -> CheckpointId:
    identifier = CheckpointId(f"1f0c4a22-6f0{step + 1}-6000")
    run.checkpoints[identifier] = CheckpointMark(identifier, (), step, source, T0 + step, ahead)
    return identifier


def _lines(rows: TimelineRows, width: int = 50) -> list[str]:
    return [plain(fit_line(rows.line(index, width), width)).rstrip() for index in range(len(rows))]


def _shown(*runs: RunState, now: float = T0 + 5) -> TimelineRows:
    rows = TimelineRows()
    rows.update(runs, now)
    return rows


def test_a_run_reads_from_top_to_bottom() -> None:
    run = _run(phase=Phase.DONE, ended_at=T0 + 2.3, step=2)
    _mark(run, -1, "__start__", source="input")
    agent = _add(run, "agent", keys=("messages[1]",), usage=Usage(1, 2, 412))
    _add(run, "draft", under=agent)
    _add(run, "tools", keys=("messages[2]",))
    _mark(run, 1, "agent")
    _add(run, "agent", step=2)
    assert _lines(_shown(run)) == [
        "▾ ✓ run 0000  2.3s · 2 steps · done  agent",
        "  1 ✓ agent       812ms ▕██▉     ▏ messages[1]",
        " .1   ✓ draft     812ms ▕██▉     ▏",
        "    ✓ tools       812ms ▕██▉     ▏ messages[2]",
        "  2 ✓ agent       812ms ▕██▉     ▏",
    ]


def test_checkpoints_have_rows_where_tasks_do_not_tell_the_story() -> None:
    run = _run(stream_modes=("checkpoints",))
    _mark(run, -1, "__start__", source="input")
    _mark(run, 1, "agent")
    assert _lines(_shown(run))[1:] == [
        "    ◇ checkpoint 1f0c4a22-6f00 · input → __start__",
        "    ◇ checkpoint 1f0c4a22-6f02 → agent",
    ]
    edited = _run(stream_modes=("tasks",))
    _mark(edited, 1, "agent", source="update")
    assert _lines(_shown(edited))[1] == "  1 ✎ edit → agent"


def test_a_wide_timeline_has_start_times() -> None:
    run = _run()
    _add(run, "agent")
    assert _lines(_shown(run), 110)[1].endswith("22:13:20.000")
    assert "22:13" not in _lines(_shown(run), 80)[1]


def test_a_running_task_counts_up_and_its_key_changes() -> None:
    run = _run(phase=Phase.RUNNING)
    _add(run, "agent", status=TaskStatus.RUNNING, ended_at=None)
    rows = _shown(run, now=T0 + 1)
    before = rows.key(1)
    assert "1.0s" in _lines(rows)[1]
    rows.now = T0 + 2
    assert "2.0s" in _lines(rows)[1]
    assert rows.key(1) != before


def test_a_finished_row_keeps_its_key_while_time_passes() -> None:
    run = _run(phase=Phase.RUNNING)
    _add(run, "agent")
    rows = _shown(run, now=T0 + 1)
    before = rows.key(1)
    rows.now = T0 + 4.9
    assert rows.key(1) == before, "the axis of what runs grows in few steps"


def test_a_failed_run_opens_to_the_whole_error_and_a_task_of_another_when_asked() -> None:
    text = "ValueError: it broke\n  in line 3 of a file with a long name\nend"
    run = _run(phase=Phase.FAILED, error=RunError("ValueError", "it broke"))
    _add(run, "boom", status=TaskStatus.ERROR, error=text)
    rows = _shown(run)
    rows.set_width(40)
    assert [line.strip(" │") for line in _lines(rows, 40)[2:]] == [
        "ValueError: it broke",
        "in line 3 of a file with a long",
        "name",
        "end",
    ]
    rows.set_width(60)
    assert len(rows) == 5
    assert rows.toggle(2)
    assert len(rows) == 2
    rows.update([run], T0)
    assert len(rows) == 2, "what the user closed stays closed"
    going_on = _run(phase=Phase.RUNNING)
    _add(going_on, "boom", status=TaskStatus.ERROR, error=text)
    rows = _shown(going_on)
    assert "ValueError: it broke" in _lines(rows, 60)[1]
    assert len(rows) == 2
    assert rows.toggle(1)
    assert len(rows) == 5


def test_the_trace_of_an_error_is_one_row_until_it_is_opened() -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1\n    boom()\nValueError: it broke'
    run = _run(phase=Phase.FAILED, error=RunError("ValueError", "it broke"))
    _add(run, "boom", status=TaskStatus.ERROR, error=trace)
    rows = _shown(run)
    rows.set_width(60)
    assert [line.strip(" │") for line in _lines(rows, 60)[2:]] == ["ValueError: it broke", "▸ traceback (4 lines)"]
    assert rows.is_open(3) is False
    assert rows.toggle(3)
    assert len(rows) == 8
    assert rows.is_open(3) is True


def test_a_long_error_shows_its_beginning_until_somebody_asks_for_the_rest() -> None:
    run = _run(phase=Phase.FAILED, error=RunError("ValueError", "x"))
    _add(run, "boom", status=TaskStatus.ERROR, error="\n".join(f"line {number}" for number in range(100)))
    rows = _shown(run)
    assert len(rows) == 2 + 13
    assert _lines(rows)[-1].strip(" │") == "▸ 88 more rows"
    assert rows.toggle(len(rows) - 1)
    assert len(rows) == 2 + 100


def test_a_run_that_failed_outside_its_tasks_says_why_itself() -> None:
    run = _run(phase=Phase.FAILED, error=RunError("GraphRecursionError", "limit of 25 reached"))
    _add(run, "agent")
    rows = _shown(run)
    assert _lines(rows)[1].strip(" │") == "GraphRecursionError: limit of 25 reached"
    assert rows.toggle(1)
    assert _lines(rows)[1].strip(" ▸") == "GraphRecursionError: limit of 25 reached"


def test_folding_a_parent_hides_its_subgraph() -> None:
    run = _run()
    outer = _add(run, "outer")
    inner = _add(run, "inner", under=outer)
    _add(run, "leaf", under=inner)
    rows = _shown(run)
    rows.toggle(1)
    assert [line.split()[2] for line in _lines(rows)[1:]] == ["▸"]
    assert "outer" in _lines(rows)[1]
    assert rows.is_open(1) is False
    assert rows.parent_row(1) == 0


def test_tasks_go_under_their_parent_even_when_other_tasks_came_between() -> None:
    run = _run()
    left, right = _add(run, "left"), _add(run, "right")
    rows = _shown(run)
    _add(run, "a", under=right)
    _add(run, "b", under=left)
    start = rows.update([run], T0)
    assert [getattr(rows.item(row), "name", "") for row in range(1, len(rows))] == ["left", "b", "right", "a"]
    assert start == 1


def test_a_task_that_gets_its_true_id_late_stays_one_row() -> None:
    run = _run()
    task = _add(run, "agent")
    rows = _shown(run)
    del run.tasks[task.id]
    task.id = TaskId("true-id")
    run.tasks[task.id] = task
    run.timeline[0] = task.id
    _add(run, "inner", under=task)
    rows.update([run], T0)
    assert [getattr(rows.item(row), "name", "") for row in range(1, len(rows))] == ["agent", "inner"]
    assert rows.moment(1).task_id == "true-id"


def test_a_rewritten_run_is_put_in_anew_and_keeps_what_was_expanded_and_folded() -> None:
    run = _run()
    boom = _add(run, "boom", error="a\nb", status=TaskStatus.ERROR)
    outer = _add(run, "outer")
    _add(run, "inner", under=outer)
    rows = _shown(run)
    rows.toggle(1)
    rows.toggle(4)
    anchor = rows.anchor(4)
    missed = TaskView(TaskId("missed"), "missed", step=0)
    run.tasks[missed.id] = missed
    run.timeline = [missed.id, *run.timeline]
    rows.update([run], T0)
    names = [getattr(rows.item(row), "name", "") for row in range(1, len(rows))]
    assert names == ["missed", "boom", "boom", "boom", "outer"]
    assert rows.row_of(anchor) == 5
    assert boom.error == "a\nb"


def test_several_runs_have_a_header_each_and_replaced_runs_go() -> None:
    first, second = _run(run_id=RunId("aaaa1111")), _run(run_id=RunId("bbbb2222"))
    _add(first, "one")
    _add(second, "two")
    rows = _shown(first, second)
    assert [line.split()[3][:8] for line in _lines(rows, 70) if "run" in line] == ["aaaa1111", "bbbb2222"]
    rows.update([second], T0)
    assert [getattr(rows.item(row), "name", "run") for row in range(len(rows))] == ["run", "two"]


def test_notes_and_gaps_stand_where_they_happened() -> None:
    run = _run(gap=True)
    _add(run, "agent")
    run.timeline.append(Note("gap", "1.8 s without connection", T0 + 1))
    run.timeline.append(Note("custom", '{"progress": 3}', T0 + 2))
    told = LazyJson.of({"topic": "Rome", "status": "reading", "found": [1, 2]})
    run.timeline.append(Note("custom", "", T0 + 3, payload=told))
    lines = _lines(_shown(run), 70)
    assert "! events may be missing" in lines[0]
    assert lines[2].endswith("! 1.8 s without connection")
    assert lines[3].endswith('· custom {"progress": 3}')
    assert lines[4].endswith("· custom topic Rome · status reading · found [2]")  # as results of tools are told


def test_the_state_of_a_run_is_never_cut_in_its_row() -> None:
    for phase, words in [
        (Phase.INTERRUPT, ("asked",)),
        (Phase.BREAKPOINT, ("paused at a breakpoint", "paused")),
        (Phase.DONE, ("done",)),
    ]:
        run = _run(phase=phase, ended_at=T0 + 1, from_history=True, usage=Usage(100, 200, 300))
        _add(run, "agent", step=1)
        rows = _shown(run)
        for cells in range(34, 74):
            head = _lines(rows, cells)[0]
            assert any(word in head for word in words), head
            assert "…" not in head.partition("  ")[2], head
    for stepped, request, said in [
        (True, {"interrupt_after": "*"}, "paused after a step"),
        (False, {"interrupt_before": ["agent"]}, "paused at a breakpoint"),
        (False, {"interrupt_after": "*"}, "paused"),
        (False, {}, "paused"),
    ]:
        run = _run(phase=Phase.BREAKPOINT, ended_at=T0 + 1, stepped=stepped, request=request)
        assert f"{said} · " in _lines(_shown(run), 110)[0]


@pytest.mark.parametrize("width", [16, 20, 30, 44, 60, 90, 200])
def test_every_width_holds_the_row_and_shows_the_name(width: int) -> None:
    run = _run(phase=Phase.RUNNING)
    task = _add(run, "agent", keys=("messages[1]", "日本語"), usage=Usage(1, 2, 3))
    _add(run, "ノード" * 30, under=task, status=TaskStatus.INTERRUPTED)
    rows = _shown(run)
    for index in range(len(rows)):
        assert line_width(fit_line(rows.line(index, width), width)) == width
    assert "agent" in plain(rows.line(1, width))


def test_ascii_terminals_get_ascii_signs() -> None:
    run = _run(phase=Phase.RUNNING)
    _add(run, "agent", error="x", status=TaskStatus.ERROR)
    _mark(run, 1, "agent")
    rows = TimelineRows()
    rows.signs = ASCII
    rows.update([run], T0)
    assert "".join(_lines(rows)).translate({ord("·"): "", ord("…"): ""}).isascii()


@pytest.mark.parametrize("name", recordings())
def test_recorded_streams_show_every_task_once_under_its_parent(name: str) -> None:
    run, rows, parser = RunState(), TimelineRows(), Parser()
    for frame in read_frames(FIXTURES / f"{name}.sse"):
        for event in parser.feed(frame):
            reduce(run, event)
        rows.update([run], T0)
    first = [row for row in range(len(rows)) if row == 0 or rows.item(row) is not rows.item(row - 1)]
    shown = [item for row in first if isinstance(item := rows.item(row), TaskView)]
    assert sorted(task.id for task in shown) == sorted(run.tasks)
    for row in range(len(rows)):
        item, above = rows.item(row), rows.parent_row(row)
        if isinstance(item, TaskView) and item.parent_id in run.tasks and above is not None:
            assert rows.item(above) is run.tasks[item.parent_id]


def _fan_out(run: RunState, tasks: int, failed: set[int], *, ended_at: float | None = T0 + 0.812) -> list[TaskView]:
    made = []
    for number in range(tasks):
        status = TaskStatus.ERROR if number in failed else TaskStatus.DONE
        given = LazyJson.of({"topic": f"topic-{number}", "shared": "the same"})
        error = f"ValueError: no luck with {number}" if number in failed else ""
        made.append(_add(run, "work", step=2, status=status, error=error, input=given, ended_at=ended_at))
    return made


def test_many_tasks_of_one_fan_out_are_one_row_that_counts_the_failed() -> None:
    run = _run(phase=Phase.FAILED, ended_at=T0 + 9)
    _add(run, "plan", step=1)
    _fan_out(run, 200, {3, 77, 150})
    _add(run, "join", step=3)
    rows = _shown(run)
    assert len(rows) == 4
    assert "work ×200" in _lines(rows, 60)[2]
    assert "3 failed" in _lines(rows, 60)[2]
    assert rows.is_open(2) is False
    assert rows.moment(2).node == "work"


def test_an_unfolded_fan_out_tells_its_tasks_by_their_input_and_its_errors_open() -> None:
    run = _run(phase=Phase.FAILED, ended_at=T0 + 9)
    tasks = _fan_out(run, 200, {3})
    rows = _shown(run)
    assert rows.toggle(1)
    assert len(rows) == 202
    shown = _lines(rows, 80)
    assert "✓ 3 " in shown[4]
    assert "topic: topic-2" in shown[4]
    assert "the same" not in "\n".join(shown[:50])
    assert rows.item(5) is tasks[3]
    assert rows.toggle(5), "the error of a folded task opens"
    assert any("no luck with 3" in line for line in _lines(rows, 80)[5:8])
    assert rows.parent_row(4) == 1


def test_a_fan_out_folds_while_it_runs_and_counts_what_still_runs() -> None:
    run = _run(phase=Phase.RUNNING)
    _add(run, "plan", step=1)
    rows = _shown(run)
    tasks = _fan_out(run, 3, set(), ended_at=None)
    for task in tasks:
        task.status = TaskStatus.RUNNING
    rows.update([run], T0 + 5)
    assert len(rows) == 5, "a few tasks are not folded"
    more = _fan_out(run, 10, set(), ended_at=None)
    for task in more:
        task.status = TaskStatus.RUNNING
    rows.update([run], T0 + 5)
    assert len(rows) == 3
    assert _lines(rows, 60)[2].endswith("13 running")
    before = rows.key(2)
    more[0].status, more[1].status = TaskStatus.DONE, TaskStatus.ERROR
    assert rows.key(2) != before
    assert _lines(rows, 70)[2].endswith("1 failed · 11 running")


def test_the_row_of_a_fan_out_asks_only_the_tasks_that_still_run() -> None:
    def work(number: int) -> FanOut:
        run = _run(phase=Phase.RUNNING)
        tasks = _fan_out(run, number, set())
        tasks[7].status, tasks[7].ended_at = TaskStatus.RUNNING, None
        fold = _shown(run).item(1)
        assert isinstance(fold, FanOut)
        assert fold.span(T0 + 9) == (T0, T0 + 9, True)
        return fold

    small, large = work(10), work(300)
    cost = lines_run(lambda: large.span(T0 + 60))
    assert cost == lines_run(lambda: small.span(T0 + 60))
    large.tasks[7].status, large.tasks[7].ended_at = TaskStatus.DONE, T0 + 61
    assert large.span(T0 + 99) == (T0, T0 + 61, True)


def test_a_frame_looks_only_at_the_runs_that_changed() -> None:
    runs = [_run(phase=Phase.FAILED, ended_at=T0 + 1) for _ in range(50)]
    tasks = [_add(run, "work") for run in runs]
    live = _run(phase=Phase.RUNNING)
    rows = _shown(*runs, live)
    before = len(rows)
    with mock.patch.object(Failures, "of", autospec=True, side_effect=Failures.of) as asked:
        rows.update([*runs, live], T0 + 6)
        assert asked.call_count < 10
    tasks[3].error = "ValueError: no"
    runs[3].rev += 1
    assert rows.update([*runs, live], T0 + 7) < before
    assert len(rows) == before + 1, "the error of the run that changed opened"


def test_runs_of_a_thread_that_was_left_are_not_held() -> None:
    left = _run(phase=Phase.FAILED, ended_at=T0 + 1, error=RunError("ValueError", "no"))
    before = sys.getrefcount(left)
    rows = _shown(_run(phase=Phase.DONE), left)
    assert len(rows) == 3
    assert sys.getrefcount(left) > before
    rows.update([_run(phase=Phase.DONE)], T0 + 6)
    assert len(rows) == 1
    gc.collect()
    assert sys.getrefcount(left) == before


def test_a_fold_stays_open_when_its_run_is_put_in_anew() -> None:
    run = _run(phase=Phase.DONE)
    _fan_out(run, 8, set())
    rows = _shown(run)
    rows.toggle(1)
    anchor = rows.anchor(1)
    run.timeline = list(run.timeline)
    rows.update([run], T0 + 5)
    assert rows.is_open(1) is True
    assert rows.row_of(anchor) == 1
    assert len(rows) == 10


def test_an_answer_is_told_by_what_it_says() -> None:
    edit = {"type": "edit", "args": {"action": "place", "args": {"quantity": 2, "to": "desk"}}}
    for answer, words in (
        ([edit], "edit quantity 2 · to desk"),
        ({"id": [{"type": "accept", "args": None}, {"type": "response", "args": "no"}]}, "accept · response no"),
        ({"decisions": [{"type": "reject", "message": "too dear"}, {"type": "approve"}]}, "reject too dear · approve"),
        ({"place": "desk", "floors": [2, {"b": None}]}, '{"place": "desk", "floors": [2, {"b": null}]}'),
        ("the **desk**", '"the desk"'),
    ):
        told = plain(asked_of(_run(request={"command": {"resume": answer}})))
        assert told.startswith(f"answer {words}"), told
        assert is_safe(told)


def test_what_was_asked_and_answered_waits_no_more() -> None:
    asked = _run(phase=Phase.INTERRUPT, ended_at=T0 + 1)
    question = (Interrupt("q", "ok?"),)
    _add(asked, "review", status=TaskStatus.INTERRUPTED, interrupts=question)
    rows = TimelineRows()
    rows.update([asked], T0, paused=("review",))
    before = (rows.key(0), rows.key(1))
    assert "asks · 1.0s · 1 step" in _lines(rows, 70)[0]
    assert _lines(rows, 70)[1].endswith('asks "ok?"')
    rows.update([asked, _run(phase=Phase.DONE, run_id=RunId("next"), request={"input": None})], T0)
    assert (rows.key(0), rows.key(1)) != before
    assert _lines(rows, 70)[2].strip() == "? review asked"
    assert _lines(rows, 70)[1].endswith('asked "ok?"')
    asked.interrupts = {"q": question[0]}
    stopped = _run(phase=Phase.CANCELLED, run_id=RunId("next"), request={"input": None})
    rows.update([asked, stopped], T0, asked=frozenset({"q"}))  # came to nothing: the question is open still
    assert _lines(rows, 70)[1].endswith('asks "ok?"')
    rows.update([asked], T0)  # edited or forked since: nothing waits there
    assert "waits" not in " ".join(_lines(rows))
    assert "asks" not in " ".join(_lines(rows))


def _fan(*inputs: object) -> TimelineRows:
    run = _run(phase=Phase.DONE)
    for value in inputs:
        _add(run, "work", input=LazyJson.of(value))
    rows = _shown(run)
    rows.toggle(1)
    return rows


def test_tasks_of_a_fan_out_are_told_apart_by_what_is_their_own_in_their_input() -> None:
    rows = _fan(*({"i": number, "lang": "de", "topic": f"topic {number}"} for number in range(100, 130)))
    assert "i: 117, topic: topic 117" in plain(rows.line(19, 118))
    narrow = [plain(fit_line(rows.line(row, 44), 44)) for row in range(2, 32)]
    assert "✓ 18 " in narrow[17]
    assert "i: 117" in narrow[17]
    assert "{3}" not in narrow[17]
    assert "lang" not in narrow[17]


def test_a_task_is_found_by_the_number_of_its_superstep() -> None:
    run = _run(phase=Phase.DONE, ended_at=T0 + 2.3, step=77)
    _add(run, "agent", step=77, keys=("n",))
    _add(run, "tools", step=77)
    rows = _shown(run)
    assert [rows.text(index) for index in (1, 2)] == ["77 ✓ agent n", "77 ✓ tools"]
