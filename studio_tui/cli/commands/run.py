"""`run`, `resume` and `tail`: one run, streamed to stdout, with an exit code that says how it ended."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from studio_tui.cli.context import Context, input_argument, json_argument, object_argument
from studio_tui.cli.diagnostics import say, tell
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.stream_printer import StreamPrinter
from studio_tui.domain.ids import CheckpointId, RunId
from studio_tui.domain.run import Note, Phase, RunState
from studio_tui.domain.run_request import DEFAULT_MODES, UNSET, RunRequest
from studio_tui.errors import NotFoundError, StudioError, UsageError
from studio_tui.text.fmt import duration
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio

_EXIT = {
    Phase.DONE: 0,
    Phase.FAILED: 1,
    Phase.BREAKPOINT: 5,
    Phase.INTERRUPT: 5,
    Phase.CANCELLED: 130,
    Phase.LOST: 3,
}


async def run(context: Context) -> int:
    """Start a run and print it."""
    args = context.args
    present, value = input_argument(args.input)
    if not present and not args.thread:
        raise UsageError("There is nothing to run", "A new thread needs an input.", "Pass --input '{…}', @file or -.")
    async with context.studio() as studio:
        await studio.select_assistant(args.assistant)
        if args.thread:
            thread_id = await studio.call(lambda client: find_thread(client, args.thread))
            await studio.open_thread(thread_id)
            await studio.select_assistant(args.assistant)  # opening a thread selects the one that it ran with
        request = RunRequest(
            input=value,
            has_input=present,
            stream_modes=tuple(args.stream_mode or DEFAULT_MODES),
            interrupt_before=_nodes(args.interrupt_before),
            interrupt_after=_nodes(args.interrupt_after),
            multitask=args.multitask,
            config=object_argument(args.config, "--config"),
            context=object_argument(args.context, "--context"),
            checkpoint=await _checkpoint(studio, args.checkpoint),
            background=args.background,
        )
        if args.background:
            return _started(context, await studio.start(request))
        known = studio.store.head.values if studio.store.head is not None else None
        return await follow(context, studio, studio.start(request), own=True, known=known, sent=value)


async def resume(context: Context) -> int:
    """Answer or continue a paused thread and print what follows."""
    args = context.args
    async with context.studio() as studio:
        thread_id = await studio.call(lambda client: find_thread(client, args.thread))
        await studio.open_thread(thread_id)
        thread = await studio.call(lambda client: client.thread(thread_id))
        await studio.select_assistant(thread.assistant_id or thread.graph_id)
        if not studio.store.paused_at:
            raise NotFoundError(
                "The thread waits for nothing", "It is not paused.", "`studio-tui state` shows where it is."
            )
        answer = UNSET if args.value is None else _answer(args.value)
        request = RunRequest(has_input=False, stream_modes=tuple(args.stream_mode or DEFAULT_MODES))
        update = object_argument(args.update, "--update") or None
        starting = studio.continue_run(
            resume=UNSET if args.id else answer,
            answers={args.id: None if args.value is None else _answer(args.value)} if args.id else None,
            update=update,
            goto=args.goto or (),
            request=request,
        )
        known = studio.store.head.values if studio.store.head is not None else None
        return await follow(context, studio, starting, own=True, known=known)


async def tail(context: Context) -> int:
    """Follow a live run from its beginning; leaving does not stop it."""
    args = context.args
    async with context.studio() as studio:
        thread_id = await studio.call(lambda client: find_thread(client, args.thread))
        run_id = args.run
        if not run_id:
            live = [item for item in await studio.call(lambda client: client.runs(thread_id)) if item.is_live]
            if not live:
                raise NotFoundError("No run of this thread is live", "", "`studio-tui threads show` lists its runs.")
            run_id = live[0].run_id
        printer = StreamPrinter(context.out, studio)
        printer.attach()
        await studio.open_thread(thread_id)
        current = studio.store.run
        joining = _same(current) if current and current.run_id == run_id else studio.join(RunId(run_id))
        return await follow(context, studio, joining, own=False, printer=printer)


async def _same(state: RunState) -> RunState:
    return state


async def follow(
    context: Context,
    studio: Studio,
    starting: Any,
    *,
    own: bool,
    printer: StreamPrinter | None = None,
    known: Any = None,
    sent: Any = None,
) -> int:
    """Print the run until it ends, return the exit code; interrupting a run that we started cancels it."""
    if printer is None:
        printer = StreamPrinter(context.out, studio, known=known, sent=sent)
        printer.attach()
    try:
        state = await starting
        say(f"run {state.run_id} on thread {state.thread_id}")
        state = await studio.wait()
    except asyncio.CancelledError:
        printer.finish()
        if own and studio.store.run is not None and studio.store.run.phase.is_live:
            await _stop(studio)
        return 130
    printer.finish()
    _conclude(context, studio, state)
    return _EXIT.get(state.phase, 1)


async def _stop(studio: Studio) -> None:
    say("stopping the run …")
    try:
        state = await studio.stop()
        say(f"the server says: {state.phase}")
    except StudioError as error:
        tell(error)


def _conclude(context: Context, studio: Studio, state: RunState) -> None:
    if context.out.format == "json":
        context.out.document(_result(studio, state))
    elif context.out.format == "jsonl":
        context.out.row(type="result", **_result(studio, state))
    spent = duration((state.ended_at - state.started_at) if state.ended_at and state.started_at else None)
    say(f"{_words(state)} after {spent}")
    if state.error is not None:
        for line in f"{state.error.kind}: {state.error.message}".split("\n"):
            say(f"  {line}")
    for interrupt in state.interrupts.values():
        say(f"  {interrupt.node or 'a node'} asks: {clean(_told(interrupt.value), 400)}")
    for notice in studio.store.notices:
        if notice.key == "halt":
            say(f"  {notice.title}" + (f": {notice.detail}" if notice.detail else ""))
    if state.phase.is_paused:
        say(f"  paused at {', '.join(clean(node) for node in studio.store.paused_at)}")
        several = " --id INTERRUPT" if len(state.interrupts) > 1 else ""
        answer = f" VALUE{several}" if state.interrupts else ""
        say(f"continue with: studio-tui resume {state.thread_id}{answer}")
    if state.gap:
        why = clean(state.gap_reason, 400) or "the stream was not followed from its beginning"
        say(f"warning: events may be missing above, or told twice: {why}")
        say("  the state was read from the server afterwards")


def _words(state: RunState) -> str:
    words = _phase_words(state)
    return f"{words}, but events may be missing," if state.gap else words


def _phase_words(state: RunState) -> str:
    lost = [entry.text for entry in state.timeline if isinstance(entry, Note) and entry.text.startswith("lost: ")]
    if state.phase is Phase.LOST and lost:
        return clean(lost[-1], 400)
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
    truth = studio.store.state
    return {
        "run_id": state.run_id,
        "thread_id": state.thread_id,
        "phase": str(state.phase),
        "values": truth.values if truth else state.values.value() if state.values else None,
        "next": list(truth.next) if truth else [],
        "interrupts": [{"id": item.id, "value": item.value, "node": item.node} for item in state.interrupts.values()],
        "error": {"error": state.error.kind, "message": state.error.message} if state.error else None,
        "gap": state.gap,
        "gap_reason": state.gap_reason,
    }


def _started(context: Context, state: RunState) -> int:
    if context.out.is_text:
        context.out.line(f"{state.thread_id}  {state.run_id}")
    else:
        context.out.document({"thread_id": state.thread_id, "run_id": state.run_id})
    return 0


async def _checkpoint(studio: Studio, checkpoint_id: str) -> Any:
    if not checkpoint_id:
        return None
    thread_id = studio.store.thread_id
    if thread_id is None:
        raise UsageError("--checkpoint needs --thread", "A checkpoint belongs to a thread.", "Name both.")
    found = await studio.call(lambda client: client.state(thread_id, checkpoint_id=CheckpointId(checkpoint_id)))
    return found.ref


def _nodes(names: list[str] | None) -> Any:
    if not names:
        return ()
    return "*" if "*" in names else tuple(names)


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _answer(text: str) -> Any:
    """Return the answer as JSON where it is JSON, else as the text itself."""
    try:
        return json_argument(text, "VALUE")
    except UsageError:
        return text
