"""Markdown as rows of spans: parsed, laid out for a width, its code coloured by roles.

What parses is not imported here: most texts have no marks.
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"[*_`#|\\~<]|\]\(|^ {0,3}(?:[-+>]|\d{1,9}[.)])(?:\s|$)|^(?:-{3}|={3})", re.MULTILINE)


def has_marks(text: str) -> bool:
    """Tell whether markdown may draw a text otherwise than as its lines."""
    return _MARKS.search(text) is not None
