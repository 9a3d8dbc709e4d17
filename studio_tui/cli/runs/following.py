"""One run, streamed to stdout, with an exit code that says how it ended."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from studio_tui.cli.context import CliContext
from studio_tui.cli.output.states import asked
from studio_tui.cli.output.stderr import say, tell
from studio_tui.cli.runs.questions import how_to_answer
from studio_tui.cli.runs.stream_printer import StreamPrinter
from studio_tui.core.runstate.evidence import may_hide
from studio_tui.domain.run import Note, Phase, RunState, elapsed
from studio_tui.errors import StudioError
from studio_tui.text.fmt import duration
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio

_YOUNG = 50_000
"""New objects between two collections."""

_EXIT = {
    Phase.DONE: 0,
    Phase.FAILED: 1,
    Phase.BREAKPOINT: 5,
    Phase.INTERRUPT: 5,
    Phase.CANCELLED: 130,
    Phase.LOST: 3,
}


async def follow(
    context: CliContext,
    studio: Studio,
    starting: Any,
    *,
    own: bool,
    printer: StreamPrinter | None = None,
    known: Any = None,
    sent: Any = None,
) -> int:
    """Print the run until it ends, return the exit code; interrupting a run that we started cancels it."""
    gc.set_threshold(_YOUNG)  # thousands of tasks that stay: Python would look through them for cycles again and again
    if printer is None:
        printer = StreamPrinter(context.out, studio, known=known, sent=sent, ascii=context.settings.ascii)
        printer.attach()
    try:
        state = await starting
        say(
            f"run {state.run_id} on thread {state.thread_id}"
            if state.thread_id
            else f"run {state.run_id}, without a thread"
        )
        state = await _over(studio, printer)
    except asyncio.CancelledError:
        printer.finish()
        if own and studio.app_state.run is not None and studio.app_state.run.phase.is_live:
            await _stop(studio)
        return 130
    printer.finish()
    await name_what_waits(studio)
    return conclude(context, studio, state)


async def _over(studio: Studio, printer: StreamPrinter) -> RunState:
    """Wait for the run's end; the OSError of an output that nobody reads or that is full ends the waiting at once."""
    ended, unwritable = asyncio.ensure_future(studio.runs.wait()), asyncio.ensure_future(printer.unwritable())
    try:
        await asyncio.wait((ended, unwritable), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            run = studio.app_state.run
            if run is not None and run.request.get("on_disconnect") == "cancel":
                say("nobody follows the run any more: the server cancels it, as --on-disconnect says")
            elif run is not None and run.thread_id and run.run_id:
                say(f"the run is left to the server: studio-tui tail {run.thread_id} {run.run_id}")
            await unwritable
        return await ended
    finally:
        for task in (ended, unwritable):
            task.cancel()
        await asyncio.gather(ended, unwritable, return_exceptions=True)


async def name_what_waits(studio: Studio) -> None:
    """Load the graph where only it can tell what waits: servers may leave that out of their states."""
    head = studio.app_state.head
    if head is not None and not studio.app_state.position.nodes and (may_hide(head) or head.unnamed):
        with suppress(StudioError):
            await studio.assistants.load_graph(xray=True)


async def _stop(studio: Studio) -> None:
    say("stopping the run …")
    try:
        state = await studio.runs.stop()
        say(f"the server says: {state.phase}")
    except StudioError as error:
        tell(error)


def conclude(context: CliContext, studio: Studio, state: RunState, *, offline: bool = False) -> int:
    """Print how the run ended and how to go on; return the exit code. `offline`: nobody could go on."""
    context.out.code_says_it = True
    if context.out.format == "json":
        context.out.document(_result(studio, state))
    elif context.out.format == "jsonl":
        context.out.row(type="result", **_result(studio, state))
    spent = duration(elapsed(state.started_at, state.ended_at))
    say(f"{_words(state)} after {spent}")
    if state.error is not None:
        for line in f"{state.error.kind}: {state.error.message}".split("\n"):
            say(f"  {line}")
    pending = tuple(state.interrupts.values())
    for question in pending:
        say(f"  {asked(question)}")
    for notice in studio.app_state.notices:
        if notice.key == "halt":
            say(f"  {notice.title}" + (f": {notice.detail}" if notice.detail else ""))
    if state.phase.is_paused and state.thread_id:
        say(f"  paused at {', '.join(clean(node) for node in studio.app_state.position.places)}")
        if not offline:
            say(f"continue with: {how_to_answer(state.thread_id, pending)}")
    elif dead_end := state.dead_end(state.phase):
        say(f"  {dead_end}")
    if state.gap:
        why = clean(state.gap_reason, 400) or "the stream was not followed from its beginning"
        say(f"warning: events may be missing above, or told twice: {why}")
        say("  the state was read from the server afterwards")
    return _EXIT.get(state.phase, 1)


def _words(state: RunState) -> str:
    words = _phase_words(state)
    return f"{words}, but events may be missing," if state.gap else words


def _phase_words(state: RunState) -> str:
    if state.phase is Phase.LOST or state.deleted:
        begins = f"{state.phase.value}: "
        why = [entry.text for entry in state.timeline if isinstance(entry, Note) and entry.text.startswith(begins)]
        if why:
            return clean(why[-1], 400)
    return {
        Phase.DONE: "done",
        Phase.FAILED: "failed",
        Phase.BREAKPOINT: "paused at a breakpoint",
        Phase.INTERRUPT: "waits for an answer",
        Phase.CANCELLED: "cancelled",
        Phase.LOST: "lost: the server does not know the run any more",
    }.get(state.phase, str(state.phase))


def _result(studio: Studio, state: RunState) -> dict[str, Any]:
    """Return the outcome as one document."""
    truth, position = studio.app_state.state, studio.app_state.position
    return {
        "run_id": state.run_id,
        "thread_id": state.thread_id,
        "phase": str(state.phase),
        "values": truth.values if truth else state.values.value() if state.values else None,
        "next": list(position.next),
        "inferred": sorted(position.hidden) if position.inferred else [],
        "interrupts": [{"id": item.id, "value": item.value, "node": item.node} for item in state.interrupts.values()],
        "error": {"error": state.error.kind, "message": state.error.message} if state.error else None,
        "gap": state.gap,
        "gap_reason": state.gap_reason,
        "deleted": state.deleted,
    }
