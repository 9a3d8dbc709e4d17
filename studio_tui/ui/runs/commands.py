"""Running: input, run, stop, continue, follow, and what a run is made of."""

from __future__ import annotations

from typing import get_args

from msgspec.structs import replace

from studio_tui.core.runstate.error_text import error_text
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run_request import Multitask, RunOptions, Step
from studio_tui.domain.stream_mode import DEFAULT_MODES, MODES
from studio_tui.present.top.happening import failure_of
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import (
    SWITCH,
    connected,
    has_assistant,
    has_thread,
    is_live,
    is_paused,
    off_the_list,
    wanted,
)
from studio_tui.ui.contracts.command import READONLY, Command, CommandContext
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.commands import ViewCommands


def _run(ctx: CommandContext) -> None:
    if ctx.argument not in ("", "step", "into"):
        ctx.services.tell(f"Say :run, :run step or :run into, not {clean(ctx.argument, 40)}.", "warning")
        return
    step: Step = "over" if ctx.argument == "step" else "into" if ctx.argument == "into" else ""
    ctx.screen.composer.submit(step=step)


def _continuable(ctx: CommandContext) -> str | None:
    reason = is_paused(ctx)
    if reason is None and ctx.app_state.readonly and not ctx.app_state.position.questions:
        return READONLY  # going to a question and reading it writes nothing
    if reason is None and not ctx.app_state.position.questions:
        return off_the_list(ctx)
    return reason


def _runnable(ctx: CommandContext) -> str | None:
    return has_assistant(ctx) or off_the_list(ctx)


def _stoppable(ctx: CommandContext) -> str | None:
    reason = is_live(ctx)
    if reason is None and off_the_list(ctx):
        return ctx.services.commands.hint("in the list of threads with {stop-now}")
    return reason


