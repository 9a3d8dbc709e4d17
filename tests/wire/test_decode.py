"""Answers of five servers become model objects, whatever they leave out or add."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.domain.ids import ThreadId, default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.domain.thread import ThreadStatus
from studio_tui.jsonkit.value import Json, time_of
from studio_tui.wire.decode import (
    assistant_of,
    has_flag,
    outcome_error,
    records_of,
    run_info_of,
    schemas_of,
    server_info_of,
    thread_of,
)
from studio_tui.wire.decode_state import checkpoint_of, interrupt_of
from tests.paths import FIXTURES

SERVERS = ("py", "js", "aegra", "py-0.5.42", "py-0.0.46")
T = ThreadId("t")


def load(path: str) -> Any:
    return json.loads((FIXTURES / path).read_text("utf-8"))


def all_fixtures(pattern: str) -> list[str]:
    found = [path for server in SERVERS for path in (FIXTURES / server).glob(pattern)]
    assert found
    return sorted(str(path.relative_to(FIXTURES)) for path in found)


@pytest.mark.parametrize("path", all_fixtures("assistants_search.json"))
def test_assistants_of_every_server(path: str) -> None:
    items, problems = records_of(load(path), assistant_of)
    assert items
    assert not problems
    for item in items:
        assert item.graph_id
        assert item.name
        assert item.version >= 1
        assert item.created_at is not None
        if item.is_default:
            assert item.assistant_id == default_assistant_id(item.graph_id)


def test_assistant_versions_and_a_created_assistant() -> None:
    versions, problems = records_of(load("py/assistant_versions.json"), assistant_of)
    assert not problems
    numbers = [item.version for item in versions]
    assert numbers == sorted(numbers, reverse=True)
    made = assistant_of(load("py/assistant_create.json"))
    assert made is not None
    assert not made.is_default
    assert made.raw["assistant_id"] == made.assistant_id


@pytest.mark.parametrize("path", all_fixtures("schemas_*.json"))
def test_schemas_of_every_server(path: str) -> None:
    raw = load(path)
    schemas = schemas_of(raw)
    assert schemas.graph_id == raw["graph_id"]
    assert (schemas.input, schemas.output, schemas.state) == tuple(
        raw.get(f"{name}_schema") for name in ("input", "output", "state")
    )
    assert not schemas.problem


def test_null_schemas_fall_back_and_subgraphs_of_both_spellings_are_read() -> None:
    assert schemas_of({"input_schema": None, "state_schema": {"a": 1}}).effective_input == {"a": 1}
    nested = schemas_of(load("py/subgraphs_nested_recurse.json")["level1"])
    assert nested.state is not None
    assert schemas_of({"state": {"x": 1}, "input": None}).effective_input == {"x": 1}


@pytest.mark.parametrize("path", [path for path in all_fixtures("thread*.json") if "storage" not in path])
def test_threads_of_every_server(path: str) -> None:
    raw = load(path)
    rows = raw if isinstance(raw, list) else [raw]
    items, problems = records_of(rows, thread_of)
    assert not problems
    for item, row in zip(items, rows, strict=True):
        assert item.thread_id == row["thread_id"]
        assert item.status is not ThreadStatus.UNKNOWN
        assert (item.created_at is not None) == ("created_at" in row)
        assert item.graph_id == (row.get("metadata", {}).get("graph_id") or "")
        assert "values" not in item.raw


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("py/thread_parallel_interrupts.json", 2),
        ("py/thread_nested_interrupt.json", 1),
        ("py/thread_static_breakpoint.json", 0),
        ("js/thread_interrupted.json", 1),
        ("aegra/thread_interrupted.json", 0),
    ],
)
def test_interrupts_of_a_thread_row_are_counted_once_each(path: str, count: int) -> None:
    thread = thread_of(load(path))
    assert thread is not None
    assert thread.status is ThreadStatus.INTERRUPTED
    assert thread.interrupt_count == count


@pytest.mark.parametrize("metadata", [{"title": "A"}, {"name": "A"}, {"thread_name": "A"}, {"title": " ", "name": "A"}])
def test_a_thread_is_titled_by_its_metadata(metadata: dict[str, Json]) -> None:
    thread = thread_of({"thread_id": "t", "metadata": metadata})
    assert thread is not None
    assert thread.title == "A"


@pytest.mark.parametrize("path", all_fixtures("run_*.json"))
def test_runs_of_every_server(path: str) -> None:
    raw = load(path)
    items, problems = records_of(raw if isinstance(raw, list) else [raw], run_info_of)
    if path == "py/run_error.json" and not items:
        pytest.fail("the failed run could not be read")
    assert not problems
    for item in items:
        assert item.status in ("pending", "running", "success", "error", "timeout", "interrupted")
        assert "input" in item.kwargs
        assert item.assistant_id
        assert item.created_at is not None


def state_fixtures() -> list[str]:
    return all_fixtures("state_*.json")


@pytest.mark.parametrize("path", state_fixtures())
def test_states_of_every_server(path: str) -> None:
    raw = load(path)
    state = checkpoint_of(raw, T)
    assert state.values == raw["values"]
    assert list(state.next) == raw["next"]
    assert state.checkpoint_id == raw["checkpoint"]["checkpoint_id"]
    assert state.parent_id == raw["parent_checkpoint"]["checkpoint_id"]
    assert state.ref == raw["checkpoint"]
    assert state.thread_id == raw["checkpoint"]["thread_id"]
    assert state.source in ("input", "loop", "update", "fork")
    assert state.step is not None
    assert state.run_id is not None
    assert [task.id for task in state.tasks] == [task["id"] for task in raw["tasks"]]
    assert state.created_at is not None


@pytest.mark.parametrize(
    ("path", "questions"),
    [
        ("py/state_interrupt_single.json", ["review"]),
        ("py/state_parallel_interrupts.json", ["ask1", "ask2"]),
        ("py/state_static_breakpoint.json", []),
        ("py/state_chat.json", []),
        ("js/state_interrupt_single.json", ["review"]),
        ("aegra/state_interrupt_single.json", ["review"]),
        ("py-0.5.42/state_interrupt_single.json", ["review"]),
        ("py-0.0.46/state_interrupt_single.json", ["review"]),
    ],
)
def test_pending_questions_of_every_server(path: str, questions: list[str]) -> None:
    state = checkpoint_of(load(path), T)
    assert sorted(interrupt.node for interrupt in state.pending_interrupts) == questions
    assert len({interrupt.key for interrupt in state.pending_interrupts}) == len(questions)
    has_ids = not path.startswith("py-0.0")
    assert all(bool(interrupt.id) == has_ids for interrupt in state.pending_interrupts)


@pytest.mark.parametrize(
    "path", ["py/state_nested_interrupt_subgraphs.json", *all_fixtures("state_nested_subgraphs.json")]
)
def test_a_nested_question_is_asked_once_with_its_innermost_place(path: str) -> None:
    state = checkpoint_of(load(path), T)
    (task,) = [task for task in state.tasks if task.subgraph is not None]
    assert task.subgraph is not None
    assert task.subgraph_ns.startswith(f"{task.name}:")
    pending = state.pending_interrupts
    assert len(pending) == 1
    deepest, depth = state, 0
    while inner := next((task.subgraph for task in deepest.tasks if task.subgraph is not None), None):
        deepest, depth = inner, depth + 1
    assert depth >= 1
    assert pending[0].node in deepest.next
    assert len(pending[0].ns) == depth


def test_a_subgraph_pointer_is_found_where_either_server_puts_it() -> None:
    pointer = {"checkpoint_ns": "level1:871f", "thread_id": "t"}
    for task in ({"checkpoint": pointer}, {"state": {"configurable": pointer}}):
        (made,) = checkpoint_of({"tasks": [{"id": "1", "name": "level1", **task}]}, T).tasks
        assert (made.subgraph_ns, made.subgraph) == ("level1:871f", None)


@pytest.mark.parametrize("path", all_fixtures("history*.json"))
def test_histories_of_every_server_form_one_forest(path: str) -> None:
    items = [checkpoint_of(item, T) for item in load(path)]
    ids = [item.checkpoint_id for item in items]
    assert len(ids) > 1
    assert ids == sorted(ids, key=lambda part: part or "", reverse=True)
    known = set(ids)
    assert any(item.parent_id in known for item in items)
    roots = [item for item in items if item.parent_id is None]
    assert all(item.step == -1 or item.source == "update" for item in roots)


def test_errors_of_tasks_are_text_on_every_server() -> None:
    python = checkpoint_of(load("py/state_error.json"), T)
    assert any(task.error and "ValueError" in task.error for task in python.tasks)
    javascript = checkpoint_of(load("js/state_error.json"), T)
    errors = [task.error for task in javascript.tasks if task.error]
    assert errors
    assert not any(error.startswith("{") for error in errors)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("ValueError('x')", "ValueError('x')"),
        ('{"message":"boom","name":"Error"}', "Error: boom"),
        ({"error": "KeyError", "message": "k"}, "KeyError: k"),
        ("{not json", "{not json"),
        ('{"other":1}', '{"other":1}'),
        (None, None),
        ("", None),
        (5, None),
    ],
)
def test_each_form_of_a_task_error(error: Json, text: str | None) -> None:
    (task,) = checkpoint_of({"tasks": [{"id": "1", "name": "n", "error": error}]}, T).tasks
    assert task.error == text


def test_a_thread_that_never_ran_has_no_checkpoint() -> None:
    state = checkpoint_of({"values": {}, "next": [], "checkpoint": None, "metadata": None}, T)
    assert (state.checkpoint_id, state.parent_id, state.tasks, state.thread_id) == (None, None, (), T)


def test_raw_checkpoint_events_and_deprecated_ids_are_understood() -> None:
    raw = checkpoint_of(
        {
            "config": {"configurable": {"checkpoint_id": "c2", "checkpoint_ns": "a:1|b:2", "thread_id": "x", "k": 1}},
            "parent_config": {"configurable": {"checkpoint_id": "c1"}},
        },
        T,
    )
    assert (raw.checkpoint_id, raw.parent_id, raw.ns, raw.thread_id) == ("c2", "c1", ("a:1", "b:2"), "x")
    assert "k" not in raw.ref
    old = checkpoint_of({"checkpoint_id": "c2", "parent_checkpoint_id": "c1"}, T)
    assert (old.checkpoint_id, old.parent_id) == ("c2", "c1")


def test_answered_questions_are_not_pending() -> None:
    task: dict[str, Any] = {
        "id": "1",
        "name": "ask",
        "interrupts": [{"id": "a" * 32, "value": 1}],
        "result": {"log": []},
    }
    assert checkpoint_of({"tasks": [task]}, T).pending_interrupts == ()
    assert len(checkpoint_of({"tasks": [{**task, "result": None}]}, T).pending_interrupts) == 1


def test_interrupts_of_all_ages() -> None:
    new = interrupt_of({"id": "a", "value": 1, "response_schema": {"type": "string"}}, node="n")
    assert new is not None
    assert (new.id, new.value, new.response_schema, new.node) == ("a", 1, {"type": "string"}, "n")
    middle = interrupt_of({"interrupt_id": "b", "value": None})
    assert middle is not None
    assert middle.id == "b"
    old = interrupt_of({"value": 1, "resumable": True, "ns": ["outer:1", "ask:2"], "when": "during"})
    assert old is not None
    assert (old.id, old.node, old.task_id, old.ns) == (None, "ask", "2", ("outer:1",))
    assert interrupt_of("x") is None


@pytest.mark.parametrize(
    ("path", "kind", "version"),
    [
        ("py/info.json", ServerKind.PYTHON, "0.16.7"),
        ("js/info.json", ServerKind.JAVASCRIPT, "2.0.0"),
        ("aegra/info.json", ServerKind.AEGRA, "0.1.0"),
        ("py-0.5.42/info.json", ServerKind.PYTHON, "0.5.42"),
        ("py-0.0.46/info.json", ServerKind.OLD_PYTHON, ""),
    ],
)
def test_servers_are_told_apart(path: str, kind: ServerKind, version: str) -> None:
    info = server_info_of(load(path), "http://h")
    assert (info.kind, info.version) == (kind, version)
    assert has_flag(info.raw, "assistants") is True
    assert server_info_of({"hello": 1}, "http://h").kind is ServerKind.UNKNOWN


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-23T05:17:21.324683+00:00", 1795411041.324683),
        ("2026-11-23T05:37:53.658Z", 1795412273.658),
        ("2026-11-23T05:37:53", 1795412273.0),
        ("2026-11-23T06:37:53+01:00", 1795412273.0),
        (1795412273, 1795412273.0),
        (1795412273658, 1795412273.658),
        ("yesterday", None),
        (True, None),
        (float("nan"), None),
        (10**400, None),
        (None, None),
        ([], None),
    ],
)
def test_times(text: Json, seconds: float | None) -> None:
    assert time_of(text) == (None if seconds is None else pytest.approx(seconds))


def test_failures_that_come_with_status_200() -> None:
    assert outcome_error(load("py/wait_error.json")) == ("ValueError", "boom")
    double = {"__error__": {"error": "Error", "message": '{"error":"Error","message":"boom"}'}}
    assert outcome_error(double) == ("Error", "boom")
    assert outcome_error(load("py/wait_ok.json")) is None
    assert outcome_error(None) is None


_KEYS = (
    "id name tasks checkpoint state interrupts metadata config configurable values ns thread_id run_id assistant_id "
    "checkpoint_id checkpoint_ns parent_checkpoint error status next created_at kwargs step version flags __error__ "
    "message"
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS.split()), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(_JSON)
def test_no_answer_whatsoever_breaks_a_decoder(value: Any) -> None:
    checkpoint_of(value, T).pending_interrupts  # noqa: B018
    for decode in (assistant_of, thread_of, run_info_of, schemas_of, outcome_error):
        decode(value)
    checkpoint_of({"tasks": [value]}, T)
    interrupt_of(value)
    server_info_of(value, "http://h")
    time_of(value)


def test_subgraphs_nested_beyond_reason_are_cut() -> None:
    state: dict[str, Any] = {"values": {}, "tasks": []}
    for _ in range(150):
        state = {"values": {}, "tasks": [{"id": "1", "name": "n", "state": state}]}
    made, depth = checkpoint_of(state, T), 0
    while made.tasks and made.tasks[0].subgraph:
        made, depth = made.tasks[0].subgraph, depth + 1
    assert depth == 40
