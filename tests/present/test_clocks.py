"""Promise: of what ended before it began, by clocks that were put back, nobody says how long it took."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.cli.output.rows import run_row
from studio_tui.core.runstate.visits import Visits
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import AssistantId, NodeId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.domain.thread import RunInfo
from studio_tui.present.graph.heat import Scale, scale_of
from studio_tui.present.graph.mark import NodeMark
from studio_tui.present.graph.node import NodePage
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.runs.table import RunRows
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.present.runs.trace_bar import Axis, bar_of
from studio_tui.text.cells import width
from studio_tui.text.fmt import brief, duration
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain
from tests.graphs.samples import graph
from tests.present.said import page_text

SPEC = graph("__start__>a", "a~b", "b>a", "a~__end__")
NOTHING = re.compile(r"(at most |≤)0ms|-\d+(\.\d)?(ms|s)\b")
"""What is said of a time below 0, or of one that was taken for 0."""
TIMES = st.lists(st.integers(1, 9_000), min_size=2, max_size=12, unique=True)
"""No two alike: none is from 0 to 0."""


@settings(max_examples=60, deadline=None)
@given(TIMES, st.booleans(), st.integers(1, 9_000))
def test_no_clock_that_goes_backward_is_told_as_a_time(times: list[int], rough: bool, now: int) -> None:
    run = RunState(RunId("r"), ThreadId("t"), phase=Phase.DONE, started_at=times[-1], ended_at=times[0], step=1)
    for number, (began, ended) in enumerate(zip(times[::2], times[1::2], strict=False)):
        task = TaskView(TaskId(f"t{number}"), "ab"[number % 2], (), number // 3, TaskStatus.DONE, began, ended)
        task.between_checkpoints = rough
        run.tasks[task.id] = task
        run.timeline.append(task.id)
    app_state = AppState(graph=SPEC, thread_id=ThreadId("t"))
    app_state.runs = [run]
    marks = Overlay().marks(app_state, SPEC)
    said = [mark.note(UNICODE, now) for mark in marks.values()]
    for kind in ("visits", "time"):
        heat = scale_of(kind, marks)
        said += [heat.role(mark) for mark in marks.values()]
        said.append(plain(heat.legend(UNICODE, 60)))
        said += [part.forms[0] for mark in marks.values() for part in mark.parts(UNICODE, now, kind)]
    said += [page_text(NodePage(NodeId(node)).sections(app_state, {})) for node in "ab"]
    rows = TimelineRows()
    rows.set_width(100)
    rows.update([run], float(now))
    said += [plain(rows.line(row, 100)) for row in range(len(rows))]
    info = RunInfo(RunId("r"), ThreadId("t"), AssistantId("a"), "success", created_at=times[0], updated_at=times[1])
    table = RunRows()
    table.take([info], float(now))
    said += [plain(table.line(0, 100)), plain(run_row(info))]
    assert not [text for text in said if NOTHING.search(text)]
    bar = bar_of(Axis(0, 0, 10_000), times[0], times[1], 30)
    assert bar is not None
    assert bar.sure is (times[0] <= times[1])


def test_a_heat_of_times_that_are_no_times_has_no_steps() -> None:
    backward = Visits()
    backward.add(TaskView(TaskId("t"), "a", (), 1, TaskStatus.DONE, 10.0, 9.0), 1)
    assert (backward.seconds, backward.newest) == (None, None)
    for most in (0.0, -0.001):
        heat = Scale("time", most)
        assert heat.step(0.0) == 1
        assert plain(heat.legend(UNICODE, 60)).endswith("none")
    assert Scale("time", 2.0).role(NodeMark("done", 1, total=-1.0)) == "muted"


def test_a_short_time_is_shorter_and_never_more_exact_than_it_is_known() -> None:
    for seconds in (0.012, 0.0996, 0.608, 0.9996, 1.24, 9.96, 48.4, 125.0, 723.0, 7300.0, 3e5, 1e9):
        assert all(width(form) < max(4, width(duration(seconds))) for form in brief(seconds)), seconds
    assert [brief(item)[0] for item in (0.608, 1.24, 723.0, 7300.0)] == ["0.6s", "1s", "12m", "2h"]
    assert brief(float("nan")) == ()
