"""`run`: start one run and print it, or leave it in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from studio_tui.cli.context import CliContext, input_argument
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output.stderr import say
from studio_tui.cli.runs.following import follow
from studio_tui.cli.runs.node_checks import check_input, check_stops
from studio_tui.cli.runs.run_request import request_of
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import RunState
from studio_tui.domain.run_request import UNSET, Unset
from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio


async def run(context: CliContext) -> int:
    """Start a run and print it."""
    args = context.args
    value = input_argument(args.input)
    if value is UNSET and not args.thread:
        raise UsageError("There is nothing to run", "A new thread needs an input.", "Pass --input '{…}', @file or -.")
    if args.stateless and (args.thread or args.checkpoint):
        raise UsageError("--stateless runs without a thread", "", "Leave --thread and --checkpoint out.")
    request = request_of(args, input=value, background=args.background, stateless=args.stateless)
    async with context.studio(record=args.record) as studio:
        wanted = await studio.assistants.select(args.assistant)
        if args.thread:
            thread_id = await studio.connection.call(lambda client: find_thread(client, args.thread))
            await studio.threads.open(thread_id)
            of_thread = studio.app_state.assistant
            if of_thread is not None and of_thread.graph_id != wanted.graph_id:
                say(f"note: the thread ran {clean(of_thread.graph_id, 80)} before, not {clean(wanted.graph_id, 80)}")
            # Opening a thread selects the assistant that it ran with; the user named this one.
            await studio.assistants.select(wanted.assistant_id)
        await check_stops(studio, args)
        if not isinstance(value, Unset):
            await check_input(studio, value)
        start = studio.app_state.head
        if args.checkpoint:
            start = await _checkpoint(studio, args.checkpoint)
            request = replace(request, checkpoint=start.ref)
        if args.background:
            return _started(context, await studio.runs.start(request))
        known = start.values if start is not None else None
        return await follow(context, studio, studio.runs.start(request), own=True, known=known, sent=value)


async def _checkpoint(studio: Studio, checkpoint_id: str) -> Checkpoint:
    thread_id = studio.app_state.thread_id
    if thread_id is None:
        raise UsageError("--checkpoint needs --thread", "A checkpoint belongs to a thread.", "Name both.")
    return await studio.connection.call(
        lambda client: client.state(thread_id, checkpoint_id=CheckpointId(checkpoint_id))
    )


def _started(context: CliContext, state: RunState) -> int:
    if context.out.is_text:
        context.out.line(f"{clean(state.thread_id or 'no thread')}  {clean(state.run_id or '')}")
    else:
        context.out.document({"thread_id": state.thread_id, "run_id": state.run_id})
    return 0
