"""`history`: the checkpoints of a thread, with the branches that they form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio_tui.cli.context import CliContext
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output.stderr import say
from studio_tui.core.runstate.evidence import revealed
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.forest import forest_rows
from studio_tui.present.timetravel.history import Facts, facts_of, lane_spans
from studio_tui.text.cells import fit
from studio_tui.text.fmt import clock
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_PAGE = 50


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
    context.out.lines(_forest_lines(found, ascii=context.settings.ascii))
    if not found:
        say("The thread has no checkpoints: it never ran.")
    elif len(found) == args.limit:
        say(f"There may be more: --limit {2 * args.limit}")
    return 0


def _forest_lines(found: Sequence[Checkpoint], *, ascii: bool) -> Iterator[Line]:
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
