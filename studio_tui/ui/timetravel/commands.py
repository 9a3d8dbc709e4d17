"""The past of a thread: the time cursor, branches, comparing, running again, editing, forking, undo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.present.timetravel.lacking import what_is_newer, why_no_checkpoints
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.fmt import short_for, short_id
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import SWITCH, has_thread, off_the_list, still_there, wanted
from studio_tui.ui.contracts.command import Command, CommandContext, Run
from studio_tui.ui.screens.commands import ViewCommands

if TYPE_CHECKING:
    from studio_tui.core.state.app_state import AppState

AGAIN = "Nodes really execute again. The old branch stays in the history."


def selected(ctx: CommandContext) -> Checkpoint | None:
    """Return the checkpoint under the time cursor: what the panels show, or the head."""
    app_state = ctx.app_state
    if app_state.cursor is not None:
        return app_state.history.by_id.get(app_state.cursor) or app_state.state
    return app_state.head


def _on_selected(run: Callable[[CommandContext, Checkpoint, CheckpointId], Awaitable[None]]) -> Run:
    """A command that does something to the checkpoint under the time cursor; without one it does nothing."""

    async def on_selected(ctx: CommandContext) -> None:
        item = selected(ctx)
        if item is not None and item.checkpoint_id is not None:
            await run(ctx, item, item.checkpoint_id)

    return on_selected


def _is_live(ctx: CommandContext) -> bool:
    return ctx.run is not None and ctx.run.phase.is_live


def _has_history(ctx: CommandContext) -> str | None:
    history = ctx.app_state.history
    return has_thread(ctx) or (None if history.items else why_no_checkpoints(history, is_live=_is_live(ctx)))


def _idle(ctx: CommandContext) -> str | None:
    if _is_live(ctx):
        busy = "a run is under way: stop it ({stop}) or wait for its end"
        return has_thread(ctx) or ctx.services.commands.hint(busy)
    return _has_history(ctx) or still_there(ctx) or off_the_list(ctx)


def _runnable(ctx: CommandContext) -> str | None:
    item = selected(ctx)
    reason = _idle(ctx)
    if reason is None and item is not None and not item.is_unfinished:
        return ctx.services.commands.hint("the graph had finished here: go to an earlier checkpoint ({older})")
    return reason


# -- the cursor and branches ------------------------------------------------------------------------------------


def _branch(ctx: CommandContext, delta: int) -> None:
    from studio_tui.ui.timetravel.history_panel import HistoryView

    view, app_state = ctx.screen.part(HistoryView), ctx.app_state
    view.draw(app_state, view.slices)  # it may be hidden behind its tab
    tip = view.checkpoints.tip(app_state.cursor, delta)
    if tip is None:
        more = "" if app_state.history.complete else " among the loaded checkpoints"
        ctx.services.tell(f"There is no {'newer' if delta > 0 else 'older'} branch{more}.")
    else:
        head = app_state.history.head
        ctx.screen.go_to(None if head is not None and tip == head.checkpoint_id else tip)


async def _at(ctx: CommandContext) -> None:
    wanted = ctx.argument.strip()
    if wanted in ("", "head"):
        await ctx.studio.history.select(None)
        return
    loaded = [item.checkpoint_id for item in ctx.app_state.history.items if item.checkpoint_id is not None]
    named = [key for key, name in ctx.app_state.branch_names.items() if name == wanted]
    found = short_for(wanted, loaded, str)
    if len(found or named) == 1:
        await ctx.studio.history.select((found or named)[0])
    else:
        what = "No loaded checkpoint starts" if not found else f"{len(found)} checkpoints start"
        ctx.services.tell(f"{what} with {clean(wanted)}.", "warning")


def _checkpoints(app_state: AppState) -> list[str]:
    names = [clean(name) for name in app_state.branch_names.values()]
    return ["head", *names, *(item.checkpoint_id or "" for item in app_state.history.items[:200])]


@_on_selected
async def _name(ctx: CommandContext, item: Checkpoint, checkpoint_id: CheckpointId) -> None:
    from studio_tui.ui.kit.dialogs.dialogs import PromptDialog

    name = ctx.argument.strip()
    if not name:
        old = ctx.app_state.branch_names.get(checkpoint_id, "")
        dialog = PromptDialog(
            f"Name for {checkpoint_name(item)}", "Shown in the history; :at NAME goes there. Empty removes it.", old
        )
        answer = await ctx.services.ask(dialog)
        if answer is None:
            return
        name = answer.strip()
    ctx.studio.time.names.give(checkpoint_id, name)
    told = f"is called {clean(name, 40)}" if name else "has no name now"
    which = checkpoint_name(item)
    ctx.services.tell(f"{which[0].upper()}{which[1:]} {told}{_but_newer(ctx)}.")


def _but_newer(ctx: CommandContext) -> str:
    """Say that a run has gone on since, whose steps may be meant."""
    newer = what_is_newer(ctx.app_state)
    return f"; the run has {newer}" if newer else ""


# -- comparing --------------------------------------------------------------------------------------------------


async def _mark(ctx: CommandContext) -> None:
    state = ctx.app_state.state
    is_marked = state is not None and state.checkpoint_id is not None and state.checkpoint_id == ctx.app_state.mark
    on = wanted(ctx, is_marked)
    if on is None or on == is_marked:
        return
    await ctx.studio.history.set_mark()
    if not ctx.app_state.mark:
        ctx.services.tell("Mark removed.")
        return
    if but := _but_newer(ctx):
        ctx.services.tell(f"Marked: {checkpoint_name(state)}{but}.")
        return
    marked = f"Marked step {state.step}" if state is not None and state.step is not None else "Marked"
    shows = "Diff" if _is_seen(ctx.screen.panel("diff")) else ctx.services.commands.hint("{diff}")
    ctx.services.tell(f"{marked}: move, {shows} shows the difference; :compare both.")


async def _diff(ctx: CommandContext) -> None:
    """Show Diff; where it is seen, compare with the parent instead of the mark, or the other way round.

    The focus stays where it is, unless Diff takes that place.
    """
    here, panel_id = ctx.panel, ctx.screen.active
    if not _is_seen(ctx.screen.panel("diff")):
        ctx.screen.show_panel("diff")
        if _is_seen(here):
            ctx.screen.show_panel(panel_id)
        return
    if ctx.app_state.mark is None:
        mark = ctx.services.commands.hint("{mark} marks another checkpoint.")
        ctx.services.tell(f"Diff compares with the parent; {mark}")
        return
    base = await ctx.studio.history.toggle_base()
    ctx.services.tell(f"Diff compares with the {base}.")


def _is_seen(widget: Widget) -> bool:
    return widget.is_attached and all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


async def _compare(ctx: CommandContext) -> None:
    from studio_tui.ui.timetravel.compare_screen import choose_other

    await choose_other(ctx)


# -- running again ----------------------------------------------------------------------------------------------


@_on_selected
async def _rerun(ctx: CommandContext, item: Checkpoint, checkpoint_id: CheckpointId) -> None:
    from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

    words = ctx.studio.time.branching.will_execute(checkpoint_id)
    text = f"{clean(words, 1000)}\n{AGAIN}"
    if await ctx.services.ask(ConfirmDialog(f"Re-run from {checkpoint_name(item)}?", text, yes="Run")):
        await ctx.studio.time.branching.rerun(checkpoint_id, request=ctx.app_state.next_run.continuing())


@_on_selected
async def _fork(ctx: CommandContext, item: Checkpoint, checkpoint_id: CheckpointId) -> None:
    from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

    words = clean(ctx.studio.time.branching.will_execute(checkpoint_id), 300)
    choices = [
        PickerChoice("edit", "edit, then fork", "change the state first; you see the result before it is written"),
        PickerChoice("fork", "fork", "a copy of this checkpoint becomes the head; nothing runs"),
        PickerChoice("run", "fork and run", words),
    ]
    if ctx.app_state.cursor is not None:
        message = ctx.services.commands.hint("what you type in the composer ({input}) branches off here")
        choices.append(PickerChoice("message", "send another message", message))
    picked = await ctx.services.ask(PickerDialog(f"Fork at {checkpoint_name(item)}", choices))
    if picked == "edit":
        await _edit(ctx)
    elif picked == "message":
        ctx.screen.focus_composer()
    elif picked:
        made = await ctx.studio.time.branching.fork(checkpoint_id, None, run=picked == "run")
        after = (
            "It runs." if picked == "run" else "{continue} continues it." if made.is_unfinished else "Nothing is next."
        )
        keys = ctx.services.commands.hint(f"{after} {{undo}} takes it back.")
        ctx.services.tell(f"Forked: {checkpoint_name(made)}. {keys}")


@_on_selected
async def _copy_until(ctx: CommandContext, item: Checkpoint, checkpoint_id: CheckpointId) -> None:
    thread_id = await ctx.studio.time.branching.copy_thread_until(checkpoint_id)
    ctx.services.tell(f"Thread {short_id(clean(thread_id))} is a copy up to {checkpoint_name(item)}.")


# -- editing ----------------------------------------------------------------------------------------------------


async def _edit(ctx: CommandContext) -> None:
    from studio_tui.ui.timetravel.edit_targets import open_editor

    await open_editor(ctx)


async def _undo(ctx: CommandContext) -> None:
    ctx.services.tell(await ctx.studio.time.branching.restore("undo"))


async def _redo(ctx: CommandContext) -> None:
    ctx.services.tell(await ctx.studio.time.branching.restore("redo"))


_in_editor = ViewCommands("edit", "State editor", hidden=True, everywhere=True)
EDITOR = (
    _in_editor("apply", "Apply", "Write the edit.", "ctrl+s"),
    _in_editor("place", "What", "Choose what to edit.", "ctrl+t", does="choose('place')"),
    _in_editor("how", "How", "Choose how it is written.", "ctrl+g"),
    _in_editor("node", "As node", "Choose the node that it counts as.", "ctrl+n", does="choose('node')"),
    _in_editor("inside", "Subgraph", "Edit the state of a subgraph.", "ctrl+b", does="choose('inside')"),
    _in_editor("editor", "Editor", "Write it in $EDITOR.", "ctrl+e"),
    _in_editor("request", "Request", "Show the request.", "ctrl+o"),
    _in_editor("reset", "Start over", "Start over.", "ctrl+r"),
    _in_editor("leave", "Leave", "Leave; what is typed is kept.", "escape", "q", everywhere=False),
)
_time = partial(Command, group="Time")
_past = partial(_time, available=_has_history)
_here: partial[Command] = partial(_time, in_place="")
"""About the checkpoint that the panels show."""
_past_here: partial[Command] = partial(_past, in_place="")


def commands() -> list[Command]:
    return [
        _past("older", "Back one checkpoint", "Move the time cursor one checkpoint back; nothing executes.",
              lambda ctx: ctx.studio.history.move(-1), ("comma",), short="Older"),
        _past("newer", "Forward one checkpoint", "Move the time cursor one checkpoint forward; nothing executes.",
              lambda ctx: ctx.studio.history.move(1), ("full_stop",), short="Newer"),
        _past("branch-prev", "Older branch", "Go to the tip of the branch before this one.",
              lambda ctx: _branch(ctx, -1), ("less_than_sign",)),
        _past("branch-next", "Newer branch", "Go to the tip of the branch after this one.",
              lambda ctx: _branch(ctx, 1), ("greater_than_sign",)),
        _past("at", "Go to checkpoint", "Put the time cursor on a checkpoint, or back on the head.", _at,
              argument="CHECKPOINT", complete=lambda ctx: _checkpoints(ctx.app_state)),
        _here("rerun", "Re-run from this checkpoint",
              "Run again from the selected checkpoint, after it says what will execute.", _rerun,
              ("R",), short="Re-run", opens=True, mutates=True, available=_runnable),
        _past_here("edit", "Edit the state at this checkpoint",
              "Edit the state at the selected checkpoint: see the result, then write it.", _edit,
              ("e",), short="Edit", opens=True, mutates=True),
        _here("fork", "Fork this checkpoint", "Branch off at the selected checkpoint, with or without an edit.", _fork,
              ("f",), short="Fork", opens=True, mutates=True, available=_idle),
        _past_here("copy-until", "Copy until here", "Copy the thread up to the selected checkpoint.", _copy_until,
              mutates=True),
        _here("diff", "What the checkpoint changed",
              "Show what the checkpoint changed; again: against its parent or the mark.", _diff, ("d",), short="Diff"),
        _past_here("mark", "Mark this checkpoint", "Mark the checkpoint for comparison; again to remove.", _mark,
                   ("m",), short="Mark", argument="[on|off]", complete=lambda _ctx: list(SWITCH)),
        _past("compare", "Compare two states", "Two checkpoints side by side, of this or of another thread.", _compare,
              opens=True, argument="CHECKPOINT or THREAD"),
        _past_here("name-branch", "Name branch", "Give the selected checkpoint a name.", _name, argument="NAME"),
        _time("undo", "Undo", "Take back the last state edit or fork, as a new fork; a delete cannot be undone.",
              _undo, ("u",), mutates=True,
              available=lambda ctx: _idle(ctx) or ctx.studio.time.branching.cannot("undo") or None),
        _time("redo", "Redo", "Do again what was undone.", _redo, ("U",), mutates=True,
              available=lambda ctx: _idle(ctx) or ctx.studio.time.branching.cannot("redo") or None),
        *EDITOR,
    ]  # fmt: skip
