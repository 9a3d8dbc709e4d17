"""What a list shows: its rows in sight as strips, each kept by all that its look depends on, and its border."""

from __future__ import annotations

import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer

from studio_tui.log import LOGGER
from studio_tui.text.cells import fit_parts, wrap
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span
from studio_tui.ui.contracts.beat import on_beat, until_beat
from studio_tui.ui.kit.lists.drag_select import DragSelection, selected_strip
from studio_tui.ui.kit.lists.row_filter import RowFilter, highlight
from studio_tui.ui.kit.lists.viewport import Viewport
from studio_tui.ui.kit.terminal.safe import list_strip, set_subtitle
from studio_tui.ui.kit.terminal.themes import theme_revision

if TYPE_CHECKING:
    from studio_tui.ui.kit.lists.line_view import LineView

STRIPS_KEPT = 256
LINES_KEPT = 192
"""Whole lines, border included: enough for the largest screen, and for what was just scrolled away. Each takes 5 kB."""
BORDER_BEAT = 0.25
"""The counts in the border change once in so many seconds, for each time repaints the whole widget."""


class Strips:
    """The strips used last, by what their looks depend on.

    Not Textual's cache: when that is cleared, what was in it is a ring, which stays in memory until the collector of
    cycles comes by.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, Strip] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, look: Hashable) -> Strip | None:
        strip = self._known.get(look)
        if strip is not None:
            self._known.move_to_end(look)
        return strip

    def put(self, look: Hashable, strip: Strip) -> Strip:
        """Keep a strip; return it."""
        self._known[look] = strip
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return strip

    def clear(self) -> None:
        self._known.clear()


class RowPainter:
    """Draws the screen lines and the border of one list."""

    def __init__(self, view: LineView, port: Viewport, found: RowFilter, selection: DragSelection) -> None:
        self._view = view
        self._port = port
        self._found = found
        self._selection = selection
        self._strips = Strips(STRIPS_KEPT)
        self._lines = Strips(LINES_KEPT)
        """What Textual made of strips: with border and background."""
        self._basis: Hashable = None
        self._behind: Color | None = None
        self._painted: dict[int, Hashable] = {}
        self._wanted: tuple[Hashable, dict[int, Hashable]] = (None, {})
        """How the lines look that are to be painted next, and where the list stood when that was found."""
        self._now: dict[int, Hashable] = {}
        """The same of lines that are being painted: nothing changes before they are."""
        self._empty: tuple[tuple[str, int], list[str]] = (("", 0), [])
        """What an empty list says at which width, and its lines."""
        self._border = ""
        self._border_timer: Timer | None = None
        self._border_beat = 0.0
        """The one in which it was written last."""
        self._failures: set[str] = set()

    def paint(self, crop: Region, render: Callable[[Region], list[Strip]]) -> list[Strip]:
        """Return the lines in `crop` as `render`, which is Textual's, makes them; what it made before it finds again.

        It keeps lines by their place, and would make all of them anew each time that a list moves on by a row.
        """
        self._begin()
        view, kept = self._view, self._view._styles_cache
        if not kept._cache or kept._width != view.outer_size.width:  # border, colours or size have changed
            self._lines.clear()
            if view.background_colors[1] != self._behind:
                # Painted after the theme had changed and before the style sheet followed: with what lay behind before.
                self._behind = view.background_colors[1]
                self._strips.clear()
        made: dict[Hashable, list[int]] = {}
        stood, wanted = self._wanted
        self._wanted = (None, {})
        if stood != self._stands():
            wanted = {}
        above, height = view.styles.gutter.top, min(self._port.height, view.content_size.height)
        for line in crop.line_range:
            if (line in kept._cache and line not in kept._dirty_lines) or not 0 <= line - above < height:
                continue
            look = wanted.get(line - above)
            strip = self._lines.get(look) if look is not None else None
            if strip is None:
                # A row may have changed since it was looked at, and what is made of it now is kept by how it looks now.
                look = self._now[line - above] = self._look(line - above)
                strip = self._lines.get(look)
            if strip is None:
                made.setdefault(look, []).append(line)
            else:
                self._painted[line - above] = look
                kept._cache[line] = strip
                kept._dirty_lines.discard(line)
        for look, (line, *more) in made.items():
            if more:  # blank ones, most of all
                render(Region(0, line, view.outer_size.width, 1))
            for other in more:
                self._painted[other - above] = look
                kept._cache[other] = kept._cache[line]
                kept._dirty_lines.discard(other)
        strips = render(crop)
        self._now.clear()
        for look, (line, *_more) in made.items():
            self._lines.put(look, kept._cache[line])
        return strips

    def _begin(self) -> None:
        """Let strips go that were made for another width, theme, search or set of signs; once a paint."""
        view = self._view
        basis = (view.content_size.width, theme_revision(view.app), self._found.text, view.ascii)
        if basis != self._basis:
            self._basis = basis
            self._strips.clear()
            self._lines.clear()

    def strip(self, y: int) -> Strip:
        look = self._painted[y] = self._now.pop(y, None) or self._look(y)
        strip = self._strips.get(look)
        return self._strips.put(look, self._build(y)) if strip is None else strip

    def repaint(self) -> None:
        """Have the screen lines painted that look otherwise than when they were painted."""
        height, wide = self._port.height, self._view.content_size.width
        looks = {y: self._look(y) for y in range(height)}
        changed = [y for y, look in looks.items() if self._painted.get(y) != look]
        self._wanted = (self._stands(), looks) if changed else (None, {})
        if len(changed) == height:
            self._view.refresh(Region(0, 0, wide, height))  # not the border, which stays
        elif changed:
            self._view.refresh(*(Region(0, y, wide, 1) for y in changed))

    def _stands(self) -> Hashable:
        """Return what the looks of all lines depend on beside their rows."""
        port = self._port
        return (port.top, port.cursor, port.count, port.height, self._view.has_focus)

    def write_border(self) -> None:
        """Bring the counts in the border up to date, now or at the next beat."""
        if self._border_timer is not None or not self._view.is_mounted:
            return
        if on_beat(time.time(), BORDER_BEAT) != self._border_beat:
            self._write_border()
        else:
            self._border_timer = self._view.set_timer(until_beat(BORDER_BEAT), self._border_due)

    def _border_due(self) -> None:
        self._border_timer = None
        self._write_border()

    def _write_border(self) -> None:
        parts = [*self._view.border_parts()]
        room = self._view.frame.outer_size.width - 4  # corners and a blank at each side
        text = fit_parts(parts, room, self._view.summary()) if room > 0 else " · ".join(filter(None, parts))
        if text != self._border:
            # What stays as it is takes no beat: what comes next is seen with the row that it counts.
            self._border_beat = on_beat(time.time(), BORDER_BEAT)
            self._border = text
            set_subtitle(self._view.frame, text)

    def _look(self, y: int) -> Hashable:
        """Return everything that the look of screen line `y` depends on, the view as a whole aside."""
        try:
            return self._look_of(y)
        except LookupError:  # as in `_build`
            return ("gone", y)
        except Exception as error:
            return ("failed", y, self._row_failed(error))

    def _row_failed(self, error: Exception) -> str:
        """One row that cannot be drawn must not take the app with it: rows show what servers send at any moment."""
        kind = type(error).__name__
        if kind not in self._failures:
            self._failures.add(kind)
            LOGGER.error("a row of %s cannot be drawn\n%s", self._view.id, traceback.format_exc())
        return kind

    def _look_of(self, y: int) -> Hashable:
        port = self._port
        position = port.top + y
        if not port.count:
            return ("empty", self._empty_line(y))
        if position >= port.count:
            return ("blank",)
        cursor = (1 + self._view.has_focus) if position == port.cursor else 3 * self._is_beside(position)
        look = (self._view.rows.key(self._found.row(position)), cursor, port.is_thumb(y))
        selected = self._selection.cells(position)
        return look if selected is None else (*look, selected)

    def _is_beside(self, position: int) -> bool:
        """Whether a row is part of what the cursor is on, where keys act on that."""
        port, row = self._port, self._found.row
        return self._view.has_focus and port.cursor < port.count and self._view.rows.belongs(
            row(position), row(port.cursor)
        )  # fmt: skip

    def _empty_line(self, y: int) -> str:
        """Return line `y` of what an empty list says."""
        view = self._view
        sentence = (view.empty_sentence(), view.text_width)
        if sentence != self._empty[0]:
            self._empty = (sentence, wrap(clean_block(sentence[0]), sentence[1]))
        lines = self._empty[1]
        return lines[y] if y < len(lines) else ""

    def _build(self, y: int) -> Strip:
        try:
            return self._build_row(y)
        except LookupError:  # what it shows has just been let go; the next frame brings the rows of now
            return list_strip(self._view, (), cursor=False, thumb=False)
        except Exception as error:
            said = f"This row cannot be shown ({self._row_failed(error)}); the log has the reason."
            return list_strip(self._view, (Span(said, "err"),), cursor=False, thumb=False)

    def _build_row(self, y: int) -> Strip:
        port, view = self._port, self._view
        position = port.top + y
        line: Line = ()
        if not port.count:
            said = self._empty_line(y)
            line = (Span(said, "muted"),) if said else ()
        elif position < port.count:
            line = highlight(view.rows.line(self._found.row(position), view.text_width), self._found.needle)
        cursor = port.count > 0 and position == port.cursor
        beside = not cursor and position < port.count and self._is_beside(position)
        strip = list_strip(view, line, cursor=cursor, thumb=port.is_thumb(y), beside=beside)
        selected = self._selection.cells(position) if port.count else None
        return strip if selected is None else selected_strip(strip, selected)
