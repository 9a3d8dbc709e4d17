"""Promise: each row of the history says what its checkpoint brought, as far as anything tells it."""

from __future__ import annotations

import sys

from msgspec.structs import replace

from studio_tui.domain.checkpoint import Checkpoint, History, Task
from studio_tui.domain.ids import CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.run import RunState, TaskView
from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.diff_rows import DiffRows
from studio_tui.present.timetravel.content import Contents
from studio_tui.present.timetravel.history import HistoryRows
from studio_tui.present.timetravel.state import compared, nothing_differs, unchanged
from studio_tui.text.glyphs import ASCII, UNICODE
from studio_tui.text.spans import line_width, plain

THREAD, RUN = ThreadId("t"), RunId("run-1")
HUMAN: Json = {"type": "human", "id": "h", "content": "find flights to rome"}
CALL: Json = {"type": "ai", "id": "a", "content": "", "tool_calls": [{"name": "search", "args": {"to": "FCO"}}]}
TOOL: Json = {"type": "tool", "id": "f", "name": "search", "content": '[{"flight": "AU 547"}, {"flight": "X 1"}]'}
EXTRA: Json = {"type": "human", "id": "e", "content": "and hotels?"}


def _item(number: int, parent: int | None, wrote: Json = None, node: str = "", **more: object) -> Checkpoint:
    tasks = (Task(TaskId(f"task-{number}"), node, result=wrote, has_result=wrote is not None),) if node else ()
    made = Checkpoint(
        THREAD, CheckpointId(f"{number:08d}"), step=number - 2, source="loop", run_id=RUN, tasks=tasks,
        created_at=float(number), parent_id=None if parent is None else CheckpointId(f"{parent:08d}"),
    )  # fmt: skip
    return replace(made, **more)


def _thread() -> list[Checkpoint]:
    said = {"messages": [HUMAN]}
    return [
        _item(1, None, said, "__start__", source="input", values={}),
        _item(2, 1, {"messages": [CALL]}, "agent", values=said),
        _item(3, 2, {"messages": [TOOL]}, "tools", values={"messages": [HUMAN, CALL]}),
        _item(4, 3, values={"messages": [HUMAN, CALL, TOOL]}),
        _item(5, 4, source="update", values={"messages": [HUMAN, CALL, TOOL, EXTRA], "lang": "de"}, run_id=None),
        _item(6, 2, source="fork", values=said, step=2),
    ]


def _rows(items: list[Checkpoint], runs: list[RunState] | None = None) -> HistoryRows:
    history = History(THREAD)
    history.merge(items)
    rows = HistoryRows()
    rows.now = 100.0
    rows.update(history, {}, runs)
    return rows


def _shown(rows: HistoryRows, width: int = 80) -> list[str]:
    return [plain(rows.line(index, width)) for index in range(len(rows))]


def test_rows_say_who_wrote_what() -> None:
    fork, edit, tools, agent, start, first = _shown(_rows(_thread()))
    assert "⋎ fork of 1" in fork  # the copy of it, which stands beside it below the same parent
    assert "✎ edit" in edit
    assert '+ you: "and hotels?"' in edit
    assert '+lang "de"' in edit
    assert "tools" in tools
    assert "search → 2 items · flight AU 547" in tools
    assert 'calls search(to="FCO")' in agent
    assert 'you: "find flights to rome"' in start
    assert "input" in first
    assert 'you: "find flights to rome"' in first
    for cells in (44, 60, 80, 118):
        assert {line_width(line) for line in (_rows(_thread()).line(row, cells) for row in range(6))} == {cells}


def test_what_was_read_stays_when_values_are_given_back_and_runs_tell_the_rest() -> None:
    items = _thread()
    rows = _rows(items)
    before = _shown(rows)
    thin = [
        replace(item, values=None, tasks=tuple(replace(task, result=None) for task in item.tasks)) for item in items
    ]
    history = History(THREAD)
    history.merge(items)
    rows.update(history, {})
    _shown(rows)
    history.replace({item.checkpoint_id: item for item in thin if item.checkpoint_id is not None})
    rows.update(history, {})
    assert _shown(rows) == before
    run = RunState(run_id=RUN, request={"input": {"messages": [HUMAN]}})
    result = LazyJson('{"messages": [{"type": "ai", "content": "from the run"}]}')
    run.tasks[TaskId("task-2")] = TaskView(TaskId("task-2"), "agent", result=result)
    _, _, _, agent, start, first = _shown(_rows(thin, [run]))
    assert '"from the run"' in agent
    assert not result.is_parsed
    assert 'you: "find flights to rome"' in start
    assert 'you: "find flights to rome"' in first


def test_what_a_row_says_is_found_and_needs_no_more_than_ascii() -> None:
    rows = _rows(_thread())
    assert "and hotels?" in rows.text(1)
    rows.signs = ASCII
    assert "".join(_shown(rows)).translate({ord(sign): "" for sign in "…·"}).isascii()


def test_differences_of_messages_are_told_by_their_words_and_what_is_the_same_is_named() -> None:
    old = {"messages": [HUMAN, CALL, TOOL], "lang": "de"}
    state = _item(9, 8, values={"messages": [HUMAN], "lang": "de"})
    rows = DiffRows()
    found = diff(old, state.values)
    rows.show("step 7 against step 6", found, same=unchanged(state, found))
    shown = [plain(rows.line(row, 70)).rstrip() for row in range(len(rows))]
    assert shown[1:] == [
        '- messages[1]  ai    calls search(to="FCO")',
        "- messages[2]  tool  search → 2 items · flight AU 547",
        "unchanged: messages[0], lang",
    ]


def test_an_input_that_is_not_written_yet_is_no_riddle() -> None:
    parent = _item(2, 1)
    said = nothing_differs(_item(3, 2, source="input"), parent)
    assert said == "Nothing differs yet: the input is written at the next step (step 2)."
    assert nothing_differs(_item(3, 2), parent) == "Nothing differs."
    assert nothing_differs(_item(3, 2, source="input"), _item(3, 2)) == "Nothing differs."
    assert compared(parent, parent, parent.checkpoint_id).endswith("against itself: it is the marked one")
    assert compared(parent, parent).endswith("against itself"), "nobody marked what is its own parent"


def test_what_rows_have_said_holds_no_states() -> None:
    item = _item(2, 1, values={"messages": [HUMAN]})
    contents = Contents()
    assert contents.of(CheckpointId("2"), item, _thread()[0], UNICODE)
    held = sys.getrefcount(item)
    assert contents.of(CheckpointId("2"), item, _thread()[0], UNICODE)
    contents.clear()
    assert sys.getrefcount(item) == held
