"""What the `:` prompt could mean: some rows above its line, over whatever stands there."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.cells import cut, width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span, fit_line
from studio_tui.ui.kit.terminal.safe import is_ascii, line_strip

ROWS = 8
"""Choices in sight at once."""


class PromptChoice(Struct, frozen=True):
    """One way to go on with the line."""

    word: str
    argument: str = ""
    """What the command takes behind it."""
    help: str = ""
    problem: str = ""
    """Why it cannot be done now, or empty."""


class PromptChoices(Widget):
    """There while there is something to choose; moves nothing on the screen."""

    DEFAULT_CSS = """
    PromptChoices { overlay: screen; constrain: inside inside; width: 100vw; height: 0; display: none;
        background: $panel; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._choices: Sequence[PromptChoice] = ()
        self._at: int | None = None
        """None: nothing was chosen yet."""
        self._top = 0

    @property
    def chosen(self) -> PromptChoice | None:
        """What the user went to with the arrow keys."""
        return self._choices[self._at] if self._at is not None else None

    @property
    def offers(self) -> bool:
        return bool(self._choices)

    def show(self, choices: Sequence[PromptChoice]) -> None:
        self._choices, self._at, self._top = choices, None, 0
        rows = min(ROWS, len(choices))
        self.display = rows > 0
        if rows:
            self.styles.height = rows
            self.styles.offset = Offset(0, -rows)
        self.refresh()

    def move(self, rows: int) -> None:
        """Go to the next choice, or the one before; from none to the first, or the last."""
        count = len(self._choices)
        if count:
            self._at = (-1 if rows < 0 else 0) % count if self._at is None else (self._at + rows) % count
            self._top = max(0, min(self._top, self._at), self._at - ROWS + 1)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        index = self._top + y
        if index >= len(self._choices):
            return line_strip(self, (), self.size.width)
        choice, cursor = self._choices[index], index == self._at
        names = min(44, max(width(f"{item.word} {item.argument}") for item in self._choices) + 2)
        name = f"{clean(choice.word)} {choice.argument}".rstrip()
        said = f"not now: {choice.problem}" if choice.problem else choice.help
        able = "muted" if choice.problem else "text"
        gutter = Span(glyphs(is_ascii(self)).cursor if cursor else " ", "accent")
        spans = (gutter, Span(f"{cut(name, names - 1):<{names}}", able), Span(clean(said), "muted"))
        return line_strip(self, fit_line(spans, self.size.width), self.size.width, "cursor " if cursor else "")
