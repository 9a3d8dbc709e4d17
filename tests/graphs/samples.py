"""The saved topologies and server answers that the graph tests draw."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from studio_tui.domain.graph import EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.topology.spec import graph_spec
from tests.paths import FIXTURES, TESTS

TOPOLOGIES = sorted(path.stem for path in (TESTS / "topologies").glob("*.json"))
HUGE = ("g6_dag200", "g7_dag500")
ANSWERS = sorted(str(path.relative_to(FIXTURES)) for path in FIXTURES.glob("*/graph_*.json"))


@cache
def topology(name: str) -> GraphSpec:
    """Return a file of `tests/topologies`."""
    return graph_spec(_load(TESTS / "topologies" / f"{name}.json"))


@cache
def answer(name: str) -> GraphSpec:
    """Return a recorded `/graph` answer, by its path under `tests/fixtures`."""
    return graph_spec(_load(FIXTURES / name))


def read_graph(path: Path) -> GraphSpec:
    """Return the graph of a file that holds what a server answers."""
    return graph_spec(_load(path))


def graph(*edges: str, nodes: str = "") -> GraphSpec:
    """Return a graph from edges spelled `a>b`, conditional `a~b`, with a label `a~b=label`."""
    specs = []
    names = dict.fromkeys(nodes.split())
    for text in edges:
        pair, _, label = text.partition("=")
        source, target = pair.split("~" if "~" in pair else ">")
        specs.append(EdgeSpec(NodeId(source), NodeId(target), "~" in pair, label or None))
        names |= {source: None, target: None}
    return GraphSpec(tuple(NodeSpec(NodeId(name), name.rpartition(":")[2]) for name in names), tuple(specs))


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def small_graphs() -> dict[str, GraphSpec]:
    """Return what people draw: the demo's graphs, opened, topologies up to 32 nodes, graphs of the tutorials."""
    found = {
        path.stem.removeprefix("graph_"): answer(f"demo/{path.name}") for path in FIXTURES.glob("demo/graph_*.json")
    }
    found |= {name: topology(name) for name in TOPOLOGIES if len(topology(name).nodes) <= 32}
    return dict(sorted(found.items())) | TEXTBOOK


TEXTBOOK = {
    "supervisor": graph(
        "__start__>supervisor", "supervisor~researcher", "supervisor~coder", "supervisor~writer",
        "researcher>supervisor", "coder>supervisor", "writer>supervisor", "supervisor~__end__",
    ),
    "self_rag": graph(
        "__start__>retrieve", "retrieve>grade_documents", "grade_documents~generate=yes",
        "grade_documents~transform_query=no", "transform_query>web_search", "web_search>generate",
        "generate~generate=not supported", "generate~transform_query=not useful", "generate~__end__=useful",
    ),
    "react_with_hooks": graph(
        "__start__>pre_model", "pre_model>agent", "agent>post_model", "post_model~tools", "post_model~__end__",
        "tools>pre_model",
    ),
    "reflection": graph("__start__>generate", "generate~reflect", "reflect>generate", "generate~__end__"),
    "map_reduce": graph("__start__>split", "split~work", "work>join", "join>__end__"),
}  # fmt: skip
"""Graphs of LangGraph's own tutorials."""
