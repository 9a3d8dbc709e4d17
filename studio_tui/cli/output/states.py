"""The state of a thread as lines of text, with the questions that it waits for."""

from __future__ import annotations

import json

from studio_tui.cli.output.stdout import Output, dump
from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.ids import namespace_nodes
from studio_tui.domain.interrupts.answer_shape import shape_of
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.value import Json
from studio_tui.present.timetravel.state import next_names
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span

SHOWN = 400
"""Characters of a question that one line shows."""


def asked(item: Interrupt) -> str:
    """Return one question as a line of safe text: who asks, under which id, what, and how its answer must look."""
    name = f" (id {clean(item.id)})" if item.id else ""
    expected = shape_of(item.value, item.response_schema).expected
    answer = f" -- answer with {clean(expected, SHOWN)}" if expected else ""
    return f"{clean(item.node) or 'a node'} asks{name}: {worded(item.value)}{answer}"


def worded(value: Json) -> str:
    """Return what a question says, on one line of safe text; nothing is said as nothing."""
    if value == "":
        return "(an empty text)"
    if isinstance(value, str) and not value.strip():
        return f"(a blank text of {plural(len(value), 'character')})"
    if isinstance(value, str):
        return clean(str(shortened(value)), SHOWN)
    return clean(json.dumps(shortened(value), ensure_ascii=False, default=str), SHOWN)


def print_state(out: Output, found: Checkpoint) -> None:
    """Print a state for people: values as JSON, then what is next and what waits."""
    out.line(Span("values", "title"))
    out.line(dump(found.values, 2))
    out.line(Span("next    ", "key"), _next(found) or "nothing: the thread is at its end")
    for task in found.tasks:
        if task.error:
            out.line(Span("error   ", "err"), f"{task.name}: {task.error}")
    for question in found.pending_interrupts:
        out.line(Span("asks    ", "warn"), asked(question))
    out.line(Span("at      ", "key"), f"{found.checkpoint_id or 'no checkpoint'}, step {found.step}, {found.source}")


def print_subgraphs(out: Output, found: Checkpoint) -> None:
    """Print the states of subgraphs that are under way, the outer ones first, each under its path."""
    for task in found.tasks:
        inner = task.subgraph
        if inner is None:
            continue
        path = "/".join(namespace_nodes(inner.ns)) or task.name
        out.line("")
        out.line(Span("subgraph ", "title"), Span(clean(path), "accent"), f"  in task {task.id}")
        print_state(out, inner)
        print_subgraphs(out, inner)


def _next(found: Checkpoint) -> str:
    return ", ".join(clean(str(name)) for name in next_names(found))
