"""Moving about: panels, tabs, zoom, back, filter, prompt, help, refresh, theme, quit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from studio_tui.ui.commands.conditions import SWITCH, connected, in_panel, wanted
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Prompting, Searchable
from studio_tui.ui.kit.forms.field_keys import go_round
from studio_tui.ui.studio.panels import LABELS, PANELS

_MOVES = (
    ("left", "Border left", -1, 0), ("right", "Border right", 1, 0),
    ("up", "Border up", 0, -1), ("down", "Border down", 0, 1),
)  # fmt: skip


def _resize(dx: int, dy: int) -> Callable[[CommandContext], None]:
    return lambda ctx: ctx.screen.resize(dx, dy)


def _go(panel: str) -> Callable[[CommandContext], None]:
    if panel == "threads":
        return lambda ctx: ctx.screen.toggle_threads()
    return lambda ctx: ctx.screen.show_panel(panel)


def _step(direction: int, ctx: CommandContext) -> None:
    """Move the focus; out of a form's fields leads esc only: in the panels the next letter would be a command."""
    app = ctx.services.app
    if go_round(app.focused, direction):
        return
    app.action_focus_next() if direction > 0 else app.action_focus_previous()


def _filter_next(delta: int) -> Callable[[CommandContext], None]:
    def move(ctx: CommandContext) -> None:
        if isinstance(ctx.panel, Searchable):
            ctx.panel.find(delta)

    return move


def _has_filter(ctx: CommandContext) -> str | None:
    if isinstance(ctx.panel, Searchable) and ctx.panel.filter_text:
        return None
    return ctx.services.commands.hint("no search is active: press {filter} first")


def _prompt(ctx: CommandContext) -> None:
    screen = ctx.services.app.screen
    assert isinstance(screen, Prompting)
    screen.open_line(":")


def _has_prompt(ctx: CommandContext) -> str | None:
    return None if isinstance(ctx.services.app.screen, Prompting) else "this page has no prompt; ^p finds commands"


async def _refresh(ctx: CommandContext) -> None:
    studio, app_state = ctx.studio, ctx.app_state
    studio.assistants.load_schemas_again()
    match ctx.screen.active:
        case "threads":
            await studio.recent.refresh()
        case "graph":
            await studio.assistants.refresh()
            await studio.assistants.load_graph()
        case _:
            if app_state.thread_id:
                await studio.threads.open(app_state.thread_id)


def _zoom(ctx: CommandContext) -> None:
    on = wanted(ctx, ctx.screen.zoomed)
    if on is not None and on != ctx.screen.zoomed:
        ctx.screen.toggle_zoom()


def commands() -> list[Command]:
    go = [
        Command(
            "history" if panel.id == "history" else f"go-{panel.id}",
            f"Go to {panel.id.capitalize()}",
            f"{panel.help}.",
            _go(panel.id),
            (LABELS[panel.id][0],),
            "Panels",
        )
        for panel in PANELS
    ]
    resizing = [
        Command(
            f"resize-{way}", title, "Move the border of this panel; the mouse drags any border.", _resize(dx, dy),
            (f"ctrl+{way}",), "Panels", in_place="",
        )
        for way, title, dx, dy in _MOVES
    ]  # fmt: skip
    return [
        *go,
        *resizing,
        Command(
            "fold", "Collapse", "Leave only the title of this panel, or open it again.",
            lambda ctx: ctx.screen.fold(), ("underscore",), "Panels", in_place="",
        ),
        Command(
            "layout-reset", "Reset the layout", "Let every panel be as large as its content needs.",
            lambda ctx: ctx.screen.reset_layout(), (), "Panels",
        ),
        Command(
            "panel-next", "Next panel", "Move the focus on; in a form, to its next field.",
            partial(_step, 1), ("tab",), "Panels", in_place="",
        ),
        Command(
            "panel-previous", "Previous panel", "Move the focus back; in a form, to the field before.",
            partial(_step, -1), ("shift+tab",), "Panels", in_place="",
        ),
        Command(
            "tab-prev", "Previous tab", "Show the tab before this one.",
            lambda ctx: ctx.screen.tab(-1), ("left_square_bracket",), "Panels", in_place="",
        ),
        Command(
            "tab-next", "Next tab", "Show the tab after this one.",
            lambda ctx: ctx.screen.tab(1), ("right_square_bracket",), "Panels", in_place="",
        ),
        Command(
            "back", "Back", "Clear the search, close what is open, go back to now, leave zoom or history, in turn.",
            lambda ctx: ctx.screen.back(), ("escape",), "Panels", in_place="back",
        ),
        Command(
            "zoom", "Zoom", "Give the panel the whole screen, or give it back.",
            _zoom, ("z",), "Panels", argument="[on|off]", complete=lambda _ctx: list(SWITCH),
            in_place="",
        ),
        Command(
            "filter", "Search",
            "Show only rows that hold a text (!text: the others, ~text: a pattern); in the graph, find a node.",
            lambda ctx: ctx.screen.open_line("/"), ("slash",), "Panels",
            available=in_panel(Searchable, "this panel has nothing to search"), in_place="search",
        ),
        Command(
            "filter-next", "Next match", "Go to the next match of the search (also n while one is active).",
            _filter_next(1), (), "Panels", available=_has_filter, in_place="next",
        ),
        Command(
            "filter-previous", "Previous match", "Go to the match before (also N while a search is active).",
            _filter_next(-1), (), "Panels", available=_has_filter, in_place="previous",
        ),
        Command(
            "command", "Command", "Type a command by name; tab completes, up and down recall.",
            _prompt, ("colon",), "General", scope="app", available=_has_prompt,
        ),
        Command(
            "refresh", "Refresh", "Read what the panel shows again.", _refresh, ("ctrl+r",), "General",
            available=connected, in_place="refresh",
        ),
    ]  # fmt: skip
