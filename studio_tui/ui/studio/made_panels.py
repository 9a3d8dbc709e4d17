"""The panels of the Studio screen as widgets: those of the first frame, and the others when they are first wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from studio_tui.ui.messages.panel import MessagesPanel
from studio_tui.ui.runs.timeline_panel import TimelinePanel
from studio_tui.ui.threads.panel import ThreadsPanel

if TYPE_CHECKING:
    from studio_tui.ui.studio.screen import StudioScreen

_ORDER = ("threads", "history", "graph", "paths", "timeline", "diff", "state", "messages", "raw")
"""The order in which the focus goes through the panels."""


class MadePanels:
    """Panels by id; many sessions never look at half of them, whose modules are not imported then."""

    def __init__(self, screen: StudioScreen) -> None:
        self._screen = screen
        self.made: dict[str, Widget] = {
            "threads": ThreadsPanel(id="threads"),
            "graph": screen.graph,
            "timeline": TimelinePanel(id="timeline"),
            "messages": MessagesPanel(id="messages"),
        }
        """Those that were wanted so far, in the order of the focus."""

    def get(self, panel_id: str) -> Widget:
        """Return a panel; one that is wanted for the first time is hidden until the plan shows it."""
        return self.made.get(panel_id) or self._add(panel_id)

    def _add(self, panel_id: str) -> Widget:
        screen, panel = self._screen, _new(panel_id)
        panel.display = False
        before = next((self.made[name] for name in _ORDER[_ORDER.index(panel_id) + 1 :] if name in self.made), None)
        self.made[panel_id] = panel
        self.made = {name: self.made[name] for name in _ORDER if name in self.made}
        if screen.is_mounted:
            screen.arrangement.body.mount(panel, before=before or screen.composer)
            screen.services.clock.owe(panel)
        return panel


def _new(panel_id: str) -> Widget:
    """Return a panel that is not there from the start."""
    if panel_id == "history":
        from studio_tui.ui.timetravel.history_panel import HistoryView

        return HistoryView(id=panel_id)
    if panel_id == "paths":
        from studio_tui.ui.timetravel.paths_panel import PathsPanel

        return PathsPanel(id=panel_id)
    if panel_id == "state":
        from studio_tui.ui.timetravel.state_panel import StatePanel

        return StatePanel(id=panel_id)
    if panel_id == "diff":
        from studio_tui.ui.timetravel.diff_panel import DiffPanel

        return DiffPanel(id=panel_id)
    from studio_tui.ui.runs.frames_panel import RawPanel

    return RawPanel(id=panel_id)
