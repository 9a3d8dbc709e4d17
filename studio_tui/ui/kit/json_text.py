"""A short JSON text to look at, such as the request that a form leads to."""

from __future__ import annotations

from textual import events

from studio_tui.present.kit.document import coloured
from studio_tui.present.kit.wrapped import hanging
from studio_tui.text.cells import cut
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean_block
from studio_tui.text.spans import Line, Span
from studio_tui.ui.kit.terminal.safe import PlainStatic

WIDEST = 1000
"""Cells of a line that are shown: a message may have megabytes."""


class JsonText(PlainStatic):
    """Its lines in colours; what is wrapped of a line stands to the right of where it begins."""

    DEFAULT_CSS = "JsonText { width: 1fr; height: auto; }"

    def __init__(self, most: int, *, id: str | None = None) -> None:
        """`most`: lines that are shown; how many follow is told."""
        super().__init__(id=id)
        self._most = most
        self._whole: list[Line] = []

    def show(self, text: str) -> None:
        """Show indented JSON (raw text)."""
        lines = clean_block(text).split("\n")
        left = len(lines) - self._most
        lines = [*lines[: self._most], *([f"… {plural(left, 'more line')}"] if left > 0 else [])]
        self._show([tuple(coloured(cut(line, WIDEST))) for line in lines])

    def show_words(self, text: str, role: str) -> None:
        """Show a sentence (display text) instead of JSON."""
        self._show([(Span(line, role),) for line in clean_block(text).split("\n")])

    def _show(self, lines: list[Line]) -> None:
        if lines != self._whole:
            self._whole = lines
            self._draw()

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 - Textual calls by name
        self._draw()

    def _draw(self) -> None:
        cells = self.content_size.width
        self.set_lines([part for line in self._whole for part in hanging(line, cells)])
