"""Copying what is under the cursor, in several spellings, and looking at it raw."""

from __future__ import annotations

import json
import shlex

from studio_tui.core.state.app_state import HttpExchange
from studio_tui.jsonkit.value import Json
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.context import Context
from studio_tui.ui.commands.registry import Command
from studio_tui.ui.kit.terminal.clipboard import copy


def _yankable(ctx: Context) -> str | None:
    return None if hasattr(ctx.panel, "yank") else "this panel has nothing to copy"


def _yank(ctx: Context) -> None:
    got = ctx.panel.yank()  # type: ignore[attr-defined]
    if got is None:
        ctx.app.tell("There is nothing under the cursor to copy.", "warning")
    else:
        copy(ctx.app, *got)


def spellings(ctx: Context) -> dict[str, tuple[str, str]]:
    """Return what can be copied here: name of the spelling → text and label."""
    found: dict[str, tuple[str, str]] = {}
    yank = getattr(ctx.panel, "yank", None)
    value = yank() if yank else None
    if value is not None:
        found["value"] = value
    more = getattr(ctx.panel, "yank_as", None)
    if more is not None:
        found.update({name: (text, name) for name, text in more().items()})
    state = ctx.store.state
    if state is not None and ctx.screen.active in ("state", "diff", "timeline", "messages"):
        found["state as JSON"] = (_dump(state.values), "the state as JSON")
        if state.checkpoint_id:
            found["checkpoint id"] = (state.checkpoint_id, "the checkpoint id")
    if ctx.store.thread_id:
        found["thread id"] = (ctx.store.thread_id, "the thread id")
    run = ctx.run
    if run is not None and run.request:
        found["request as JSON"] = (_dump(run.request), "the run's request")
    exchange = _run_exchange(ctx)
    if exchange is not None:
        found["run as curl"] = (exchange.curl, "curl, without the key")
    found["studio-tui command"] = (command_line(ctx), "the command")
    return found


def command_line(ctx: Context) -> str:
    """Return the `studio-tui` command that shows what the active panel shows."""
    store = ctx.store
    words = ["studio-tui"]
    if ctx.screen.active == "graph" or store.thread_id is None:
        assistant = store.assistant
        words += ["graph", assistant.name or assistant.graph_id] if assistant else ["info"]
    elif ctx.screen.active == "timeline":
        words += ["history", store.thread_id]
    elif ctx.screen.active == "threads":
        words += ["threads", "show", store.thread_id]
    else:
        words += ["state", store.thread_id]
        words += ["--at", store.cursor] if store.cursor else []
    if store.profile:
        words += ["--profile", store.profile]
    elif store.server is not None:
        words += ["--base-url", store.server.base_url]
    return shlex.join(words)


def _run_exchange(ctx: Context) -> HttpExchange | None:
    wanted = (item for item in reversed(ctx.store.http_log) if item.method == "POST" and "/runs" in item.url)
    return next((item for item in wanted if item.curl), None)


def _dump(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


async def _yank_as(ctx: Context) -> None:
    from studio_tui.ui.kit.dialogs.picker import Choice, PickerDialog

    found = spellings(ctx)
    choices = [Choice(name, name, clean(text, 60)) for name, (text, _label) in found.items()]
    picked = await ctx.app.ask(PickerDialog("Copy as", choices))
    if picked:
        copy(ctx.app, *found[picked])


def _raw(ctx: Context) -> None:
    if ctx.screen.active == "raw":
        ctx.panel.cycle_mode()  # type: ignore[attr-defined]
    elif ctx.screen.active == "messages":
        ctx.panel.next_key()  # type: ignore[attr-defined]
    else:
        ctx.panel.toggle_raw()  # type: ignore[attr-defined]


def _raw_reason(ctx: Context) -> str | None:
    methods = ("toggle_raw", "cycle_mode", "next_key")
    if any(hasattr(ctx.panel, method) for method in methods):
        return None
    return "only in State, Messages and Raw"


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command("yank", "Copy", "Copy what is under the cursor.", _yank, ("y",), "Data", available=_yankable),
        Command("yank-as", "Copy as", "Copy as JSON, path, curl or studio-tui command.", _yank_as, ("Y",), "Data"),
        Command(
            "raw", "Raw view", "State: raw JSON. Raw: next stream mode. Messages: next list of messages.", _raw,
            ("v",), "Data", available=_raw_reason,
        ),
    ]  # fmt: skip
