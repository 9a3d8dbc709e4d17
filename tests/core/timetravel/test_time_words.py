"""What follows a node, what a run will execute, and what an edit comes to, from graph and history alone."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.timetravel.channels import Channels, Evidence, RuleKind
from studio_tui.core.timetravel.edits import Edit, KeyChange
from studio_tui.core.timetravel.preview import PreviewInputs, differences, work_out, writer_of
from studio_tui.core.timetravel.successors import Successors, level_of
from studio_tui.core.timetravel.words import lost_in_edit, moved_on, together, will_execute
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.graph import EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import CheckpointId, NodeId, TaskId, ThreadId
from studio_tui.jsonkit.value import as_object

THREAD = ThreadId("0199bbbb-0000-7000-8000-000000000001")
REF = {"checkpoint_id": "1f1e7584-0", "checkpoint_ns": ""}
Edges = list[tuple[str, str] | tuple[str, str, bool]]


def graph(edges: Edges) -> GraphSpec:
    made = tuple(
        EdgeSpec(NodeId(edge[0]), NodeId(edge[1]), conditional=len(edge) > 2 and bool(edge[2])) for edge in edges
    )
    names = dict.fromkeys(name for edge in made for name in (edge.source, edge.target))
    return GraphSpec(tuple(NodeSpec(name, name) for name in names), made)


AGENT = graph(
    [("__start__", "agent"), ("agent", "tools", True), ("agent", "__end__", True), ("tools", "agent")],
)
TRIP = graph(
    [
        ("__start__", "plan"),
        ("plan", "book:__start__"),
        ("book:__start__", "book:flight"),
        ("book:__start__", "book:hotel"),
        ("book:flight", "book:pay:quote"),
        ("book:hotel", "book:pay:quote"),
        ("book:pay:quote", "book:pay:__end__"),
        ("book:pay:__end__", "send"),
        ("send", "__end__"),
    ]
)


def checkpoint(following: tuple[str, ...] = (), **fields: Any) -> Checkpoint:
    tasks = tuple(Task(TaskId(f"t{place}"), name) for place, name in enumerate(following))
    return Checkpoint(THREAD, CheckpointId("1f1e7584-0"), next=following, **{"tasks": tasks, "ref": REF, **fields})


@pytest.mark.parametrize(
    ("spec", "ns", "node", "expected"),
    [
        (AGENT, (), "tools", Successors(("agent",), True)),
        (AGENT, (), "agent", Successors(("tools", "__end__"), False)),
        (AGENT, (), "__start__", Successors(("agent",), True)),
        (AGENT, (), "nobody", None),
        (TRIP, (), "plan", Successors(("book",), True)),
        (TRIP, (), "book", Successors(("send",), True)),
        (TRIP, ("book:1",), "__start__", Successors(("flight", "hotel"), True)),
        (TRIP, ("book:1",), "flight", Successors(("pay",), False)),
        (TRIP, ("book:1",), "pay", Successors(("__end__",), True)),
        (TRIP, ("book:1", "pay:2"), "quote", Successors(("__end__",), True)),
        (TRIP, ("nowhere:1",), "quote", None),
    ],
)
def test_successors_at_every_level(spec: GraphSpec, ns: tuple[str, ...], node: str, expected: Successors) -> None:
    level = level_of(spec, ns)
    assert (level.successors(node) if level is not None else None) == expected


def test_a_topology_that_was_only_observed_proves_nothing() -> None:
    assert level_of(replace(AGENT, observed=True)) is None
    assert level_of(None) is None


@pytest.mark.parametrize(
    ("spec", "following", "words"),
    [
        (AGENT, ("tools",), "Will run: tools → agent, which decides: tools or end."),
        (AGENT, ("__start__",), "Will run: the input is taken, then agent, which decides: tools or end."),
        (None, ("tools",), "Will run: tools."),
        (None, ("w", "w", "review"), "Will run: 2 × w + review."),
        (TRIP, ("plan",), "Will run: plan → book → send → end."),
        (TRIP, ("book",), "Will run: book → send → end. Subgraph `book` restarts from its beginning."),
        (AGENT, (), "Nothing would run: the graph had finished at this checkpoint."),
    ],
)
def test_what_will_run_is_said(spec: GraphSpec | None, following: tuple[str, ...], words: str) -> None:
    assert will_execute(checkpoint(following), level_of(spec)) == words


@pytest.mark.parametrize(("stops", "passed"), [(("a", "z"), "a"), ("*", "a, b"), (("c",), ""), ((), "")])
def test_a_run_from_a_checkpoint_is_said_to_begin_past_breakpoints_before_its_first_tasks(
    stops: tuple[str, ...] | str, passed: str
) -> None:
    words = will_execute(checkpoint(("a", "b")), None, stops=stops)
    assert words.partition(". ")[2] == (f"It begins past the breakpoint before {passed}." if passed else "")
    assert "past the breakpoint" not in will_execute(checkpoint(("__start__",)), None, stops=stops)


def test_a_loop_of_sure_edges_ends_the_sentence() -> None:
    level = level_of(graph([("a", "b"), ("b", "c"), ("c", "a")]))
    assert will_execute(checkpoint(("a",)), level) == "Will run: a → b → c → a."
    long = level_of(graph([(f"n{number}", f"n{number + 1}") for number in range(50)]))
    assert len(will_execute(checkpoint(("n0",)), long)) < 150


def test_what_ran_before_and_what_asks_is_said() -> None:
    asks = Task(TaskId("1"), "ask", interrupts=(Interrupt("i", "q"),))
    done = Task(TaskId("2"), "ok", result={"log": ["ok"]}, has_result=True)
    paused = checkpoint(("ask",), tasks=(asks, done))
    words = will_execute(paused, None)
    assert words.startswith("Will run: ask + ok.")
    assert "`ask` will ask again" in words
    assert "It ran before" in words
    notes = lost_in_edit(paused)
    assert "`ok` has already finished" in notes[0]
    assert "`ask` is asked anew" in notes[1]
    assert lost_in_edit(checkpoint((), tasks=(done,))) == []


def test_hostile_names_are_shown_harmlessly() -> None:
    assert "\x1b" not in together(["\x1b[31mred"])
    assert "\x1b" not in will_execute(checkpoint(("\x1b[2J",)), None)


def test_who_moved_the_head_is_said() -> None:
    head = checkpoint(("tools",), source="loop", step=5, run_id="01a2093f-517b-7000", created_at=100.0)
    assert moved_on(head, now=112.0) == "run 01a2093f-517b wrote step 5 12s ago; next: tools."
    edit = replace(head, source="update", next=(), created_at=None)
    assert moved_on(edit) == "an edit wrote step 5; next: nothing (finished)."


def ground(values: Any, known: dict[str, set[RuleKind]] | None = None, **fields: Any) -> PreviewInputs:
    reducers = Channels({key: Evidence(frozenset(kinds), 3) for key, kinds in (known or {}).items()})
    return PreviewInputs(checkpoint(("tools",), values=values), reducers, **fields)


def edit(as_node: str | None = None, **changes: KeyChange) -> Edit:
    return Edit(REF, changes=changes, as_node=as_node)


M1 = {"type": "human", "content": "hi", "id": "1"}
M2 = {"type": "ai", "content": "hello", "id": "2"}
M3 = {"type": "human", "content": "more"}
GONE = {"type": "remove", "id": "1", "content": ""}
ALL = {"type": "remove", "id": "__remove_all__", "content": ""}


@pytest.mark.parametrize(
    ("before", "kind", "change", "sent", "after"),
    [
        ([1], RuleKind.APPEND, KeyChange(2, "append"), [2], [1, 2]),
        ([1], RuleKind.APPEND, KeyChange([1, 2], "replace"), [2], [1, 2]),
        ([1], RuleKind.APPEND, KeyChange([3], "replace"), {"__overwrite__": [3]}, [3]),
        ([1], RuleKind.REPLACE, KeyChange(2, "append"), [1, 2], [1, 2]),
        ([1], RuleKind.REPLACE, KeyChange([3], "replace"), [3], [3]),
        ({"a": 1, "b": 1}, RuleKind.MERGE, KeyChange({"a": 1, "b": 2}, "replace"), {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, RuleKind.MERGE, KeyChange({"b": 2}, "replace"), {"__overwrite__": {"b": 2}}, {"b": 2}),
        ({"a": 1}, RuleKind.MERGE, KeyChange({"b": 2}, "update"), {"b": 2}, {"a": 1, "b": 2}),
        (5, RuleKind.ADD, KeyChange(3, "replace"), -2, 3),
        (5, RuleKind.ADD, KeyChange(3, "update"), 3, 8),
        (5, RuleKind.ADD, KeyChange(3.5, "replace"), {"__overwrite__": 3.5}, 3.5),
        ("ab", RuleKind.ADD, KeyChange("abc", "replace"), "c", "abc"),
        ([M1, M2], RuleKind.MESSAGES, KeyChange([M2], "replace"), [GONE], [M2]),
        ([M1, M2], RuleKind.MESSAGES, KeyChange([M1, M2, M3], "replace"), [M3], [M1, M2, M3]),
        ([M1, M2], RuleKind.MESSAGES, KeyChange([M2, M1], "replace"), [ALL, M2, M1], [M2, M1]),
        ([M1, M2], RuleKind.MESSAGES, KeyChange({**M1, "content": "ho"}, "update"), [{**M1, "content": "ho"}], None),
        ([M1, M2], RuleKind.MESSAGES, KeyChange(M3, "append"), [M3], [M1, M2, M3]),
    ],
)
def test_what_is_sent_becomes_what_was_meant(
    before: Any, kind: RuleKind, change: KeyChange, sent: Any, after: Any
) -> None:
    found = work_out(edit(k=change), ground({"k": before, "other": 1}, {"k": {kind}}))
    assert as_object(found.body["values"]) == {"k": sent}
    expected = [{**M1, "content": "ho"}, M2] if after is None else after
    assert found.after == {"k": expected, "other": 1}
    assert found.certain


def test_a_guess_is_called_one() -> None:
    found = work_out(edit(k=KeyChange([2])), ground({"k": [1]}))
    assert not found.certain
    assert found.after == {"k": [2]}
    assert any("does not show how `k` combines" in note for note in found.notes)


def test_a_server_that_cannot_overwrite_is_named() -> None:
    old = ground({"k": [1]}, {"k": {RuleKind.APPEND}}, overwrites="This server is too old for it.")
    assert any("too old" in note for note in work_out(edit(k=KeyChange([2])), old).notes)
    assert not work_out(edit(k=KeyChange([1, 2])), old).notes[1:]


def test_next_follows_the_node_that_the_edit_counts_as() -> None:
    level = level_of(AGENT)
    known = ground({"k": 1}, {"k": {RuleKind.REPLACE}}, level=level, writer="agent")
    assert work_out(edit("tools", k=KeyChange(2)), known).next_after == ("agent",)
    assert work_out(edit("__start__", k=KeyChange(2)), known).next_after == ("agent",)
    assert work_out(edit("__end__"), known).next_after == ()
    assert work_out(edit("__end__"), known).body["values"] is None
    undecided = work_out(edit(k=KeyChange(2)), known)
    assert undecided.next_after is None
    assert "decided by agent on the edited state: tools or end" in undecided.notes[0]
    nobody = work_out(edit("nobody", k=KeyChange(2)), known)
    assert "no node nobody" in nobody.notes[0]
    assert work_out(edit(k=KeyChange(2)), replace(known, writer=None)).next_after is None


def test_the_writer_is_the_one_task_of_the_parent() -> None:
    done = Task(TaskId("1"), "agent", result={}, has_result=True)
    other = Task(TaskId("2"), "tools", result={}, has_result=True)
    child = checkpoint(source="loop")
    assert writer_of(child, checkpoint(tasks=(done,))) == "agent"
    assert writer_of(child, checkpoint(tasks=(done, other))) is None
    assert writer_of(replace(child, source="update"), checkpoint(tasks=(done,))) is None
    assert writer_of(child, None) is None


def test_differences_say_what_the_server_did_instead() -> None:
    changes = edit(a=KeyChange(2**70), b=KeyChange(1), c=KeyChange([3]), d=KeyChange([3]), e=KeyChange(5))
    stored: dict[str, Any] = {"a": 1.1805916207174113e21, "c": [1, 3], "d": {"__overwrite__": [3]}, "e": 5}
    expected: dict[str, Any] = {"a": 2**70, "b": 1, "c": [3], "d": [3], "e": 5}
    notes = differences(changes, expected, stored, {"e": True})
    assert notes == [
        f"`a`: the server stored 1.1805916207174113e+21, expected was {2**70}.",
        "`b` was ignored by the server: it is no key of this graph's state, or it keeps no value.",
        "`c` was added to, not replaced: it has a reducer. Undo, then replace it again.",
        "`d` has no reducer, so that the marker was stored as its value. Undo, then replace it.",
    ]


def test_whether_an_answered_question_is_asked_again_is_the_servers_matter() -> None:
    answered = Task(TaskId("1"), "ask", interrupts=(Interrupt("i", "q"),), result={"log": ["ok"]}, has_result=True)
    waiting = Task(TaskId("2"), "ask", interrupts=(Interrupt("i", "q"),))
    old = checkpoint(("ask",), tasks=(answered,))
    assert "ask will ask again." in will_execute(old, None).replace("`", "")
    assert "On this server ask gets the old answer again" in will_execute(old, None, asks_again=False).replace("`", "")
    assert "On some servers ask gets the old answer" in will_execute(old, None, asks_again=None).replace("`", "")
    for known in (True, False, None):
        words = will_execute(checkpoint(("ask",), tasks=(waiting,)), None, asks_again=known)
        assert "ask will ask again." in words.replace("`", "")
