"""The only ways in which text may enter a Textual widget, title, toast or row: sanitised, never parsed as markup."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from rich.segment import Segment
from textual.app import App
from textual.content import Content
from textual.message_pump import MessagePump
from textual.notifications import Notification
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget
from textual.widgets import Static

from studio_tui.core.state.app_state import Notice
from studio_tui.errors import StudioError
from studio_tui.text.cells import width as cell_width
from studio_tui.text.glyphs import ASCII, glyphs
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span, fit_line
from studio_tui.ui.contracts.services import Severity, told
from studio_tui.ui.kit.terminal.notices import laid_out, remember
from studio_tui.ui.kit.terminal.themes import ink_style, role_styles, theme_revision

TOASTS = 3
"""Notices that may stand on the screen at once; the oldest goes."""

_SIGNS = {"…": "~", "–": "-", "·": "-", "×": "x", "→": ">", "←": "<", "•": "*", "›": ">", "⏎": "|"}
_CELLS_IN_ASCII = str.maketrans({**_SIGNS, "↑": "^", "↓": "v"})
"""A row's: as wide as before; arrows see `ascii_line`."""
_ARROW_OR_GAP = re.compile(r"(→|  +)")
_WORDS_IN_ASCII = str.maketrans({**_SIGNS, "→": ASCII.arrow, "↑": "up", "↓": "down"})
"""A sentence's, which may become longer."""


class _Stands(NamedTuple):
    """A notice on the screen: until when, by the clock that never goes back; how grave; words; what Textual shows."""

    until: float
    severity: str
    text: str
    shown: Notification


_shown: WeakKeyDictionary[App[Any], dict[str, _Stands]] = WeakKeyDictionary()


_coloured: WeakKeyDictionary[Widget, Line] = WeakKeyDictionary()
"""What stands in lower borders in roles of the theme."""


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


def drawable(text: str, node: MessagePump) -> str:
    """Return text as one safe line that the terminal of the app can draw."""
    return _spelled(clean(text), node)


def set_title(widget: Widget, text: str) -> None:
    content = Content(_spelled(clean(text), widget))
    if not _is_same(widget._border_title, content):
        widget.border_title = content


def put_title(widget: Widget, content: Content) -> None:
    """Show a title that is safe already, such as names of panels and what `to_content` returns."""
    if not _is_same(widget._border_title, content):
        widget.border_title = content


def set_subtitle(widget: Widget, text: str) -> None:
    _coloured.pop(widget, None)
    _put_below(widget, Content(_spelled(clean(text), widget)))


def set_subtitle_line(widget: Widget, line: Iterable[Span]) -> None:
    line = _coloured[widget] = tuple(line)
    _put_below(widget, to_content(line, widget))


def colour_subtitles(app: App[Any]) -> None:
    """Write what stands in the lower borders in the colours of another theme."""
    for widget, line in list(_coloured.items()):
        if widget.is_attached and widget.app is app:
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
    """Show a notice in the top row; all can be read again with `:notices`.

    The same one is not shown twice: one that stands already stays, and begins anew once half of its time is over, so
    that whoever asks for the same thing again gets an answer. One with the same key takes the place of the earlier
    one, and so does each that only informs: of "set" and "removed" that take turns, what stands is what holds now.
    """
    message, severity, key = _toast(app, notice, severity)
    seen = _shown.setdefault(app, {})
    now = time.monotonic()
    for old in [name for name, stands in seen.items() if stands.until <= now]:
        del seen[old]
    message = _spelled(message, app)
    timeout = 8.0 if severity == "error" else 5.0
    stands = seen.get(key)
    if stands is not None and stands.text == message and stands.until - now > timeout / 2:
        return
    remember(app, severity, message)
    gone = [name for name, other in seen.items() if name == key or other.severity == severity == "information"]
    rest = [name for name in seen if name not in gone]
    gone += rest[: max(0, len(rest) + 1 - TOASTS)]
    for name in gone:
        app._unnotify(seen.pop(name).shown, refresh=False)
    shown = Notification(laid_out(app, message), severity=severity, timeout=timeout, markup=False)
    seen[key] = _Stands(now + timeout, severity, message, shown)
    # At once, not by a message as `notify` does: what comes next takes its place.
    app._notifications.add(shown)
    app._refresh_notifications()


