"""What parsers make of texts, to be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def told(parse: Callable[[str], Any], text: str) -> tuple[str, str]:
    """What one makes of a text: `repr` tells 1 from 1.0 and from True, and shows NaN, -0.0 and the order of keys."""
    try:
        return "value", repr(parse(text))
    except ValueError as error:
        return "refused", f"{type(error).__name__}: {error}"
