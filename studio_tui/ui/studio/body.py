"""The middle of the Studio screen: panels, composer and questions, each where the plan puts it; borders are dragged."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from studio_tui.ui.studio.boxes import Border, Places, Sizes
from studio_tui.ui.studio.layout import Plan, places


class _ByPlan(Layout):
    """Puts every child where the plan says."""

    name = "by-plan"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        del greedy
        assert isinstance(parent, Body)
        parent.pre_layout(self)
        boxes = parent.place(children, size).boxes
        return [
            WidgetPlacement(Region(*boxes[child.id]), NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in boxes
        ]


class Body(Widget):
    """Holds them all side by side in the tree, so that a panel keeps what it is wherever it stands."""

    DEFAULT_CSS = "Body { height: 1fr; width: 1fr; }"

    @dataclass
    class Dragged(Message):
        """A border was moved by the mouse."""

        sizes: Sizes
        done: bool = False
        """The button is up: these are to stay."""

    @dataclass
    class TitlePressed(Message):
        """The title of a panel was clicked, `x` cells behind the beginning of its words."""

        panel: str
        x: int

    def __init__(self) -> None:
        super().__init__(id="body")
        self._by_plan = _ByPlan()
        self.plan = Plan("tiny", short=False)
        self.sizes = Sizes()
        self.places = Places({}, [])
        """Where everything stood at the last layout."""
        self._held: Border | None = None
        """The border under the button that is down."""
        self._grip = 0
        """Cells from where it was taken to where it stands: a line is two cells wide."""
        self._dragging = False

    @property
    def layout(self) -> Layout:
        return self._by_plan

    def follow(self, plan: Plan, sizes: Sizes) -> None:
        """Let everything stand as this plan says."""
        if (plan, sizes) != (self.plan, self.sizes):
            self.plan, self.sizes = plan, sizes
            self._clear_arrangement_cache()  # a layout asks for that of those above only
            self.refresh(layout=True)

    def place(self, children: list[Widget], size: Size) -> Places:
        made, wants = self.plan, dict.fromkeys(("composer", "dock"), 0)
        if made.columns:
            last, asked = made.columns[-1], made.columns[made.asked]
            across = {"composer": last.width, "dock": last.x + last.width - asked.x}
            for child in children:
                if child.id in wants:
                    wants[child.id] = self._rows_of(child, across[child.id], size)
        self.places = places(
            made, size.height, min(wants["composer"], made.typing), self.sizes, questions=wants["dock"]
        )  # fmt: skip
        return self.places

    def _rows_of(self, widget: Widget, across: int, size: Size) -> int:
        """Return what the composer or the questions want for what is in them, the border included."""
        around = widget.gutter
        inside = Size(across, size.height) - around.totals
        return widget.get_content_height(inside, self.app.size, inside.width) + around.height

    # -- the mouse on borders -----------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        x, y = self._inside(event)
        self._held = held = self._border_at(x, y) if event.button == 1 else None
        self._grip = held.at - (x if held.is_column else y) if held is not None else 0
        self._dragging = False

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the border that is held."""
        if self._held is None or not event.button:
            return
        if not self._dragging:
            self._dragging = True
            self.capture_mouse()
        self._drag(event, done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of it."""
        if self._held is not None and self._dragging:
            self.release_mouse()
            self._drag(event, done=True)
        self._held = None

    def _drag(self, event: events.MouseEvent, *, done: bool) -> None:
        assert self._held is not None
        x, y = self._inside(event)
        at = (x if self._held.is_column else y) + self._grip
        self.post_message(self.Dragged(self._held.moved(self.sizes, at), done))

    def on_click(self, event: events.Click) -> None:
        """Tell of clicks on titles, unless they are the end of a drag."""
        if self._dragging:
            self._dragging = False
            return
        x, y = self._inside(event)
        for panel, box in self.places.boxes.items():
            if box.y == y and box.x <= x < box.x + box.width and panel not in ("composer", "dock"):
                self.post_message(self.TitlePressed(panel, x - box.x - 3))

    def _inside(self, event: events.MouseEvent) -> tuple[int, int]:
        return int(event.screen_x) - self.region.x, int(event.screen_y) - self.region.y

    def _border_at(self, x: int, y: int) -> Border | None:
        for border in self.places.borders:
            across, along = (x, y) if border.is_column else (y, x)
            if across in (border.at - 1, border.at) and border.start <= along < border.end:
                return border
        return None
