"""`runs ls|show|cancel|rm`: the runs of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.cli.asking import delete_each
from studio_tui.cli.context import CliContext
from studio_tui.cli.lookup import all_runs, find_run, find_thread, live_runs
from studio_tui.cli.output.rows import run_row
from studio_tui.cli.output.stderr import say
from studio_tui.cli.runs.cancelling import TIMINGS, gone_row, may_cancel, rolled_back
from studio_tui.core.runs.run_list import ThreadRuns
from studio_tui.core.runs.stopping import GONE
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.client.api import Client


async def runs(context: CliContext) -> int:
    """Run the verb."""
    verb = {"ls": _ls, "show": _show, "cancel": _cancel, "rm": _rm}[context.args.verb]
    async with context.client() as client:
        return await verb(context, client, await find_thread(client, context.args.thread))


async def _ls(context: CliContext, client: Client, thread_id: ThreadId) -> int:
    args = context.args
    if args.status:
        found = [run for run in await all_runs(client, thread_id) if run.status == args.status]
        found = found[args.offset : args.offset + args.limit]
    else:
        found = await client.runs(thread_id, limit=args.limit, offset=args.offset)
    if not context.out.is_text:
        context.out.documents(run.raw for run in found)
        return 0
    context.out.lines(run_row(run) for run in found)
    if not found:
        await client.thread(thread_id)  # no such thread is told apart from a thread without runs
        say("No runs.")
    elif len(found) == args.limit:
        say(f"There may be more: --offset {args.offset + len(found)}")
    return 0


async def _show(context: CliContext, client: Client, thread_id: ThreadId) -> int:
    run = await find_run(client, thread_id, context.args.run)
    details = await ThreadRuns(lambda fn: fn(client), thread_id).details(run.run_id)
    if context.out.is_text:
        context.out.line(*run_row(run))
    context.out.document(details)
    return 0


async def _cancel(context: CliContext, client: Client, thread_id: ThreadId) -> int:
    if context.args.run:
        wanted = [await find_run(client, thread_id, key) for key in context.args.run]
    else:
        wanted = await live_runs(client, thread_id)
    if not may_cancel(context, sum(run.is_live for run in wanted)):
        return 2
    thread_runs = ThreadRuns(lambda fn: fn(client), thread_id, TIMINGS)
    rows, kept = [], []
    for run in wanted:
        if not run.is_live:
            say(f"{run.run_id} had ended before: {clean(run.status)}")
            rows.append(run.raw)
            continue
        ended = await thread_runs.cancel(run.run_id, rollback=context.args.rollback)
        say(f"{run.run_id} has ended: {clean(ended.status) if ended is not None else GONE}")
        rows.append(ended.raw if ended is not None else gone_row(run))
        kept += [ended] if ended is not None else []
    if not context.out.is_text:
        context.out.documents(rows)
    return rolled_back(context, kept)


async def _rm(context: CliContext, client: Client, thread_id: ThreadId) -> int:
    wanted = [(await find_run(client, thread_id, key)).run_id for key in context.args.run]
    what = f"Delete {plural(len(wanted), 'run')} with the checkpoints that {'it' if len(wanted) == 1 else 'they'} made?"
    if not context.agreed(what):
        return 2
    thread_runs = ThreadRuns(lambda fn: fn(client), thread_id)
    return await delete_each(wanted, lambda run_id: thread_runs.delete(RunId(run_id)))
