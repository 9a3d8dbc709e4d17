"""Shows a painted picture, or a message in its place: scrolling and the Line API, nothing of graphs or the store."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from studio_tui.domain.ids import NodeId
from studio_tui.present.graph.paint import Paint
from studio_tui.text.cells import width, wrap
from studio_tui.text.spans import Line, Span, fit_line
from studio_tui.ui.kit.terminal.themes import role_style


class PictureView(ScrollView, can_focus=True):
    """A pane over one picture."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.paint: Paint | None = None
        self.message: tuple[str, ...] = ()
        """Safe lines that stand in the middle while there is no picture."""

    def show_paint(self, paint: Paint | None) -> None:
        """Show another picture, or none."""
        self.paint = paint
        self.virtual_size = Size(paint.picture.width, paint.picture.height) if paint else Size(0, 0)
        self.refresh()

    def cell_at(self, x: int, y: int) -> tuple[int, int]:
        """Return the picture's cell at a place of the pane."""
        return x + self.scroll_offset.x - self.left_blank, y + self.scroll_offset.y

    def reveal(self, node: NodeId) -> None:
        if self.paint is not None:
            rect = self.paint.picture.node_rects[node]
            self.scroll_to_region(Region(rect.x, rect.y, rect.width, rect.height), animate=False, force=True)

    @property
    def left_blank(self) -> int:
        """Blank columns before a picture that is narrower than the pane; a list stands at the left."""
        if self.paint is None or self.paint.picture.is_outline:
            return 0
        return max(0, (self.size.width - self.paint.picture.width) // 2)

    def refresh_node(self, node: NodeId) -> None:
        """Repaint one box."""
        if self.paint is not None and node in self.paint.picture.node_rects:
            rect = self.paint.picture.node_rects[node]
            x = rect.x + self.left_blank - self.scroll_offset.x
            self.refresh(Region(x, rect.y - self.scroll_offset.y, rect.width, rect.height))

    def refresh_rows(self, rows: set[int]) -> None:
        """Repaint rows of the picture, as far as they can be seen."""
        top = self.scroll_offset.y
        for row in rows:
            if top <= row < top + self.size.height:
                self.refresh(Region(0, row - top, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        if self.paint is None:
            return self._strip(self._message_line(y), cells)
        line = self.paint.line(y + self.scroll_offset.y)
        left = self.left_blank
        if left:
            return self._strip((Span(" " * left), *line), cells)
        start = self.scroll_offset.x
        return (
            self._strip(line, self.paint.picture.width)
            .crop(start, start + cells)
            .adjust_cell_length(cells, role_style(self, ""))
        )

    def _message_line(self, y: int) -> Line:
        lines = [part for text in self.message for part in wrap(text, max(10, self.size.width - 4))]
        row = y - max(0, (self.size.height - len(lines)) // 2)
        if not 0 <= row < len(lines):
            return ()
        indent = max(0, (self.size.width - width(lines[row])) // 2)
        return (Span(" " * indent), Span(lines[row], "muted"))

    def _strip(self, line: Line, cells: int) -> Strip:
        segments = [Segment(text, role_style(self, role)) for text, role in fit_line(line, cells)]
        return Strip(segments, cells)
