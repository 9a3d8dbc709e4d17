"""Where notices stand: in the top row, between what says where writes go and what happens; and what was told before."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, NamedTuple, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from textual.app import App
from textual.css.query import NoMatches
from textual.geometry import Spacing
from textual.screen import Screen
from textual.widgets._toast import ToastRack

from studio_tui.text.cells import cut, width, wrap
from studio_tui.text.glyphs import glyphs

ROWS = 3
"""Rows that a notice may take; what does not fit is in the list of notices."""
LEAST = 36
"""Cells in the top row from which on a notice that fits stands there; others stand below it, at the right."""
BELOW = 64
"""Cells that those below it take at least, where the terminal has them; else the right half."""
KEPT = 50
_AROUND = 4
"""Cells around the words: a bar, two blanks, and one to what stands beside."""

_told: WeakKeyDictionary[App[Any], deque[Told]] = WeakKeyDictionary()


class Told(NamedTuple):
    """A notice as it was shown: unix seconds, severity, and safe text."""

    at: float
    severity: str
    text: str


@runtime_checkable
class Topped(Protocol):
    """A screen with a top row."""

    @property
    def status(self) -> Any:
        """The row: a widget whose `free` are the cells over which notices may stand."""


def remember(app: App[Any], severity: str, text: str) -> None:
    _told.setdefault(app, deque(maxlen=KEPT)).append(Told(time.time(), severity, text))


def notices_text(app: App[Any]) -> str:
    """Return the last notices, the newest first, each with the time of day when it was told."""
    signs = glyphs(app.has_class("-ascii"))
    sign = {"error": signs.error, "warning": signs.warning}
    return "\n".join(
        f"{time.strftime('%H:%M:%S', time.localtime(told.at))} {sign.get(told.severity, ' ')} {told.text}"
        for told in reversed(_told.get(app, ()))
    )


def laid_out(app: App[Any], text: str) -> str:
    """Return the words of a notice in one line, if that fits into the top row, else in ROWS at most for below it."""
    left, right, _ = _place(app, text)
    cells = max(8, app.size.width - left - right - _AROUND)
    lines = wrap(text, cells)
    if len(lines) > ROWS:
        lines = [*lines[: ROWS - 1], cut(" ".join(lines[ROWS - 1 :]), cells)]
    return "\n".join(lines)


def hide_below(app: App[Any]) -> None:
    """Hide the notices of all screens but the top one, which shows the same ones: a dialog lets the others be seen."""
    for screen in app.screen_stack[:-1]:
        for rack in screen.children:
            if isinstance(rack, ToastRack) and rack.display:
                rack.display = False


def put_in_place(app: App[Any], screen: Screen[Any]) -> None:
    """Put the notices of a screen where they cover nothing that matters."""
    try:
        rack = screen.get_child_by_type(ToastRack)
    except NoMatches:
        return
    left, right, top = _place(app, *(item.message for item in app._notifications))
    place = Spacing(top, 0, 0, left), app.size.width - left - right
    if (rack.styles.margin, rack.styles.width and rack.styles.width.value) != place:
        rack.styles.margin, rack.styles.width = place


def _place(app: App[Any], *texts: str) -> tuple[int, int, int]:
    """Return the cells at the left and at the right, and the rows above, that notices leave: in the top row where all
    of them fit into it, else below it at the right."""
    cells = app.size.width
    start, end = next(
        (screen.status.free for screen in reversed(app.screen_stack) if isinstance(screen, Topped)), (0, 0)
    )
    end = end or cells
    longest = max((width(text) + _AROUND if "\n" not in text else cells + 1 for text in texts), default=0)
    if end - start < max(LEAST, longest):
        return max(0, min(cells // 2, cells - BELOW)), 1, 1
    return start, cells - end, 0
