"""`state` and `history`: what a thread holds, and the checkpoints that led there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from studio_tui.cli.context import CliContext
from studio_tui.cli.diagnostics import say
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output import Output, dump
from studio_tui.cli.questions import asked
from studio_tui.core.runstate.evidence import revealed
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.forest import forest_rows
from studio_tui.domain.ids import CheckpointId, namespace_nodes
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.present.timetravel.history import Facts, facts_of, lane_spans
from studio_tui.present.timetravel.state import next_names
from studio_tui.text.cells import fit
from studio_tui.text.fmt import clock
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_PAGE = 50


async def state(context: CliContext) -> int:
    """Print the state at the head or at a checkpoint, whole or one part of it."""
    args = context.args
    async with context.client() as client:
        thread_id = await find_thread(client, args.thread)
        found = await client.state(
            thread_id, checkpoint_id=CheckpointId(args.at) if args.at else None, subgraphs=args.subgraphs
        )
        (found,) = await revealed(client, thread_id, [found])
    if args.path:
        return _print_part(context.out, _document(found), args.path)
    if context.out.is_text:
        print_state(context.out, found)
        print_subgraphs(context.out, found)
        if args.subgraphs and not any(task.subgraph is not None for task in found.tasks):
            say("No subgraph is under way here.")
    else:
        context.out.document(_document(found))
    return 0


async def history(context: CliContext) -> int:
    """List checkpoints, newest first."""
    args = context.args
    found: list[Checkpoint] = []
    async with context.client() as client:
        thread_id = await find_thread(client, args.thread)
        while len(found) < args.limit:
            before = found[-1].checkpoint_id if found else None
            page = await client.history(thread_id, limit=min(_PAGE, args.limit - len(found)), before=before)
            known = {item.checkpoint_id for item in found}
            fresh = [item for item in page if item.checkpoint_id not in known]
            found.extend(fresh)
            if not fresh:
                break
        if context.out.is_text:
            found = await revealed(client, thread_id, found)
    if not context.out.is_text:
        context.out.documents({**item.raw, "parent_checkpoint_id": item.parent_id} for item in found)
        return 0
    context.out.lines(forest_lines(found, ascii=context.settings.ascii))
    if not found:
        say("The thread has no checkpoints: it never ran.")
    elif len(found) == args.limit:
        say(f"There may be more: --limit {2 * args.limit}")
    return 0


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


def _document(found: Checkpoint) -> dict[str, Any]:
    """Return the server's object with the keys that callers rely on; `waits` where it leaves out what is next."""
    document = dict(found.raw)
    for key, default in (("values", {}), ("next", []), ("tasks", []), ("checkpoint", None), ("metadata", None)):
        document.setdefault(key, default)
    if found.hidden or found.unnamed:
        document["waits"] = {"next": list(found.next), "inferred": list(found.hidden)}
    return document


def _print_part(out: Output, document: dict[str, Any], path: str) -> int:
    try:
        part = jmespath.search(path, document)
    except JMESPathError as error:
        hint = "Example: values.messages[-1].content"
        raise UsageError(f"`{path}` is not a path", str(error).splitlines()[0], hint) from error
    if part is None:
        values = document["values"]
        why = f"values has: {', '.join(sorted(values))}" if isinstance(values, dict) and values else ""
        raise NotFoundError(f"There is nothing at `{path}`", why, "Paths start with values, next or tasks.")
    if out.is_text and isinstance(part, str):
        out.line(part)
    elif out.is_text:
        out.line(dump(part, 2))
    else:
        out.document(part)
    return 0


def forest_lines(found: Sequence[Checkpoint], *, ascii: bool) -> Iterator[Line]:
    """Yield the checkpoints with the lanes of their branches beside them, newest first, like `git log --graph`."""
    history = History()
    history.merge(list(found))
    rows = forest_rows(history)
    lanes = max((len(row.lanes) for row in rows), default=1)
    for row in rows:
        item = history.by_id[row.checkpoint_id]
        parent = history.by_id.get(item.parent_id) if item.parent_id is not None else None
        yield (*lane_spans(row, lanes, ascii=ascii), *_row(item, facts_of(item, parent), is_head=row.is_head))


def _row(item: Checkpoint, facts: Facts, *, is_head: bool) -> Line:
    error = next((task.error for task in item.tasks if task.error), None)
    wrote = " ".join(part for part in (facts.writer, f"+{facts.keys}" if facts.keys else "") if part)
    return (
        Span(f"{clean(str(item.checkpoint_id))}  "),
        Span(f"{facts.step:>4}  ", "number"),
        Span(fit(facts.source, 7), "muted"),
        Span(f"{clock(item.created_at)}  ", "muted"),
        Span(f"{wrote}  " if wrote else "", "key"),
        Span(f"next {facts.waits}" if facts.waits else "end", "accent" if facts.waits else "muted"),
        Span("  head" if is_head else "", "bold"),
        Span(f"  {clean(error)}" if error else "", "err"),
    )
