"""One line of spans becomes one Textual strip of exact width, in the styles of the current theme."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.text.cells import width as cell_width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span, fit_line
from studio_tui.ui.kit.terminal.themes import role_style

_ASCII = str.maketrans({"…": "~", "–": "-", "·": "-", "⏎": "|", "×": "x", "→": ">"})


def is_ascii(widget: Widget) -> bool:
    return widget.app.has_class("-ascii")


def ascii_text(text: str) -> str:
    """Return `text` with our own punctuation in ASCII; foreign text stays as it is."""
    return text if text.isascii() else text.translate(_ASCII)


def list_strip(widget: Widget, line: Line, *, cursor: bool, thumb: bool) -> Strip:
    """Return a list row: cursor sign, `line` cut or padded, scroll bar."""
    signs = glyphs(is_ascii(widget))
    cells = widget.content_size.width
    gutter = Span(signs.cursor if cursor else " ", "accent" if widget.has_focus else "muted")
    bar = Span(signs.thumb if thumb else " ", "border")
    return line_strip(widget, (gutter, *fit_line(line, max(0, cells - 2)), bar), cells, "cursor " if cursor else "")


def line_strip(widget: Widget, line: Line, cells: int, prefix: str = "") -> Strip:
    """Return `line` as a strip of `cells` cells; `prefix` goes before every role."""
    plain = is_ascii(widget)
    segments = [Segment(ascii_text(text) if plain else text, role_style(widget, prefix + role)) for text, role in line]
    wide = sum(cell_width(segment.text) for segment in segments)
    return Strip(segments, wide).adjust_cell_length(cells, role_style(widget, prefix))
