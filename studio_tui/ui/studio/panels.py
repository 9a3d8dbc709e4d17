"""The panels of the Studio screen in one table: layout, tabs and number keys derive from it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Column = Literal["left", "centre", "past", "inspector"]
"""Where a panel stands; `past` is the panel whose place the history shares, `inspector` the column with tabs."""


class PanelSpec(Struct, frozen=True):
    """One panel, and what the number keys say of it."""

    id: str
    column: Column
    help: str
    numbered: bool = True
    """Whether a number key goes to it."""


PANELS = (
    PanelSpec("threads", "left", "The threads of the server"),
    PanelSpec("graph", "centre", "The graph, live"),
    PanelSpec("timeline", "past", "Runs, supersteps and tasks"),
    PanelSpec("history", "past", "The checkpoints as a tree of branches", numbered=False),
    PanelSpec("state", "inspector", "The values at the selected checkpoint"),
    PanelSpec("messages", "inspector", "The conversation, token by token"),
    PanelSpec("diff", "inspector", "What the selected checkpoint changed"),
    PanelSpec("raw", "inspector", "Every event as it came"),
)  # fmt: skip

NUMBERED = tuple(panel.id for panel in PANELS if panel.numbered)
LABELS = {name: f"{number} {name.capitalize()}" for number, name in enumerate(NUMBERED, 1)}
"""What the tabs call the panels that have a number."""
INSPECTOR = tuple(panel.id for panel in PANELS if panel.column == "inspector")
CENTRE = tuple(panel.id for panel in PANELS if panel.column in ("centre", "past") and panel.numbered)
PAST = tuple(panel.id for panel in PANELS if panel.column == "past")
"""The two tabs of panel 3: runs as they happened, and the forest of checkpoints."""
