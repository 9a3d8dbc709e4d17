"""What history shows of reducers: whatever is said to be certain is what the real reducer does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from langchain_core.messages import messages_from_dict
from langgraph.graph.message import add_messages as langgraph_add

from studio_tui.core.timetravel.channels import (
    Channels,
    RuleKind,
    reduce_value,
    schema_keys,
    schema_message_keys,
)
from studio_tui.core.timetravel.message_lists import add_messages, alike, unknown_removals
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.ids import CheckpointId, TaskId, ThreadId
from studio_tui.jsonkit.value import as_object

THREAD = ThreadId("0199bbbb-0000-7000-8000-000000000001")
UNSET = object()

lists = st.lists(st.one_of(st.integers(-3, 3), st.sampled_from("ab")), max_size=3)
objects = st.dictionaries(st.sampled_from("pqr"), st.integers(0, 3), max_size=3)
numbers = st.integers(-5, 5)
words = st.text("ab", max_size=3)

Reduce = Callable[[Any, Any], Any]
TRUE: dict[RuleKind, tuple[Reduce, st.SearchStrategy[Any], Any]] = {
    RuleKind.APPEND: (operator.add, lists, []),
    RuleKind.MERGE: (operator.or_, objects, {}),
    RuleKind.ADD: (operator.add, numbers, 0),
}
values = {"list": lists, "object": objects, "number": numbers, "word": words}


def history_of(reduce: Reduce, start: Any, supersteps: list[list[Any]]) -> list[Checkpoint]:
    """The checkpoints of a thread whose nodes wrote `k` as given, one list of writes a superstep."""
    value = start
    items: list[Checkpoint] = []
    for number, writes in enumerate([*supersteps, []]):
        tasks = tuple(
            Task(TaskId(f"{number}-{place}"), "n", result={"k": write}, has_result=True)
            for place, write in enumerate(writes)
        )
        items.append(
            Checkpoint(
                THREAD,
                key(number),
                parent_id=key(number - 1) if number else None,
                values={} if value is UNSET else {"k": value},
                tasks=tasks,
                next=tuple("n" for _ in tasks),
                source="loop",
                step=number,
            )
        )
        for write in writes:
            value = write if value is UNSET else reduce(value, write)
    return items


def key(number: int) -> CheckpointId:
    return CheckpointId(f"1f1e7584-{number:06d}")


def seen(items: list[Checkpoint]) -> int:
    evidence = learned(items).keys.get("k")
    return evidence.seen if evidence is not None else 0


def learned(items: list[Checkpoint]) -> Channels:
    made = Channels()
    made.learn(items, ["k"])
    return made


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(TRUE)))
def test_what_is_certain_is_true(data: st.DataObject, kind: RuleKind) -> None:
    reduce, strategy, start = TRUE[kind]
    writes = data.draw(st.lists(st.lists(strategy, min_size=1, max_size=2), min_size=1, max_size=5))
    items = history_of(reduce, start, writes)
    now: Any = as_object(items[-1].values)["k"]
    found = learned(items).of("k", now)
    assert found.kind is not RuleKind.UNKNOWN
    if found.certain:
        new: Any = data.draw(strategy)
        assert reduce_value(found.kind, now, new) == reduce(now, new)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(values)))
def test_a_key_without_reducer_is_never_taken_for_one_with(data: st.DataObject, name: str) -> None:
    writes = data.draw(st.lists(values[name], min_size=1, max_size=5))
    items = history_of(lambda old, new: new, UNSET, [[write] for write in writes])
    now: Any = as_object(items[-1].values)["k"]
    found = learned(items).of("k", now)
    assert found.kind in (RuleKind.REPLACE, RuleKind.MESSAGES) or not found.certain
    if found.certain:
        new: Any = data.draw(values[name])
        assert reduce_value(found.kind, now, new) == new


@pytest.mark.parametrize(
    ("kind", "start", "writes", "now"),
    [
        (RuleKind.APPEND, [], [[1], [2]], [1, 2]),
        (RuleKind.REPLACE, UNSET, [[1], [2]], [2]),
        (RuleKind.MERGE, {}, [{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        (RuleKind.REPLACE, UNSET, [{"a": 1}, {"b": 2}], {"b": 2}),
        (RuleKind.ADD, 1, [2, 3], 6),
        (RuleKind.REPLACE, 1, [2, 3], 3),
        (RuleKind.ADD, "a", ["b", "c"], "abc"),
    ],
)
def test_two_writes_tell_the_reducer(kind: RuleKind, start: Any, writes: list[Any], now: Any) -> None:
    reduce: Reduce = {
        RuleKind.APPEND: operator.add,
        RuleKind.ADD: operator.add,
        RuleKind.MERGE: operator.or_,
        RuleKind.REPLACE: lambda old, new: new,
    }[kind]
    items = history_of(reduce, start, [[write] for write in writes])
    assert as_object(items[-1].values)["k"] == now
    found = learned(items).of("k", now)
    assert (found.kind, found.certain) == (kind, True)


def test_a_single_first_write_proves_nothing() -> None:
    for value in ([1], {"a": 1}, 3, "x"):
        assert not learned(history_of(lambda old, new: new, UNSET, [[value]])).of("k", value).certain
    assert not Channels().of("k", [1]).certain


def test_a_key_that_is_empty_before_the_first_write_has_a_reducer() -> None:
    fresh = Checkpoint(THREAD, key(0), values={"k": [], "n": 0}, next=("__start__",), source="input", step=-1)
    made = Channels()
    made.learn([fresh], ["k", "n", "other"])
    assert (made.of("k", []).kind, made.of("n", 0).kind) == (RuleKind.APPEND, RuleKind.ADD)
    assert made.of("n", 0).certain
    assert made.of("other", None).kind is RuleKind.REPLACE


def test_a_reducer_of_the_graphs_own_is_unknown() -> None:
    keeps_two: Reduce = lambda old, new: [*old, *new][-2:]  # noqa: E731
    items = history_of(keeps_two, [], [[[1, 2]], [[3]], [[4]]])
    assert learned(items).of("k", [3, 4]).kind is RuleKind.UNKNOWN


def test_edits_forks_and_replayed_parents_prove_nothing() -> None:
    first, second = history_of(operator.add, [1], [[[2]]])
    for source in ("update", "fork"):
        changed = Checkpoint(THREAD, key(1), parent_id=first.checkpoint_id, values={"k": ["typed"]}, source=source)
        assert not seen([first, changed])
    other = Checkpoint(THREAD, key(2), parent_id=first.checkpoint_id, values={"k": [1, 5]}, source="loop")
    assert not seen([first, second, other])
    assert seen([first, second])


def test_writes_of_a_superstep_count_in_any_order_and_several_of_one_task_too() -> None:
    first = Checkpoint(
        THREAD,
        key(0),
        values={"k": ["in"]},
        tasks=(
            Task(TaskId("1"), "a", result={"k": {"$writes": [["x"], ["y"]]}}, has_result=True),
            Task(TaskId("2"), "b", result={"k": ["z"]}, has_result=True),
        ),
    )
    after = Checkpoint(THREAD, key(1), parent_id=key(0), values={"k": ["in", "z", "x", "y"]}, source="loop")
    found = learned([first, after]).of("k", ["in", "z", "x", "y"])
    assert (found.kind, found.certain) == (RuleKind.APPEND, True)


MESSAGES = st.lists(
    st.one_of(
        st.builds(
            lambda kind, text, name: {"type": kind, "content": text, "id": name},
            st.sampled_from(["human", "ai"]),
            words,
            st.sampled_from(["m1", "m2", "m3", "m4"]),
        ),
        st.builds(
            lambda name: {"type": "remove", "content": "", "id": name}, st.sampled_from(["m1", "m2", "__remove_all__"])
        ),
    ),
    max_size=5,
)


def _real(items: list[dict[str, Any]]) -> Any:
    return messages_from_dict([{"type": item["type"], "data": item} for item in items])


@settings(max_examples=300, deadline=None)
@given(MESSAGES, MESSAGES)
def test_messages_combine_as_in_langgraph(before: list[dict[str, Any]], written: list[dict[str, Any]]) -> None:
    start = [item for item in before if item["type"] != "remove"]
    start = list({item["id"]: item for item in start}.values())
    try:
        real = langgraph_add(_real(start), _removing(written))
    except ValueError:
        assume(False)  # the server refuses it: see `unknown_removals`
    ours: Any = add_messages(start, written)
    assert [(item["type"], item["content"], item["id"]) for item in ours] == [
        (item.type, item.content, item.id)  # type: ignore[union-attr]
        for item in real
    ]


def _removing(items: list[dict[str, Any]]) -> Any:
    from langchain_core.messages import RemoveMessage

    return [RemoveMessage(id=item["id"]) if item["type"] == "remove" else _real([item])[0] for item in items]


def test_messages_are_told_from_lists_and_from_plain_values() -> None:
    asked: Any = {"type": "human", "content": "hi", "id": "1"}
    reply: Any = {"type": "ai", "content": "hello", "id": "2"}
    items = history_of(add_messages, [], [[[asked]], [[reply]]])
    found = learned(items).of("k", [asked, reply])
    assert (found.kind, found.certain) == (RuleKind.MESSAGES, True)
    written = history_of(lambda old, new: new, UNSET, [[[asked]], [[reply]]])
    assert learned(written).of("k", [reply]).kind is RuleKind.REPLACE
    assert Channels(message_keys=frozenset({"k"})).of("k", []).kind is RuleKind.MESSAGES


def test_messages_in_short_spelling_read_like_the_stored_ones() -> None:
    stored: Any = {"type": "human", "content": "hi", "id": "1", "additional_kwargs": {}}
    spellings: list[Any] = [
        "hi",
        ["human", "hi"],
        {"role": "user", "content": "hi"},
        {"type": "human", "content": "hi"},
    ]
    for typed in spellings:
        assert alike(typed, stored)
    assert not alike({"role": "user", "content": "ho"}, stored)
    assert not alike({"type": "human", "content": "hi", "id": "2"}, stored)
    assert not alike([stored], [])
    assert not alike(1, 1.0)


def test_removals_of_nobody_are_found() -> None:
    known = [{"type": "human", "content": "hi", "id": "1"}]
    written = [{"type": "remove", "id": name, "content": ""} for name in ("1", "2", "__remove_all__")]
    assert unknown_removals(known, written) == ["2"]


def test_schemas_name_their_messages() -> None:
    python: Any = {
        "properties": {"messages": {"items": {"oneOf": [{"$ref": "#/$defs/AIMessage"}]}}, "log": {"items": {}}}
    }
    script: Any = {
        "properties": {"messages": {"items": {"$ref": "#/definitions/BaseMessage<Structure<X>,MessageType>"}}}
    }
    assert schema_message_keys(python) == {"messages"}
    assert schema_message_keys(script) == {"messages"}
    assert schema_keys(python) == {"messages", "log"}
    assert schema_keys(None) == schema_message_keys([]) == frozenset()
