"""The rows of a form that are always there: what is to be said of the whole, and of the field in use."""

from __future__ import annotations

from textual import events

from studio_tui.text.cells import cut, wrap
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span, line_width, plain, says
from studio_tui.ui.contracts.services import told
from studio_tui.ui.kit.terminal.safe import PlainStatic

ROWS = 2
"""Rows that are there whether anything is said or not, so that nothing below or above ever moves for a field's sake."""
_LEAST = 12
"""Cells in which something is said of a field."""
WIDE = 110
"""Cells in which one row holds what is said of nearly every field."""
MOST = 6
"""Rows up to which they grow for what a server answered."""


class NoteRows(PlainStatic):
    """What is said of the whole stands first; what is said of a field is cut to the rows that are left."""

    DEFAULT_CSS = f"NoteRows {{ width: 1fr; height: {ROWS}; padding: 0 1; }}"

    def __init__(self, *, rows: int = ROWS, id: str | None = None) -> None:
        super().__init__(id=id)
        self._narrow = self._rows = rows
        self._said: Line = ()
        self._of_field: Line = ()
        self._grows = False
        self._drawn: object = None

    @property
    def whole(self) -> str:
        """All of it, however little finds room (safe text)."""
        return "\n".join(plain(line) for line in (self._said, self._of_field) if line)

    def say(self, text: str, role: str, *, whole: bool = False) -> None:
        """Say something of the whole form (display text); an empty text takes it back.

        `whole`: an answer to a key, such as a server's refusal, which takes more rows where it needs them.
        """
        self._said = (Span(clean_block(told(self, text), 1200), role),) if text else ()
        self._grows = whole
        self._draw()

    def tell(self, line: Line) -> None:
        """Say something of the field in use, in one line; an empty one takes it back."""
        self._of_field = line
        self._draw()

    def on_mount(self) -> None:
        self.styles.height = self._rows

    def on_resize(self, event: events.Resize) -> None:
        self._rows = 1 if event.size.width >= WIDE else self._narrow
        self._draw()

    def _draw(self) -> None:
        cells = self.content_size.width
        now = (self._said, self._of_field, self._grows, self._rows, cells)
        if not self.is_mounted or not cells or now == self._drawn:
            return
        self._drawn = now
        said = _wrapped(self._said, cells, MOST if self._grows else self._rows)
        left = self._rows - len(said)
        of_field = () if says(self._said, self._of_field) else self._of_field
        if said and left == 0 and of_field:
            # In one row the field's words stand behind those of the whole.
            room = cells - line_width(said[-1]) - 1
            said[-1] = (*said[-1], Span(" "), *_wrapped(of_field, room, 1)[0]) if room > _LEAST else said[-1]
        self.set_lines([*said, *(_wrapped(of_field, cells, left) if left > 0 else [])])
        self.styles.height = max(self._rows, len(said))


def _wrapped(line: Line, cells: int, most: int) -> list[Line]:
    """Return a line of one role in at most `most` rows; the last one is cut."""
    if not line:
        return []
    parts = wrap(plain(line), cells)
    if len(parts) > most:
        parts = [*parts[: most - 1], cut(" ".join(parts[most - 1 :]), cells)]
    return [(Span(part, line[0].role),) for part in parts]
