"""JSON as Python sees it, and tolerant look-ups in answers of unknown shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""Any JSON value; ints are exact, NaN and infinities may occur."""

JsonObject = Mapping[str, Json]


def is_object(value: object) -> TypeGuard[Mapping[str, Json]]:
    """Tell whether `value` is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Json]]:
    """Tell whether `value` is a JSON array."""
    return isinstance(value, list)


def as_object(value: object) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if is_object(value) else {}


def as_list(value: object) -> list[Json]:
    """Return `value` if it is an array, else an empty one."""
    return value if is_list(value) else []


def as_str(value: object, default: str = "") -> str:
    """Return `value` if it is a string, else `default`."""
    return value if isinstance(value, str) else default


def as_int(value: object) -> int | None:
    """Return `value` if it is an integer (not a boolean), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
