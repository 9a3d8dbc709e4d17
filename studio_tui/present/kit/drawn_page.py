"""A page of prose: its Markdown drawn as in messages, or its source."""

from __future__ import annotations

from collections.abc import Hashable

from studio_tui.present.kit.document import TextRows
from studio_tui.present.kit.markdown import has_marks
from studio_tui.present.kit.wrapped import Lines, WrappedRows


class DrawnRows(WrappedRows):
    """`Rows` over a text: drawn while it is wrapped, unless its source is asked for or cannot be read as Markdown."""

    def __init__(self, raw: str, source: Lines) -> None:
        self._raw = raw
        self._source = source
        self._joints: list[str] = []
        self._margins: list[int] = []
        self.as_source = not has_marks(raw)
        super().__init__(source)

    def _begin(self) -> None:
        self.lines, self._joints, self._margins = self._source, [], []
        if not self.as_source and self.wraps and self.cells:
            from studio_tui.present.kit.markdown.parse import pieces_of
            from studio_tui.present.kit.markdown.rows import laid_out

            found = pieces_of(self._raw, self.signs)
            if found is None:
                self.as_source = True
            else:
                drawn = laid_out(found, self.cells, self.signs)
                self.lines, self._joints, self._margins = TextRows(drawn.lines), drawn.joints, drawn.margins
        super()._begin()

    @property
    def is_drawn(self) -> bool:
        return bool(self._joints)

    def set_source(self, as_source: bool) -> None:
        """Show the text as it is, or drawn."""
        self.as_source = as_source
        self._begin()
        self.lay_out()

    def key(self, index: int) -> Hashable:
        return (self.is_drawn, self.cells, super().key(index))

    def joint(self, row: int) -> str:
        """Return what stands in the text between the row before and this one."""
        if not self.is_drawn or row >= len(self._line):
            return super().joint(row)
        return self._joints[self._line[row]] if row else "\n"

    def margin(self, index: int) -> int | None:
        return self._margins[self._line[index]] if self.is_drawn else super().margin(index)
