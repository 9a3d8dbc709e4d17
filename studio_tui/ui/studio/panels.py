"""The panels of the Studio screen in one table: layout, tabs and number keys derive from it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Column = Literal["left", "centre", "past", "inspector"]
"""Where a panel stands; `past` is the place that runs and history share, `inspector` the column with tabs."""


class PanelSpec(Struct, frozen=True):
    """One panel, and what the number keys say of it."""

    id: str
    column: Column
    help: str


PANELS = (
    PanelSpec("threads", "left", "The threads of the server"),
    PanelSpec("graph", "centre", "The graph, live"),
    PanelSpec("timeline", "past", "Runs, supersteps and tasks"),
    PanelSpec("state", "inspector", "The values at the selected checkpoint"),
    PanelSpec("messages", "inspector", "The conversation, token by token"),
    PanelSpec("diff", "inspector", "What the selected checkpoint changed"),
    PanelSpec("raw", "inspector", "Every event as it came"),
    PanelSpec("history", "past", "The checkpoints as a tree of branches, and what can be done from there"),
)  # fmt: skip

NUMBERED = tuple(panel.id for panel in PANELS)
LABELS = {name: f"{number} {name.capitalize()}" for number, name in enumerate(NUMBERED, 1)}
"""What the tabs call the panels."""
NARROW = ("threads", "messages", "graph", "timeline", "history", "state", "diff", "raw")
"""The order of the tabs where there is one column: a conversation is what most people look at."""
INSPECTOR = tuple(panel.id for panel in PANELS if panel.column == "inspector")
PAST = tuple(panel.id for panel in PANELS if panel.column == "past")
"""The two that share a place: runs as they happened, and the tree of checkpoints."""
