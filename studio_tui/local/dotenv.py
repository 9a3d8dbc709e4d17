"""Reads an env file as npm's `dotenv` does, with which JavaScript development servers read the one of a project."""

from __future__ import annotations

import re

_LINE = re.compile(
    r"^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)"
    r"(\s*'(?:\\'|[^'])*'|\s*\"(?:\\\"|[^\"])*\"|\s*`(?:\\`|[^`])*`|[^#\n]+)?\s*(?:#.*)?$",
    re.MULTILINE | re.ASCII,
)
_QUOTED = re.compile(r"^(['\"`])([\s\S]*)\1$", re.MULTILINE)


def dotenv_values(text: str) -> dict[str, str]:
    """Return the variables of an env file; the last one of a name counts, and nothing is expanded."""
    found: dict[str, str] = {}
    for match in _LINE.finditer(text.replace("\r\n", "\n").replace("\r", "\n")):
        value = (match[2] or "").strip()
        plain = _QUOTED.sub(r"\2", value)
        found[match[1]] = plain.replace("\\n", "\n").replace("\\r", "\r") if value.startswith('"') else plain
    return found
