"""What the two tabs of panel 3 are built on: the tabs in their border, and older checkpoints that are not loaded."""

from __future__ import annotations

from typing import ClassVar

from textual import events

from studio_tui.domain.checkpoint import History
from studio_tui.present.kit.rows import Rows
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedView
from studio_tui.ui.kit.lists.panel_tabs import PanelTabs, tab_at, tab_line
from studio_tui.ui.kit.terminal.safe import to_content

TABS = {"timeline": "3 Timeline", "history": "History"}
"""The panels that share place 3."""
_TITLE_AT = 2
"""Column at which a border's title starts."""


class PastPanel(PagedView):
    """One tab of panel 3, whose border holds the tabs; what is not loaded of it is older checkpoints."""

    TAB: ClassVar[str]
    COUNTED: ClassVar[str] = ""
    """What the pages hold, where that is not rows."""

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(rows, id=id)
        self._history = History()

    def on_mount(self) -> None:
        self._show_tabs()
        self.watch(self.app, "theme", self._show_tabs, init=False)

    def on_click(self, event: events.Click) -> None:
        """Switch tabs by a click on their names; rows take the cursor."""
        tab = tab_at(TABS, event.x - _TITLE_AT) if event.y == 0 else ""
        if tab:
            event.prevent_default()
            self.post_message(PanelTabs.Picked(tab, from_title=True))

    def take_history(self, history: History) -> None:
        if history is not self._history:
            self._history, self._asked_at = history, -1

    def loaded(self) -> Loaded:
        history = self._history  # servers do not count checkpoints
        follow = not (history.complete or history.too_large)
        return Loaded(len(history.items), None, follow, history.loading, self.COUNTED)

    def ask_more(self) -> None:
        services = services_of(self)
        services.work.start(services.studio.threads.more_history())

    def _show_tabs(self) -> None:
        self.border_title = to_content(tab_line(TABS, (self.TAB,)), self)
