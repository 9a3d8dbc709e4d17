"""Prose on one line, without the marks of Markdown: for rows that preview a text. Values keep them."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^ {0,3}(?:```+[^`\n]*|~~~+[^\n]*)$\n?", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*+(?:[|:][ \t]*+)?-{3,}+[-|: \t]*+$\n?", re.MULTILINE)
"""A rule, and what stands below the head of a table."""
_HEADING = re.compile(r"^ {0,3}#{1,6} +", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|`{1,2})(?=[^\s*`])([^\n]{1,400}?)(?<=[^\s*`])\1(?!\w)")
"""Not more of it: what a server says may have thousands of marks that nothing closes, each looked behind to the end."""
_UNDERLINED = re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]{1,400})(?<=[^\s_])_(?![\w(])")
"""Emphasis by underscores; names have them inside (`__init__`, `_private_name_`) and keep them."""
_MARKS = ("*", "`", "_", "#", "~~~", "---")


def unmarked(text: str) -> str:
    """Return prose without the marks of Markdown's headings, emphasis, code, fences and rules.

    No word goes but the one that a fence names its language with.
    """
    if not any(mark in text for mark in _MARKS):
        return text
    text = _UNDERLINED.sub(r"\1", text)
    return _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _HEADING.sub("", _RULE.sub("", _FENCE.sub("", text)))))


def one_line(text: str) -> str:
    """Return prose without marks, its lines joined by blanks."""
    return " ".join(unmarked(text).split())
