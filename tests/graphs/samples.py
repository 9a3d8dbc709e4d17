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
