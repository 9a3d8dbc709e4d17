"""What the top row and pages in sections say, as text."""

from __future__ import annotations

from collections.abc import Sequence

from studio_tui.core.state.app_state import AppState
from studio_tui.present.kit.sections import Section, SectionRows
from studio_tui.present.top.happening import ACTS, happening
from studio_tui.present.top.row import thread_name, top_row
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain

KEYS = dict(zip(ACTS, ("^g", "n", "c", "esc", "^l", "E"), strict=True))


def said(app_state: AppState) -> str:
    """Return all that is said of what happens, however long."""
    parts = list(happening(app_state, 0.0, UNICODE, KEYS))
    return "".join(("" if at == 0 else part.lead.text) + plain(part.spans) for at, part in enumerate(parts))


def row(app_state: AppState, width: int, *, place: str = "", activity: str = "") -> str:
    """Return the whole row."""
    shown = top_row(
        app_state, width, now=0.0, signs=UNICODE, keys=KEYS, thread=thread_name(app_state), place=place,
        activity=activity,
    )  # fmt: skip
    return plain(shown.line)


def page_text(sections: Sequence[Section], cells: int = 100) -> str:
    """Return the rows of a page."""
    rows = SectionRows()
    rows.set_width(cells)
    rows.show(sections)
    return "\n".join(plain(rows.line(row, cells)) for row in range(len(rows)))
