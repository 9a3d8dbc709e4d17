"""Promise: a timeline reads as a trace at any width: who ran when and for how long, and what came of it.

`python -m tests.present.test_trace` writes the goldens again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import Note, Phase, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.runs import timeline_lines
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.present.runs.trace_bar import PARTS, Axis, bar_line, bar_of, scale
from studio_tui.text.glyphs import ASCII, UNICODE
from studio_tui.text.spans import Span, line_width, plain
from tests.present.trace_cases import CASES, T0, add, mark, react, rows_for, run_of, stepping

GOLDENS = Path(__file__).parent / "goldens"
WIDTHS = (44, 60, 80, 118)


def _clock(_at: float | None) -> str:
    return "22:13:20.000"


def _drawn(case: str) -> str:
    out = []
    for cells in WIDTHS:
        rows = rows_for(case, cells)
        out += [f"--- {cells}", *(plain(rows.line(row, cells)).rstrip() for row in range(len(rows)))]
    rows = rows_for(case, 100, expanded=True)
    out += ["--- 100, all open", *(plain(rows.line(row, 100)).rstrip() for row in range(len(rows)))]
    return "\n".join(out) + "\n"


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_lines, "clock", _clock)


@pytest.mark.parametrize("case", CASES)
def test_timelines_look_as_reviewed(case: str) -> None:
    assert _drawn(case) == (GOLDENS / f"trace_{case}.txt").read_text(encoding="utf-8")


def test_nodes_have_their_whole_names_in_a_pane_of_fifty_cells() -> None:
    run = run_of(phase=Phase.FAILED)
    add(run, "call_model", 0, 1, status=TaskStatus.ERROR, error="ValueError: no")
    rows = TimelineRows()
    rows.set_width(50)
    rows.update([run], T0 + 1)
    assert "✗ ▾ call_model " in plain(rows.line(1, 50))
    add(run, "authorize_payment", 1, 2, ns=("bookings:1",), status=TaskStatus.INTERRUPTED)
    rows.update([run], T0 + 2)
    shown = [plain(rows.line(row, 50)) for row in range(len(rows))]
    assert any("authorize_payment " in row and not row.rstrip().endswith("…") for row in shown)


def test_what_would_be_cut_to_nothing_is_left_out_beside_a_name() -> None:
    facts = (Span("asks ", "node-paused"), Span('"Authorize EUR 200?"', "string"))
    assert plain(timeline_lines.worth(facts, 8)) == "asks "
    assert plain(timeline_lines.worth(facts, 3)) == ""
    assert plain(timeline_lines.worth(facts, 12)) == plain(facts)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"progress": 0.025, "done": 1, "total": 40}, "done 1 · total 40"),
        ({"progress": 50, "status": "asking"}, "status asking"),
        ({"progress": 3, "total": 40}, "progress 3 · total 40"),
    ],
)
def test_what_a_bar_tells_is_not_told_again(event: dict[str, object], words: str) -> None:
    note = Note("custom", json.dumps(event), 0.0, payload=LazyJson.of(json.loads(json.dumps(event))))
    assert plain(timeline_lines.note_line(note, UNICODE, depth=0, cells=80)).rstrip().endswith(f"% {words}")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ascii", [False, True])
def test_no_row_is_wider_than_the_list(case: str, ascii: bool) -> None:
    for cells in range(1, 130, 3):
        rows = rows_for(case, cells, signs=ASCII if ascii else UNICODE, expanded=cells > 70)
        for row in range(len(rows)):
            if cells >= 20:
                assert line_width(rows.line(row, cells)) <= cells
            if ascii:
                assert plain(rows.line(row, 44)).translate({ord(sign): "" for sign in "…·°€–⏎"}).isascii()


times = st.floats(0, 1e5, allow_nan=False)


@given(times, times, times, times, st.integers(1, 40))
def test_bars_lie_on_the_axis_and_begin_in_the_order_in_which_things_began(
    begun: float, took: float, other: float, length: float, cells: int
) -> None:
    axis = Axis(T0, 3.0, length + 0.01)
    first, second = sorted((begun, other))
    one = bar_of(axis, T0 + first, T0 + first + took, cells)
    two = bar_of(axis, T0 + second, None, cells)
    assert one is not None
    assert two is not None
    assert 0 <= one.first < one.last <= cells * PARTS
    assert one.first <= two.first
    assert not two.sure
    for signs in (UNICODE, ASCII):
        for bar in (one, two, None):
            assert line_width(bar_line(bar, cells, "", signs)) == cells + 2


@given(st.floats(0, 1e7, allow_nan=False))
def test_the_axis_of_what_runs_holds_it_and_grows_in_few_steps(seconds: float) -> None:
    assert seconds <= scale(seconds) <= max(8.0, seconds * 5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(times, st.floats(0, 50), st.text(max_size=30)), max_size=12), st.integers(20, 200))
def test_rows_of_any_run_fit_and_its_bars_follow_its_starts(tasks: list[tuple[float, float, str]], cells: int) -> None:
    run = run_of(phase=Phase.DONE, ended_at=T0 + 1e5)
    for step, (at, took, name) in enumerate(sorted(tasks)):
        add(run, name, at, took, step=step, wrote={name: name})
    rows = TimelineRows()
    rows.set_width(cells)
    rows.update([run], T0)
    firsts = []
    for row in range(len(rows)):
        assert line_width(rows.line(row, cells)) <= cells
        text = plain(rows.line(row, cells))
        if "▕" in text and isinstance(rows.item(row), TaskView):
            inner = text[text.index("▕") + 1 :]
            firsts.append(len(inner) - len(inner.lstrip()))
    assert firsts == sorted(firsts)


def test_runs_of_one_turn_have_one_head_and_tell_where_it_paused() -> None:
    rows = rows_for("stepping", 80)
    shown = [plain(rows.line(row, 80)).rstrip() for row in range(len(rows))]
    assert sum("run 01a2" in line for line in shown) == 1
    assert "running · 3 runs" in shown[0]
    assert shown[2] == "    ‖ paused before tools · waited 12s"
    assert rows.toggle(0)
    assert len(rows) == 1, "the head closes the whole turn"
    more = stepping()
    assert rows.toggle(0)
    assert len(rows) == len(shown)
    rows = TimelineRows()
    rows.update(more[:1], T0 + 5, paused=("tools",))
    rows.toggle(0)
    rows.update(more, T0 + 255)
    assert len(rows) == 1, "a closed turn stays closed when it goes on"


@pytest.mark.parametrize("base", ["edited", None])
def test_going_on_from_an_edited_state_is_no_new_try(base: str | None) -> None:
    first, second, _ = stepping()
    first.phase, first.reconciled = Phase.FAILED, True
    second.base_id = next(reversed(first.checkpoints))
    assert "failed, tried again · waited 12s" in _third([first, second])
    second.base_id = CheckpointId(base) if base else None
    second.checkpoints.clear()
    mark(second, 3, "agent")  # the edit is step 2
    assert "failed · went on from an edited state · waited 12s" in _third([first, second])


def _third(runs: list[RunState]) -> str:
    rows = TimelineRows()
    rows.update(runs, T0 + 255)
    return plain(rows.line(2, 80))


def test_a_run_with_input_or_from_an_older_checkpoint_begins_a_turn_of_its_own() -> None:
    first, second, third = stepping()
    third.request = {}
    rows = TimelineRows()
    rows.update([first, second, third], T0 + 255)
    told = [plain(rows.line(row, 80)) for row in range(len(rows)) if isinstance(rows.item(row), RunState)]
    assert sum("run 01a2" in head for head in told) == 2, "nobody knows what the third was given"
    second.request = {"input": {"messages": []}}
    second.checkpoints.clear()
    third.request = {"checkpoint": {"checkpoint_id": "elsewhere"}}
    rows = TimelineRows()
    rows.update([first, second, third], T0 + 255)
    heads = [row for row in range(len(rows)) if isinstance(rows.item(row), RunState)]
    assert sum("run 01a2" in plain(rows.line(row, 80)) for row in heads) == 3


def test_what_is_read_for_a_row_is_not_kept_in_memory() -> None:
    run = run_of(phase=Phase.DONE, ended_at=T0 + 1)
    task = add(run, "tick", 0, 1)
    task.result, task.input = LazyJson('{"remaining": 59}'), LazyJson('{"remaining": 60}')
    rows = TimelineRows()
    rows.update([run], T0)
    assert "~remaining 59" in plain(rows.line(1, 80))
    assert not task.result.is_parsed
    assert not task.input.is_parsed
    task.result, task.rev = LazyJson(f'{{"text": "{"x" * 100_000}"}}'), 1
    task.keys = ("text",)
    assert plain(rows.line(1, 80)).rstrip().endswith("text")
    assert not task.result.is_parsed


def test_a_task_opens_to_its_model_and_tool_calls() -> None:
    rows = TimelineRows()
    rows.update(react(), T0 + 100)
    rows.set_width(118)
    agent = next(row for row in range(len(rows)) if "It is 16" in rows.text(row))
    assert rows.is_open(agent) is False
    rows.toggle(agent)
    below = plain(rows.line(agent + 1, 118))
    assert "first token 400ms" in below
    assert "49→23 tok" in below
    assert "░" in below


@pytest.mark.parametrize(
    ("payload", "share"),
    [
        ('{"progress": 0.225, "done": 9, "total": 40}', 0.225),
        ('{"progress": 1.0, "done": 40, "total": 40}', 1.0),
        ('{"progress": 1.0, "done": 1, "total": 40}', 0.025),
        ('{"progress": 1, "total": 40}', 0.025),
        ('{"progress": 9, "total": 40}', 0.225),
        ('{"progress": 0.5}', 0.5),
        ('{"progress": 1.0}', 1.0),
        ('{"progress": 37.5}', 0.375),
        ('{"progress": 0}', 0.0),
        # Unclear: what it says is shown, no bar.
        ('{"progress": 1.0, "total": 40}', None),
        ('{"progress": 0.5, "total": 2.5}', None),
        ('{"progress": 1}', None),
        ('{"progress": 250}', None),
        ('{"progress": 50, "total": 20}', None),
        ('{"progress": -1}', None),
        ('{"progress": true}', None),
    ],
)
def test_a_share_and_a_percentage_are_told_apart_and_what_is_unclear_gets_no_bar(
    payload: str, share: float | None
) -> None:
    assert timeline_lines.progress_of(Note("custom", payload, 0.0, payload=LazyJson.of(json.loads(payload)))) == share


if __name__ == "__main__":
    vars(timeline_lines)["clock"] = _clock
    for case in CASES:
        (GOLDENS / f"trace_{case}.txt").write_text(_drawn(case), encoding="utf-8")


def test_the_column_of_names_is_that_of_the_thread_in_sight() -> None:
    long, short = run_of(1), run_of(2)
    add(long, "a_node_with_a_name_of_some_length", 0, 1.0)
    add(short, "agent", 0, 1.0)
    fresh, rows = TimelineRows(), TimelineRows()
    fresh.update([short], T0)
    for runs in ([long], [short]):
        rows.update(runs, T0)
    assert plain(rows.line(1, 120)) == plain(fresh.line(1, 120))