def _toast(app: App[Any], notice: Notice | StudioError | str, severity: Severity) -> tuple[str, Severity, str]:
    """Return the words in one line, how grave they are, and what later ones share with them."""
    if isinstance(notice, str):
        text = " ".join(clean_block(told(app, notice), 2000).split("\n"))
        return text, severity, text
    if isinstance(notice, Notice):
        severity = "error" if notice.severity == "error" else "warning" if notice.severity == "warning" else severity
        key = notice.key
    else:
        severity, key = "error", ""
    parts = (clean(notice.title, 200), *(clean_block(part, 1000) for part in (notice.detail, told(app, notice.hint))))
    message = " · ".join(" ".join(part.split("\n")) for part in parts if part)
    return message, severity, key or message


def is_ascii(widget: Widget) -> bool:
    return widget.app.has_class("-ascii")


def ascii_text(text: str) -> str:
    """Return `text` with our own punctuation in ASCII; foreign text stays as it is."""
    return text if text.isascii() else text.translate(_CELLS_IN_ASCII)


def ascii_line(line: Line) -> Line:
    """Return a row with `->` for arrows; the gap behind one is narrower by it, so that columns keep their place."""
    if all(span.text.isascii() for span in line):
        return line
    found: list[Span] = []
    more = 0
    for text, role in line:
        parts = []
        for part in _ARROW_OR_GAP.split(text):
            if part == "→":
                more += len(ASCII.arrow) - 1
                parts.append(ASCII.arrow)
            elif more and part.isspace():
                taken = min(more, len(part) - 1)
                more -= taken
                parts.append(part[taken:])
            else:
                parts.append(part)
        found.append(Span("".join(parts), role))
    return tuple(found)


def list_strip(widget: Widget, line: Line, *, cursor: bool, thumb: bool, beside: bool = False) -> Strip:
    """Return a list row: cursor sign, `line` cut or padded, scroll bar. `beside`: it belongs to the cursor's row."""
    signs = glyphs(is_ascii(widget))
    cells = widget.content_size.width
    gutter = Span(
        signs.cursor if cursor else signs.beside if beside else " ", "accent" if widget.has_focus else "muted"
    )
    row = ("cursor " if widget.has_focus else "cursor-blurred ") if cursor else ""
    bar = Span(signs.thumb if thumb else " ", "border")
    line = _told_line(widget, line)
    words = fit_line(ascii_line(line) if is_ascii(widget) else line, max(0, cells - 2))
    if not row or not thumb or cells < 2:
        return line_strip(widget, (gutter, *words, bar), cells, row)
    # The bar lies over the rows: in the colour of the cursor nobody would see where it goes on.
    return Strip.join((line_strip(widget, (gutter, *words), cells - 1, row), line_strip(widget, (bar,), 1)))


def _told_line(widget: Widget, line: Line) -> Line:
    if any(isinstance(span.text, Hint) for span in line):
        return tuple(Span(told(widget, span.text), span.role) for span in line)
    return line


def line_strip(widget: Widget, line: Line, cells: int, prefix: str = "") -> Strip:
    """Return `line` as a strip of `cells` cells; `prefix` goes before every role."""
    plain, style = is_ascii(widget), role_styles(widget)
    if plain:
        line = ascii_line(line)
    segments = [Segment(ascii_text(text) if plain else text, style(prefix + role)) for text, role in line]
    wide = sum(cell_width(segment.text) for segment in segments)
    return Strip(segments, wide).adjust_cell_length(cells, style(prefix))
