"""Threads: which one is open, making, opening by id, deleting."""

from __future__ import annotations

from studio_tui.config.state import read_state
from studio_tui.core.threads.search import full_thread_id
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread_query import SPOKEN, STATUSES, BadQuery, ThreadQuery, parse_filter
from studio_tui.errors import NotFoundError, TooLargeError
from studio_tui.text.fmt import age, short_for, size
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import SWITCH, connected, has_thread, wanted
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.services import Services
from studio_tui.ui.screens.commands import SEARCH, ViewCommands


def _view(ctx: CommandContext) -> None:
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


async def _new(ctx: CommandContext) -> None:
    await ctx.studio.threads.new()
    ctx.screen.focus_composer()


async def _open(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.dialogs import PromptDialog

    prompt = PromptDialog("Open a thread", "Thread id, or the beginning of a listed one:")
    wanted = (ctx.argument or await ctx.services.ask(prompt) or "").strip()
    if wanted:
        await ctx.studio.threads.go_to(full_thread_id(ctx.app_state.threads.items, wanted))


async def wants_large(services: Services, error: TooLargeError) -> bool:
    """Ask whether the state of a thread that is opened is to be read although it is too large for that unasked."""
    from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

    large = f"It has {size(error.size)}." if error.size is not None else "It has more than 16 MiB."
    text = f"{large} Reading it takes a while, and several times as much memory."
    return await services.ask(ConfirmDialog("Read the state of this thread?", text, yes="Read it")) is True


async def _last(ctx: CommandContext) -> None:
    """Open what was open here at the end of the last session, as `--continue` does."""
    server = ctx.app_state.server
    remembered = read_state(ctx.services.options.paths.state_file)
    thread_id = remembered.opened_on(server.base_url, server.place).get("thread", "") if server is not None else ""
    if not thread_id or thread_id == ctx.app_state.thread_id:
        ctx.services.tell("No other thread was open here when you left.")
    else:
        await ctx.studio.threads.open(ThreadId(thread_id))


def _selected(ctx: CommandContext) -> ThreadId | None:
    if ctx.screen.active == "threads":
        from studio_tui.ui.threads.panel import ThreadsPanel

        return ctx.screen.part(ThreadsPanel).selected_row()[0]
    return ctx.app_state.thread_id


def _delete_reason(ctx: CommandContext) -> str | None:
    if ctx.screen.active != "threads":
        return ctx.services.commands.hint("go to the threads first ({go-threads})")
    return connected(ctx) or (None if _selected(ctx) else "no thread is selected")


async def _delete(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.dialogs import TypedConfirmDialog

    thread_id = _selected(ctx)
    if thread_id is None:
        return
    from studio_tui.present.threads.panel import named

    name = named(thread_id, _thread_names(ctx).get(clean(thread_id), ""))
    text = f"{name}, with its runs, checkpoints and state, is deleted on the server.\nThis cannot be undone."
    if await ctx.services.ask(TypedConfirmDialog("Delete the thread?", text, "delete")):
        await ctx.studio.threads.delete(thread_id)
        ctx.services.tell(f"Thread {name} is deleted.")


def _thread_ids(ctx: CommandContext) -> list[str]:
    return [clean(item.thread_id) for item in ctx.app_state.threads.items[:200]]


def _thread_names(ctx: CommandContext) -> dict[str, str]:
    return {clean(item.thread_id): item.called(ctx.app_state.words) for item in ctx.app_state.threads.items[:200]}


_STATUSES = ("all", *STATUSES)


async def _filter_status(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

    dialog = PickerDialog("Threads with status", [PickerChoice(name, name) for name in _STATUSES])
    status = ctx.argument or await ctx.services.ask(dialog)
    if status and status not in _STATUSES:
        ctx.services.tell(f"Say one of {', '.join(_STATUSES)}, not {clean(status, 40)}.", "warning")
    elif status:
        await ctx.studio.recent.set_filter(status="" if status == "all" else status)


async def _join(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

    runs, now = ctx.app_state.thread_runs, ctx.services.now()
    choices = [
        PickerChoice(item.run_id, clean(item.run_id), f"{clean(item.status)} · {age(item.created_at, now)}")
        for item in runs
        if item.is_live
    ]
    dialog = PickerDialog("Follow a run", choices, empty="No run of this thread is live.")
    run_id = ctx.argument or await ctx.services.ask(dialog) or ""
    found = short_for(run_id, runs, lambda item: item.run_id)
    if len(found) > 1:
        raise NotFoundError(f"{clean(run_id)} stands for {len(found)} runs", "", "Type more of the id.")
    if found:
        await ctx.studio.runs.join(found[0].run_id)
    elif run_id:
        hint = ctx.services.commands.hint("Refresh with {refresh}, or check the id.")
        raise NotFoundError(f"This thread has no run {clean(run_id)}", "", hint)


def _live(ctx: CommandContext) -> None:
    on = wanted(ctx, ctx.studio.watches_others)
    if on is None:
        return
    ctx.studio.watch_others(on)
    told = "Changes by others are noticed." if on else "Changes by others are not noticed; {refresh} reads again."
    ctx.services.tell(ctx.services.commands.hint(told))


_row = ViewCommands("threads", "Threads view")


def _shows(what: str, title: str, help_: str, key: str, short: str = "") -> Command:
    return _row(what, title, help_, key, does=f"show('{what}')", short=short)


def _acts(
    what: str, title: str, help_: str, key: str, short: str = "", *, mutates: bool = True, needs_row: bool = True
) -> Command:
    return _row(
        what, title, help_, key, does=f"act('{what}')", short=short, mutates=mutates, needs_row=needs_row
    )  # fmt: skip


VIEW = (
    _shows("status", "Status", "Show only threads of one status.", "s", "Status"),
    _shows("filter", "Filter", "Filter: status=…, metadata key=value or JSON, whole thread ids.", "f", "Filter"),
    _acts("rename", "Rename", "Give the thread a title.", "R", "Rename"),
    _acts("delete", "Delete", "Delete the marked threads, or this one.", "D", "Delete"),
    _acts("duplicate", "Copy thread", "Copy the marked threads, or this one, with their history.", "c", "Copy"),
    _acts("tag", "Tag", "Set a metadata key on the marked threads, or this one.", "t", "Tag"),
    _shows("sort", "Sort", "Choose the order.", "o", "Sort"),
    _row("copy", "Copy the id", "Copy the thread's id.", "y", short="Copy id", needs_row=True),
    _shows("columns", "Columns", "Choose state keys to show as columns.", "W", "Columns"),
    _shows("views", "Views", "Show a saved view.", "v", "Views"),
    _acts("details", "Details", "Show all that the server says of the thread, with the storage it takes.", "i", "Info",
          mutates=False),
    _row("prune", "Prune", "Drop old checkpoints of the marked threads, or of this one.", "P", does="act('prune')",
         short="Prune", mutates=True, needs="prune", needs_row=True),
    _shows("reverse", "Reverse", "Reverse the order.", "O"),
    _shows("keep-view", "Save view", "Save what is shown as a view, or delete one.", "V"),
    _acts("mark-all", "Mark all", "Mark all threads that filter and search let through.", "plus", mutates=False,
          needs_row=False),
    _acts("unmark", "Unmark", "Take all marks away.", "minus", mutates=False, needs_row=False),
    _row("undo", "Undo", "Say why nothing is taken back here.", "u"),
    _row("refresh", "Read again", "Read the list again.", "ctrl+r"),
    _row("close", "Back", "Go back.", "w"),
)  # fmt: skip
_on_row = ViewCommands("threads", "Threads view", "threads-list", needs_row=True)
_FIRST = ("threads-rename", "threads-delete")
_ELSEWHERE_ANOTHER = {f"threads-{name}" for name in ("status", "filter", "details")}
TABLE = (
    _on_row("open", "Open", "Open the thread in the studio.", "enter", does="row('open')", short="Open"),
    _on_row("mark", "Mark", "Mark the thread for an action on many.", "space", does="row('toggle')", short="Mark"),
    _on_row("runs", "Runs", "List the thread's runs (also →).", "l", "right", does="row('unfold')", short="Runs"),
)
PANEL = (
    ViewCommands("thread", "Threads", "threads-panel")(
        "rename", "Rename", "Give the thread a title.", "R", short="Rename", mutates=True
    ),
)
"""Of the list in the studio, before what the key does for the open thread."""
BAR = (
    TABLE[0],
    *(command for command in VIEW if command.id in _FIRST),
    TABLE[1],
    *(command for command in VIEW if command.id in _ELSEWHERE_ANOTHER),
    *TABLE[2:],
    SEARCH,
    *(command for command in VIEW if command.id not in {*_FIRST, *_ELSEWHERE_ANOTHER, "threads-undo"}),
)
"""Its bottom row: first what is done to one thread, marks, then the letters that mean something else in the studio."""


def commands() -> list[Command]:
    return [
        Command(
            "last-thread", "Last thread", "Open the thread that was open here when you left (`--continue` does it at "
            "the start).", _last, (), "Threads", available=connected,
        ),
        Command(
            "threads", "Threads view", "All threads of the server: filter, sort, mark, rename, copy, delete.", _view,
            ("w",), "Management", short="All threads", argument="FILTER", available=connected,
            complete=lambda _ctx: [f"status={name}" for name in SPOKEN.values()], over=True,
        ),
        Command(
            "thread-new", "New thread", "Start afresh: the next run makes a new thread.", _new, ("A",), "Threads",
            short="New", available=connected,
        ),
        Command(
            "thread", "Open thread", "Open a thread by its id.", _open, (), "Threads",
            argument="ID", complete=_thread_ids, called=_thread_names, available=connected,
        ),
        Command(
            "delete", "Delete the thread", "Delete the selected thread, after you confirm it.", _delete, ("D",),
            "Threads", short="Delete", mutates=True, available=_delete_reason, in_place="",
        ),
        Command(
            "thread-status", "Threads by status", "List only threads that are idle, busy, interrupted or failed.",
            _filter_status, (), "Threads", argument="STATUS",
            complete=lambda _ctx: list(_STATUSES), available=connected,
        ),
        Command(
            "live", "Notice others", "Notice what other clients do to the open thread (on at the start), or no more.",
            _live, (), "Threads", argument="[on|off]", complete=lambda _ctx: list(SWITCH), available=connected,
            over=True,
        ),
        Command(
            "join", "Follow a run", "Follow a live run of the thread, with all that it streamed so far.", _join, (),
            "Threads", argument="RUN", complete=lambda ctx: [clean(item.run_id) for item in ctx.app_state.thread_runs],
            available=has_thread,
        ),
        *PANEL, *VIEW, *TABLE,
    ]  # fmt: skip
