"""The only ways in which text may enter a Textual widget, title, toast or row: sanitised, never parsed as markup."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from rich.segment import Segment
from textual.app import App
from textual.content import Content
from textual.message_pump import MessagePump
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget
from textual.widgets import Static

from studio_tui.core.state.app_state import Notice
from studio_tui.errors import StudioError
from studio_tui.text.cells import width as cell_width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span, fit_line
from studio_tui.ui.contracts.services import Severity, told
from studio_tui.ui.kit.terminal.themes import ink_style, role_style, theme_revision

TOASTS = 3
"""Toasts that may stand on the screen at once; further information-level ones are left out."""

_SIGNS = {"…": "~", "–": "-", "·": "-", "×": "x", "→": ">", "•": "*"}
_CELLS_IN_ASCII = str.maketrans({**_SIGNS, "⏎": "|"})
"""A row's: as wide as before."""
_WORDS_IN_ASCII = str.maketrans({**_SIGNS, "⏎": "enter", "›": ">", "↑": "up", "↓": "down"})

_shown: WeakKeyDictionary[App[Any], dict[str, float]] = WeakKeyDictionary()


def to_content(line: Iterable[Span], widget: Widget) -> Content:
    """Return a line of spans as Textual content, in the role styles of `widget`'s theme."""
    parts = [
        (
            _spelled(clean(told(widget, span.text)), widget),
            VisualStyle.from_rich_style(ink_style(widget.app, span.role)),
        )
        for span in line
    ]
    return Content.assemble(*parts)


def _spelled(text: str, node: MessagePump) -> str:
    """Return `text` with our own punctuation in ASCII when the app draws ASCII only; foreign text stays."""
    if text.isascii():
        return text
    try:
        is_plain = node.app.has_class("-ascii")
    except RuntimeError:  # made before there is an app
        return text
    return text.translate(_WORDS_IN_ASCII) if is_plain else text


def set_title(widget: Widget, text: str) -> None:
    content = Content(_spelled(clean(text), widget))
    if not _is_same(widget._border_title, content):
        widget.border_title = content


def put_title(widget: Widget, content: Content) -> None:
    """Show a title that is safe already, such as names of panels and what `to_content` returns."""
    if not _is_same(widget._border_title, content):
        widget.border_title = content


def set_subtitle(widget: Widget, text: str) -> None:
    _put_below(widget, Content(_spelled(clean(text), widget)))


def set_subtitle_line(widget: Widget, line: Iterable[Span]) -> None:
    _put_below(widget, to_content(line, widget))


def _put_below(widget: Widget, content: Content) -> None:
    if not _is_same(widget._border_subtitle, content):
        widget.border_subtitle = content


def _is_same(shown: object, content: Content) -> bool:
    """Whether it stands there already: the words of a border cost a repaint of all that is in it."""
    return isinstance(shown, Content) and (shown.plain, shown.spans) == (content.plain, content.spans)


class PlainStatic(Static):
    """A Static that shows any string as it is."""

    _lines: list[Line] | None = None
    """What it shows in roles of the theme, if it does."""
    _revision = 0

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", id=id, classes=classes, markup=False)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        self._lines = None
        self.update(Content(_spelled(clean_block(told(self, text)), self)))

    def set_line(self, line: Iterable[Span]) -> None:
        self.set_lines((line,))

    def set_lines(self, lines: Iterable[Iterable[Span]]) -> None:
        self._lines = [tuple(line) for line in lines]
        self._revision = theme_revision(self.app)
        self.update(Content("\n").join([to_content(line, self) for line in self._lines]))

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        super().notify_style_update()
        if self._lines is not None and self._revision != theme_revision(self.app):
            self.set_lines(self._lines)


def plain_notify(app: App[Any], notice: Notice | StudioError | str, severity: Severity = "information") -> None:
    """Show a toast; errors are never left out.

    The same one is not shown twice: one that stands already stays, and begins anew once half of its time is over, so
    that whoever asks for the same thing again gets an answer. What answers a key comes last again: of "set" and
    "removed" that take turns, the lowest toast has to be what holds now.
    """
    title, message, severity, key = _toast(app, notice, severity)
    seen = _shown.setdefault(app, {})
    now = time.monotonic()
    for old in [name for name, until in seen.items() if until <= now]:
        del seen[old]
    timeout = 8.0 if severity == "error" else 5.0
    stays = severity != "information" or next(reversed(seen), key) == key
    if (stays and seen.get(key, 0.0) - now > timeout / 2) or (
        key not in seen and severity == "information" and len(seen) >= TOASTS
    ):
        return
    seen.pop(key, None)
    seen[key] = now + timeout
    message, title = _spelled(message, app), _spelled(title, app)
    for stands in [item for item in app._notifications if (item.message, item.title) == (message, title)]:
        app._unnotify(stands, refresh=False)
    app.notify(message, title=title, severity=severity, timeout=timeout, markup=False)


def _toast(app: App[Any], notice: Notice | StudioError | str, severity: Severity) -> tuple[str, str, Severity, str]:
    if isinstance(notice, str):
        text = clean_block(told(app, notice), 2000)
        return "", text, severity, text
    if isinstance(notice, Notice):
        severity = "error" if notice.severity == "error" else "warning" if notice.severity == "warning" else severity
        key = notice.key
    else:
        severity, key = "error", ""
    title: str = clean(notice.title, 200)
    message = "\n".join(clean_block(part, 1000) for part in (notice.detail, told(app, notice.hint)) if part)
    if not message:
        title, message = "", title
    return title, message, severity, key or f"{title}\n{message}"


def is_ascii(widget: Widget) -> bool:
    return widget.app.has_class("-ascii")


def ascii_text(text: str) -> str:
    """Return `text` with our own punctuation in ASCII; foreign text stays as it is."""
    return text if text.isascii() else text.translate(_CELLS_IN_ASCII)


def list_strip(widget: Widget, line: Line, *, cursor: bool, thumb: bool) -> Strip:
    """Return a list row: cursor sign, `line` cut or padded, scroll bar."""
    signs = glyphs(is_ascii(widget))
    cells = widget.content_size.width
    gutter = Span(signs.cursor if cursor else " ", "accent" if widget.has_focus else "muted")
    row = ("cursor " if widget.has_focus else "cursor-blurred ") if cursor else ""
    bar = Span(signs.thumb if thumb else " ", "border")
    words = fit_line(_told_line(widget, line), max(0, cells - 2))
    return line_strip(widget, (gutter, *words, bar), cells, row)


def _told_line(widget: Widget, line: Line) -> Line:
    if any(isinstance(span.text, Hint) for span in line):
        return tuple(Span(told(widget, span.text), span.role) for span in line)
    return line


def line_strip(widget: Widget, line: Line, cells: int, prefix: str = "") -> Strip:
    """Return `line` as a strip of `cells` cells; `prefix` goes before every role."""
    plain = is_ascii(widget)
    segments = [Segment(ascii_text(text) if plain else text, role_style(widget, prefix + role)) for text, role in line]
    wide = sum(cell_width(segment.text) for segment in segments)
    return Strip(segments, wide).adjust_cell_length(cells, role_style(widget, prefix))
