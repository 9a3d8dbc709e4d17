"""`threads ls|show|new|set|copy|rm|prune`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from studio_tui.cli.asking import delete_each
from studio_tui.cli.context import CliContext, object_argument
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output.rows import run_row, thread_row
from studio_tui.cli.output.states import print_state
from studio_tui.cli.output.stderr import say
from studio_tui.core.resources.resource import every_page
from studio_tui.core.runstate.evidence import revealed
from studio_tui.core.threads.words import ThreadWords
from studio_tui.core.timetravel.branching import copy_until
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.domain.thread import Thread
from studio_tui.errors import NotFoundError, RejectedError, UnsupportedError, UsageError
from studio_tui.text.fmt import plural
from studio_tui.text.spans import Span
from studio_tui.wire.page import Page

if TYPE_CHECKING:
    from studio_tui.client.api import Client

_PAGE = 100
MOST_NAMED = 100
"""Threads that are read one by one for their first words, where the server does not give those in a list."""


async def threads(context: CliContext) -> int:
    """Run the verb."""
    return await _VERBS[context.args.verb](context)


async def _ls(context: CliContext) -> int:
    args = context.args
    metadata = object_argument(args.metadata, "--metadata")
    async with context.client() as client:
        page = await client.threads(status=args.status, metadata=metadata or None, limit=args.limit, offset=args.offset)
        words = ThreadWords(lambda call: call(client))
        if context.out.is_text:
            await words.read(page.items[:MOST_NAMED])
    if not context.out.is_text:
        context.out.documents(item.raw for item in page.items)
        return 0
    rows = (item if item.label else replace(item, words=words.known.get(item.thread_id, "")) for item in page.items)
    context.out.lines(thread_row(item, ascii=context.settings.ascii) for item in rows)
    if not page.items:
        say("No threads.")
    elif page.next_offset is not None:
        say(f"There are more: --offset {page.next_offset}")
    return 0


async def _show(context: CliContext) -> int:
    async with context.client() as client:
        thread_id = await find_thread(client, context.args.thread)
        thread = await client.thread(thread_id)
        runs = await client.runs(thread_id)
        state = await client.state(thread_id)
        if context.out.is_text:
            (state,) = await revealed(client, thread_id, [state])
    if not context.out.is_text:
        context.out.document({"thread": thread.raw, "runs": [run.raw for run in runs], "state": state.raw})
        return 0
    context.out.line(*thread_row(thread, ascii=context.settings.ascii))
    for run in runs:
        context.out.line(Span("  run "), *run_row(run))
    print_state(context.out, state)
    return 0


async def _new(context: CliContext) -> int:
    metadata = object_argument(context.args.metadata, "--metadata")
    async with context.client() as client:
        thread = await client.create_thread(metadata=metadata or None)
    return _print_id(context, thread)


async def _set(context: CliContext) -> int:
    changes = object_argument(context.args.metadata, "--metadata")
    if context.args.title is not None:
        changes["title"] = context.args.title
    if not changes:
        raise UsageError("Nothing is to be set", "", "Give --title or --metadata.")
    async with context.client() as client:
        thread = await client.patch_thread(await find_thread(client, context.args.thread), changes)
    return _print_id(context, thread)


async def _copy(context: CliContext) -> int:
    until = context.args.until
    async with context.client() as client:
        thread_id = await find_thread(client, context.args.thread)
        if not until:
            return _print_id(context, await client.copy_thread(thread_id))
        made, words = await copy_until(lambda fn: fn(client), thread_id, CheckpointId(until))
        say(words)
        return _print_id(context, await client.thread(made))


async def _rm(context: CliContext) -> int:
    wanted = context.args.thread
    if not context.agreed(f"Delete {plural(len(wanted), 'thread')} with all runs and checkpoints?"):
        return 2
    async with context.client() as client:

        async def delete(key: str) -> None:
            await client.delete_thread(await find_thread(client, key))

        return await delete_each(wanted, delete)


async def _prune(context: CliContext) -> int:
    """Delete threads, or their old checkpoints; busy threads are left alone unless they are named."""
    args = context.args
    if not args.thread and args.older_than is None and not args.status and not args.metadata:
        raise UsageError(
            "Nothing says which threads", "", "Name threads, or choose them by --older-than, --status or --metadata."
        )
    async with context.client() as client:
        chosen = await _chosen(context, client)
        if not chosen:
            say("No threads to prune.")
            if context.out.format == "json":
                context.out.document([] if args.dry_run else {"thread_ids": [], "pruned_count": 0})
            return 0
        if args.dry_run:
            if context.out.is_text:
                context.out.lines(thread_row(item, ascii=context.settings.ascii) for item in chosen)
            else:
                context.out.documents(item.raw for item in chosen)
            return 0
        count = plural(len(chosen), "thread")
        what = "all checkpoints but the newest of " if args.keep_latest else ""
        if not context.agreed(f"Delete {what}{count}?"):
            return 2
        return await _pruned(context, client, [item.thread_id for item in chosen])


async def _chosen(context: CliContext, client: Client) -> list[Thread]:
    """The threads that are named, or those that the flags choose, oldest change last."""
    args = context.args
    metadata = object_argument(args.metadata, "--metadata")
    if args.thread:
        named = [await client.thread(await find_thread(client, key)) for key in args.thread]
        return [item for item in named if _fits(item, args)]
    found: list[Thread] = []

    def read(offset: int) -> Awaitable[Page[Thread]]:
        return client.threads(status=args.status, metadata=metadata or None, limit=_PAGE, offset=offset)

    async for page in every_page(read, lambda item: item.thread_id):
        found += [item for item in page if _fits(item, args)]
        if len(found) >= args.limit:
            break
    busy = [item for item in found if item.status == "busy"]
    if busy:
        say(f"{plural(len(busy), 'busy thread')} left out")
    return [item for item in found if item.status != "busy"][: args.limit]


def _fits(item: Thread, args: argparse.Namespace) -> bool:
    if args.older_than is None:
        return True
    return item.updated_at is not None and item.updated_at < time.time() - args.older_than


async def _pruned(context: CliContext, client: Client, ids: list[ThreadId]) -> int:
    strategy = "keep_latest" if context.args.keep_latest else "delete"
    try:
        count = await client.prune_threads(ids, strategy=strategy)
    except RejectedError as refused:
        if not context.args.keep_latest:
            raise
        why = refused.title.removeprefix("Not accepted: ")
        raise RejectedError(
            "This server cannot delete old checkpoints and keep the newest; nothing was deleted",
            f"{why}. {refused.detail}".strip(),
            "Servers with a database can. Without --keep-latest the threads are deleted whole.",
            status=refused.status,
        ) from refused
    except (UnsupportedError, NotFoundError):
        if context.args.keep_latest:
            raise
        return await delete_each(ids, client.delete_thread)  # for servers that cannot prune
    done = count if count is not None else len(ids)
    say(f"pruned {done} of {plural(len(ids), 'thread')}")
    if not context.out.is_text:
        context.out.document({"thread_ids": list(ids), "strategy": strategy, "pruned_count": count})
    return 0


_VERBS = {"prune": _prune, "ls": _ls, "show": _show, "new": _new, "set": _set, "copy": _copy, "rm": _rm}


def _print_id(context: CliContext, thread: Thread) -> int:
    if context.out.is_text:
        context.out.line(thread.thread_id)
    else:
        context.out.document(thread.raw)
    return 0
