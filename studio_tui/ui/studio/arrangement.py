"""Puts a plan into force: what is shown, where it stands, what the borders say; keeps the user's own sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.style import Style

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import ThreadId
from studio_tui.present.graph.overlay import Overlay
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line
from studio_tui.ui.kit.lists.panel_tabs import PanelTabs
from studio_tui.ui.kit.terminal.safe import is_ascii, put_title, to_content
from studio_tui.ui.studio import titles
from studio_tui.ui.studio.body import Body
from studio_tui.ui.studio.boxes import Border, Sizes
from studio_tui.ui.studio.layout import WIDE, Plan, Wanted, plan, rooms
from studio_tui.ui.studio.own_sizes import OwnSizes
from studio_tui.ui.studio.panels import LABELS, NARROW

if TYPE_CHECKING:
    from studio_tui.ui.studio.screen import StudioScreen

STEP = 2
"""Columns by which a key moves a border; rows by half of it."""
_NOT_OPEN = Style(bold=False)
"""Of the names behind the open panel's: with the keys in a panel its own name alone is bold."""


class Arrangement:
    """Knows where everything stands. The screen says what is wanted, this one moves the widgets."""

    def __init__(self, screen: StudioScreen, sizes: OwnSizes) -> None:
        self._screen = screen
        self.body = Body()
        self.tabs = PanelTabs(NARROW, LABELS, id="tabs")
        self.sizes = sizes
        self.plan = Plan("tiny", short=False)
        self.unread: set[str] = set()
        """Hidden panels with something that nobody has seen."""
        self._overlay = Overlay()
        self.strip: Line | None = None
        """What the title of the conversation says instead of its name, where there is one column."""
        self._titled: object = None
        self._thread: ThreadId | None = None

    @property
    def narrow(self) -> bool:
        return self._screen.app.size.width < WIDE

    def apply(self, wanted: Wanted) -> None:
        """Show what is wanted, as far as the terminal has room for it."""
        screen, (width, height) = self._screen, self._screen.app.size
        own = self.sizes.of(width)
        new, old = plan(width, height, wanted, own), self.plan
        shown = new.panels
        self.unread -= shown
        self.tabs.show(new.tabs and NARROW, shown, self.unread)
        if new != old:
            self.plan = new
            flags = {"-tiny": new.size == "tiny", "-narrow": bool(new.tabs), "-short": new.short}
            screen.update_classes(flags, update=screen.is_mounted)
            self.tabs.display = bool(new.tabs)
            self._show(new, shown - old.panels)
        self.body.follow(new, own)
        self._give_room(width, height, wanted, own)
        self.name()

    def _show(self, new: Plan, fresh: frozenset[str]) -> None:
        screen = self._screen
        for panel_id in new.panels:
            screen.panel(panel_id)
        for panel_id, panel in screen.panels.made.items():
            panel.display = panel_id in new.panels
            if panel_id in fresh and screen.is_mounted:
                screen.services.clock.owe(panel)
        screen.dock.display = new.dock
        screen.composer.display = new.composer
        most = screen.composer.styles.max_height
        if most is None or most.value != new.typing:
            screen.composer.styles.max_height = new.typing
            screen.composer.draw_note()
        most = screen.dock.styles.max_height
        if most is None or most.value != new.questions:
            screen.dock.styles.max_height = new.questions
            screen.dock.lines.fit()

    def mark_unread(self, panel_id: str) -> None:
        """Something came in a hidden panel."""
        if panel_id not in self.unread and panel_id not in self.plan.panels:
            self.unread.add(panel_id)
            self.tabs.show(self.plan.tabs and NARROW, self.plan.panels, self.unread)
            self.name()

    def _give_room(self, width: int, height: int, wanted: Wanted, own: Sizes) -> None:
        """Tell the graph for which room its picture is chosen, whatever its pane is at this moment."""
        if found := rooms(width, height, wanted, own):
            usual, most = found
            self._screen.graph.give_room(Size(*most), Size(*usual))

    def draw_strip(self, app_state: AppState) -> None:
        """Let the conversation's border show the graph where there is no room for its picture."""
        if (
            app_state.thread_id != self._thread
        ):  # what was unread is not of this thread, unless it has just got its name
            if self._thread is not None:
                self.unread.clear()
                self.tabs.show(self.plan.tabs and NARROW, self.plan.panels, self.unread)
                self.name()
            self._thread = app_state.thread_id
        is_seen = bool(self.plan.tabs) and "messages" in self.plan.panels and app_state.graph is not None
        line: Line | None = None
        if is_seen and app_state.graph is not None:
            from studio_tui.present.graph.strip import strip_line

            panel = self._screen.panel("messages")
            marks, ascii_only = self._overlay.marks(app_state, app_state.graph), is_ascii(panel)
            line = strip_line(app_state.graph, marks, panel.size.width - 4, glyphs(ascii_only), ascii=ascii_only)
        if line != self.strip:
            self.strip = line
            self.name()

    # -- titles -------------------------------------------------------------------------------------------------

    def name(self, *, anew: bool = False) -> None:
        """Write into the borders which panels these are, and which share their places."""
        says = (self.plan, frozenset(self.unread), self.strip)
        if not self._screen.is_mounted or (says == self._titled and not anew):
            return
        self._titled = says
        for panel_id in self.plan.panels - {"graph"}:  # that one says whose graph it is
            panel = self._screen.panel(panel_id)
            rest = titles.others(titles.beside(self.plan, panel_id), self.unread)
            title = Content(titles.name(panel_id)) + to_content(rest, panel).stylize(_NOT_OPEN)
            if panel_id == "messages" and self.strip is not None and self.plan.tabs:
                title = to_content(self.strip, panel)
            put_title(panel, title)

    def panel_at(self, panel_id: str, x: int) -> str:
        """Return which panel a click on a title is for."""
        return titles.at(self.plan, panel_id, x, self.unread) or panel_id

    # -- the user's own sizes -----------------------------------------------------------------------------------

    def take(self, sizes: Sizes, *, keep: bool = True) -> None:
        """Let the panels be so large, in terminals of about this size."""
        self.sizes.put(self._screen.app.size.width, sizes)
        self._screen.lay_out()
        if keep:
            self.sizes.keep()

    def move_border(self, panel_id: str, dx: int, dy: int) -> bool:
        """Move the border of a panel that lies right of it or below, else the one before; tell whether one is."""
        border = self._border_of(panel_id, is_column=bool(dx))
        if border is not None:
            step = dx * STEP + dy
            self.take(border.moved(self.sizes.of(self._screen.app.size.width), border.at + step))
        return border is not None

    def _border_of(self, panel_id: str, *, is_column: bool) -> Border | None:
        box = self.body.places.boxes.get(panel_id)
        if box is None:
            return None
        if is_column:
            ends = (box.x + box.width, box.x)
            found = [border for border in self.body.places.borders if border.is_column and border.at in ends]
        else:
            ends = (box.y + box.height, box.y)
            found = [
                border for border in self.body.places.borders
                if not border.is_column and border.at in ends and border.start == box.x
            ]  # fmt: skip
        return max(found, key=lambda border: border.at, default=None)

    def unfold(self, panel_id: str) -> None:
        """Open a panel that is collapsed: who asks for it wants to see it."""
        own = self.sizes.of(self._screen.app.size.width)
        if panel_id in own.collapsed:
            folded = tuple(name for name in own.collapsed if name != panel_id)
            self.take(Sizes(own.columns, own.rows, folded))

    def fold(self, panel_id: str) -> str:
        """Collapse a panel to its title, or open it again; return what is to be told, key names in braces."""
        column = next((column.panels for column in self.plan.columns if panel_id in column.panels), ())
        if len(column) < 2:
            return "Nothing stands above or below this panel that could take its room."
        own = self.sizes.of(self._screen.app.size.width)
        told = ""
        if panel_id in own.collapsed:
            folded = tuple(name for name in own.collapsed if name != panel_id)
        else:
            folded, told = (*own.collapsed, panel_id), "Collapsed: {fold} opens it again."
            if set(column) <= set(folded):
                folded = (panel_id, *(name for name in own.collapsed if name not in column))
        self.take(Sizes(own.columns, own.rows, folded))
        return told
