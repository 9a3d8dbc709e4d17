"""Commands of the composer: the form in which messages of any role are put together."""

from __future__ import annotations

from functools import partial

from studio_tui.core.inputs.message_form import MessageFor, open_calls
from studio_tui.domain.message.read import messages_in
from studio_tui.jsonkit.value import Json, is_object
from studio_tui.ui.commands.conditions import has_assistant
from studio_tui.ui.contracts.command import Command, CommandContext, act

TAKES_NONE = "this graph's input has no list of messages: write it as a form or JSON (i, ctrl+t)"


def _takes_messages(ctx: CommandContext) -> str | None:
    state = ctx.screen.composer.state
    return has_assistant(ctx) or (None if state.has_chat else TAKES_NONE)


async def _message(ctx: CommandContext) -> None:
    from studio_tui.ui.composer.message_dialog import MessageDialog

    app_state, composer = ctx.app_state, ctx.screen.composer
    composer.read()
    state = composer.state
    values = app_state.head.values if app_state.head is not None else None
    calls = open_calls(messages_in(values, state.key)) if is_object(values) else ()
    about = MessageFor(state.schema, state.key, state.besides(), calls)
    keep = ctx.services.kept(f"messages {app_state.assistant_id}", app_state.thread_id or "")
    unknown = " (it is not known what it takes)" if state.schema is None and not state.shows_messages else ""
    dialog = MessageDialog(composer.label, about, keep, lambda: composer.blocked, unknown)
    dialog.begun = composer.as_message()
    line = state.chat
    value: Json = await ctx.services.ask(dialog)
    if value is not None and await ctx.services.runs.submit(ctx.app_state.next_run.request(value)):
        dialog.kept.forget()
        composer.remember(value)
        composer.read()
        if dialog.begun and (composer.mode, composer.state.chat) == ("chat", line):
            composer.set_text("")  # it was sent from the form


_in_keys = partial(Command, group="Composer", scope="composer", hidden=True)
KEYS = (
    _in_keys("composer-send", "Send", "Send the input.", act("submit"), ("ctrl+s",), everywhere=True),
    _in_keys("composer-mode", "Mode", "Chat line, form or JSON.", act("cycle_mode"), ("ctrl+t",), everywhere=True),
    _in_keys("composer-editor", "Editor", "Write it in $EDITOR.", act("open_editor"), ("ctrl+e",), everywhere=True),
    _in_keys(
        "composer-options",
        "Run options",
        "Options of the run: stream modes, context, limits.",
        act("options"),
        ("ctrl+o",),
        everywhere=True,
    ),
    _in_keys(
        "composer-search",
        "Search history",
        "Search the inputs that were sent before.",
        act("search_history"),
        ("ctrl+f",),
        everywhere=True,
    ),
    _in_keys(
        "composer-older",
        "Older input",
        "Bring back the input sent before.",
        act("history_previous"),
        ("ctrl+up", "alt+p"),
        everywhere=True,
    ),
    _in_keys(
        "composer-newer",
        "Newer input",
        "Bring back the input sent after.",
        act("history_next"),
        ("ctrl+down", "alt+n"),
        everywhere=True,
    ),
    _in_keys("composer-leave", "Leave", "Go back to the panels.", act("leave"), ("escape",)),
    _in_keys(
        "composer-drop-large",
        "Remove the text",
        "Remove a text that is too large to edit here.",
        act("drop_large"),
        ("backspace", "delete"),
    ),
    _in_keys("composer-submit", "Send", "Send the input (chat); in the form, ctrl+s.", act("submit"), ("enter",)),
)

_in_dialog_keys = partial(Command, group="Message form", scope="message-form", hidden=True)
DIALOG_KEYS = (
    _in_dialog_keys("message-send", "Send", "Send the messages.", act("send"), ("ctrl+s",), everywhere=True),
    _in_dialog_keys("message-add", "Another message", "Add a message.", act("add"), ("ctrl+n",), everywhere=True),
    _in_dialog_keys(
        "message-next", "Next message", "Go to the next message.", act("go(1)"), ("alt+n", "ctrl+down"), everywhere=True
    ),
    _in_dialog_keys(
        "message-previous",
        "Message before",
        "Go to the message before.",
        act("go(-1)"),
        ("alt+p", "ctrl+up"),
        everywhere=True,
    ),
    _in_dialog_keys("message-remove", "Remove", "Remove the message.", act("remove"), ("ctrl+d",), everywhere=True),
    _in_dialog_keys("message-clear", "Clear", "Start over.", act("clear"), ("ctrl+r",), everywhere=True),
    _in_dialog_keys(
        "message-scroll-down", "Scroll down", "Scroll the input down.", act("scroll(1)"), ("pagedown",), everywhere=True
    ),
    _in_dialog_keys(
        "message-scroll-up", "Scroll up", "Scroll the input up.", act("scroll(-1)"), ("pageup",), everywhere=True
    ),
)


def commands() -> list[Command]:
    return [
        Command(
            "message", "Message form",
            "Put messages together: any role, files, tool results, several at once; shows the input before it is sent.",
            _message, ("ctrl+n",), "Run", opens=True, mutates=True, available=_takes_messages, everywhere=True,
        ),
        *KEYS, *DIALOG_KEYS,
    ]  # fmt: skip
