"""Answering: the questions of the dock, a composed command, asking again, and the inbox of all who wait."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.ui.commands.conditions import connected, has_assistant, has_thread, is_live, is_paused
from studio_tui.ui.contracts.command import Command, CommandContext


def _asked(ctx: CommandContext) -> str | None:
    reason = has_thread(ctx)
    if reason is None and is_live(ctx) is None:
        reason = "a run is under way"
    return reason or (None if ctx.services.runs.questions() else "the graph asks nothing on this thread")


def _act(what: str) -> Callable[[CommandContext], None]:
    def act(ctx: CommandContext) -> None:
        ctx.screen.focus_dock()
        ctx.screen.dock.act(what, by_name=True)

    return act


def _commandable(ctx: CommandContext) -> str | None:
    reason = has_assistant(ctx) or has_thread(ctx)
    return reason or ("a run is under way" if is_live(ctx) is None else None)


async def _command(ctx: CommandContext) -> None:
    from studio_tui.core.interrupts.resume_command import CommandTarget, known_keys
    from studio_tui.ui.interrupts.resume_dialog import CommandDialog, CommandFor

    app_state, head = ctx.app_state, ctx.app_state.head
    target = CommandTarget(
        ctx.services.runs.questions(),
        tuple(node.id for node in app_state.graph.nodes) if app_state.graph is not None else (),
        app_state.position.next,
        head is not None and head.checkpoint_id is not None,
        known_keys(app_state.schemas, head),
        app_state.server,
    )
    keep = ctx.services.kept("command", app_state.thread_id or "")
    dialog = CommandDialog(CommandFor(target, ctx.services.runs.command_body), keep)
    command = await ctx.services.ask(dialog)
    if command is not None:
        await ctx.services.runs.send_command(command)
        dialog.kept.forget()


async def _reask(ctx: CommandContext) -> None:
    await ctx.services.runs.reask()


def _inbox(ctx: CommandContext) -> None:
    from studio_tui.ui.interrupts.inbox_screen import InboxScreen

    ctx.services.go(InboxScreen())


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "approve", "Approve", "Answer yes: true, or accept where the question offers that.", _act("approve"),
            ("y",), "Questions", scope="dialog", mutates=True, available=_asked,
        ),
        Command(
            "reject", "Reject", "Answer no: false, or ignore where the question offers that.", _act("reject"),
            ("n",), "Questions", scope="dialog", mutates=True, available=_asked,
        ),
        Command(
            "reject-words", "Reject with words", "Answer no and say why, where the question takes words.",
            _act("explain"), ("N",), "Questions", scope="dialog", mutates=True, available=_asked,
        ),
        Command(
            "resume-edit", "Edit", "Edit the question's value in $EDITOR and answer with the result.", _act("edit"),
            ("e",), "Questions", scope="dialog", mutates=True, available=_asked,
        ),
        Command(
            "resume", "Answer", "Write the answer: text, JSON or the question's form; send it if it is prepared.",
            _act("respond"), ("enter",), "Questions", scope="dialog", mutates=True, available=_asked,
        ),
        Command(
            "reask", "Ask again", "Run the waiting nodes from their top, so that they ask with the state as it is now.",
            _reask, (), "Questions", mutates=True, available=is_paused,
        ),
        Command(
            "command-dialog", "Compose command", "Resume, update and goto in one request, shown before it is sent.",
            _command, ("C",), "Questions", short="Command", mutates=True, available=_commandable,
        ),
        Command(
            "inbox", "Inbox", "List every thread of this server that waits for an answer.", _inbox, ("I",),
            "Questions", available=connected,
        ),
    ]  # fmt: skip
