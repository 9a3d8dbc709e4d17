"""`cancel`: cancels live runs of a thread and verifies with the server that they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.cli.context import CliContext
from studio_tui.cli.lookup import find_run, find_thread, live_runs
from studio_tui.cli.output.stderr import say, tell
from studio_tui.cli.runs.cancelling import TIMINGS, gone_row, may_cancel, rolled_back
from studio_tui.core.runs.feed_replay import streamed_error
from studio_tui.core.runs.stopping import GONE, ask_to_stop, wait_ended
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.wire.decode_error import is_cancel_error, parse_error

if TYPE_CHECKING:
    from studio_tui.client.api import Client


async def cancel(context: CliContext) -> int:
    """Cancel one run or every live run of the thread."""
    async with context.client() as client:
        thread_id = await find_thread(client, context.args.thread)
        runs = await _wanted(client, thread_id, context.args.run)
        if not may_cancel(context, len(runs)):
            return 2
        for run in runs:
            action = "rollback" if context.args.rollback else "interrupt"
            await ask_to_stop(client, thread_id, run.run_id, action, tell)
        ended = [(run, await _ended(client, run, goes=context.args.rollback)) for run in runs]
        told = [await _told(client, now) for _, now in ended] if context.out.is_text else []
    for (run, _), words in zip(ended, told, strict=False):
        context.out.line(f"{run.run_id}  {words}")
    if not context.out.is_text:
        context.out.documents(now.raw if now is not None else gone_row(run) for run, now in ended)
    return rolled_back(context, [now for _, now in ended if now is not None])


async def _told(client: Client, run: RunInfo | None) -> str:
    """The status in words: some servers book a cancelled run as an error, and only its stream says better."""
    if run is None:
        return GONE
    if run.status == "error" and (await client.dialect()).keeps_streams:
        text = await streamed_error(client, run.thread_id, run.run_id)
        if text and is_cancel_error(parse_error(text)):
            return "cancelled"
    return run.status


async def _wanted(client: Client, thread_id: ThreadId, run_id: str) -> list[RunInfo]:
    if run_id:
        return [await find_run(client, thread_id, run_id)]
    return await live_runs(client, thread_id)


async def _ended(client: Client, run: RunInfo, *, goes: bool) -> RunInfo | None:
    def still(now: RunInfo) -> None:
        say(f"{now.run_id} is still {now.status}")

    return await wait_ended(client, run.thread_id, run.run_id, TIMINGS, goes=goes, on_look=still)
