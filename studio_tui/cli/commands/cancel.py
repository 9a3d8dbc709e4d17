"""`cancel`: cancels live runs of a thread and verifies with the server that they ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from studio_tui.cli.context import CliContext
from studio_tui.cli.diagnostics import confirm, say, tell
from studio_tui.cli.lookup import find_run, find_thread
from studio_tui.core.runs.run_list import GONE, ThreadRuns
from studio_tui.core.runstate.merge import parse_error
from studio_tui.core.runstate.past_errors import streamed_error
from studio_tui.core.runstate.settle import is_cancel_error
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import NotFoundError, ServerError, StudioError
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.fmt import plural

if TYPE_CHECKING:
    from studio_tui.client.api import Client

_SECONDS = 15.0


async def cancel(context: CliContext) -> int:
    """Cancel one run or every live run of the thread."""
    async with context.client() as client:
        thread_id = await find_thread(client, context.args.thread)
        runs = await _wanted(client, thread_id, context.args.run)
        if not may_cancel(context, len(runs)):
            return 2
        for run in runs:
            await _ask(client, thread_id, run.run_id, "rollback" if context.args.rollback else "interrupt")
        book = ThreadRuns(lambda fn: fn(client), thread_id)
        ended = [(run, await _ended(book, run, rollback=context.args.rollback)) for run in runs]
        told = [await _told(client, now) for _, now in ended] if context.out.is_text else []
    for (run, _), words in zip(ended, told, strict=False):
        context.out.line(f"{run.run_id}  {words}")
    if not context.out.is_text:
        context.out.documents(now.raw if now is not None else gone_row(run) for run, now in ended)
    return rolled_back(context, [now for _, now in ended if now is not None])


def may_cancel(context: CliContext, count: int) -> bool:
    """Ask before `count` live runs are deleted with what they did; a plain cancel needs no yes."""
    if not context.args.rollback or not count:
        return True
    question = f"Delete {plural(count, 'run')} with all that the thread got from {'it' if count == 1 else 'them'}?"
    return confirm(question, yes=bool(getattr(context.args, "yes", False)))


def rolled_back(context: CliContext, kept: Sequence[RunInfo]) -> int:
    """Return the exit code; runs that the server still has are no rollback, which some servers do not know."""
    if not context.args.rollback or not kept:
        return 0
    for run in kept:
        say(f"{run.run_id} is not rolled back: the server still has it, with what it did")
    return 1


def gone_row(run: RunInfo) -> JsonObject:
    """Return the row of a run that the server does not know any more."""
    return {"run_id": run.run_id, "thread_id": run.thread_id, "status": "gone"}


async def _ask(client: Client, thread_id: ThreadId, run_id: RunId, action: str) -> None:
    try:
        await client.cancel_run(thread_id, run_id, action=action)
    except NotFoundError:
        return  # it has ended in this moment
    except StudioError as error:
        if not error.ambiguous:
            raise
        tell(error)  # it may have been asked all the same: what follows watches the run


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
    live = [run for run in await client.runs(thread_id) if run.is_live]
    if not live:
        raise NotFoundError("No run of this thread is live", "", "`studio-tui threads show` lists its runs.")
    return live


async def _ended(book: ThreadRuns, run: RunInfo, *, rollback: bool) -> RunInfo | None:
    """Poll until the server says that the run is over; None for one that is gone, which is an end too."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _SECONDS
    while True:
        now = await book.run_if_any(run.run_id)
        if now is None or not now.is_live:
            return await book.gone_soon(now) if rollback else now
        if loop.time() > deadline:
            why = f"The server was asked {_SECONDS:.0f} s ago."
            raise ServerError(f"Run {run.run_id} is still {now.status}", why, "Ask again, or look at the server's log.")
        say(f"{run.run_id} is still {now.status}")
        await asyncio.sleep(0.3)
