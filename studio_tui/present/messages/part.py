"""Some rows of a message that belong together: ready-made lines, a text that grows, or drawn markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from studio_tui.domain.message.content import ContentPart
from studio_tui.present.kit.growing_text import GrowingText
from studio_tui.text.fmt import count
from studio_tui.text.hint import Hint
from studio_tui.text.spans import Line, Span, line_width

if TYPE_CHECKING:
    from studio_tui.present.kit.markdown.wrapping import MarkdownRows

_UNFOLD = Hint(" ({list-toggle-row})")


class Part(Struct):
    """`name` says which part of its message it is, for folding."""

    name: str
    lines: list[Line] | None = None
    text: GrowingText | None = None
    drawn: MarkdownRows | None = None
    role: str = "text"
    lead: Span = field(default_factory=lambda: Span(""))
    most: int | None = None
    """Rows shown while folded, before the one that says how many are hidden; None shows all."""
    foldable: bool = False
    content: ContentPart | None = None
    """The content block that these rows name, where it is no text."""
    tail: Line = ()
    """What stands at the right end of its first row."""
    flush: bool = False
    """It begins where the bars of roles stand."""

    def __len__(self) -> int:
        return self.total if self.most is None else self.most + 1

    @property
    def total(self) -> int:
        """Rows when unfolded."""
        rows = self.lines if self.lines is not None else self.drawn.lines if self.drawn is not None else self.text
        return 0 if rows is None else len(rows)

    def line(self, index: int) -> Line:
        """Return one row; the last of a folded part says how many are hidden."""
        if self.lines is not None:
            return self.lines[index]
        if self.drawn is not None:
            return self.drawn.lines[index]
        if index and self.content is not None:
            return (Span(" " * len(self.lead.text)), Span(self.text[index] if self.text is not None else "", self.role))
        if index == self.most:
            return (self.lead, Span(f"… {count(self.total - self.most)} more lines", "muted"), Span(_UNFOLD, "muted"))
        return (self.lead, Span(self.text[index] if self.text is not None else "", self.role))

    def joint(self, index: int) -> str:
        """Return what stands between the row before and this one: a break, or what wrapping left out."""
        if not index or self.lines is not None or index == self.most:
            return "\n"
        if self.drawn is not None:
            return self.drawn.joints[index]
        return self.text.joint(index) if self.text is not None else "\n"

    def margin(self, index: int) -> int:
        """Return how many cells of a row are indents."""
        if self.drawn is not None:
            return self.drawn.margins[index]
        if self.text is None or (self.content is not None and not index):
            return 0
        return line_width((self.lead,))
