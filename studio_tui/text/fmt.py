"""Durations, sizes, counts and ages for people. The clock is always passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import TypeVar

T = TypeVar("T")

_UNITS = ("B", "kB", "MB", "GB", "TB")


def duration(seconds: float | None) -> str:
    """Return a duration in at most six cells: `3ms`, `812ms`, `1.2s`, `48s`, `2m05s`, `3h12m`."""
    if seconds is None or not isfinite(seconds):
        return "–"
    seconds = max(0.0, seconds)
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    if seconds < 59.5:
        return f"{seconds:.0f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h{minutes:02d}m"
    return f"{hours // 24}d{hours % 24:02d}h" if hours < 24_000 else ">999d"


def brief(seconds: float) -> tuple[str, ...]:
    """Return a duration in fewer cells than `duration` takes, the more exact form first: `0.8s`, `<1s`, `12m`."""
    if not isfinite(seconds):
        return ()
    if seconds < 0.9995:
        return (f"{max(0.1, seconds):.1f}s", "<1s") if seconds >= 0.0995 else ("<1s",)
    if seconds < 9.95:
        return (f"{seconds:.0f}s",)
    exact = duration(seconds)
    return tuple(exact[: exact.index(unit) + 1] for unit in "dhm" if unit in exact and exact[0] != ">")[:1]


def size(count: int) -> str:
    """Return a number of bytes: `812 B`, `1.4 kB`, `3.0 MB` (powers of 1000)."""
    value = float(min(count, 10**300))
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def count(number: int) -> str:
    """Return a count with thin grouping: `999`, `12 345`."""
    return f"{number:,}".replace(",", " ")


def plural(number: int, noun: str, many: str | None = None) -> str:
    """Return `1 step`, `2 steps`."""
    return f"{count(number)} {noun if number == 1 else many or noun + 's'}"


def age(then: float | None, now: float) -> str:
    """Return how long ago `then` was (unix seconds): `now`, `12s`, `5m`, `3h`, `4d`, `7w`."""
    if then is None or not isfinite(then):
        return "–"
    passed = max(0.0, now - then)
    for limit, unit, name in (
        (5, 0, "now"),
        (60, 1, "s"),
        (3600, 60, "m"),
        (86400, 3600, "h"),
        (604800, 86400, "d"),
    ):
        if passed < limit:
            return name if not unit else f"{int(passed // unit)}{name}"
    return f"{int(passed // 604800)}w" if passed < 604800 * 10_000 else ">9999w"


def clock(at: float | None) -> str:
    """Return a local wall-clock time `12:04:11.020`."""
    moment = local_time(at)
    return "–" if moment is None else f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def local_time(at: float | None) -> datetime | None:
    """Return the local time of unix seconds; None for a time that no calendar has."""
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, tz=UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def short_id(identifier: str) -> str:
    """Return `01a2…9f3c`: ids made in the same minute begin alike, so head and tail are kept."""
    return identifier if len(identifier) <= 9 else f"{identifier[:4]}…{identifier[-4:]}"


def id_start(identifier: str) -> str:
    """Return the beginning of an id that starts with its time, long enough to tell the checkpoints of a run apart."""
    return identifier if len(identifier) <= 14 else identifier[:13]


def name_of(identifier: str, names: Mapping[str, str]) -> str:
    """Return what a thing is called, its short id where `names` has none for it."""
    return names.get(identifier, "") or short_id(identifier)


def is_short_for(typed: str, identifier: str) -> bool:
    """Tell whether `typed` is the beginning of an id, or its head and tail as lists show them (`01a2…9f3c`)."""
    head, gap, tail = typed.replace("...", "…").replace("~", "…").partition("…")
    return identifier.startswith(head) and (not gap or identifier.endswith(tail)) and bool(head)


def short_for(typed: str, items: Iterable[T], id_of: Callable[[T], str]) -> list[T]:
    """Return what `typed` may mean: the item with that id, else all whose id it is short for."""
    found = [item for item in items if is_short_for(typed, id_of(item))]
    return [item for item in found if id_of(item) == typed] or found
