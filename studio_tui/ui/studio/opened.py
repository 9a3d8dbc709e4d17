"""What the user has opened on the Studio screen: the panel in use, tabs, the past, the threads, zoom and composer."""

from __future__ import annotations

from studio_tui.ui.studio.layout import RUN, Plan, Wanted
from studio_tui.ui.studio.panels import INSPECTOR, PAST


class Opened:
    """Changes with what the user does, and with what the graph is as long as the user has not chosen. Draws nothing."""

    def __init__(self) -> None:
        self.active = "graph"
        """The panel in use: focused, or focused last."""
        self.past = "timeline"
        """`history` while the past is looked at, else `timeline`."""
        self.zoomed = False
        self.called = False
        """The composer was called although it is folded."""
        self.interrupted = True
        """Questions, once there are any, leave the composer but one row; not where it was called beside them."""
        self.loading = True
        """The first graph is on its way, and the user has gone nowhere yet."""
        self.drawer: bool | None = None
        """Whether the threads are open; None: nobody has said."""
        self._tabs = {"timeline": "messages", "history": "state"}
        """The open tab of the right column, for what runs and for the past."""
        self._before = ""
        """The panel that was in use before the threads were opened."""
        self._chosen = self._tab_chosen = False
        """The user went to a panel, or opened a tab: neither is chosen by what the graph has any more."""

    @property
    def inspector(self) -> str:
        """The open tab of the right column."""
        return self._tabs[self.past]

    def wanted(self, *, asking: bool, picture: tuple[int, int], whole: bool = False) -> Wanted:
        return Wanted(
            self.active, self.inspector, self.past, self.zoomed, asking, self.called, self.drawer, picture,
            whole and asking, self.loading, self.interrupted,
        )  # fmt: skip

    def go(self, panel: str) -> None:
        """The user goes to a panel."""
        self._chosen, self.loading = True, False
        if panel == "threads" and self.active != "threads":
            self._before, self.drawer = self.active, True
        elif panel in (*RUN, "history") and self.drawer:
            self.drawer = None  # they stand where the drawer is
        self.active = panel
        if panel in PAST:
            self.past = panel
        if panel in INSPECTOR and not (panel == "diff" and self.past == "history"):
            # Going to the tab that is open anyhow is no choice: it may be where a thread was opened.
            self._tab_chosen = self._tab_chosen or self._tabs[self.past] != panel
            self._tabs[self.past] = panel

    def close_threads(self) -> str:
        """Close them; return the panel to go back to."""
        self.drawer = False
        return self._before if self._before not in ("", "threads") else "graph"

    @property
    def first(self) -> str:
        """The panel that says most of a thread where only one has room."""
        return "messages" if self._tabs["timeline"] == "messages" else "graph"

    def choose(self, *, chats: bool, narrow: bool) -> None:
        """Open what fits a graph that chats, or one that does not, unless the user has chosen."""
        if not self._tab_chosen:
            before, now = self._tabs["timeline"], "messages" if chats else "state"
            self._tabs["timeline"] = now
            if self._chosen and self.active == before and self.past == "timeline":
                self.active = now
        self.settle(narrow=narrow)

    def settle(self, *, narrow: bool) -> None:
        """Where there is one column, a conversation comes first; until the user goes elsewhere."""
        if not self._chosen:
            self.active = self.first if narrow else "graph"


def has_drawer(plan: Plan) -> bool:
    """Whether the threads stand over other panels, and are closed when one is opened."""
    return "threads" in plan.panels and not plan.panels & {"graph", "history"} and not plan.tabs
