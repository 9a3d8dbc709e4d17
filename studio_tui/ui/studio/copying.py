"""Copying what is under the cursor, in several spellings, and looking at it raw."""

from __future__ import annotations

import io
import re
import shlex
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rich.console import Console
from textual.app import App

from studio_tui.config.paths import expanded
from studio_tui.config.private_store import write_private
from studio_tui.core.runs.request_body import OP_ID
from studio_tui.core.state.app_state import HttpExchange
from studio_tui.crossing import off_the_loop
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.value import JsonObject, as_object, as_str
from studio_tui.present.kit.document import dump, json_or_text
from studio_tui.present.runs.as_code import INPUT_FILE, has_large_input, left_out, run_words, sdk_text, sent_body
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean, clean_block, clean_copy
from studio_tui.text.secrets import KNOWN
from studio_tui.ui.commands.conditions import in_panel
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Rawable, Selecting
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy

_SHOWN = 400
"""Characters of a spelling that are looked at to show its beginning."""


def _yank(ctx: CommandContext) -> Coroutine[None, None, None] | None:
    selected = ctx.panel.drag.text if isinstance(ctx.panel, LineView) else ""
    if selected:
        copy(ctx.services.app, selected, "the selected text")
        return None
    got = _value_here(ctx)
    if got is None:
        ctx.services.tell("There is nothing under the cursor to copy.", "warning")
        return None
    if not got.is_slow:
        copy(ctx.services.app, got.make(), got.label)
        return None
    return _copy_made(ctx, got)


async def _copy_made(ctx: CommandContext, spelling: Spelling) -> None:
    copy(ctx.services.app, await off_the_loop(lambda: clean_copy(spelling.make())), spelling.label)


def _value_here(ctx: CommandContext) -> Spelling | None:
    """What the row under the cursor is copied as; JSON of a state may be long in the making."""

    from studio_tui.ui.timetravel.state_panel import StatePanel

    found = ctx.panel.value_here() if isinstance(ctx.panel, StatePanel) else None
    if found is not None:
        return Spelling(partial(json_or_text, found[0]), found[1], is_slow=True)
    got = ctx.panel.yank() if isinstance(ctx.panel, LineView) else None
    return None if got is None else _ready(*got)


class Spelling(NamedTuple):
    """One way to copy something; making it may take a while, and asks neither the app state nor the screen."""

    make: Callable[[], str]
    label: str
    is_slow: bool = False


def spellings(ctx: CommandContext) -> dict[str, Spelling]:
    """Return what can be copied here by the name of the spelling."""
    found: dict[str, Spelling] = {}
    value = _value_here(ctx)
    if value is not None:
        found["value"] = value
    picked = _selected(ctx)
    run, state = picked.run, ctx.app_state.state
    ids = {"thread id": picked.thread_id, "run id": run.run_id if run is not None else None}
    if state is not None and ctx.screen.active in ("state", "diff", "timeline", "messages"):
        found["state as JSON"] = Spelling(partial(dump, state.values), "the state as JSON")
        ids = {"checkpoint id": state.checkpoint_id, **ids}
    found |= {name: _ready(text, f"the {name}") for name, text in ids.items() if text}
    if run is not None and run.request:
        found |= _as_commands(ctx, run, picked.thread_id)
    if picked.thread_id and picked.checkpoint_id:
        words = ["studio-tui", "fork", picked.thread_id, "--at", picked.checkpoint_id, "--run", *_server_words(ctx)]
        found["studio-tui fork"] = _ready(shlex.join(words), "the fork command")
    exchange = run_exchange(ctx.app_state.http_log, run) if run is not None else None
    if exchange is not None and run is ctx.run and picked.thread_id == ctx.app_state.thread_id:
        reads = "; it reads request.json: copy the request as JSON into it"
        large = exchange.curl.endswith("@request.json")
        found["run as curl"] = _ready(exchange.curl, f"curl, without the key{reads if large else ''}")
    found["studio-tui command"] = _ready(command_line(ctx, picked), "the command")
    return found


