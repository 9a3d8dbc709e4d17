"""A long loop with progress events: for stopping, joining late, stepping and breakpoints."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, NotRequired

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.pace import pace

DEFAULT_COUNT = 60
DEFAULT_SECONDS = 1.0


class CountdownRequest(TypedDict):
    """How long it takes."""

    count: NotRequired[Annotated[int, Field(description="Steps to count down", ge=1, le=5000)]]
    seconds: NotRequired[Annotated[float, Field(description="Seconds per step, exactly", ge=0, le=60)]]


class CountdownState(TypedDict, total=False):
    """Where the countdown stands."""

    count: int
    seconds: float
    remaining: int
    status: str


async def prepare(state: CountdownState) -> dict[str, Any]:
    """Set the clock."""
    count = min(5000, max(1, int(state.get("count") or DEFAULT_COUNT)))
    seconds = state.get("seconds")
    return {
        "count": count,
        "seconds": DEFAULT_SECONDS * pace() if seconds is None else max(0.0, float(seconds)),
        "remaining": count,
        "status": "counting",
    }


async def tick(state: CountdownState) -> dict[str, Any]:
    """Wait one step and say how far it is."""
    await asyncio.sleep(state["seconds"])
    remaining = state["remaining"] - 1
    done = state["count"] - remaining
    get_stream_writer()({"progress": round(done / state["count"], 4), "done": done, "total": state["count"]})
    return {"remaining": remaining}


def keep_counting(state: CountdownState) -> Literal["tick", "liftoff"]:
    """Loop until nothing remains."""
    return "tick" if state["remaining"] > 0 else "liftoff"


async def liftoff(state: CountdownState) -> dict[str, Any]:
    """Finish."""
    return {"status": f"lift-off after {state['count']} steps"}


builder = StateGraph(CountdownState, input_schema=CountdownRequest)
builder.add_node("prepare", prepare)
builder.add_node("tick", tick)
builder.add_node("liftoff", liftoff)
builder.add_edge(START, "prepare")
builder.add_edge("prepare", "tick")
builder.add_conditional_edges("tick", keep_counting)
builder.add_edge("liftoff", END)
graph = builder.compile()
