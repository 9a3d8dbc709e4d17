"""Runs whose timelines are drawn for the goldens: built like the fold and the history build them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.ids import CheckpointId, RunId, TaskId
from studio_tui.domain.message.message import Message, Usage
from studio_tui.domain.run import CheckpointMark, Note, Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import Json
from studio_tui.present.runs.timeline import TimelineRows
from studio_tui.text.glyphs import UNICODE, Glyphs

T0 = 1_700_000_000.0
ASK = {"messages": [{"type": "human", "content": "what's the weather in sf"}]}
CALL: dict[str, Json] = {
    "type": "ai", "id": "ai-1", "content": "", "response_metadata": {"model_name": "demo-large"},
    "usage_metadata": {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14},
    "tool_calls": [{"id": "c1", "name": "get_weather", "args": {"city": "San Francisco", "days": 1}}],
}  # fmt: skip
ANSWER: dict[str, Json] = {
    "type": "tool", "id": "t-1", "name": "get_weather", "tool_call_id": "c1",
    "content": '{"celsius": 16, "condition": "fog early, then sun", "wind": [21, "km/h"]}',
}  # fmt: skip
SAID: dict[str, Json] = {
    "type": "ai", "id": "ai-2", "content": "It is 16 °C (61 °F) in San Francisco: fog early, then sun.",
    "usage_metadata": {"input_tokens": 49, "output_tokens": 23, "total_tokens": 72},
}  # fmt: skip


def run_of(number: int = 1, **more: object) -> RunState:
    run = RunState(run_id=RunId(f"01a206df-{number:04}"), graph_id="agent", started_at=T0)
    for name, value in more.items():
        setattr(run, name, value)
    return run


def add(
    run: RunState, name: str, at: float, took: float | None, *, step: int = 1, wrote: object = None, **more: object
) -> TaskView:
    """Add a task that began `at` seconds after T0; `took` None: it runs."""
    status = TaskStatus.RUNNING if took is None else TaskStatus.DONE
    task = TaskView(TaskId(f"{name}-{len(run.tasks)}"), name, (), step, status, T0 + at)
    task.ended_at = None if took is None else T0 + at + took
    task.result = None if wrote is None else LazyJson.of(wrote)
    for field, value in more.items():
        setattr(task, field, value)
    run.tasks[task.id] = task
    run.timeline.append(task.id)
    run.step = step
    return task


def mark(run: RunState, step: int, *ahead: str, source: str = "loop") -> None:
    identifier = CheckpointId(f"1f0c4a22-{run.run_id}-{step + 1}")
    run.checkpoints[identifier] = CheckpointMark(identifier, (), step, source, T0 + step, ahead)


def react() -> list[RunState]:
    run = run_of(phase=Phase.DONE, ended_at=T0 + 3.3, request={"input": ASK}, usage=Usage(59, 27, 86))
    mark(run, -1, source="input")
    add(run, "agent", 0.9, 0.472, wrote={"messages": [CALL]}, usage=Usage(10, 4, 14))
    mark(run, 1, "tools")
    add(run, "tools", 1.4, 0.803, step=2, wrote={"messages": [ANSWER]})
    note = LazyJson.of({"progress": 50, "status": "asking the station"})
    run.timeline.append(Note("custom", '{"progress": 50, "status": "asking the station"}', T0 + 1.9, payload=note))
    mark(run, 2, "agent")
    add(run, "agent", 2.2, 1.02, step=3, wrote={"messages": [SAID]}, usage=Usage(49, 23, 72))
    mark(run, 3)
    run.messages["ai-2"] = Message("ai-2", "ai", first_at=T0 + 2.6, last_at=T0 + 3.2, chunk_count=20)
    follow = run_of(2, phase=Phase.DONE, started_at=T0 + 60, ended_at=T0 + 61, request={"input": {"remaining": 59}})
    mark(follow, 4, source="input")
    given = LazyJson.of({"remaining": 59, "said": ["a"]})
    add(follow, "tick", 60.1, 0.5, step=6, wrote={"remaining": 58, "said": ["b"], "fresh": True}, input=given)
    add(follow, "tick", 60.6, 0.4, step=7, wrote={"remaining": 57}, input=given, between_checkpoints=True)
    return [run, follow]


def failed() -> list[RunState]:
    text = "ValueError: validate stopped at row 1188: value 'x' is not a number\n  column 'amount': expected a number"
    run = run_of(phase=Phase.FAILED, ended_at=T0 + 2.1, error=RunError("ValueError", text.removeprefix("ValueError: ")))
    mark(run, -1, source="input")
    add(run, "extract", 0.0, 0.7, wrote={"rows": 1200})
    add(run, "transform", 0.7, 0.7, step=2, wrote={"log": ["transformed 1200 rows"]})
    trace = f'Traceback (most recent call last):\n  File "flaky.py", line 9, in validate\n{text}'
    add(run, "validate", 1.4, 0.7, step=3, status=TaskStatus.ERROR, error=f"{text}\n{trace}")
    run.timeline.append(Note("error", text, T0 + 2.1))
    return [run]


def fan_out() -> list[RunState]:
    run = run_of(phase=Phase.DONE, ended_at=T0 + 4.0)
    add(run, "plan", 0.0, 0.5, wrote={"topics": [str(number) for number in range(12)]})
    for number in range(12):
        bad = number in (3, 7)
        status = TaskStatus.ERROR if bad else TaskStatus.DONE
        given = LazyJson.of({"topic": f"topic-{number}", "lang": "de"})
        add(
            run, "research", 0.5 + number / 10, 1.5, step=2, status=status, input=given,
            error="TimeoutError: 502" if bad else "", wrote=None if bad else {"notes": [number]},
        )  # fmt: skip
    add(run, "write", 3.2, 0.8, step=3, wrote={"report": "# Report\n\nTwelve topics."})
    return [run]


def asking() -> list[RunState]:
    run = run_of(phase=Phase.INTERRUPT, ended_at=T0 + 0.7)
    add(run, "draft_order", 0.0, 0.6, wrote={"item": "laptop"})
    for name, words in (("finance", "Finance: is there budget for €1890.00?"), ("manager", "Approve the laptop?")):
        question = Interrupt(name, {"question": words, "cost_centre": 4711})
        add(run, name, 0.6, 0.02, step=2, status=TaskStatus.INTERRUPTED, interrupts=(question,))
        run.interrupts[name] = question
    run.timeline.append(Note("paused", "interrupt: finance, manager", T0 + 0.7))
    return [run]


def stepping() -> list[RunState]:
    first = run_of(1, phase=Phase.BREAKPOINT, ended_at=T0 + 1.0, request={"input": ASK}, usage=Usage(10, 4, 14))
    mark(first, -1, source="input")
    add(first, "agent", 0.4, 0.6, wrote={"messages": [CALL]}, usage=Usage(10, 4, 14))
    mark(first, 1, "tools")
    first.timeline.append(Note("paused", "breakpoint: tools", T0 + 1.0))
    second = run_of(2, phase=Phase.BREAKPOINT, started_at=T0 + 13, ended_at=T0 + 14)
    add(second, "tools", 13.1, 0.8, step=2, wrote={"messages": [ANSWER]})
    mark(second, 2, "agent")
    second.timeline.append(Note("paused", "breakpoint: agent", T0 + 14))
    third = run_of(3, phase=Phase.RUNNING, started_at=T0 + 254, request={"input": None})
    add(third, "agent", 254.2, None, step=3)
    return [first, second, third]


CASES = {"react": react, "failed": failed, "fan_out": fan_out, "paused": asking, "stepping": stepping}
NOW = {"stepping": T0 + 255.5}
PAUSED: Mapping[str, Sequence[str]] = {"paused": ("finance", "manager")}


def rows_for(case: str, cells: int, *, signs: Glyphs = UNICODE, expanded: bool = False) -> TimelineRows:
    rows = TimelineRows()
    rows.signs = signs
    rows.set_width(cells)
    runs = CASES[case]()
    for _ in range(2):
        rows.update(runs, NOW.get(case, T0 + 100), paused=tuple(PAUSED.get(case, ())))
    if expanded:
        for row in range(len(rows) - 1, 0, -1):
            if rows.is_open(row) is False:
                rows.toggle(row)
    return rows
