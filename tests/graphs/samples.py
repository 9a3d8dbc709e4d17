"""The saved topologies and server answers that the graph tests draw."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
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
    """Return a file of `tests/topologies`, or one of `UNTUNED`."""
    if name in UNTUNED:
        return UNTUNED[name]
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

STEPS = ("unpack", "scan", "sort", "label", "pack", "ship")
UNTUNED = {
    # Every step may fail, and one place handles it.
    "failing_steps": graph(
        "__start__>unpack", *(f"{a}~{b}=done" for a, b in pairwise(STEPS)), *(f"{a}~repair=broken" for a in STEPS[:-1]),
        "ship>__end__", "repair>__end__",
    ),
    # Two ways out of every step, to the error and to the end.
    "two_ways_out": graph(
        "__start__>unpack", *(f"{a}~{b}" for a, b in pairwise(STEPS)), *(f"{a}~fault" for a in STEPS[:-1]),
        *(f"{a}~__end__" for a in STEPS[:-1]), "ship>__end__", "fault>__end__",
    ),
    # Signatures one after the other: each may turn it down, or send it back for changes.
    "signatures": graph(
        "__start__>file", "file>desk", "desk~lead=yes", "lead~office=yes", "office~board=yes", "board~sign=yes",
        *(f"{a}~turn_down=no" for a in ("desk", "lead", "office", "board")),
        *(f"{a}~change=almost" for a in ("desk", "lead", "office", "board")),
        "change>file", "sign>__end__", "turn_down>__end__",
    ),
    # Loops back and ways out at the same boxes.
    "retries": graph(
        "__start__>draw", "draw>look", "look~draw=again", "look~mix=good", "look~drop=never", "mix>taste",
        "taste~mix=again", "taste~bake=good", "taste~drop=never", "bake>cut", "cut~bake=again", "cut~serve=good",
        "cut~drop=never", "serve>__end__", "drop>__end__",
    ),
    # Every speaker has tools of its own, and hands over to the others.
    "speakers_with_tools": graph(
        "__start__~north", "__start__~south", "__start__~east",
        *(f"{a}~{b}" for a in ("north", "south", "east") for b in ("north", "south", "east") if a != b),
        *(f"{a}~{a}_tools" for a in ("north", "south", "east")),
        *(f"{a}_tools>{a}" for a in ("north", "south", "east")),
        *(f"{a}~__end__" for a in ("north", "south", "east")),
    ),
    # A spine on which every second step works with tools.
    "spine_with_tools": graph(
        "__start__>tide", "tide~tide_tools", "tide_tools>tide", "tide~tide_done", "tide_done>wind", "wind~wind_tools",
        "wind_tools>wind", "wind~wind_done", "wind_done>swell", "swell~swell_tools", "swell_tools>swell",
        "swell~swell_done", "swell_done>forecast", "forecast>__end__",
    ),
    # Two lanes of unequal length, then a loop.
    "two_lanes": graph(
        "__start__>door", "door>read", "read>parse", "parse>prove", "door>recall", "recall>weigh", "prove>match",
        "weigh>match", "match>judge", "judge~admit", "judge~refuse", "judge~ask", "ask>judge", "admit>log",
        "refuse>log", "log>__end__",
    ),
    # Ways out of a subgraph and around it.
    "ways_around": graph(
        "__start__>greet", "greet~talk:__start__", "greet~__end__", "talk:__start__>talk:hear", "talk:hear~talk:reply",
        "talk:hear~talk:__end__", "talk:reply>talk:hear", "talk:__end__>part", "part~greet=more", "part~note",
        "part~__end__", "note>__end__",
    ),
    "名前": graph(
        "__start__>受付", "受付~検索=質問", "受付~担当者=苦情", "検索>回答", "回答>点検", "点検~回答=再試",
        "点検~担当者=不明", "点検~保存=可", "担当者>保存", "保存>__end__",
    ),
}  # fmt: skip
"""Graphs of kinds that people build and for which nothing was tuned."""
