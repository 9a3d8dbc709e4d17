"""The panels of the Studio screen in one table: layout, tabs, number keys and key bar derive from it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Column = Literal["left", "centre", "past", "inspector"]
"""Where a panel stands; `past` is the panel whose place the history shares, `inspector` the column with tabs."""


class PanelSpec(Struct, frozen=True):
    """One panel: what the number keys say of it, and the most useful commands while it has the focus."""

    id: str
    column: Column
    help: str
    bar: tuple[str, ...]
    """Command ids, the most useful first: what does not fit is left out from the end."""
    numbered: bool = True
    """Whether a number key goes to it."""


PANELS = (
    PanelSpec("threads", "left", "The threads of the server",
        ("input", "thread-new", "delete", "threads", "filter", "assistants", "yank", "zoom", "command")),
    PanelSpec("graph", "centre", "The graph, live",
        ("input", "run", "break-before", "continue", "step", "stop", "xray", "filter", "zoom")),
    PanelSpec("timeline", "past", "Runs, supersteps and tasks",
        ("input", "step", "step-in", "continue", "stop", "older", "newer", "follow", "filter")),
    PanelSpec("history", "past", "The checkpoints as a tree of branches",
        ("older", "newer", "rerun", "edit", "fork", "diff", "mark", "undo", "branch-prev"), numbered=False),
    PanelSpec("state", "inspector", "The values at the selected checkpoint",
        ("input", "raw", "filter", "older", "newer", "diff", "yank", "zoom", "command")),
    PanelSpec("messages", "inspector", "The conversation, token by token",
        ("input", "stop", "follow", "filter", "raw", "yank", "zoom", "command")),
    PanelSpec("diff", "inspector", "What the selected checkpoint changed",
        ("input", "older", "newer", "mark", "filter", "yank", "zoom", "command")),
    PanelSpec("raw", "inspector", "Every event as it came",
        ("input", "raw", "filter", "follow", "modes", "yank", "zoom", "command")),
)  # fmt: skip

BARS = {panel.id: panel.bar for panel in PANELS} | {
    "dock": ("approve", "reject", "resume-edit", "resume", "command-dialog", "inbox", "zoom", "command"),
    "answer": ("back",),
    "composer": ("run", "back", "panel-next", "message", "run-options"),
}
"""Command ids by what has the focus; help and palette are always shown at the right end."""
TEXT_AREAS = ("composer", "answer")
"""Where a single letter is text."""

NUMBERED = tuple(panel.id for panel in PANELS if panel.numbered)
LABELS = {name: f"{number} {name.capitalize()}" for number, name in enumerate(NUMBERED, 1)}
"""What the tabs call the panels that have a number."""
INSPECTOR = tuple(panel.id for panel in PANELS if panel.column == "inspector")
CENTRE = tuple(panel.id for panel in PANELS if panel.column in ("centre", "past") and panel.numbered)
PAST = tuple(panel.id for panel in PANELS if panel.column == "past")
"""The two tabs of panel 3: runs as they happened, and the forest of checkpoints."""
