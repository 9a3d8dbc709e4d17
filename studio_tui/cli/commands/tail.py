"""`tail`: follow a run that is going on."""

from __future__ import annotations

from studio_tui.cli.context import CliContext
from studio_tui.cli.lookup import find_run, find_thread, live_runs
from studio_tui.cli.runs.following import follow
from studio_tui.cli.runs.stream_printer import StreamPrinter
from studio_tui.domain.run import RunState


async def tail(context: CliContext) -> int:
    """Follow a live run from its beginning; leaving does not stop it."""
    args = context.args
    async with context.studio(record=args.record) as studio:
        thread_id = await studio.connection.call(lambda client: find_thread(client, args.thread))
        if args.run:
            run_id = (await studio.connection.call(lambda client: find_run(client, thread_id, args.run))).run_id
        else:
            run_id = (await studio.connection.call(lambda client: live_runs(client, thread_id)))[0].run_id
        printer = StreamPrinter(context.out, studio, ascii=context.settings.ascii)
        printer.attach()
        await studio.threads.open(thread_id)
        current = studio.app_state.run
        joining = _same(current) if current and current.run_id == run_id else studio.runs.join(run_id)
        return await follow(context, studio, joining, own=False, printer=printer)


async def _same(state: RunState) -> RunState:
    return state
