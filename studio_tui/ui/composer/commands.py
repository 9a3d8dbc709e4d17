"""Commands of the composer: the form in which messages of any role are put together."""

from __future__ import annotations

from studio_tui.core.inputs.message_form import MessageFor, open_calls
from studio_tui.domain.message.read import messages_in
from studio_tui.jsonkit.value import Json, is_object
from studio_tui.ui.commands.conditions import has_assistant
from studio_tui.ui.contracts.command import Command, CommandContext

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


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command(
            "message", "Message form",
            "Put messages together: any role, files, tool results, several at once; shows the input before it is sent.",
            _message, ("ctrl+n",), "Run", opens=True, mutates=True, available=_takes_messages, everywhere=True,
        ),
    ]  # fmt: skip
