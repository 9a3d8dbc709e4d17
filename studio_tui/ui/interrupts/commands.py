"""Answering: the questions of the dock, a composed command, asking again, and the inbox of all who wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from studio_tui.domain.answer_shape import Act
from studio_tui.ui.commands.conditions import connected, has_assistant, has_thread, is_paused, no_run
from studio_tui.ui.contracts.command import Command, CommandContext, act
from studio_tui.ui.screens.commands import ViewCommands


def _asked(ctx: CommandContext) -> str | None:
    return (
        has_thread(ctx)
        or no_run(ctx)
        or (None if ctx.app_state.position.questions else "the graph asks nothing on this thread")
    )


def _act(what: str) -> Callable[[CommandContext], None]:
    def act(ctx: CommandContext) -> None:
        ctx.screen.focus_dock()
        ctx.screen.dock.act(what, by_name=True)

    return act


def _commandable(ctx: CommandContext) -> str | None:
    return has_assistant(ctx) or has_thread(ctx) or no_run(ctx)


async def _command(ctx: CommandContext) -> None:
    from studio_tui.core.interrupts.resume_command import CommandTarget, known_keys
    from studio_tui.ui.interrupts.resume_dialog import CommandDialog, CommandFor

    app_state, head = ctx.app_state, ctx.app_state.head
    target = CommandTarget(
        ctx.app_state.position.questions,
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


def _inbox(ctx: CommandContext) -> None:
    from studio_tui.ui.interrupts.inbox_screen import InboxScreen

    ctx.services.go(InboxScreen())


_in_dialog_keys = partial(Command, group="Compose command", scope="resume-form", hidden=True)
DIALOG_KEYS = (
    _in_dialog_keys("resume-send", "Send", "Send the command.", act("send"), ("ctrl+s",), everywhere=True),
    _in_dialog_keys("resume-clear", "Clear", "Start over.", act("clear"), ("ctrl+r",), everywhere=True),
    _in_dialog_keys(
        "resume-scroll-down",
        "Scroll down",
        "Scroll the request down.",
        act("scroll(1)"),
        ("pagedown",),
        everywhere=True,
    ),
    _in_dialog_keys(
        "resume-scroll-up", "Scroll up", "Scroll the request up.", act("scroll(-1)"), ("pageup",), everywhere=True
    ),
)

_in_dock = partial(Command, group="Questions", scope="dock", hidden=True)
DOCK = (
    _in_dock(
        "answer-leave",
        "Leave the text",
        "Leave the text, back to the question.",
        act("stop_writing"),
        ("escape",),
    ),
    _in_dock("answer-send", "Send", "Send the answer.", act("send"), ("ctrl+s",)),
    _in_dock("answer-editor", "Editor", "Write the answer in $EDITOR.", act("edit"), ("ctrl+e",), everywhere=True),
)

_in_question = partial(Command, group="Questions", scope="question", hidden=True)
QUESTION = (
    _in_question(
        "answers-together",
        "Together",
        "Prepare the answer, to send several together.",
        act("tell('collect')"),
        ("space",),
    ),
    _in_question("answers-send", "Send", "Send the prepared answers.", act("tell('send')"), ("ctrl+s",)),
    _in_question(
        "question-next",
        "Next question",
        "Go to the next question.",
        act("tell('next')"),
        ("right_square_bracket", "tab"),
    ),
    _in_question(
        "question-previous",
        "Question before",
        "Go to the question before.",
        act("tell('previous')"),
        ("left_square_bracket", "shift+tab"),
    ),
    _in_question("question-leave", "Leave", "Go back to the panels.", act("tell('leave')"), ("escape",)),
)

_on_row = ViewCommands("inbox", "Inbox", "inbox-list")
INBOX_LIST = (_on_row("open", "Open", "Go to the thread's questions.", "enter", does="open_row", short="open"),)
_row = ViewCommands("inbox", "Inbox")
INBOX = (
    _row("refresh", "Read again", "Read the list again.", "r", "ctrl+r", short="refresh"),
    _row("copy", "Copy", "Copy the thread's id.", "Y"),
    _row("close", "Back", "Go back.", "I"),
)


ANSWERS = (
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
)  # fmt: skip
"""What a question is answered with; its view binds them to acts of its own."""
ANSWER_COMMANDS: dict[Act, str] = {
    "approve": "approve",
    "reject": "reject",
    "explain": "reject-words",
    "edit": "resume-edit",
    "respond": "resume",
}
"""The command of each act."""


def commands() -> list[Command]:
    return [
        *ANSWERS,
        Command(
            "reask", "Ask again", "Run the waiting nodes from their top, so that they ask with the state as it is now.",
            lambda ctx: ctx.services.runs.reask(), (), "Questions", mutates=True, available=is_paused,
        ),
        Command(
            "command-dialog", "Compose command", "Resume, update and goto in one request, shown before it is sent.",
            _command, ("C",), "Questions", short="Command", mutates=True, available=_commandable,
        ),
        Command(
            "inbox", "Inbox", "List every thread of this server that waits for an answer.", _inbox, ("I",),
            "Questions", available=connected,
        ),
        *DIALOG_KEYS, *DOCK, *QUESTION, *INBOX_LIST, *INBOX,
    ]  # fmt: skip
