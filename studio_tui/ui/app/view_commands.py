"""The management views: threads, runs of a thread, the store, crons."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.domain.server import CapabilityName
from studio_tui.domain.thread_query import BadQuery, ThreadQuery, parse_filter
from studio_tui.ui.commands.conditions import connected, has_thread
from studio_tui.ui.contracts.command import Command, CommandContext


def _threads(ctx: CommandContext) -> None:
    from studio_tui.ui.threads.threads_screen import ThreadsScreen

    query = None
    if ctx.argument:
        try:
            status, metadata, ids = parse_filter(ctx.argument)
        except BadQuery as error:
            ctx.services.tell(str(error), "warning")
            return
        query = ThreadQuery(status, metadata, ids)
    ctx.services.go(ThreadsScreen(query))


def _runs(ctx: CommandContext) -> None:
    from studio_tui.ui.runs.runs_screen import RunsScreen

    thread_id, thread = ctx.app_state.thread_id, ctx.app_state.thread
    if thread_id is not None:
        ctx.services.go(RunsScreen(thread_id, thread.title if thread is not None else ""))


def _store(ctx: CommandContext) -> None:
    from studio_tui.ui.store.store_screen import StoreScreen

    ctx.services.go(StoreScreen(tuple(part for part in ctx.argument.split(".") if part)))


def _crons(ctx: CommandContext) -> None:
    from studio_tui.ui.crons.crons_screen import CronsScreen

    ctx.services.go(CronsScreen())


def _offered(name: CapabilityName) -> Callable[[CommandContext], str | None]:
    """Reason unless the server has the feature."""

    def reason(ctx: CommandContext) -> str | None:
        server = ctx.app_state.server
        found = server.can(name) if server is not None else None
        missing = found.reason.rstrip(".") if found is not None and not found.works else None
        return connected(ctx) or (missing[:1].lower() + missing[1:] if missing else None)

    return reason


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
        Command(
            "store", "Store", "The long-term memory: namespaces and items, search, make, edit, delete.", _store, ("M",),
            "Management", argument="NAMESPACE", available=_offered("store"),
        ),
        Command(
            "crons", "Crons", "Runs on a schedule: list, make, pause, delete.", _crons, ("J",), "Management",
            available=_offered("crons"),
        ),
    ]  # fmt: skip