async def _stop(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.dialogs import TypedConfirmDialog

    if ctx.argument not in ("", "interrupt", "rollback"):
        ctx.services.tell(f"Stop can interrupt or rollback, not {ctx.argument}.", "warning")
        return
    if ctx.argument == "rollback":
        text = (
            "The run is cancelled and deleted with all its checkpoints:\n"
            "the thread is as if it had never run. This cannot be undone."
        )
        if not await ctx.services.ask(TypedConfirmDialog("Roll the run back?", text, "rollback")):
            return
    await ctx.services.runs.stop(ctx.argument or "interrupt")


async def _modes(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.picker import MultiPickerDialog, PickerChoice

    options = ctx.app_state.next_run
    if ctx.argument:
        words = tuple(ctx.argument.replace(",", " ").split())
        chosen: tuple[str, ...] | None = DEFAULT_MODES if words == ("default",) else words
    else:
        choices = [PickerChoice(mode, mode, mode.words) for mode in MODES]
        chosen = await ctx.services.ask(
            MultiPickerDialog("Stream modes of the next runs", choices, options.stream_modes)
        )
    if not chosen:
        return
    unknown = [mode for mode in chosen if mode not in MODES]
    if unknown:
        ctx.services.tell(f"No stream mode is called {unknown[0]}. Known: {', '.join(MODES)}.", "warning")
        return
    ctx.app_state.set_next_run(replace(ctx.app_state.next_run, stream_modes=chosen))
    ctx.services.tell(f"The next runs stream {', '.join(chosen)}.")


def _multitask(ctx: CommandContext) -> None:
    if ctx.argument == "default":
        ctx.app_state.set_next_run(replace(ctx.app_state.next_run, multitask=RunOptions().multitask))
        ctx.services.tell("Back at the default: on a busy thread you are asked.")
        return
    for strategy in get_args(Multitask):
        if strategy == ctx.argument:
            ctx.app_state.set_next_run(replace(ctx.app_state.next_run, multitask=strategy))
            ctx.services.tell(f"On a busy thread the next run will {strategy}.")
            return
    ctx.services.tell(f"Say one of default, {', '.join(get_args(Multitask))}.", "warning")


async def _options(ctx: CommandContext) -> None:
    from studio_tui.ui.runs.options_screen import OptionsFor, RunOptionsScreen

    app_state = ctx.app_state
    shown = ctx.screen.composer.previewed()
    about = OptionsFor(
        assistant=app_state.assistant,
        schemas=app_state.schemas,
        nodes=[node.id for node in app_state.graph.nodes] if app_state.graph else (),
        preview=lambda options: ctx.studio.runs.body(app_state.new_turn(shown, options)),
        keep=ctx.services.kept("run options", app_state.assistant_id or ""),
    )
    chosen = await ctx.services.ask(RunOptionsScreen(app_state.next_run, about))
    if chosen is not None:
        app_state.set_next_run(chosen)


def _runs(ctx: CommandContext) -> None:
    """The runs of the open thread; an argument names another one, what it is called may follow."""
    from studio_tui.present.top.row import thread_name
    from studio_tui.ui.runs.runs_screen import RunsScreen

    named, _, title = ctx.argument.partition(" ")
    thread_id = ctx.app_state.thread_id
    if named:
        ctx.services.go(RunsScreen(ThreadId(named), title))
    elif thread_id is not None:
        ctx.services.go(RunsScreen(thread_id, thread_name(ctx.app_state)))


def _whole_error(ctx: CommandContext) -> None:
    from studio_tui.ui.screens.detail import DetailScreen

    node, why = failure_of(ctx.app_state)
    title = f"Error in {clean(node, 60)}" if node else "Error of the run"
    ctx.services.go(DetailScreen(title, error_text(why).whole, source=why))


def _follow(ctx: CommandContext) -> None:
    panel = ctx.panel
    if isinstance(panel, LineView) and wanted(ctx, panel.port.follow) not in (None, panel.port.follow):
        panel.toggle_follow()


_row = ViewCommands("runs", "Runs of a thread")
VIEW = (
    _row("join", "Follow", "Open the thread; a live run is followed, with all that it streamed so far.", "F",
         short="Follow", needs_row=True),
    _row("cancel", "Cancel", "Cancel the run, and verify that it has ended.", "s", does="cancel_run", short="Cancel",
         mutates=True, needs_row=True),
    _row("delete", "Delete", "Delete the marked runs, or this one, and their checkpoints.", "D", short="Delete",
         mutates=True, needs_row=True),
    _row("sort", "Sort", "Sort by the next column; a click on its name does it, too.", "o", short="Sort"),
    _row("reverse", "Reverse", "Reverse the order.", "O"),
    _row("copy", "Copy", "Copy the run's id.", "y", short="Copy id", needs_row=True),
    _row("refresh", "Read again", "Read the list again.", "ctrl+r", short="Refresh"),
)  # fmt: skip
_on_row = ViewCommands("runs", "Runs of a thread", "runs-list", needs_row=True)
TABLE = (
    _on_row("mark", "Mark", "Mark the run for an action on many.", "space", does="row('toggle')", short="Mark"),
    _on_row("details", "Details", "Show times, arguments and error of the run.", "enter", does="row('open')",
            short="Details"),
)  # fmt: skip

_in_options = ViewCommands("options", "Run options", hidden=True, everywhere=True)
OPTIONS = (
    _in_options("apply", "Apply", "Take the options for the next runs.", "ctrl+s"),
    _in_options("reset", "Start over", "Start over.", "ctrl+r"),
    _in_options("cancel", "Cancel", "Leave the options as they were.", "escape", "q", everywhere=False),
)


def commands() -> list[Command]:
    return [
        Command(
            "runs", "Runs", "The runs of the open thread: details, follow, cancel, delete.", _runs, (), "Management",
            argument="THREAD",
            available=lambda ctx: connected(ctx) if ctx.argument else has_thread(ctx), over=True,
        ),
        Command(
            "input", "Write a message or input", "Write the input of the next run.",
            lambda ctx: ctx.screen.focus_composer(), ("i",), "Run", short="Input", available=connected,
        ),
        Command(
            "run", "Run the input",
            "Run the assistant with the composer's input; `:run step` stops it after one superstep.",
            _run, ("r", "ctrl+s"), "Run", short="Run", mutates=True, argument="[step|into]",
            complete=lambda _ctx: ["step", "into"], available=_runnable,
        ),
        Command(
            "background", "Run in background", "Start the run without following it.",
            lambda ctx: ctx.screen.composer.submit(background=True), (), "Run", mutates=True, available=has_assistant,
        ),
        Command(
            "continue", "Continue", "Continue a paused thread; if the graph asks something, answer it.",
            lambda ctx: ctx.services.runs.resume(), ("c",), "Run", available=_continuable,
        ),
        Command(
            "stop", "Stop the run", "Cancel the run and verify it; `:stop rollback` deletes it.", _stop, ("s",), "Run",
            short="Stop", mutates=True, argument="rollback",
            complete=lambda _ctx: ["interrupt", "rollback"], available=_stoppable, over=True,
            whole=("rollback",),
        ),
        Command(
            "stop-now", "Stop the run", "Cancel the run, whatever has the focus and also while you type.", _stop,
            ("ctrl+g",), "Run", short="Stop", scope="app", mutates=True, available=is_live, hidden=True,
        ),
        Command(
            "whole-error", "Whole error", "Show in full why the run failed.", _whole_error, ("E",), "Run",
            available=lambda ctx: None if failure_of(ctx.app_state)[1] else "no run has failed here", over=True,
        ),
        Command("follow", "Follow", "Stay at the end while rows arrive.", _follow, ("F",), "Run", in_place="follow",
                argument="[on|off]", complete=lambda _ctx: list(SWITCH), available=lambda ctx: (
                    None if isinstance(ctx.panel, LineView) else "this panel does not follow a stream")),
        Command(
            "run-options", "Run options", "Stream modes, limits, context and all else that the next runs are started "
            "with.", _options, ("ctrl+o",), "Run", over=True,
        ),
        Command(
            "modes", "Stream modes", "Choose what the next runs stream.", _modes, (), "Run",
            argument="MODE…", complete=lambda _ctx: ["default", *MODES], over=True,
        ),
        Command(
            "multitask", "Busy threads", "What the next run does when the thread is busy.", _multitask, (), "Run",
            argument="STRATEGY", complete=lambda _ctx: ["default", *get_args(Multitask)], over=True,
            whole=("rollback",),
        ),
        *VIEW, *TABLE, *OPTIONS,
    ]  # fmt: skip
