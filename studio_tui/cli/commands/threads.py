"""`threads ls|show|new|set|copy|rm`."""

from __future__ import annotations

import time

from studio_tui.cli.commands.state import print_state
from studio_tui.cli.context import Context, object_argument
from studio_tui.cli.diagnostics import confirm, say, tell
from studio_tui.cli.lookup import find_thread
from studio_tui.core.timetravel.branching import copy_until
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.errors import StudioError, UsageError
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, plural
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_STATUS = {"idle": "done", "busy": "running", "interrupted": "paused", "error": "error"}


async def threads(context: Context) -> int:
    """Run the verb."""
    return await _VERBS[context.args.verb](context)


async def _ls(context: Context) -> int:
    args = context.args
    metadata = object_argument(args.metadata, "--metadata")
    async with context.client() as client:
        page = await client.threads(status=args.status, metadata=metadata or None, limit=args.limit, offset=args.offset)
    if not context.out.is_text:
        context.out.documents(item.raw for item in page.items)
        return 0
    context.out.lines(_row(item, context) for item in page.items)
    if not page.items:
        say("No threads.")
    elif page.next_offset is not None:
        say(f"There are more: --offset {page.next_offset}")
    return 0


async def _show(context: Context) -> int:
    async with context.client() as client:
        thread_id = await find_thread(client, context.args.thread)
        thread = await client.thread(thread_id)
        runs = await client.runs(thread_id)
        state = await client.state(thread_id)
    if not context.out.is_text:
        context.out.document({"thread": thread.raw, "runs": [run.raw for run in runs], "state": state.raw})
        return 0
    context.out.line(*_row(thread, context))
    for run in runs:
        context.out.line(*_run_row(run))
    print_state(context.out, state)
    return 0


async def _new(context: Context) -> int:
    metadata = object_argument(context.args.metadata, "--metadata")
    async with context.client() as client:
        thread = await client.create_thread(metadata=metadata or None)
    return _print_id(context, thread)


async def _set(context: Context) -> int:
    changes = object_argument(context.args.metadata, "--metadata")
    if context.args.title is not None:
        changes["title"] = context.args.title
    if not changes:
        raise UsageError("Nothing is to be set", "", "Give --title or --metadata.")
    async with context.client() as client:
        thread = await client.patch_thread(await find_thread(client, context.args.thread), changes)
    return _print_id(context, thread)


async def _copy(context: Context) -> int:
    until = context.args.until
    async with context.client() as client:
        thread_id = await find_thread(client, context.args.thread)
        if not until:
            return _print_id(context, await client.copy_thread(thread_id))
        made, words = await copy_until(lambda fn: fn(client), thread_id, CheckpointId(until))
        say(words)
        return _print_id(context, await client.thread(made))


async def _rm(context: Context) -> int:
    wanted = context.args.thread
    if not confirm(f"Delete {plural(len(wanted), 'thread')} with all runs and checkpoints?", yes=_yes(context)):
        return 2
    code = 0
    async with context.client() as client:
        for key in wanted:
            try:
                await client.delete_thread(await find_thread(client, key))
                say(f"deleted {key}")
            except StudioError as error:
                tell(error)
                code = error.exit_code
    return code


_VERBS = {"ls": _ls, "show": _show, "new": _new, "set": _set, "copy": _copy, "rm": _rm}


def _yes(context: Context) -> bool:
    return bool(getattr(context.args, "yes", False))


def _print_id(context: Context, thread: Thread) -> int:
    if context.out.is_text:
        context.out.line(thread.thread_id)
    else:
        context.out.document(thread.raw)
    return 0


def _row(thread: Thread, context: Context) -> Line:
    kind = _STATUS.get(thread.status, "idle")
    glyph = getattr(glyphs(context.settings.ascii), kind)
    asked = f"  {plural(thread.interrupt_count, 'question')}" if thread.interrupt_count else ""
    return (
        Span(f"{glyph} ", f"node-{kind}"),
        Span(f"{clean(thread.thread_id)}  "),
        Span(fit(thread.status, 12), f"node-{kind}"),
        Span(fit(age(thread.updated_at, time.time()), 5), "muted"),
        Span(fit(clean(thread.graph_id) or "–", 18), "accent"),
        Span(clean(thread.title) + asked),
    )


def _run_row(run: RunInfo) -> Line:
    return (
        Span("  run "),
        Span(f"{clean(run.run_id)}  "),
        Span(fit(clean(run.status), 12), "muted"),
        Span(age(run.created_at, time.time()), "muted"),
        Span(f"  {clean(run.error)}" if run.error else "", "err"),
    )
