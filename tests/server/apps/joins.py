"""Graphs whose nodes wait for several others: what a Python server hides of them is looked for in the tests."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


class State(TypedDict, total=False):
    log: Annotated[list[str], operator.add]
    answer: str


class QuotaExceededError(Exception):
    """Servers do not tell the text of errors that they do not know."""


def _node(name: str) -> Any:
    def run(_state: State) -> dict[str, Any]:
        return {"log": [name]}

    return run


def _ask(_state: State) -> dict[str, Any]:
    return {"log": ["d"], "answer": str(interrupt("Is it all right?"))}


def _fail(_state: State) -> dict[str, Any]:
    raise QuotaExceededError("account 42 has no credit left")


def _graph(names: str, **special: Any) -> Any:
    builder = StateGraph(State)
    for name in names.split():
        builder.add_node(name, special.get(name) or _node(name))
    builder.add_edge(START, names.split()[0])
    return builder


def _diamond(**special: Any) -> Any:
    builder = _graph("a b c d e", **special)
    builder.add_edge("a", "b")
    builder.add_edge("a", "c")
    builder.add_edge(["b", "c"], "d")
    builder.add_edge("d", "e")
    builder.add_edge("e", END)
    return builder


def _uneven() -> Any:
    builder = _graph("a b c1 c2 x d")
    for name in ("b", "c1", "x"):
        builder.add_edge("a", name)
    builder.add_edge("c1", "c2")
    builder.add_edge(["b", "c2", "x"], "d")
    builder.add_edge("d", END)
    return builder


def _mixed() -> Any:
    builder = _graph("a b c d e f")
    builder.add_edge("a", "b")
    builder.add_edge("a", "c")
    builder.add_edge(["b", "c"], "d")
    builder.add_edge("b", "e")
    builder.add_conditional_edges("c", lambda _state: END, ["f", END])
    builder.add_conditional_edges("d", lambda _state: "f", ["f", END])
    builder.add_edge("e", END)
    builder.add_edge("f", END)
    return builder


def _nested(**special: Any) -> Any:
    builder = _graph("first inner last", inner=_diamond(**special).compile())
    builder.add_edge("first", "inner")
    builder.add_edge("inner", "last")
    builder.add_edge("last", END)
    return builder


diamond = _diamond().compile()
uneven = _uneven().compile()
mixed = _mixed().compile()
asking = _diamond(d=_ask).compile()
nested = _nested(d=_ask).compile()
failing = _diamond(d=_fail).compile()
masked = _graph("a", a=_fail).compile()
