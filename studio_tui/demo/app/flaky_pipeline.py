"""A data pipeline that fails on demand: choose the step, the kind of error, and whether a retry saves it."""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, NotRequired

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import RetryPolicy
from pydantic import Field
from typing_extensions import TypedDict

from studio_tui.demo.pace import pace, pause

Step = Literal["extract", "transform", "validate", "load"]
Failure = Literal["ValueError", "KeyError", "TimeoutError", "ConnectionError"]
ATTEMPTS = 3


class PipelineRequest(TypedDict):
    """What to load, and what shall go wrong."""

    rows: NotRequired[Annotated[int, Field(description="Rows to process", ge=0, le=1_000_000)]]
    fail_at: NotRequired[
        Annotated[
            Literal["none", "extract", "transform", "validate", "load"],
            Field(description="The step that fails"),
        ]
    ]
    error: NotRequired[Annotated[Failure, Field(description="How it fails; ConnectionError is retried")]]
    fail_attempts: NotRequired[
        Annotated[int, Field(description=f"Attempts that fail; below {ATTEMPTS} the retry succeeds", ge=1)]
    ]


class PipelineState(TypedDict, total=False):
    """The batch on its way."""

    rows: int
    fail_at: Literal["none", "extract", "transform", "validate", "load"]
    error: Failure
    fail_attempts: int
    valid_rows: int
    loaded_rows: int
    log: Annotated[list[str], operator.add]


ERRORS: dict[Failure, type[Exception]] = {
    "ValueError": ValueError,
    "KeyError": KeyError,
    "TimeoutError": TimeoutError,
    "ConnectionError": ConnectionError,
}


async def work(step: Step, state: PipelineState, runtime: Runtime[None]) -> int:
    """Do one step's work and return the attempt's number, or fail as the request asks."""
    await pause(0.7)
    attempt = runtime.execution_info.node_attempt if runtime.execution_info else 1
    if state.get("fail_at") == step and attempt <= int(state.get("fail_attempts") or ATTEMPTS):
        kind = state.get("error") or "ValueError"
        raise ERRORS[kind](_message(step, kind, attempt, _rows(state)))
    return attempt


def _message(step: Step, kind: Failure, attempt: int, rows: int) -> str:
    if kind == "ConnectionError":
        return f"the warehouse closed the connection during {step} (attempt {attempt} of {ATTEMPTS})"
    if kind == "TimeoutError":
        return f"{step} took longer than 30 s\nlast row seen: {rows // 2}\nnothing was written"
    return (
        f"{step} stopped at row {rows // 3 + 1} of {rows}\n"
        "  column 'amount': expected a number, got '12,40 EUR'\n"
        "  column 'date':   expected ISO 8601, got '31/02/2026'\n"
        "Fix the two columns or set fail_at to none."
    )


def _rows(state: PipelineState) -> int:
    rows = state.get("rows")
    return 1200 if rows is None else min(10**9, int(rows))  # servers cannot write more than 64 bits


async def extract(state: PipelineState, runtime: Runtime[None]) -> dict[str, Any]:
    """Read the batch."""
    attempt = await work("extract", state, runtime)
    return {"rows": _rows(state), "log": [f"extracted {_rows(state)} rows{_tries(attempt)}"]}


async def transform(state: PipelineState, runtime: Runtime[None]) -> dict[str, Any]:
    """Bring the columns into shape."""
    attempt = await work("transform", state, runtime)
    return {"log": [f"transformed {state['rows']} rows{_tries(attempt)}"]}


async def validate(state: PipelineState, runtime: Runtime[None]) -> dict[str, Any]:
    """Sort out bad rows."""
    attempt = await work("validate", state, runtime)
    bad = state["rows"] // 100
    return {"valid_rows": state["rows"] - bad, "log": [f"rejected {bad} rows{_tries(attempt)}"]}


async def load(state: PipelineState, runtime: Runtime[None]) -> dict[str, Any]:
    """Write the good rows."""
    attempt = await work("load", state, runtime)
    return {"loaded_rows": state["valid_rows"], "log": [f"loaded {state['valid_rows']} rows{_tries(attempt)}"]}


def _tries(attempt: int) -> str:
    return f" in attempt {attempt}" if attempt > 1 else ""


retry = RetryPolicy(initial_interval=0.5 * pace(), jitter=False, max_attempts=ATTEMPTS, retry_on=ConnectionError)

builder = StateGraph(PipelineState, input_schema=PipelineRequest)
builder.add_node("extract", extract, retry_policy=retry)
builder.add_node("transform", transform, retry_policy=retry)
builder.add_node("validate", validate, retry_policy=retry)
builder.add_node("load", load, retry_policy=retry)
builder.add_edge(START, "extract")
builder.add_edge("extract", "transform")
builder.add_edge("transform", "validate")
builder.add_edge("validate", "load")
builder.add_edge("load", END)
graph = builder.compile()