def _ready(text: str, label: str) -> Spelling:
    return Spelling(lambda: text, label)


def command_line(ctx: CommandContext, picked: Selected) -> str:
    """Return the `studio-tui` command that shows what the active panel shows."""
    app_state = ctx.app_state
    thread_id, _, checkpoint_id = picked
    words = ["studio-tui"]
    if ctx.screen.active == "graph" or thread_id is None:
        assistant = app_state.assistant
        words += ["graph", assistant.label] if assistant else ["info"]
    elif ctx.screen.active == "timeline":
        words += ["history", thread_id]
    elif ctx.screen.active == "threads":
        words += ["threads", "show", thread_id]
    else:
        words += ["state", thread_id]
        words += ["--at", checkpoint_id] if checkpoint_id else []
    return shlex.join([*words, *_server_words(ctx)])


class Selected(NamedTuple):
    """What the row under the cursor stands for; the open thread's where the panel has no rows of its own."""

    thread_id: str | None
    run: RunState | None
    checkpoint_id: str | None


def _selected(ctx: CommandContext) -> Selected:
    thread_id, run, checkpoint_id = ctx.panel.selected_row() if isinstance(ctx.panel, Selecting) else (None, None, None)
    app_state = ctx.app_state
    if thread_id is not None and thread_id != app_state.thread_id:
        return Selected(thread_id, None, None)
    if run is None and checkpoint_id is not None:
        # The run that wrote the checkpoint; none for one that no run wrote, such as an edit.
        found = app_state.history.by_id.get(CheckpointId(checkpoint_id))
        wanted = found.run_id if found is not None else None
        run = next((item for item in reversed(app_state.runs) if wanted is not None and item.run_id == wanted), None)
    elif run is None:
        run = ctx.run
    return Selected(app_state.thread_id, run, checkpoint_id or app_state.cursor)


def _server_words(ctx: CommandContext) -> list[str]:
    app_state = ctx.app_state
    if app_state.profile:
        return ["--profile", app_state.profile]
    return ["--base-url", app_state.server.base_url] if app_state.server is not None else []


def _as_commands(ctx: CommandContext, run: RunState, thread_id: str | None) -> dict[str, Spelling]:
    """Return what a run was asked for, and the lines that ask for it again: run or resume, and Python for the SDK."""
    server = ctx.app_state.server
    body = sent_body(run.request, run.assistant_id or "")
    found = {"request as JSON": Spelling(partial(dump, body), "the run's request")}
    verb = "resume" if as_object(body.get("command")) else "run"
    reads = ""
    if has_large_input(body):
        reads = f"; it reads {INPUT_FILE}: copy the input as JSON into it"
        found["input as JSON"] = Spelling(partial(dump, run.request["input"]), "the run's input")
    line = partial(_run_line, body, thread_id or "", _server_words(ctx))
    found[f"studio-tui {verb}"] = Spelling(line, f"the {verb} command{reads}")
    url = server.base_url if server is not None else "http://127.0.0.1:2024"
    script = partial(sdk_text, url, None if run.stateless else thread_id, body)
    found["Python SDK"] = Spelling(script, f"Python for the SDK{reads}")
    return found


def _run_line(body: JsonObject, thread_id: str, server: list[str]) -> str:
    """The line that sends a body; above it what it does not carry."""
    line, missing = shlex.join(["studio-tui", *run_words(body, thread_id), *server]), left_out(body)
    return f"# this line does not carry: {clean(', '.join(missing), 2000)}\n{line}" if missing else line


def run_exchange(log: Sequence[HttpExchange], run: RunState) -> HttpExchange | None:
    """The request that started a run here, as far as the log still holds it; other requests go to `/runs` as well."""
    mark = as_str(as_object(run.request.get("metadata")).get(OP_ID))
    place = f"/threads/{run.thread_id}/runs" if run.thread_id and not run.stateless else "/runs"
    for item in reversed(log):
        path = urlsplit(item.url).path
        starts = item.method == "POST" and path.endswith((place, f"{place}/stream"))
        if not (starts and item.curl) or (place == "/runs" and "/threads/" in path):
            continue
        if mark and (mark in item.request_body or item.curl.endswith("@request.json")):
            return item
    return None


