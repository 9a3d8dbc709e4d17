"""Times as servers write them."""

from __future__ import annotations

from datetime import UTC, datetime

from studio_tui.jsonkit.value import Json


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
