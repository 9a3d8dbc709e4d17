"""Promise: state, diff, raw events and threads read well at any width, whatever the server sent."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState
from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, TaskId, ThreadId
from studio_tui.domain.run import CheckpointMark, Phase, RunState
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.kit.diff_rows import DiffRows, totals
from studio_tui.present.kit.document import DocumentRows
from studio_tui.present.kit.rows import Rows
from studio_tui.present.kit.wrapped import WrappedRows, hanging
from studio_tui.present.runs.frames import RawRows
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.present.timetravel.compare import CompareRows
from studio_tui.present.timetravel.state import checkpoint_name, compared, older_first, state_sections, streamed_values
from studio_tui.text.glyphs import ASCII
from studio_tui.text.spans import Span, fit_line, line_width, plain
from studio_tui.wire.frames import Frame

NOW = 1_700_000_000.0
BASE = Checkpoint(ThreadId("t"), CheckpointId("1f0c4a22-6f01-6000"), values={"count": 1, "gone": [1, 2]}, step=2)
STATE = Checkpoint(
    ThreadId("t"),
    CheckpointId("1f0c4a22-7f01-6000"),
    parent_id=BASE.checkpoint_id,
    values={"count": 3, "new": {"text": "line one\nline two"}},
    next=("agent",),
    step=3,
)


def _lines(rows: Rows, width: int = 60) -> list[str]:
    lines = [fit_line(rows.line(index, width), width) for index in range(len(rows))]
    assert all(line_width(line) == width for line in lines)
    return [plain(line).rstrip() for line in lines]


def _diff_rows(width: int = 60) -> DiffRows:
    rows = DiffRows()
    rows.cells = width
    rows.show(compared(BASE, STATE), diff(BASE.values, STATE.values))
    return rows


def test_a_diff_says_what_is_compared_and_what_changed() -> None:
    assert _lines(_diff_rows()) == [
        "step 3 1f0c4a22-7f01 against its parent, step 2",
        "~ count",
        "  - 1",
        "  + 3",
        "- gone  [2] 1, 2",
        '+ new  {1} text: "line one\\nline two"',
    ]


def test_a_step_and_its_id_stay_beside_each_other_in_two_rows() -> None:
    rows = DiffRows()
    rows.cells = 50
    rows.show(compared(BASE, STATE, BASE.checkpoint_id), diff({}, {}))
    assert _lines(rows)[:2] == ["step 3 1f0c4a22-7f01 against the marked one,", "step 2 1f0c4a22-6f01"]


def test_an_addition_expands_to_the_whole_value_and_back() -> None:
    rows = _diff_rows()
    before = _lines(rows)
    assert rows.toggle(5) == 5
    assert _lines(rows)[5:] == ["+ new", "  + {", '  +   "text": "line one\\nline two"', "  + }"]
    assert rows.toggle(7) == 5
    assert _lines(rows) == before


def test_a_changed_text_expands_to_its_lines() -> None:
    rows = DiffRows()
    rows.show(compared(BASE, STATE), diff({"t": "a\nb"}, {"t": "a\nc"}))
    rows.toggle(len(rows) - 1)
    assert _lines(rows)[-5:] == ["~ t", "  - a", "  - b", "  + a", "  + c"]


def test_a_diff_without_changes_says_so() -> None:
    rows = DiffRows()
    rows.show(compared(BASE, STATE), diff({}, {}))
    assert _lines(rows)[-1] == "Nothing differs."
    assert totals(rows.diff) == "no difference"


def test_a_diff_against_the_mark_names_the_other_thread() -> None:
    other = replace(BASE, thread_id=ThreadId("other-thread"), checkpoint_id=CheckpointId("1e00-1"))
    assert compared(other, STATE, other.checkpoint_id).endswith(
        "against the marked one, step 2 1e00-1 of thread other-th"
    )
    assert compared(other, STATE).endswith("against step 2 1e00-1 of thread other-th"), "nobody marked it"


def test_a_difference_is_told_from_the_older_to_the_newer_one_whichever_is_marked() -> None:
    words = "the marked one, step 3 1f0c4a22-7f01, against its parent, step 2"
    assert compared(STATE, BASE, STATE.checkpoint_id) == words
    older = replace(BASE, checkpoint_id=CheckpointId("1f0c4a22-5f01-6000"), step=1)
    words = "the marked one, step 3 1f0c4a22-7f01, against step 1 1f0c4a22-5f01"
    assert compared(STATE, older, STATE.checkpoint_id) == words
    assert older_first(STATE, older) == older_first(older, STATE) == (older, STATE)


def test_side_by_side_what_differs_is_seen_although_all_else_is_alike() -> None:
    said, again = ({"messages": [{"type": "ai", "id": at, "content": "a\nb\nc\nd\ne"}]} for at in ("x", "y"))
    rows = CompareRows(replace(BASE, values=said), replace(STATE, values=again), now=NOW, mark=STATE.checkpoint_id)
    rows.set_width(80)
    lines = [plain(rows.line(at, 80)).rstrip() for at in range(len(rows))]
    assert lines[0] == "the marked one, step 3 1f0c4a22-7f01, against its parent, step 2"
    assert '- messages[0]  id "x", else alike' in lines
    assert '+ messages[0]  id "y", else alike' in lines
    long = "\n".join("abcdefgh")
    rows = CompareRows(replace(BASE, values={"t": f"{long}\nold"}), replace(STATE, values={"t": long}), now=NOW)
    rows.set_width(80)
    shown = [plain(rows.line(at, 80)) for at in range(len(rows))]
    assert any("old" in line for line in shown)
    assert not any(line.startswith("a ") for line in shown)


def test_the_state_has_its_parts_under_the_servers_names() -> None:
    question = Interrupt("i1", {"ask": "ok?"}, node="review")
    task = Task(TaskId("x"), "review", interrupts=(question,), subgraph=replace(BASE, next=("inner",)))
    parts = state_sections(replace(STATE, tasks=(task,), metadata={"step": 3}, ref={"checkpoint_id": "c"}))
    assert list(parts) == ["values", "next", "tasks", "interrupts", "metadata", "checkpoint"]
    assert parts["interrupts"] == [{"value": {"ask": "ok?"}, "id": "i1", "node": "review"}]
    shown = parts["tasks"]
    assert isinstance(shown, list)
    assert isinstance(shown[0], dict)
    assert shown[0]["state"] == {"values": BASE.values, "next": ["inner"]}


def test_streamed_values_are_shown_until_the_state_has_been_read() -> None:
    live = LazyJson('{"count": 9}')
    run = RunState(phase=Phase.RUNNING, values=live)
    app_state = AppState(state=STATE, runs=[run])
    assert streamed_values(app_state) is live
    assert state_sections(STATE, live.value())["values"] == {"count": 9}
    app_state.cursor = STATE.checkpoint_id
    assert streamed_values(app_state) is None
    app_state.cursor = None
    run.reconciled = True
    assert streamed_values(app_state) is None


def test_checkpoints_are_named_by_step_source_and_id() -> None:
    assert checkpoint_name(replace(STATE, source="fork")) == "step 3 (fork) 1f0c4a22-7f01"
    assert checkpoint_name(Checkpoint(ThreadId("t"))) == "no checkpoint"


def _log(*events: str) -> FrameLog:
    log = FrameLog()
    for seq, event in enumerate(events):
        log.append(Frame(seq, NOW + seq, event, '{"a": 1}'))
    return log


def test_raw_begins_with_the_request_and_has_a_row_per_frame() -> None:
    rows = RawRows()
    rows.update(_log("metadata", "updates|outer:1a2b|inner:3c4d"), {"assistant_id": "agent"})
    lines = _lines(rows, 70)
    assert lines[0].startswith('→ request  {1} assistant_id: "agent"')
    assert lines[1].split() == ["0", "22:13:20.000", "metadata", "8", "B", '{"a":', "1}"]
    assert "outer›inner" in lines[2]
    assert rows.frame(0) is None


def test_raw_can_be_limited_to_a_mode_and_grows_on() -> None:
    log = _log("values", "updates", "values|x:1")
    rows = RawRows()
    rows.update(log, {})
    assert rows.index()
    rows.mode = "values"
    assert [frame.seq for row in range(len(rows)) if (frame := rows.frame(row))] == [0, 2]
    log.append(Frame(3, NOW, "values", "{}"))
    assert rows.update(log, {})
    rows.index()
    assert len(rows) == 3
    assert rows.modes == ["values", "updates"]


def test_a_log_that_began_anew_has_no_rows_of_a_mode_until_it_is_taken_over() -> None:
    log = _log("values", "updates", "values")
    rows = RawRows()
    rows.update(log, {"assistant_id": "agent"})
    rows.index()
    rows.mode = "values"
    log.close()
    assert [rows.frame(row) for row in range(len(rows))] == [None]


def test_another_log_is_noticed_even_when_it_is_longer() -> None:
    rows = RawRows()
    log = _log("values")
    rows.update(log, {})
    rows.index()
    log.close()
    for seq in range(3):
        log.append(Frame(seq, NOW + 100, "updates", "{}"))
    assert not rows.update(log, {})
    rows.index()
    assert rows.modes == ["updates"]


def test_threads_show_status_name_age_and_the_open_one() -> None:
    rows = ThreadRows()
    rows.now = NOW
    rows.items = [
        Thread(ThreadId("01a206df-1"), ThreadStatus.BUSY, "agent", updated_at=NOW - 5),
        Thread(
            ThreadId("01a206d1-2"),
            ThreadStatus.INTERRUPTED,
            "agent",
            title="Trip",
            updated_at=NOW - 7200,
            interrupt_count=2,
        ),
        Thread(ThreadId("01a206c8-3"), ThreadStatus.IDLE, "agent", updated_at=NOW - 9 * 86400),
    ]
    rows.open_id = ThreadId("01a206c8-3")
    assert _lines(rows, 36) == [
        "  ● 01a2…df-1 agent      running  5s",
        "  ‖ Trip                  asks 2  2h",
        "► ✓ 01a2…c8-3 agent               1w",
    ]
    assert rows.row_of("01a206d1-2") == 1


def test_a_thread_that_asks_nothing_waits_and_is_not_called_paused() -> None:
    """The list of a server says the same of one that was cancelled; how the open one stands is known."""
    cut_off = Thread(ThreadId("01a206df-1"), ThreadStatus.INTERRUPTED, "agent", title="Trip", updated_at=NOW)
    rows = ThreadRows()
    rows.take([cut_off], NOW)
    assert _lines(rows, 36) == ["  ‖ Trip                   waits now"]
    app_state = AppState()
    app_state.thread_id = cut_off.thread_id
    app_state.state = Checkpoint(cut_off.thread_id, CheckpointId("c"), next=("tools",))
    rows.look_at(app_state)
    rows.take([cut_off], NOW)
    assert "‖ Trip" in _lines(rows, 36)[0]
    run = RunState(phase=Phase.BREAKPOINT)
    run.checkpoints[CheckpointId("c")] = CheckpointMark(CheckpointId("c"), (), 1, "loop", 0.0, ("tools",))
    app_state.runs.append(run)
    assert rows.is_outdated(app_state)
    rows.look_at(app_state)
    rows.take([cut_off], NOW)
    assert "‖ Trip" in _lines(rows, 36)[0]


@pytest.mark.parametrize("width", [20, 29, 31, 43, 80, 200])
def test_every_width_holds(width: int) -> None:
    threads = ThreadRows()
    threads.items = [Thread(ThreadId("x" * 300), title="日本語" * 50, graph_id="[/foo]" * 30, interrupt_count=12)]
    raw = RawRows()
    raw.update(_log("m" * 300, "values|" + "日:1|" * 40), {"a": "b" * 1000})
    _lines(threads, width)
    _lines(raw, width)
    _lines(_diff_rows(width), width)


def test_a_diff_in_ascii_has_no_other_arrow_than_the_history() -> None:
    rows = DiffRows()
    rows.signs, rows.cells = ASCII, 60
    message = {"type": "tool", "name": "get_weather", "content": "fog", "tool_call_id": "1"}
    rows.show("now", diff({"messages": []}, {"messages": [message]}))
    assert any("get_weather -> fog" in line for line in _lines(rows))


def test_a_line_whose_last_words_are_wrapped_begins_where_its_neighbours_do() -> None:
    line = (Span("  prompt: ", "key"), Span('"You write for a friendly brand."', "string"), Span("  default", "muted"))
    rows = hanging(line, 30)
    assert [plain(row).rstrip() for row in rows] == ['  prompt: "You write for a', '    friendly brand."  default']
    assert {span.role for row in rows for span in row if span.text.strip()} == {"key", "string", "muted"}


def test_what_is_wrapped_of_json_hangs_below_its_value() -> None:
    value = {"report": "one two three four five six seven eight nine ten"}
    page = WrappedRows(DocumentRows(value))
    page.hangs = DocumentRows(value).hang
    page.set_width(40)
    page.lay_out()
    lines = [plain(page.line(row, 40)) for row in range(len(page))]
    assert lines == [
        "{",
        '  "report": "one two three four five six',
        '             seven eight nine ten"',
        "}",
    ]
    assert page.margin(2) == 13
    assert all(len(line) <= 40 for line in lines)