async def _yank_as(ctx: CommandContext) -> None:
    from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

    found = spellings(ctx)
    made = await off_the_loop(lambda: {name: item.make() for name, item in found.items()})
    choices = [PickerChoice(name, name, _beginning(text), right=_length(text)) for name, text in made.items()]
    picked = await ctx.services.ask(PickerDialog("Copy as", choices))
    if picked:
        copy(ctx.services.app, await off_the_loop(lambda: clean_copy(made[picked])), found[picked].label)


def _beginning(text: str) -> str:
    return clean(" ".join(text[:_SHOWN].split()) + ("…" if len(text) > _SHOWN else ""))


def _length(text: str) -> str:
    """Say how long a text of several lines is."""
    return plural(text.count("\n") + 1, "line") if "\n" in text else ""


def _screenshot(ctx: CommandContext) -> None:
    ctx.services.app.call_after_refresh(save_screenshot, ctx)  # once the prompt is gone


def _picture(app: App[Any]) -> str:
    """Return the screen as SVG. A theme of the terminal's own colours on white is drawn on white; Rich alone draws what
    has no colour of its own on black."""
    theme = app.current_theme
    if theme.dark or not theme.ansi:
        return app.export_screenshot(title="studio-tui")
    console = Console(
        width=app.size.width, height=app.size.height, file=io.StringIO(), force_terminal=True,
        color_system="truecolor", record=True, legacy_windows=False,
    )  # fmt: skip
    console.print(app.screen._compositor.render_update(full=True, screen_stack=app._background_screens))
    return console.export_svg(title="studio-tui", theme=app.ansi_theme_light)


def save_screenshot(ctx: CommandContext) -> None:
    """Write the screen as SVG: to the path that was typed, which must be free, else into the state folder."""
    services = ctx.services
    name = time.strftime("studio-tui-%Y%m%d-%H%M%S.svg")
    path = expanded(ctx.argument) if ctx.argument else services.options.paths.state_dir / "screenshots" / name
    if ctx.argument and path.is_dir():
        path = path / name
    if path.exists():
        services.tell(f"{clean(str(path))} exists already; name another file.", "warning")
        return
    picture = KNOWN.hide(_picture(services.app))
    # No fonts from the net: a picture that somebody opens asks nobody for anything.
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    try:
        # A folder that the user named keeps its mode; only our own is made private.
        if ctx.argument:
            path.write_text(clean_block(picture, len(picture)), encoding="utf-8", errors="replace")
        else:
            write_private(path, clean_block(picture, len(picture)))
    except OSError as error:
        services.tell(f"{clean(str(path))} cannot be written: {error.strerror}.", "error")
    else:
        services.tell(f"The screen is in {clean(str(path))}", "information")


def _raw(ctx: CommandContext) -> None:
    if isinstance(ctx.panel, Rawable):
        ctx.panel.next_view()


def commands() -> list[Command]:
    return [
        Command("yank", "Copy what is under the cursor", "Copy what is under the cursor.", _yank, ("y",), "Data",
                short="Copy", words=("copy",), available=in_panel(LineView, "this panel has nothing to copy"),
                in_place="copy"),
        Command(
            "yank-as", "Copy as", "Copy as JSON, path, curl, studio-tui line or Python.", _yank_as, ("Y",), "Data",
            opens=True, in_place="",
        ),
        Command(
            "screenshot", "Screenshot", "Write the screen as SVG, into the state folder or to PATH.",
            _screenshot, ("f12",), "Data", scope="app", argument="PATH", everywhere=True,
        ),
        Command(
            "raw", "Raw view", "State: raw JSON. Raw: next stream mode. Messages: source, or next list of messages.",
            _raw, ("v",), "Data", available=in_panel(Rawable, "only in State, Messages and Raw"),
            in_place="",
        ),
    ]  # fmt: skip
