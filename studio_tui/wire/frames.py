"""One server-sent event as it came, before anybody interprets it."""

from __future__ import annotations

from typing import NamedTuple


class Frame(NamedTuple):
    """A raw event. `seq` counts arrivals within one run, `at` is unix seconds, `id` the newest wire id (not unique)."""

    seq: int
    at: float
    event: str
    """The event name as sent, `updates|level1:069f…`."""
    data: str
    """The data lines joined with line feeds."""
    id: str = ""

    @property
    def mode(self) -> str:
        """The stream mode without namespace."""
        return self.event.split("|", 1)[0]
