"""The node inspector: everything that is known of one node, as a page of lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from studio_tui.core.runstate.earlier import earlier_of
from studio_tui.core.runstate.error_text import error_text
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.breakpoint import ALL
from studio_tui.domain.graph import EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId, node_path
from studio_tui.domain.run import GIVEN_BACK, TaskView
from studio_tui.graphs.topology.observed import with_observed
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.value import Json, as_object, is_object
from studio_tui.present.graph.source import observed_runs
from studio_tui.text.fmt import clock, count, duration, plural
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span

SHOWN_LINES = 400
"""Lines of one input or output that the page shows."""


def node_lines(app_state: AppState, node_id: NodeId) -> list[Line]:
    graph = app_state.shown_graph or GraphSpec()
    spec = next((node for node in graph.nodes if node.id == node_id), None)
    lines: list[Line] = [(Span(clean(spec.name if spec else node_id), "title"),)]
    if app_state.remembered is not None:
        lines.append((Span("  Remembered: the server has not told its graph yet.", "warn"),))
    lines.extend(_facts(node_id, spec))
    lines.extend(_edges(with_observed(graph, observed_runs(app_state)), node_id))
    lines.extend(_breakpoints(app_state, node_id, spec))
    lines.extend(_config(app_state, node_id))
    lines.extend(_executions(app_state, node_id))
    return lines


def _heading(text: str) -> Iterator[Line]:
    yield ()
    yield (Span(text, "accent bold"),)


def _fact(name: str, value: str, role: str = "value") -> Line:
    return (Span(f"  {name:<14} ", "key"), Span(value, role))


def _facts(node_id: NodeId, spec: NodeSpec | None) -> Iterator[Line]:
    yield _fact("id", clean(node_id))
    if spec is None:
        yield _fact("declared", "no: it was only seen running", "warn")
        return
    if spec.kind:
        yield _fact("kind", clean(spec.kind))
    if spec.deferred:
        yield _fact("deferred", "runs when everything else is done")
    if spec.tools:
        yield _fact("tools", ", ".join(clean(tool) for tool in spec.tools))
    for name, value in spec.metadata.items():
        if name.strip("_") == "tools" and value == list(spec.tools):
            continue  # that is where they were read
        yield _fact(clean(name, 14), clean(_text(value), 400))


def _edges(graph: GraphSpec, node_id: NodeId) -> Iterator[Line]:
    into = [edge for edge in graph.edges if edge.target == node_id]
    out = [edge for edge in graph.edges if edge.source == node_id]
    yield from _heading("Edges")
    yield from _edge_lines("from", into)
    yield from _edge_lines("to", out)


def _edge_lines(word: str, edges: Iterable[EdgeSpec]) -> Iterator[Line]:
    found = False
    for edge in edges:
        found = True
        name = edge.source if word == "from" else edge.target
        kind = "only seen in runs" if edge.observed else "conditional" if edge.conditional else ""
        label = f"  {clean(edge.label)}" if edge.label else ""
        yield (*_fact(word, clean(name)), Span(f"  {kind}{label}", "muted"))
    if not found:
        yield _fact(word, "nothing", "muted")


def _breakpoints(app_state: AppState, node_id: NodeId, spec: NodeSpec | None) -> Iterator[Line]:
    marks = app_state.breakpoints
    stops = []
    if node_id in marks.before or ALL in marks.before:
        stops.append("before it")
    if node_id in marks.after or ALL in marks.after:
        stops.append("after it")
    if spec is not None and spec.compiled_before:
        stops.append("before it, compiled into the graph")
    if spec is not None and spec.compiled_after:
        stops.append("after it, compiled into the graph")
    yield from _heading("Breakpoints")
    yield _fact("stops", ", ".join(stops) or "nowhere", "node-breakpoint" if stops else "muted")


def _config(app_state: AppState, node_id: NodeId) -> Iterator[Line]:
    """Name the context fields that the graph binds to this node (`langgraph_nodes` in the schema)."""
    schema = as_object(app_state.schemas.context if app_state.schemas else None) or as_object(
        app_state.schemas.config if app_state.schemas else None
    )
    fields = {
        name: field
        for name, field in as_object(schema.get("properties")).items()
        if is_object(field) and node_id in _names(field)
    }
    if fields:
        yield from _heading("Context that steers it")
        for name, field in fields.items():
            yield _fact(clean(name, 14), clean(_text(as_object(field).get("description") or ""), 400))


def _names(field: Mapping[str, Json]) -> list[Json]:
    extra = as_object(field.get("json_schema_extra"))
    names = field.get("langgraph_nodes") or extra.get("langgraph_nodes")
    return list(names) if isinstance(names, list) else []


def _executions(app_state: AppState, node_id: NodeId) -> Iterator[Line]:
    run = app_state.run
    tasks = [task for task in run.tasks.values() if node_path(task.ns, task.name) == node_id] if run else []
    yield from _heading("In this run")
    earlier = earlier_of(run) if run else None
    before = earlier.visits.get(node_id) if earlier is not None else None
    if not tasks and before is None:
        yield _fact("visits", "none", "muted")
        return
    took = [task.duration for task in tasks if task.duration is not None]
    at_most = "at most " if any(task.between_checkpoints for task in tasks) else ""
    visits, seconds = len(tasks), sum(took)
    if before is not None:
        visits, seconds = visits + before.count, seconds + before.total
        at_most = "at most " if before.at_most else at_most
    yield _fact("visits", count(visits))
    yield _fact("time", f"{at_most}{duration(seconds)} in all" if took or (before and before.timed) else "–")
    if not tasks:
        return
    last = tasks[-1]
    yield from _heading(f"Last visit: step {last.step if last.step is not None else '–'}")
    yield _fact("status", last.status.value)
    yield _fact("started", clock(last.started_at))
    at_most = "at most " if last.between_checkpoints and last.duration is not None else ""
    yield _fact("took", f"{at_most}{duration(last.duration)}")
    if last.triggers:
        yield _fact("triggered by", ", ".join(clean(name) for name in last.triggers))
    yield from _payloads(last)


def _payloads(task: TaskView) -> Iterator[Line]:
    if task.error:
        yield from _heading("Error")
        yield from ((Span("  " + line, "err"),) for line in clean_block(error_text(task.error).whole).split("\n"))
    for title, payload in (("Input", task.input), ("Output", task.result)):
        if payload is not None:
            yield from _heading(title)
            yield from _payload(payload) if payload is not GIVEN_BACK else [(Span(f"  {_NOT_KEPT}", "muted"),)]


_NOT_KEPT = "not kept; its checkpoint in the history has it"


def _payload(payload: LazyJson) -> Iterator[Line]:
    lines = clean_block(_text(shortened(payload.value()), indent=2)).split("\n")
    for line in lines[:SHOWN_LINES]:
        yield (Span("  " + line, "text"),)
    if len(lines) > SHOWN_LINES:
        yield (Span(f"  … {plural(len(lines) - SHOWN_LINES, 'more line')}; see State or Raw", "muted"),)


def _text(value: object, indent: int | None = None) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return str(value)
