"""Promise: one sees whose turn it is, how each call went, what it cost, and nothing of it goes with the next run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.ids import TaskId
from studio_tui.domain.message.message import Message, ToolCall, Usage
from studio_tui.domain.run import Phase, RunState, TaskView
from studio_tui.present.messages.conversation import MessageRows, Told, merge
from studio_tui.present.messages.earlier_runs import Answers, EarlierRuns
from studio_tui.present.messages.entry import Pending
from studio_tui.present.messages.facts import call_rows
from studio_tui.present.messages.result import summary, value_in
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import Span, fit_line, line_width, plain
from tests.present.kit.test_markdown import TEXTS

ANSWER = "## Rome\n\n- **hot**\n- sunny\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def rows_of(*saved: Message, width: int = 60, source: bool = False, **streamed: Message) -> MessageRows:
    rows = MessageRows()
    rows.source = source
    rows.set_width(width)
    rows.update(merge(saved, streamed))
    return rows


def lines(rows: MessageRows) -> list[str]:
    return [plain(fit_line(rows.line(row, rows.cells), rows.cells)).rstrip() for row in range(len(rows))]


def called(*results: Message, told: Told | None = None, width: int = 60) -> list[str]:
    call = Message("a", "ai", tool_calls=[ToolCall("c", "look", '{"q": 1}', {"q": 1})])
    rows = MessageRows()
    rows.set_width(width)
    rows.update(merge([call, *results], {}, told=told or Told()))
    return lines(rows)


def answered(text: str, **more: Any) -> Message:
    return Message("t", "tool", text, tool_call_id="c", **more)


def test_a_finished_message_is_drawn_and_its_source_is_a_view_away() -> None:
    assert lines(rows_of(Message("a", "ai", ANSWER), width=40)) == [
        "  Rome                                ai",
        "  • hot",
        "  • sunny",
        "",
        "  a │ b",
        "  ──┼──",
        "  1 │ 2",
    ]
    as_sent = lines(rows_of(Message("a", "ai", ANSWER), width=40, source=True))
    assert as_sent[0] == "  ## Rome                             ai"
    assert as_sent[2] == "  - **hot**"


def test_a_message_that_grows_is_shown_as_it_comes_and_what_stands_above_it_stays() -> None:
    first, growing = Message("1", "human", "hi"), Message("a", "ai", "", streaming=True, chunk_count=1)
    rows = rows_of(first, a=growing)
    for end in range(0, len(ANSWER) + 1, 7):
        growing.text, growing.rev = ANSWER[:end], end + 1
        rows.update(merge([first], {"a": growing}))
        assert lines(rows)[0].startswith("│ hi")
        assert lines(rows)[-1].strip(), "the cursor that follows never stands on an empty row"
    assert "  • hot" in lines(rows), "what streams looks like what stays"
    growing.streaming, growing.rev = False, 99
    rows.update(merge([first], {"a": growing}))
    whole = rows_of(first, Message("a", "ai", ANSWER))
    assert lines(rows)[: len(whole) - 1] == lines(whole)[: len(whole) - 1]


@given(TEXTS, st.integers(12, 70), st.booleans())
def test_any_message_keeps_the_grid_drawn_or_not(text: str, width: int, source: bool) -> None:
    call = ToolCall("c", text[:8], text, None)
    saved = [
        Message("1", "human", text),
        Message("2", "ai", text, text, tool_calls=[call], usage=Usage(1, 2, 3)),
        Message("3", "tool", text, tool_call_id="c", status="error"),
        Message("4", "critic", text, name=text[:9]),
    ]
    rows = rows_of(*saved, width=width, source=source)
    for row in range(len(rows)):
        line = fit_line(rows.line(row, width), width)
        assert line_width(line) == width
        assert is_safe(plain(line))
        rows.margin(row), rows.joint(row), rows.end(row)
    for row in reversed(range(len(rows))):
        rows.toggle(row)
    assert all(is_safe(rows.text(row)) for row in range(len(rows)))


def test_whose_turn_it_is_stands_at_the_right_and_takes_no_row_of_its_own() -> None:
    told = rows_of(
        Message("1", "human", "hello"),
        Message("2", "human", "hello", name="Sam"),
        Message("3", "ai", "hi", node="agent", name="writer"),
        Message("4", "system", "be kind"),
        width=40,
    )
    assert [line for line in lines(told) if line] == [
        "│ hello                              you",
        "│ hello                      human · Sam",
        "  hi                 ai · writer · agent",
        "│ be kind                         system",
    ]


@pytest.mark.parametrize(
    ("pending", "words"),
    [(Pending.RUNNING, "● running"), (Pending.WAITING, "not run yet"), (Pending.LOST, "no result")],
)
def test_a_call_without_a_result_says_what_it_is(pending: Pending, words: str) -> None:
    [row] = called(told=Told(pending=pending))
    assert row.split() == ["▸", "look(q=1)", "ai", *words.split()]


def test_arguments_have_a_row_of_their_own_where_they_would_be_cut() -> None:
    title = (Span("▸ "), Span("place_order"))
    tail = (Span("not run yet"),)
    told = 'supplier="Oak & Sons", quantity=3'
    assert [plain(row) for row in call_rows(title, tail, told, 20, 90)] == [f"▸ place_order({told})"]
    assert [plain(row) for row in call_rows(title, tail, told, 20, 60)] == ["▸ place_order", f"    {told}"]
    assert [plain(row) for row in call_rows(title, (), told, 0, 50)] == [f"▸ place_order({told})"]


def test_a_call_says_how_it_went_and_how_long_it_took() -> None:
    told = Told(seconds=lambda message: 0.817)
    assert called(answered("sunny"), told=told)[0].endswith("✓ 817ms")
    assert called(answered("no such city", status="error"), told=told)[0].endswith("✗ failed 817ms")
    assert called(answered("no such city", status="error"))[1] == "  │ no such city"
    assert called(answered("lost", in_checkpoint=False))[0].endswith(f"{UNICODE.warning} not in checkpoint")


@pytest.mark.parametrize(
    ("result", "row"),
    [
        ({"city": "SF", "sky": "fog", "at": [1, 2]}, "city SF · sky fog · at [1, 2]"),
        ([{"flight": "AU 1", "eur": 3}, {}, {}], "3 results · flight AU 1 · eur 3"),
        ({"rows": [1, 2, 3, 4]}, "rows 4 items"),
        (["a", "b"], "2 results · a"),
        ([], "0 results"),
        ({}, "{}"),
        ("\nfirst\nsecond\nthird", "first … 2 more lines"),
        ("", "(empty)"),
        ("{not json", "{not json"),
    ],
)
def test_a_result_is_one_row(result: Any, row: str) -> None:
    shown = called(answered(result if isinstance(result, str) else json.dumps(result)))
    assert [" ".join(line.split()) for line in shown[1:]] == [row]


def test_a_result_that_is_too_large_or_too_deep_is_told_by_its_first_line() -> None:
    for text in ("[" * 5_000 + "]" * 5_000, json.dumps(["x" * 70_000])):
        assert value_in(text) is None
        assert plain(summary(text, None, UNICODE)[0]).startswith("[")


def test_a_folded_call_opens_to_its_arguments_and_the_whole_result() -> None:
    call = Message("a", "ai", tool_calls=[ToolCall("c", "look", "{}", {"q": 1})])
    rows = rows_of(call, answered('{"city": "SF", "at": [1]}'))
    folded = lines(rows)
    for row in (0, 1):
        assert rows.toggle(row)
        assert [line.strip() for line in lines(rows)[1:]] == [
            "{", '"q": 1', "}", "│ {", '│   "city": "SF",', '│   "at": [', "│     1", "│   ]", "│ }"
        ]  # fmt: skip
        rows.toggle(len(rows) - 1)
        assert lines(rows) == folded


def test_parallel_calls_have_their_own_rows_and_results() -> None:
    calls = [ToolCall(name, name, "{}", {}) for name in ("one", "two")]
    results = [Message(f"t{name}", "tool", f"of {name}", tool_call_id=name) for name in ("two", "one")]
    shown = lines(rows_of(Message("a", "ai", tool_calls=calls), *results))
    assert [line.split("  ")[0].strip() or line.strip() for line in shown] == ["▸ one()", "of one", "▸ two()", "of two"]


def test_reasoning_is_labelled_and_folded_once_it_has_ended() -> None:
    rows = rows_of(Message("a", "ai", "So.", thinking="because of\nthis and that"))
    assert lines(rows)[0].startswith("▸ reasoning · 5 words")
    assert lines(rows)[1] == "  So."
    assert lines(rows_of(Message("a", "ai", "So.", thinking="because")))[0].startswith("  reasoning · because")


def run_with(phase: Phase, *messages: Message) -> RunState:
    run = RunState(phase=phase, messages={message.id: message for message in messages})
    run.tasks[TaskId("k")] = TaskView(TaskId("k"), "tools", started_at=1.0, ended_at=1.5)
    return run


def test_older_messages_keep_who_wrote_them_and_their_speed_after_the_next_run() -> None:
    told = Message("a", "ai", "yes", node="agent", chunk_count=20, first_at=1.0, last_at=2.0)
    call = Message("b", "ai", tool_calls=[ToolCall("c", "look", "{}", {})], node="agent")
    result = Message("t", "tool", "so", tool_call_id="c", task_id=TaskId("k"))
    earlier, now = run_with(Phase.DONE, told, call, result), RunState(phase=Phase.RUNNING)
    saved = [Message("a", "ai", "yes"), Message("b", "ai", tool_calls=call.tool_calls), answered("so")]
    saved[2].id = "t"
    rows = MessageRows()
    rows.set_width(60)
    rows.update(merge(saved, {}, told=EarlierRuns().told([earlier, now], now)))
    text = "\n".join(lines(rows))
    assert "ai · agent" in lines(rows)[0]
    assert "20 chunks · 20/s" in text
    assert "✓ 500ms" in text


def test_what_calls_are_that_wait_is_told_by_the_run() -> None:
    for phase, pending in (
        (Phase.RUNNING, Pending.RUNNING),
        (Phase.INTERRUPT, Pending.WAITING),
        (Phase.DONE, Pending.LOST),
    ):
        run = run_with(phase)
        assert EarlierRuns().told([run], run).pending is pending
    own, old = (Message(key, "ai", tool_calls=[ToolCall(key, "look", "{}", {})]) for key in "no")
    entries = merge([old, Message("h", "human", "x"), own], {"n": own}, told=Told(pending=Pending.RUNNING))
    assert [entry.pending for entry in entries] == [Pending.LOST, Pending.LOST, Pending.RUNNING]


def test_answers_of_a_run_are_counted_without_what_people_said_and_what_was_there() -> None:
    run, answers = run_with(Phase.RUNNING, Message("h", "human"), Message("o", "ai"), Message("n", "ai")), Answers()
    run.ledger.inherited.add("o")
    assert answers.count(run) == 1
    run.messages["m"] = Message("m", "tool")
    assert answers.count(run) == 2
    assert answers.count(None) == 0


def test_a_text_that_cannot_be_drawn_is_shown_as_sent_and_says_so() -> None:
    rows = rows_of(Message("a", "ai", "| a |\n|---|\n| b | one cell too many |\n"))
    assert lines(rows)[0].startswith("  | a |")
    assert lines(rows)[-1].endswith("source")
    assert not any("source" in line for line in lines(rows_of(Message("a", "ai", ANSWER))))
