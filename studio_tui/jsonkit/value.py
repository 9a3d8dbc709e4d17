"""JSON as Python sees it, and tolerant look-ups in answers of unknown shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeGuard

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""Any JSON value; ints are exact, NaN and infinities may occur."""

JsonObject = Mapping[str, Json]

Path = tuple[str | int, ...]
"""A place in a JSON value: keys and indices from the outside in."""

_MOST = 2**63 - 1
_MOST_THINGS = 1_000_000_000


def is_object(value: object) -> TypeGuard[Mapping[str, Json]]:
    """Tell whether `value` is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Json]]:
    """Tell whether `value` is a JSON array."""
    return isinstance(value, list)


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether `value` is a JSON number; to Python a boolean is one, too."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_object(value: object) -> JsonObject:
    """Return `value` if it is an object, else an empty one."""
    return value if is_object(value) else {}


def as_list(value: object) -> list[Json]:
    """Return `value` if it is an array, else an empty one."""
    return value if is_list(value) else []


def as_str(value: object, default: str = "") -> str:
    """Return `value` if it is a string, else `default`."""
    return value if isinstance(value, str) else default


def as_strings(value: object) -> tuple[str, ...]:
    """Return the strings of an array, nothing for anything else."""
    return tuple(item for item in as_list(value) if isinstance(item, str))


def as_int(value: object) -> int | None:
    """Return `value` if it is a whole number that fits 64 bits (`3.0` is one, a boolean is none), else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST else None


def as_count(value: object) -> int | None:
    """Return `value` if it can be a number of things: whole, not negative, no more than a server could hold."""
    number = as_int(value)
    return number if number is not None and 0 <= number <= _MOST_THINGS else None


def as_digits(text: str) -> int | None:
    """Return the number that decimal digits spell, None for anything else and for more digits than 64 bits need."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None


def time_of(value: Json) -> float | None:
    """Return unix seconds of an ISO time (a naive one is UTC) or of a number of seconds or milliseconds."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if not abs(value) < 1e14:
            return None
        return value / 1000 if abs(value) > 1e11 else float(value)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
