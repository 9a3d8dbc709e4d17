"""Answering: the questions of the dock, a composed command, asking again, and the inbox of all who wait."""

from __future__ import annotations

from msgspec.structs import replace

from studio_tui.domain.interrupts.answer_shape import ACTS, Act
from studio_tui.ui.commands.conditions import connected, has_assistant, has_thread, is_paused, no_run
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.screens.commands import ViewCommands


def _asked(ctx: CommandContext) -> str | None:
    return (
        has_thread(ctx)
        or no_run(ctx)
        or (None if ctx.app_state.position.questions else "the graph asks nothing on this thread")
    )


def _answer(what: Act, name: str, key: str, short: str, title: str, help: str) -> Command:
    def act(ctx: CommandContext) -> None:
        ctx.screen.focus_dock()
        ctx.screen.dock.act(what, by_name=True)

    return Command(
        name, title, help, act, (key,), "Questions", scope="dialog", short=short, mutates=True, available=_asked
    )


async def _command(ctx: CommandContext) -> None:
    from studio_tui.core.interrupts.resume_command import CommandTarget, known_keys
    from studio_tui.ui.interrupts.resume_dialog import CommandDialog

    app_state, head = ctx.app_state, ctx.app_state.head
    target = CommandTarget(
        ctx.app_state.position.questions,
        tuple(node.id for node in app_state.graph.nodes) if app_state.graph is not None else (),
        app_state.position.next,
        head is not None and head.checkpoint_id is not None,
        known_keys(app_state.schemas, head),
        app_state.server,
    )
    request = app_state.next_run.continuing()
    dialog = CommandDialog(target, lambda command: ctx.studio.runs.body(replace(request, command=command)))
    command = await ctx.services.ask(dialog)
    if command is not None:
        await ctx.studio.interrupts.command(command, request=request)
        dialog.kept.forget()


async def _reask(ctx: CommandContext) -> None:
    await ctx.studio.interrupts.reask(request=ctx.app_state.next_run.continuing())


def _inbox(ctx: CommandContext) -> None:
    from studio_tui.ui.interrupts.inbox_screen import InboxScreen

    ctx.services.go(InboxScreen())


_in_dialog = ViewCommands("resume", "Compose command", "resume-form", hidden=True, everywhere=True)
DIALOG_KEYS = (
    _in_dialog("send", "Send", "Send the command.", "ctrl+s"),
    _in_dialog("clear", "Start over", "Start over.", "ctrl+r"),
    _in_dialog("scroll-down", "Scroll down", "Scroll the request down.", "pagedown", does="scroll(1)"),
    _in_dialog("scroll-up", "Scroll up", "Scroll the request up.", "pageup", does="scroll(-1)"),
)

_in_dock = ViewCommands("answer", "Questions", "dock", hidden=True)
DOCK = (
    _in_dock("leave", "Leave the text", "Leave the text, back to the question.", "escape", does="stop_writing"),
    _in_dock("enter", "Send", "Send the answer; in a form, from its last field.", "enter", does="send"),
    _in_dock("send", "Send", "Send the answer.", "ctrl+s"),
    _in_dock("editor", "Editor", "Write the answer in $EDITOR.", "ctrl+e", does="edit", everywhere=True),
)

_of_answers = ViewCommands("answers", "Questions", "question", hidden=True)
_of_question = ViewCommands("question", "Questions", "question", hidden=True)
QUESTION = (
    _of_answers("together", "Together", "Prepare the answer, to send several together.", "space",
                does="tell('collect')"),
    _of_answers("send", "Send", "Send the prepared answers.", "ctrl+s", does="tell('send')"),
    _of_question("next", "Next question", "Go to the next question.", "right_square_bracket", "tab",
                 does="tell('next')"),
    _of_question("previous", "Question before", "Go to the question before.", "left_square_bracket", "shift+tab",
                 does="tell('previous')"),
    _of_question("whole", "Whole question", "Give the question most of the screen, or give that back.", "z",
                 does="tell('whole')"),
    _of_question("leave", "Leave", "Go back to the panels.", "escape", does="tell('leave')"),
)  # fmt: skip

_on_row = ViewCommands("inbox", "Inbox", "inbox-list", needs_row=True)
INBOX_LIST = (_on_row("open", "Open", "Go to the thread's questions.", "enter", does="row('open')", short="Open"),)
_row = ViewCommands("inbox", "Inbox")
INBOX = (
    _row(
        "other-side",
        "Other side",
        "Go from the threads to the question, to scroll it, and back.",
        "tab",
        "shift+tab",
        short="Question",
    ),
    _row("refresh", "Read again", "Read the list again.", "ctrl+r", short="Refresh"),
    _row("copy", "Copy", "Copy the thread's id.", "Y", needs_row=True),
    _row("close", "Back", "Go back.", "I"),
)


ANSWERS = (
    _answer("approve", "approve", "y", "Approve", "Approve what the graph asks",
            "Answer yes: true, or accept where the question offers that."),
    _answer("reject", "reject", "n", "Reject", "Reject what the graph asks",
            "Answer no: false, or ignore where the question offers that."),
    _answer("explain", "reject-words", "N", "Reject with words", "Reject with words",
            "Answer no and say why, where the question takes words."),
    _answer("edit", "resume-edit", "e", "Edit", "Edit the answer",
            "Edit the question's value in $EDITOR and answer with the result."),
    _answer("respond", "resume", "enter", "Answer", "Answer the question",
            "Write the answer: text, JSON or the question's form; send it if it is prepared."),
)  # fmt: skip
"""What a question is answered with, in the order of `ACTS`; its view binds them to acts of its own."""
ANSWER_COMMANDS = dict(zip(ACTS, (command.id for command in ANSWERS), strict=True))
ANSWER_IDS = frozenset(ANSWER_COMMANDS.values())
OFFERED = ANSWER_IDS | {"answers-send", "answers-together", "question-whole"}
"""What the bottom row shows only where the question in sight takes it."""


def commands() -> list[Command]:
    return [
        *ANSWERS,
        Command(
            "reask", "Ask again", "Run the waiting nodes from their top, so that they ask with the state as it is now.",
            _reask, (), "Questions", mutates=True, available=is_paused,
        ),
        Command(
            "command-dialog", "Compose command", "Resume, update and goto in one request, shown before it is sent.",
            _command, ("C",), "Questions", short="Command", mutates=True,
            available=lambda ctx: has_assistant(ctx) or has_thread(ctx) or no_run(ctx),
        ),
        Command(
            "inbox", "Inbox", "List every thread of this server that waits for an answer.", _inbox, ("I",),
            "Questions", available=connected, over=True,
        ),
        *DIALOG_KEYS, *DOCK, *QUESTION, *INBOX_LIST, *INBOX,
    ]  # fmt: skip
