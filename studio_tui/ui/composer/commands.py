"""Commands of the composer: the form in which messages of any role are put together."""

from __future__ import annotations

from msgspec.structs import replace

from studio_tui.core.inputs.message_form import MessageFor, open_calls
from studio_tui.domain.message.read import messages_in
from studio_tui.jsonkit.value import Json, is_object
from studio_tui.ui.commands.conditions import has_assistant
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.screens.commands import ViewCommands


def _takes_messages(ctx: CommandContext) -> str | None:
    state = ctx.screen.composer.state
    if reason := has_assistant(ctx):
        return reason
    other = ctx.services.commands.hint("write it as a form or JSON ({input}, {composer-mode})")
    return None if state.has_chat else f"this graph's input has no list of messages: {other}"


async def _message(ctx: CommandContext) -> None:
    from studio_tui.ui.composer.border import place_of
    from studio_tui.ui.composer.composer import Composer
    from studio_tui.ui.composer.message_dialog import MessageDialog

    app_state, composer = ctx.app_state, ctx.screen.composer
    assert isinstance(composer, Composer)
    state = composer.state
    values = app_state.head.values if app_state.head is not None else None
    calls = open_calls(messages_in(values, state.key)) if is_object(values) else ()
    about = MessageFor(state.schema, state.key, state.besides(), calls)
    unknown = " (it is not known what it takes)" if state.schema is None and not state.shows_messages else ""
    origin, empty = app_state.sends_from, app_state.new_turn(None)  # of the moment in which it is opened
    there = f" · a branch at {place_of(origin)}" if origin is not None else ""
    dialog = MessageDialog(composer.label, about, lambda: composer.blocked, unknown + there)
    dialog.begun = composer.files.as_message()
    line = state.chat
    value: Json = await ctx.services.ask(dialog)
    if value is not None and await ctx.services.runs.submit(replace(empty, input=value)):
        dialog.kept.forget()
        composer.history.remember(value)
        if dialog.begun and (composer.state.mode, composer.state.chat) == ("chat", line):
            composer.editors.set_text("")  # it was sent from the form


_key = ViewCommands("composer", "Composer", hidden=True, everywhere=True)
_dialog_key = ViewCommands("message", "Message form", "message-form", hidden=True, everywhere=True)
EDITOR_KEYS = (
    _key("mode", "Form/JSON", "Chat line, form or JSON.", "ctrl+t", does="cycle_mode"),
    _key("editor", "Editor", "Write it in $EDITOR.", "ctrl+e", does="open_editor"),
    _key("drop-large", "Remove the text", "Remove a text that is too large to edit here.", "backspace", "delete",
         everywhere=False),
)  # fmt: skip
KEYS = (
    _key("submit", "Send", "Send the input, from the chat line and from the last field of a form.", "enter",
         everywhere=False),
    _key("send", "Send", "Send the input.", "ctrl+s", does="submit"),
    _key("options", "Run options", "Options of the run: stream modes, context, limits.", "ctrl+o",
         does="app.command('run-options')"),
    _key("search", "Search history", "Search the inputs that were sent before.", "ctrl+f", does="search_history"),
    _key("older", "Older input", "Bring back the input sent before.", "ctrl+up", "alt+p", does="history(-1)"),
    _key("newer", "Newer input", "Bring back the input sent after.", "ctrl+down", "alt+n", does="history(1)"),
    _key("leave", "Leave", "Go back to the panels.", "escape", everywhere=False),
)  # fmt: skip
DIALOG_KEYS = (
    _dialog_key("send", "Send", "Send the messages.", "ctrl+s"),
    _dialog_key("add", "Another message", "Add a message.", "ctrl+n"),
    _dialog_key("next", "Next message", "Go to the next message.", "alt+n", "ctrl+down", does="go(1)"),
    _dialog_key("previous", "Message before", "Go to the message before.", "alt+p", "ctrl+up", does="go(-1)"),
    _dialog_key("remove", "Remove", "Remove the message.", "ctrl+d"),
    _dialog_key("clear", "Start over", "Start over.", "ctrl+r"),
    _dialog_key("scroll-down", "Scroll down", "Scroll the input down.", "pagedown", does="scroll(1)"),
    _dialog_key("scroll-up", "Scroll up", "Scroll the input up.", "pageup", does="scroll(-1)"),
)


def commands() -> list[Command]:
    return [
        Command(
            "message", "Message form",
            "Put messages together: any role, files, tool results, several at once; shows the input before it is sent.",
            _message, ("ctrl+n",), "Run", opens=True, mutates=True, available=_takes_messages, everywhere=True,
        ),
        *KEYS, *EDITOR_KEYS, *DIALOG_KEYS,
    ]  # fmt: skip
