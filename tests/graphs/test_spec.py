"""Reading `/graph` answers: every server's shapes, and answers that are wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import MOST_LEVELS, NodeId, TaskId, ancestors
from studio_tui.domain.run import TaskView
from studio_tui.graphs.topology.observed import taken_edges, with_observed
from studio_tui.graphs.topology.spec import ended, graph_spec, observed_spec
from studio_tui.text.sanitize import is_safe
from tests.graphs.samples import ANSWERS, TOPOLOGIES, answer, graph, topology


def _edges(spec: Any) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in spec.edges}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_server_answer_is_understood(name: str) -> None:
    spec = answer(name)
    assert spec.nodes
    assert spec.edges
    assert spec.problems == ()
    assert {end for pair in _edges(spec) for end in pair} <= {node.id for node in spec.nodes}


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_sample_is_understood(name: str) -> None:
    assert topology(name).nodes
    assert topology(name).problems == ()


def test_labels_and_conditions_are_read() -> None:
    found = {(str(edge.source), str(edge.target)): edge for edge in answer("py/graph_labels.json").edges}
    assert found["no_n", "dest"].label is None
    assert not found["no_n", "dest"].conditional
    label = found["dest", "open"]
    assert (label.label, label.conditional) == ("jump!", True)


def test_compiled_breakpoints_are_read() -> None:
    nodes = {str(node.id): node for node in answer("py/graph_steps_bp.json").nodes}
    assert any(node.compiled_before or node.compiled_after for node in nodes.values())
    assert not nodes["__start__"].compiled_before


def test_metadata_is_read() -> None:
    spec = graph_spec({
        "nodes": [
            {"id": "t", "metadata": {"__tools": ["search", 3], "defer": True, "__interrupt": "before,after"}},
        ],
        "edges": [],
    })  # fmt: skip
    node = spec.nodes[0]
    assert node.tools == ("search",)
    assert node.deferred
    assert node.compiled_before
    assert node.compiled_after


def test_names_are_the_last_segment_of_the_path() -> None:
    assert [node.name for node in answer("py/graph_nested_xray.json").nodes][-1] == "deep_ask"
    # JavaScript calls a subgraph node after its class.
    assert "LangGraph" not in [node.name for node in answer("js/graph_nested_xray.json").nodes]


def test_duplicates_are_named_and_drawn_once() -> None:
    spec = graph_spec({"nodes": [{"id": "a"}, {"id": "a"}], "edges": []})
    assert len(spec.nodes) == 1
    assert "“a” is declared twice" in spec.problems[0]


def test_an_edge_to_an_undeclared_node_draws_the_node() -> None:
    spec = graph_spec({"nodes": [{"id": "a"}], "edges": [{"source": "a", "target": "gone"}]})
    assert [node.id for node in spec.nodes] == ["a", "gone"]
    assert _edges(spec) == {("a", "gone")}
    assert "gone" in spec.problems[0]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        3,
        "x",
        [],
        {},
        {"nodes": 3, "edges": "y"},
        {"nodes": [None, {}, {"id": ""}], "edges": [1, {"source": "a"}]},
    ],
)
def test_a_wrong_answer_is_explained(wrong: Any) -> None:
    spec = graph_spec(wrong)
    assert spec.nodes == ()
    assert spec.problems
    assert all(problem.endswith(".") for problem in spec.problems)


def test_paths_that_no_graph_has_are_left_out_and_named_and_the_rest_is_drawn() -> None:
    deep, long, deepest = "s:" * 60_000 + "n", "x" * 2_000, "s:" * MOST_LEVELS + "n"
    names = ["a", deep, long, deepest, "b"]
    edges = [{"source": "a", "target": name} for name in (deep, "gone:" * 200, "b")]
    spec = graph_spec({"nodes": [{"id": name} for name in names], "edges": edges})
    assert [node.id for node in spec.nodes] == ["a", deepest, "b"]
    assert _edges(spec) == {("a", "b")}
    told = re.findall(r"Edge \d|more than \d+ \w+", " ".join(spec.problems))
    assert told == ["more than 1000 characters", "more than 1000 characters", "Edge 0", "Edge 1"]
    assert len(ancestors(NodeId(deep))) == len(ancestors(NodeId(deepest))) == MOST_LEVELS
    ran = observed_spec([[_task(deep, 1)]])
    assert [node.id for node in ran.nodes] == ["__start__", "__end__"]
    text = "s:" * (MOST_LEVELS + 1) + "n"
    assert "more than 32 subgraphs" in graph_spec({"nodes": [{"id": text}], "edges": []}).problems[0]


def test_many_problems_are_summed_up() -> None:
    spec = graph_spec({"nodes": [{} for _ in range(500)], "edges": []})
    assert len(spec.problems) == 21
    assert "480 more problems" in spec.problems[-1]


def test_problems_are_safe_text() -> None:
    spec = graph_spec({"nodes": [{"id": "\x1b[31mred"}, {"id": "\x1b[31mred"}], "edges": []})
    assert all(is_safe(problem) for problem in spec.problems)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "nodes", "edges", "source", "target", "data", "metadata"]), inner)
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_answer_breaks_the_reader(json: Any) -> None:
    spec = graph_spec(json)
    known = {node.id for node in spec.nodes}
    assert all(edge.source in known and edge.target in known for edge in spec.edges)


def _task(name: str, step: int, ns: tuple[str, ...] = ()) -> TaskView:
    return TaskView(TaskId(f"{name}{step}{ns}"), name, ns, step)


def test_the_graph_is_built_from_what_ran() -> None:
    ran = [_task("plan", 1), _task("a", 2), _task("b", 2), _task("join", 3)]
    assert _edges(observed_spec([[None, *ran[:3]]])) == {("plan", "a"), ("plan", "b")}  # it came from somewhere else
    spec = observed_spec([[*ran, ended()]])
    assert spec.observed
    assert _edges(spec) == {
        ("__start__", "plan"), ("plan", "a"), ("plan", "b"), ("a", "join"), ("b", "join"), ("join", "__end__"),
    }  # fmt: skip


def test_what_ran_in_a_subgraph_becomes_a_cluster() -> None:
    inside = ("team:123",)
    spec = observed_spec([[_task("team", 1), _task("x", 1, inside), _task("y", 2, inside), _task("end", 2), ended()]])
    assert [node.id for node in spec.nodes] == ["__start__", "end", "team:x", "team:y", "__end__"]
    assert _edges(spec) == {("team:x", "team:y"), ("end", "__end__")}


def _extra(spec: GraphSpec, *runs: list[TaskView]) -> set[tuple[str, str]]:
    added = with_observed(spec, runs).edges[len(spec.edges) :]
    assert all(edge.observed and not edge.label for edge in added)
    return {(edge.source, edge.target) for edge in added}


def test_taken_and_undeclared_edges_are_told_apart() -> None:
    spec = graph("__start__>a", "a>b", "a~c", nodes="d")
    run = [_task("a", 1), _task("b", 2), _task("d", 3)]
    assert taken_edges(spec, [run]) == {("__start__", "a"), ("a", "b")}
    assert _extra(spec, run) == {("b", "d")}


def test_a_node_that_was_once_led_to_by_a_declared_edge_may_later_be_returned_to_by_a_command() -> None:
    spec = graph("__start__>router", "wrap>__end__", nodes="alpha beta")
    names = ("router", "alpha", "router", "beta", "router", "wrap")
    run = [*(_task(name, step) for step, name in enumerate(names, 1)), ended()]
    there = {("router", "alpha"), ("router", "beta"), ("router", "wrap")}
    assert _extra(spec, run) == {*there, ("alpha", "router"), ("beta", "router")}


def test_what_waited_for_more_than_the_step_before_is_explained_by_any_of_it() -> None:
    edges = ("__start__>plan", "plan>slow", "plan>fast", "slow>more", "fast>join", "join>__end__")
    names = (("plan", 1), ("slow", 2), ("fast", 2), ("more", 3), ("join", 4))
    run = [*(_task(*name) for name in names), ended()]
    spec = graph(*edges)
    assert _extra(spec, run) == {("more", "join")}
    deferred = tuple(replace(node, deferred=node.id == "join") for node in spec.nodes)
    assert _extra(GraphSpec(deferred, spec.edges), run) == set()


def test_a_step_over_a_frame_takes_the_edges_to_and_from_what_is_inside() -> None:
    spec = graph("__start__>team:__start__", "team:__start__>team:x", "team:x~team:y", "team:y>team:__end__",
                 "team:x~team:__end__", "team:__end__>after", "after>__end__")  # fmt: skip
    inside = ("team:1",)
    run = [_task("team", 1), _task("x", 1, inside), _task("after", 2), ended()]
    assert taken_edges(spec, [run]) == {
        (e.source, e.target) for e in spec.edges if "team:y" not in (e.source, e.target)
    }
    assert _extra(spec, run) == set()
    deep = graph("__start__>a:__start__", "a:__start__>a:b:__start__", "a:b:__start__>a:b:x", "a:b:x>a:b:__end__",
                 "a:b:__end__>a:__end__", "a:__end__>after", "after>__end__")  # fmt: skip
    run = [_task("a", 1), _task("b", 1, ("a:1",)), _task("x", 1, ("a:1", "b:1")), _task("after", 2), ended()]
    assert taken_edges(deep, [run]) == {(e.source, e.target) for e in deep.edges}


def test_nodes_whose_ids_are_numbers_go_by_the_names_that_runs_and_breakpoints_know() -> None:
    spec = graph_spec(
        {
            "nodes": [
                {"id": 0, "type": "schema", "data": "__start__"},
                {"id": 1, "type": "runnable", "data": {"id": ["x"], "name": "plan"}},
                {"id": 2, "data": {"name": "twin"}},
                {"id": 3, "data": {"name": "twin"}},
                {"id": 4},
                {"id": "5", "data": {"name": "other"}},
            ],
            "edges": [{"source": 0, "target": 1}, {"source": 1, "target": 2}],
        }
    )
    assert [(node.id, node.name) for node in spec.nodes] == [
        ("__start__", "__start__"), ("plan", "plan"), ("2", "twin"), ("3", "twin"), ("4", "4"), ("5", "5"),
    ]  # fmt: skip
    assert [(edge.source, edge.target) for edge in spec.edges] == [("__start__", "plan"), ("plan", "2")]
    assert not spec.problems
