"""Reads an env file as npm's `dotenv` does, with which JavaScript development servers read the one of a project.

`NAME=value` or `NAME: value`, one to a line, `export` before it or not. A value in quotes, which may go over several
lines, ends at the next quote that has no backslash before it; any other ends at a `#` or with its line.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z0-9_.-]+)(?:\s*=|:\s)")
_REST = re.compile(r"[^\S\n]*(?:#[^\n]*)?(?=\n|\Z)")
"""What may stand behind a quoted value."""
_QUOTES = "'\"`"


def dotenv_values(text: str) -> dict[str, str]:
    """Return the variables of an env file; the last one of a name counts, and nothing is expanded."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        named = _NAME.match(text, at)
        if named is not None:
            found[named["name"]], at = _value(text, named.end())
        at = text.find("\n", at) + 1 or len(text)
    return found


def _value(text: str, start: int) -> tuple[str, int]:
    """Return the value that begins at `start`, and where it ends."""
    end = _end_of_quoted(text, start)
    if end is None:
        end = min(place for place in (text.find("#", start), text.find("\n", start), len(text)) if place >= 0)
    raw = text[start:end].strip()
    value = raw[1:-1] if len(raw) > 1 and raw[0] in _QUOTES and raw[0] == raw[-1] else raw
    return (value.replace("\\n", "\n").replace("\\r", "\r") if raw.startswith('"') else value), end


def _end_of_quoted(text: str, start: int) -> int | None:
    """Return where a quoted value ends, behind its quote; None for one that is not quoted, or not to its end."""
    start = len(text) - len(text[start:].lstrip())
    quote = text[start : start + 1]
    if not quote or quote not in _QUOTES:
        return None
    ends: list[int] = []
    end = text.find(quote, start + 1)
    while end > 0:
        ends.append(end + 1)
        if text[end - 1] != "\\":
            break
        end = text.find(quote, end + 1)
    # A quote behind a backslash ends the value only where no other does.
    return next((end for end in reversed(ends) if _REST.match(text, end)), None)
