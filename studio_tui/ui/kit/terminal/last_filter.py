"""The last filter before the terminal: no text can drive it, whatever a widget let through, and no key is shown.

Widgets sanitise what they show; this catches what one of them missed.
"""

from __future__ import annotations

from studio_tui.text.cells import width
from studio_tui.text.sanitize import is_safe
from studio_tui.text.secrets import KNOWN

DOT = "·"


def harmless(text: str) -> str:
    """Return `text` with every character that could drive or deceive a terminal replaced by dots of its width."""
    if (text.isascii() and text.isprintable()) or (is_safe(text) and "\n" not in text):
        return text
    return "".join(char if char != "\n" and is_safe(char) else DOT * _cells(char) for char in text)


def _cells(char: str) -> int:
    return width(char) if char.isprintable() else 0


def filtered(text: str) -> str:
    """Return what may be written of a piece of the screen: harmless, and the keys sent to servers as dots."""
    return KNOWN.shade(harmless(text))
