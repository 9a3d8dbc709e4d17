"""The last filter before the terminal: no text run, exit message or link can drive it, whatever a widget let through.

Widgets sanitise what they show; this catches what one of them missed. It replaces hostile characters and the
keys that are sent to servers by dots of the same width, drops hyperlinks, and is installed once per process.
"""

from __future__ import annotations

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from studio_tui.text.cells import width
from studio_tui.text.sanitize import is_safe
from studio_tui.text.secrets import KNOWN

DOT = "·"

_render_style = Strip.render_style


def install() -> None:
    """Put the filter into Textual's one path from strips to terminal bytes; doing it twice changes nothing."""
    Strip.render_style = classmethod(_walled)  # type: ignore[method-assign, assignment]


def harmless(text: str) -> str:
    """Return `text` with every character that could drive or deceive a terminal replaced by dots of its width."""
    if (text.isascii() and text.isprintable()) or (is_safe(text) and "\n" not in text):
        return text
    return "".join(char if char != "\n" and is_safe(char) else DOT * _cells(char) for char in text)


def _cells(char: str) -> int:
    return width(char) if char.isprintable() else 0


def _walled(cls: type[Strip], style: Style, text: str, color_system: ColorSystem) -> str:  # noqa: ARG001 - a class method
    if not (text.isascii() and text.isprintable()):
        text = harmless(text)
    text = KNOWN.shade(text)
    if style.link:
        style = style.update_link(None)
    return _render_style(style, text, color_system)
