"""Assistants: choosing one by name, and what can be done in their view."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import connected
from studio_tui.ui.contracts.command import Command, CommandContext, act
from studio_tui.ui.contracts.panel import Barred
from studio_tui.ui.screens.commands import ViewCommands

if TYPE_CHECKING:
    from studio_tui.ui.assistants.assistants_screen import AssistantsScreen


def _view(ctx: CommandContext) -> AssistantsScreen | None:
    screens = ctx.services.app.screen_stack
    if not any(isinstance(screen, Barred) and screen.area == "assistants" for screen in screens):
        return None  # palette and help ask, and would have its module imported for that
    from studio_tui.ui.assistants.assistants_screen import AssistantsScreen

    return next((screen for screen in reversed(screens) if isinstance(screen, AssistantsScreen)), None)


def _open(ctx: CommandContext) -> None:
    from studio_tui.ui.assistants.assistants_screen import AssistantsScreen

    if _view(ctx) is None:
        ctx.services.go(AssistantsScreen())


def _on_one(ctx: CommandContext) -> str | None:
    view = _view(ctx)
    return connected(ctx) or (None if view is not None and view.assistants.selected else "no assistant is selected")


async def _choose(ctx: CommandContext) -> None:
    if ctx.argument:
        await ctx.services.opening.choose_assistant(ctx.argument)
    else:
        _open(ctx)


_TYPED = 200
"""Characters of a name that somebody would type; one that is longer is chosen in the list, or by its id."""


def _names(ctx: CommandContext) -> list[str]:
    """Return what assistants are chosen by: their names, and the graphs; the ids of those that are called alike."""
    items = ctx.app_state.assistants.items
    count = Counter(item.label for item in items)
    names = {clean(item.label) for item in items if count[item.label] == 1}
    graphs = {clean(item.graph_id) for item in items if item.graph_id not in count}
    alike = [item.assistant_id for item in items if count[item.label] > 1]
    return [*sorted(name for name in names | graphs if len(name) <= _TYPED), *alike]


def _called(ctx: CommandContext) -> dict[str, str]:
    return {item.assistant_id: item.label for item in ctx.app_state.assistants.items}


_in_review = ViewCommands("assistant-save", "Assistant form", "assistant-review", hidden=True)
REVIEW = (
    _in_review("yes", "Save", "Save it.", "y", "ctrl+s", does="dismiss(True)", everywhere=True),
    _in_review("no", "Back", "Go back to the form.", "n", does="cancel"),
)
_in_form = ViewCommands("assistant-form", "Assistant form", hidden=True, everywhere=True)
FORM = (
    _in_form("save", "Save", "Save the assistant.", "ctrl+s"),
    _in_form("mode", "Form/JSON", "Switch between form and JSON.", "ctrl+t", does="switch"),
    _in_form("editor", "Editor", "Write it in $EDITOR.", "ctrl+e"),
    _in_form("reset", "Start over", "Start over.", "ctrl+r"),
    _in_form("leave", "Leave", "Leave the form; what is typed is kept.", "escape", "q", does="dismiss",
             everywhere=False),
)  # fmt: skip
_in_around = ViewCommands("assistants", "Assistants", "assistants-screen", hidden=True)
AROUND = (
    _in_around("close", "Back", "Go back.", "a"),
    _in_around("next", "Next part", "Go to the next part.", "tab", does="app.focus_next"),
    _in_around("previous", "Part before", "Go to the part before.", "shift+tab", does="app.focus_previous"),
)


def _command(
    name: str,
    title: str,
    help_: str,
    key: str,
    short: str = "",
    *,
    one: bool = True,
    mutates: bool = False,
    opens: bool = False,
) -> Command:
    return Command(
        f"assistant-{name}", title, help_, act(f"act('{name}')"), (key,), "Assistants", "assistants", short,
        opens=opens, mutates=mutates, available=_on_one if one else connected,
    )  # fmt: skip


USE = (
    Command(
        "assistant-use", "Use", "Run this assistant from now on; on a version, show it in full; on a graph, fold it.",
        act("row('open')"), ("enter",), "Assistants", "assistants-list",
    ),
)  # fmt: skip
"""What enter does in its lists."""
_HERE = (
    _command("edit", "Edit", "Edit the assistant; what is saved becomes a new version.", "e", mutates=True, opens=True),
    _command("new", "New assistant", "Make an assistant of a graph.", "A", "New", mutates=True, one=False, opens=True),
    _command("duplicate", "Copy assistant", "Make a new assistant with the same settings.", "c", "Copy", mutates=True),
    _command("versions", "Versions", "Go to the versions of the assistant, or back to the list.", "v"),
    _command("run", "Run with it", "Write an input for this assistant, or for one version's settings.", "r", "Run"),
    _command("diff", "Diff versions",
             "Compare the version with the marked one (space marks), else the one before; the oldest with the next.",
             "d", "Diff"),
    _command("current", "Set current", "Make a version the current one.", "s", mutates=True),
    _command("delete", "Delete", "Delete the assistant with all versions, after you confirm it.", "D", mutates=True),
)  # fmt: skip
VIEW = (
    *_HERE,
    _command("order", "Sort", "Sort by name, by age, or by last change.", "o", one=False),
    _command("reload", "Read again", "Read the list and the versions again.", "ctrl+r", one=False),
)
"""What can be done in their view."""
BAR = tuple(command.id for command in (*USE, *_HERE))
"""What can be done in it, the most useful first."""


def assistants_bar(*, on_versions: bool) -> tuple[str, ...]:
    """Return its bottom row; on a version first of all what is done with versions only, with keys that mean something
    else in the studio."""
    first = ("assistant-diff", "assistant-current", "list-toggle-row") if on_versions else ()
    return tuple(dict.fromkeys((*first, *BAR[:4], "page-search", *BAR[4:], "page-back")))


def commands() -> list[Command]:
    return [
        Command(
            "assistants", "Assistants", "List the assistants by graph: choose, edit, make, version and delete them.",
            _open, ("a",), "Assistants", available=connected, over=True,
        ),
        Command(
            "assistant", "Assistant", "Choose the assistant, and with it the graph.", _choose, (), "Assistants",
            argument="NAME", complete=_names, called=_called, available=connected,
        ),
        *USE, *VIEW, *REVIEW, *FORM, *AROUND,
    ]  # fmt: skip
