"""Text of a list is selected by dragging the mouse over it, and copied by a key.

Lists draw single lines of a window that moves over any number of rows: a selection is kept by what identifies its
first and last row, so that it stays on its text while rows come and go.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, NamedTuple

from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.geometry import Offset
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from studio_tui.text.cells import graphemes
from studio_tui.text.fmt import count
from studio_tui.text.glyphs import glyphs
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import SELECT
from studio_tui.ui.kit.lists.viewport import Viewport
from studio_tui.ui.kit.terminal.paint import is_ascii

GUTTER = 1
"""Cells before a row's text: the cursor's."""
EDGE_SECONDS = 0.05
"""How often the list scrolls by a row while the mouse is held above or below it."""
MOST_ROWS = 10_000
"""Rows of a selection that are copied."""
WHEEL_ROWS = 3
_SELECTED = Style(reverse=True)


class Spot(NamedTuple):
    """One end of a selection: a position among the rows that are shown, and a cell of the text there."""

    position: int
    cell: int


class DragSelect(Widget):
    """What the mouse does in a list. `LineView` answers what stands where."""

    ALLOW_SELECT: ClassVar[bool] = False  # Textual's own selection knows no rows that are scrolled away
    BINDINGS: ClassVar[list[BindingType]] = bindings(SELECT)

    _pressed: Spot | None = None
    """Where the button went down, until it is released."""
    _spots: tuple[Spot, Spot] | None = None
    """Where the selection begins and where it was dragged to."""
    _anchors: tuple[Hashable, Hashable] = (None, None)
    _dragged = False
    """The click that follows is the end of a drag."""
    _mouse = Offset(0, 0)
    _edge_timer: Timer | None = None

    # -- what lists answer --------------------------------------------------------------------------------------

    _port: Viewport
    """Where the list stands."""

    def shown_text(self, position: int) -> str:
        """Return the text of a row as it is drawn."""
        raise NotImplementedError

    def joint(self, position: int) -> str:  # noqa: ARG002 - most rows are lines of their own
        """Return what stands between the text of the row before and that of this one."""
        return "\n"

    def anchor_at(self, position: int) -> Hashable:
        """Return what identifies the row at a position."""
        raise NotImplementedError

    def position_now(self, anchor: Hashable) -> int | None:
        """Return where the row of an anchor is now, None when it is gone."""
        raise NotImplementedError

    def _scroll(self, rows: int) -> None:
        """Scroll; the cursor stays."""
        raise NotImplementedError

    def _refresh_rows(self) -> None:
        """Paint what changed, and bring the border up to date."""
        raise NotImplementedError

    # -- the selection ------------------------------------------------------------------------------------------

    @property
    def selected_text(self) -> str:
        """The text that is selected, as it is drawn; empty without a selection."""
        first, last = self._ends()
        if first is None or last is None:
            return ""
        parts = list[str]()
        for position in range(first.position, min(last.position + 1, first.position + MOST_ROWS, self._port.count)):
            joint = self.joint(position) if parts else ""
            if "\n" in joint:
                parts[-1] = parts[-1].rstrip(" ")
            parts += [joint, _between(self.shown_text(position), *self._cells(position, first, last))]
        return "".join(parts).rstrip(" ")

    @property
    def selection_words(self) -> str:
        first, last = self._ends()
        if first is None or last is None or self._pressed is not None:
            return ""
        rows = last.position - first.position + 1
        return "selected, y copies" if rows == 1 else f"{count(rows)} rows selected, y copies"

    def clear_selection(self) -> bool:
        """Select nothing; return whether anything was selected."""
        was, self._spots = self._spots is not None, None
        if was:
            self._refresh_rows()
        return was

    def cells_selected(self, position: int) -> tuple[int, int] | None:
        """Return first and last cell (excluded) that are selected in a row, None where none is."""
        if self._spots is None:
            return None
        first, last = self._ends()
        if first is None or last is None or not first.position <= position <= last.position:
            return None
        return self._cells(position, first, last)

    def follow_rows(self) -> None:
        """Rows came or went: the selection stays with its text, and ends with it."""
        if self._spots is None:
            return
        places = [self.position_now(anchor) for anchor in self._anchors]
        if places[0] is None or places[1] is None:
            self._spots = None
        else:
            self._spots = (Spot(places[0], self._spots[0].cell), Spot(places[1], self._spots[1].cell))

    def _ends(self) -> tuple[Spot | None, Spot | None]:
        if self._spots is None:
            return None, None
        first, last = sorted(self._spots)
        return first, last

    def margin(self, position: int) -> int:
        """Return how many cells of a row are a bar before its text, and what comes before that."""
        text, bar = self.shown_text(position), f"{glyphs(is_ascii(self)).bar} "
        inside = text.lstrip(" ")
        return len(text) - len(inside) + len(bar) if inside.startswith(bar) else 0

    def _cells(self, position: int, first: Spot, last: Spot) -> tuple[int, int]:
        start = max(first.cell if position == first.position else 0, self.margin(position))
        end = last.cell + 1 if position == last.position else self.content_size.width
        return start, end

    # -- the mouse ----------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragged, self._pressed = False, None
        place = event.get_content_offset(self)
        if event.button == 1 and place is not None and place.x < self.content_size.width - 1 and self._port.count:
            self._pressed = self._spot(place)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select from where the button went down to the mouse."""
        if self._pressed is None or not event.button:
            return
        self._mouse = event.get_content_offset_capture(self)
        if not self._dragged:
            if self._spot(self._mouse) == self._pressed:
                return
            self._dragged = True
            self._port.follow = False  # what is being selected is not to scroll away
            self.capture_mouse()
            self._edge_timer = self.set_interval(EDGE_SECONDS, self._scroll_at_edge)
        self._drag_to(self._mouse)

    def on_mouse_up(self) -> None:
        if self._edge_timer is not None:
            self._edge_timer.stop()
            self._edge_timer = None
        if self._pressed is not None and self._dragged:
            self.release_mouse()
        self._pressed = None
        if self._dragged:
            self._refresh_rows()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll; the cursor stays."""
        event.stop()
        event.prevent_default()
        self._scroll(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll; the cursor stays."""
        event.stop()
        event.prevent_default()
        self._scroll(-WHEEL_ROWS)

    def action_copy_selection(self) -> None:
        """Copy what is selected; without a selection the key means what it means elsewhere."""
        from studio_tui.ui.kit.terminal.clipboard import copy

        text = self.selected_text
        if not text:
            raise SkipAction
        copy(self.app, text, "the selected text")

    def _spot(self, place: Offset) -> Spot:
        port = self._port
        position = min(max(0, port.top + place.y), port.count - 1)
        return Spot(position, min(max(0, place.x - GUTTER), max(0, self.content_size.width - 3)))

    def _drag_to(self, place: Offset) -> None:
        if self._pressed is None or not self._port.count:
            return
        spots = (self._pressed, self._spot(place))
        if spots != self._spots:
            self._spots = spots
            self._anchors = (self.anchor_at(spots[0].position), self.anchor_at(spots[1].position))
            self._refresh_rows()

    def _scroll_at_edge(self) -> None:
        """Go on selecting what is out of sight, as long as the mouse is held there."""
        y = self._mouse.y
        if self._pressed is not None and not 0 <= y < self._port.height:
            self._scroll(-1 if y < 0 else 1)
            self._drag_to(self._mouse)


def selected_strip(strip: Strip, cells: tuple[int, int]) -> Strip:
    """Return a row with the selected cells of its text in reverse."""
    start, end = (min(cell + GUTTER, strip.cell_length - 1) for cell in cells)
    if start >= end:
        return strip
    before, selected, after = strip.divide([start, end, strip.cell_length])
    return Strip.join([before, selected.apply_style(_SELECTED), after])


def _between(text: str, start: int, end: int) -> str:
    """Return the characters of `text` that stand in these cells; one that is cut in two counts."""
    out, cell = list[str](), 0
    for sign, wide in graphemes(text):
        if cell + wide > start and cell < end:
            out.append(sign)
        cell += wide
    return "".join(out)
