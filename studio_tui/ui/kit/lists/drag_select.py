"""Text of a list is selected by dragging the mouse over it or row by row with keys, and copied by a key.

Lists draw single lines of a window that moves over any number of rows: a selection is kept by what identifies its
first and last row, so that it stays on its text while rows come and go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.strip import Strip
from textual.timer import Timer

from studio_tui.text.cells import graphemes, width
from studio_tui.text.fmt import count
from studio_tui.text.spans import fit_line, line_width, plain
from studio_tui.ui.contracts.command import act
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.lists.row_filter import RowFilter
from studio_tui.ui.kit.lists.viewport import Viewport
from studio_tui.ui.kit.terminal.safe import ascii_line, ascii_text

if TYPE_CHECKING:
    from studio_tui.ui.kit.lists.line_view import LineView

GUTTER = 1
"""Cells before a row's text: the cursor's."""
EDGE_SECONDS = 0.05
"""How often the list scrolls by a row while the mouse is held above or below it."""
MOST_ROWS = 10_000
"""Rows of a selection that are copied."""
_WORD = re.compile(r"[\w\-./:@%+~#]+")
"""What a double click takes: a word, an identifier, a path or an address."""


_WHOLE = 1_000_000
"""A cell behind the end of any row."""
_PLAIN = Style()


class Spot(NamedTuple):
    """One end of a selection: a position among the rows that are shown, and a cell of the text there."""

    position: int
    cell: int


@dataclass(eq=False)
class DragSelection:
    """What is selected in a list, and the mouse that selects it."""

    view: LineView
    port: Viewport
    found: RowFilter
    scroll: Callable[[int], object]
    refresh: Callable[[], object]
    dragged: bool = field(default=False, init=False)
    """The click that follows is the end of a drag."""
    _pressed: Spot | None = field(default=None, init=False)
    """Where the button went down, until it is released."""
    _spots: tuple[Spot, Spot] | None = field(default=None, init=False)
    """Where the selection begins and where it was dragged to."""
    _anchors: tuple[Hashable, Hashable] = field(default=(None, None), init=False)
    _grows: bool = field(default=False, init=False)
    """Rows were selected by a key: wherever the cursor goes, it ends there."""
    _mouse: Offset = field(default=Offset(0, 0), init=False)
    _edge_timer: Timer | None = field(default=None, init=False)

    @property
    def text(self) -> str:
        if self._spots is None:
            return ""
        first, last = sorted(self._spots)
        parts = list[str]()
        for position in range(first.position, min(last.position + 1, first.position + MOST_ROWS, self.port.count)):
            joint = self.view.rows.joint(self.found.row(position)) if parts else ""
            if "\n" in joint:
                parts[-1] = parts[-1].rstrip(" ")
            parts += [joint, _between(self.shown(position), *self._cells(position, first, last))]
        return "".join(parts).rstrip(" ")

    @property
    def words(self) -> str:
        if self._spots is None or self._pressed is not None:
            return ""
        first, last = sorted(self._spots)
        rows = last.position - first.position + 1
        selected = "selected" if rows == 1 else f"{count(rows)} rows selected"
        return selected + with_keys(self.view, f", {{{self._copying()}}} copies")

    def _copying(self) -> str:
        """The command that copies the selection where the list stands; in a dialog its letters mean something else."""
        services = services_of(self.view)
        here = services.here()
        copying = (item.id for item in services.commands if item.id == "yank" or item.run == act("copy"))
        return next((name for name in copying if name in here), "copy-selection")

    def shown(self, position: int) -> str:
        """Return the text of the row at a position as it is drawn."""
        line, room = self.view.rows.line(self.found.row(position), self.view.text_width), self.view.text_width
        line = ascii_line(line) if self.view.ascii else line
        text = plain(line if line_width(line) <= room else fit_line(line, room))
        return ascii_text(text) if self.view.ascii else text

    def clear(self) -> bool:
        """Select nothing; return whether anything was selected."""
        was, self._spots, self._grows = self._spots is not None, None, False
        if was:
            self.refresh()
        return was

    def cells(self, position: int) -> tuple[int, int] | None:
        """Return first and last cell (excluded) that are selected in a row, None where none is."""
        if self._spots is None:
            return None
        first, last = sorted(self._spots)
        return self._cells(position, first, last) if first.position <= position <= last.position else None

    def follow_rows(self) -> None:
        """Rows came or went: the selection stays with its text, and ends with it."""
        if self._spots is None:
            return
        rows = [self.view.rows.row_of(anchor) for anchor in self._anchors]
        total = len(self.view.rows)
        spots = [
            Spot(self.found.position(row), spot.cell)
            for row, spot in zip(rows, self._spots, strict=True)
            if row is not None and row < total
        ]
        self._spots = (spots[0], spots[1]) if len(spots) == 2 else None

    def _cells(self, position: int, first: Spot, last: Spot) -> tuple[int, int]:
        start = max(first.cell if position == first.position else 0, self._margin(position))
        if position == last.position:
            return start, last.cell + 1
        end = self.view.rows.end(self.found.row(position))
        return start, self.view.content_size.width if end is None or start >= end else end

    def _margin(self, position: int) -> int:
        known = self.view.rows.margin(self.found.row(position))
        if known is not None:
            return known
        text, bar = self.shown(position), f"{self.view.glyphs.bar} "
        inside = text.lstrip(" ")
        return len(text) - len(inside) + len(bar) if inside.startswith(bar) else 0

    # -- keys ---------------------------------------------------------------------------------------------------

    def begin_rows(self) -> None:
        """Select the row under the cursor, and from now on all rows up to where the cursor goes."""
        if not self._grows and self.port.count:
            self._grows, self.port.follow = True, False
            self._select(Spot(self.port.cursor, 0), Spot(self.port.cursor, _WHOLE))

    def cursor_moved(self) -> None:
        """The cursor went to another row: rows that are being selected end there."""
        if self._grows and self._spots is not None:
            start, end = self._spots[0].position, self.port.cursor
            first, last = (0, _WHOLE) if start <= end else (_WHOLE, 0)
            self._select(Spot(start, first), Spot(end, last))

    def select_word(self, place: Offset) -> bool:
        """Select the word at a place; return whether there is one, and its row is not rather opened."""
        spot = self._spot(place)
        if self.view.rows.opens(self.found.row(spot.position)):
            return False
        at = 0
        for part in _parts(self.shown(spot.position)):
            wide = width(part)
            if at <= spot.cell < at + wide and _WORD.fullmatch(part):
                self._select(Spot(spot.position, at), Spot(spot.position, at + wide - 1))
                return True
            at += wide
        return False

    def select_row(self, place: Offset) -> None:
        position = self._spot(place).position
        self._select(Spot(position, 0), Spot(position, _WHOLE))

    def _select(self, start: Spot, end: Spot) -> None:
        self._spots = (start, end)
        begin, finish = (self.view.rows.anchor(self.found.row(spot.position)) for spot in (start, end))
        self._anchors = (begin, finish)
        self.refresh()

    # -- the mouse ----------------------------------------------------------------------------------------------

    def press(self, event: events.MouseDown) -> None:
        self.dragged, self._pressed, self._grows = False, None, False
        place = event.get_content_offset(self.view)
        bar = self.view.content_size.width - 1
        if event.button == 1 and place is not None and place.x < bar and self.port.count:
            self._pressed = self._spot(place)

    def move(self, event: events.MouseMove) -> None:
        if self._pressed is None or not event.button:
            return
        self._mouse = event.get_content_offset_capture(self.view)
        if not self.dragged:
            if self._spot(self._mouse) == self._pressed:
                return
            self.dragged = True
            self.port.follow = False  # what is being selected is not to scroll away
            self.view.capture_mouse()
            self._edge_timer = self.view.set_interval(EDGE_SECONDS, self._scroll_at_edge)
        self._drag_to(self._mouse)

    def release(self) -> None:
        if self._edge_timer is not None:
            self._edge_timer.stop()
            self._edge_timer = None
        if self._pressed is not None and self.dragged:
            self.view.release_mouse()
        self._pressed = None
        if self.dragged:
            self.refresh()

    def _spot(self, place: Offset) -> Spot:
        position = min(max(0, self.port.top + place.y), self.port.count - 1)
        return Spot(position, min(max(0, place.x - GUTTER), max(0, self.view.content_size.width - 3)))

    def _drag_to(self, place: Offset) -> None:
        if self._pressed is None or not self.port.count:
            return
        spots = (self._pressed, self._spot(place))
        if spots != self._spots:
            self._select(*spots)

    def _scroll_at_edge(self) -> None:
        """Go on selecting what is out of sight, as long as the mouse is held there."""
        y = self._mouse.y
        if self._pressed is not None and not 0 <= y < self.port.height:
            self.scroll(-1 if y < 0 else 1)
            self._drag_to(self._mouse)


def selected_strip(strip: Strip, cells: tuple[int, int]) -> Strip:
    """Return a row with the selected cells of its text in reverse."""
    start, end = (min(cell + GUTTER, strip.cell_length - 1) for cell in cells)
    if start >= end:
        return strip
    before, selected, after = strip.divide([start, end, strip.cell_length])
    # What is reversed already, such as the row under the cursor in sixteen colours, is turned back.
    turned = [
        Segment(text, (style or _PLAIN) + Style(reverse=not (style and style.reverse)), control)
        for text, style, control in selected
    ]
    return Strip.join([before, Strip(turned, selected.cell_length), after])


def _parts(text: str) -> Iterator[str]:
    """Yield words and what stands between them."""
    at = 0
    for found in _WORD.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        yield found[0]
        at = found.end()
    if at < len(text):
        yield text[at:]


def _between(text: str, start: int, end: int) -> str:
    """Return the characters of `text` that stand in these cells; one that is cut in two counts."""
    out, cell = list[str](), 0
    for sign, wide in graphemes(text):
        if cell + wide > start and cell < end:
            out.append(sign)
        cell += wide
    return "".join(out)
