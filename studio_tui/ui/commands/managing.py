"""The management views: threads, runs of a thread, the store, crons."""

from __future__ import annotations

from studio_tui.model.thread_query import BadQuery, ThreadQuery, parse_filter
from studio_tui.ui.commands.context import Context, connected, has_thread
from studio_tui.ui.commands.registry import Command


def _threads(ctx: Context) -> None:
    from studio_tui.ui.screens.threads import ThreadsScreen

    query = None
    if ctx.argument:
        try:
            status, metadata, ids = parse_filter(ctx.argument)
        except BadQuery as error:
            ctx.app.tell(str(error), "warning")
            return
        query = ThreadQuery(status, metadata, ids)
    ctx.app.push_screen(ThreadsScreen(query))


def _runs(ctx: Context) -> None:
    from studio_tui.ui.screens.runs import RunsScreen

    thread_id, thread = ctx.store.thread_id, ctx.store.thread
    if thread_id is not None:
        ctx.app.push_screen(RunsScreen(thread_id, thread.title if thread is not None else ""))


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "threads", "Threads view", "All threads of the server: filter, sort, mark, rename, copy, delete.", _threads,
            ("w",), "Management", short="Threads", argument="FILTER", available=connected,
            complete=lambda _ctx: ["status=idle", "status=busy", "status=interrupted", "status=error"],
        ),
        Command(
            "runs", "Runs", "The runs of the open thread: details, follow, cancel, delete.", _runs, (), "Management",
            available=has_thread,
        ),
    ]  # fmt: skip
