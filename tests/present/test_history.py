"""Checkpoints as rows: lanes, marks, who wrote what, and that large histories stay cheap."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.timetravel.edits import EditPreview
from studio_tui.domain.checkpoint import Checkpoint, History, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, RunId, TaskId, ThreadId
from studio_tui.present.timetravel.edit import preview_words
from studio_tui.present.timetravel.history import HistoryRows
from studio_tui.text.glyphs import ASCII
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import line_width, plain
from studio_tui.wire.decode_state import checkpoint_of
from tests.paths import FIXTURES
from tests.work import lines_run

THREAD = ThreadId("t")


def item(number: int, parent: int | None, **more: Any) -> Checkpoint:
    return Checkpoint(
        THREAD,
        CheckpointId(f"{number:08d}"),
        parent_id=None if parent is None else CheckpointId(f"{parent:08d}"),
        step=more.pop("step", number),
        source=more.pop("source", "loop"),
        created_at=float(number),
        **more,
    )


def rows_of(*items: Checkpoint, **names: str) -> HistoryRows:
    history = History(THREAD)
    history.merge(list(items))
    rows = HistoryRows()
    rows.now = 100.0
    rows.update(history, {CheckpointId(key): name for key, name in names.items()})
    return rows


def lines(rows: HistoryRows, width: int = 100) -> list[str]:
    return [plain(rows.line(index, width)) for index in range(len(rows))]


def test_the_column_of_names_is_as_wide_as_the_names_and_no_wider_than_a_fifth() -> None:
    def at(name: str, width: int) -> int:
        ran = Task(TaskId("a"), name, result={"count": 1}, has_result=True)
        return lines(rows_of(item(1, None, tasks=(ran,)), item(2, 1)), width)[0].index("count")

    assert at("tools", 100) == at("__start__", 100) == at("__start__", 45)
    assert at("a_longer_name", 100) == at("tools", 100) + 4
    assert at("a_name_that_is_longer_than_the_column", 60) == at("tools", 60) + 3


def test_a_row_tells_step_source_writer_keys_run_and_age() -> None:
    agent = Task(TaskId("a"), "agent", result={"messages": [1], "score": 2}, has_result=True)
    rows = rows_of(item(1, None, tasks=(agent,), next=("agent",)), item(2, 1, run_id=RunId("0123456789ab")))
    (head, first) = lines(rows)
    assert "  2 agent " in head
    assert "agent" in head
    assert "messages [1] 1" in head
    assert "score 2" in head
    assert "0123…89ab" in lines(rows, 120)[0]
    assert "head" in head
    assert head.endswith(" 1m")
    assert "head" not in first


def test_questions_errors_and_what_a_tip_waits_for() -> None:
    asks = Task(TaskId("a"), "review", interrupts=(Interrupt("q", "ok?"),))
    fails = Task(TaskId("b"), "boom", error="no")
    rows = rows_of(
        item(1, None, tasks=(fails,)), item(2, 1, tasks=(asks,), next=("review",)), item(3, 1, next=("x", "x"))
    )
    shown = lines(rows)
    assert "→ x ×2" in shown[0]
    assert "? 1 question" in shown[1]
    assert "✗ boom failed next" in shown[2]


def test_branches_are_drawn_and_walked() -> None:
    rows = rows_of(item(1, None), item(2, 1), item(3, 2), item(4, 2, source="fork"), item(5, 4))
    shown = lines(rows)
    assert shown[0].startswith("●")
    assert shown[2].startswith("│ ●")
    assert shown[3].startswith("●─╯")
    assert rows.tip(None, -1) == "00000003"
    assert rows.tip(CheckpointId("00000003"), 1) == "00000005"
    assert rows.tip(CheckpointId("00000003"), -1) is None
    assert rows.tip(CheckpointId("nowhere"), 1) is None


def test_cursor_mark_and_name_are_seen_and_change_the_key() -> None:
    rows = rows_of(item(1, None), item(2, 1), **{"00000001": "start"})
    before = [rows.key(index) for index in range(2)]
    rows.cursor, rows.mark = CheckpointId("00000001"), CheckpointId("00000002")
    assert [rows.key(index) for index in range(2)] != before
    head, first = lines(rows)
    assert "►" in first
    assert "►" not in head
    assert " M" in head
    assert "start" in first


def test_an_edit_names_the_keys_that_differ_from_its_parent() -> None:
    rows = rows_of(item(1, None, values={"a": 1, "b": 1}), item(2, 1, source="update", values={"a": 1, "b": 2, "c": 3}))
    assert rows.facts(0).keys == "b, c"


@pytest.mark.parametrize("width", [20, 42, 76, 120])
@pytest.mark.parametrize("signs", ["unicode", "ascii"])
def test_hostile_names_stay_inside_their_row(width: int, signs: str) -> None:
    evil = "\x1b[31m[bold]\u202e\n名前" * 30
    task = Task(TaskId("a"), evil, result={evil: 1}, has_result=True, error=evil)
    rows = rows_of(
        item(1, None, tasks=(task,), next=(evil,)),
        item(2, 1, next=(evil,), source=evil, run_id=RunId(evil)),
        **{"00000002": evil},
    )
    if signs == "ascii":
        rows.signs = ASCII
    for index in range(2):
        line = rows.line(index, width)
        assert line_width(line) == width
        assert is_safe(plain(line))
        assert is_safe(rows.text(index))


@pytest.mark.parametrize("name", ["py/history_forked", "py/history_steps"])
def test_recorded_histories_name_every_step_once(name: str) -> None:
    data = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    items = [checkpoint_of(entry, THREAD) for entry in data]
    rows = rows_of(*items)
    assert len(rows) == len(items)
    assert sum("head" in line for line in lines(rows)) == 1
    assert {rows.facts(index).source for index in range(len(rows))} <= {"input", "loop", "update", "fork"}


def test_ten_thousand_checkpoints_cost_little() -> None:
    def made(count: int) -> tuple[HistoryRows, History]:
        history = History(THREAD)
        history.merge(
            [item(number, number - 1 if number % 50 else max(0, number - 20)) for number in range(1, count + 1)]
        )
        return HistoryRows(), history

    def page(rows: HistoryRows, first: int) -> None:
        for index in range(first, first + 40):
            rows.key(index)
            rows.line(index, 100)

    few, short = made(1_000)
    many, long = made(10_000)
    laid_out = lines_run(lambda: few.update(short, {}))
    assert lines_run(lambda: many.update(long, {})) < laid_out * 10 * 1.5
    page(few, 500)  # what is made once for all pages
    assert lines_run(lambda: page(many, 5_000)) < lines_run(lambda: page(few, 600)) * 2
    assert not many.update(long, {}), "nothing changed, nothing is laid out"


def test_rows_of_a_thread_that_was_left_can_still_be_drawn() -> None:
    history = History(THREAD)
    history.merge([item(1, None), item(2, 1)])
    rows = HistoryRows()
    rows.update(history, {})
    shown = lines(rows)
    keys = [rows.key(index) for index in range(len(rows))]
    history.by_id.clear()
    assert lines(rows) == shown
    assert [rows.key(index) for index in range(len(rows))] == keys


@pytest.mark.parametrize(("error", "shown"), [("CancelledError()", False), ("ValueError('no')", True)])
def test_a_task_that_a_cancel_cut_off_is_no_error_of_its_checkpoint(error: str, shown: bool) -> None:
    (line,) = lines(rows_of(item(1, None, next=("b",), tasks=(Task(TaskId("t"), "b", error=error),))))
    assert ("failed" in line) is shown


def test_what_is_next_is_told_of_an_edit_only_where_it_changes() -> None:
    preview = EditPreview(None, None, ("validate",), ("validate",), True, (), {})
    assert preview_words(preview) == ""
    assert preview_words(replace(preview, next_after=("repair",))) == "next: validate → repair"
    assert "decided when it is applied" in preview_words(replace(preview, next_after=None))
