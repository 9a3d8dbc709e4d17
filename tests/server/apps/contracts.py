"""One graph that asks in each contract of human in the loop, and keeps what it was answered."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


class Box(TypedDict, total=False):
    question: Any
    got: Any


builder = StateGraph(Box)
builder.add_node("gate", lambda state: {"got": interrupt(state["question"])})
builder.add_edge(START, "gate")
builder.add_edge("gate", END)
ask = builder.compile()
