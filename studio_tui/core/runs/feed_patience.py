"""How often, and after what pause, something is asked for again whose answer failed."""

from __future__ import annotations

import random
import time

from studio_tui.core.connection.timings import Timings
from studio_tui.errors import StudioError

_PASSING = (408, 425, 429)
"""Statuses below 500 that say: not now."""


def is_refusal(error: StudioError) -> bool:
    """Whether the answer says no rather than not now. A gateway may say so once by mistake."""
    return error.status is not None and 400 <= error.status < 500 and error.status not in _PASSING


class Patience:
    """Counts the failures of one kind of request until one succeeds."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._failures = 0
        self._refusals = 0
        self._since: float | None = None

    @property
    def failures(self) -> int:
        """How many there were in a row."""
        return self._failures

    @property
    def seconds(self) -> float:
        """How long it has been failing, 0 when it is not."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    def worked(self) -> None:
        self._failures = self._refusals = 0
        self._since = None

    def answered(self) -> None:
        """The server is there and willing, though what was asked for has not come yet."""
        self._refusals = 0
        self._since = None

    def failed(self, error: StudioError | None = None) -> float:
        """Count a failure; return the seconds to wait before the next attempt, as the server asks where it does."""
        self._since = time.monotonic() if self._since is None else self._since
        refused = error is not None and is_refusal(error)
        if refused and not self._refusals:
            self._failures = 0  # the server is there again: what it says is asked for soon, whatever came before
        delay = self._delay(error)
        self._failures += 1
        self._refusals = self._refusals + 1 if refused else 0
        return delay

    def is_over(self, error: StudioError) -> bool:
        """Whether asking again after `error` is of no use: refused too often, failing too long, or never readable."""
        return error.final or self._refusals >= self._timings.refusals or self.seconds > self._timings.give_up_after

    def _delay(self, error: StudioError | None) -> float:
        timings = self._timings
        if error is not None and error.retry_after is not None:
            return min(error.retry_after, timings.retry_after_cap)
        backoff: float = min(timings.backoff_first * 2 ** min(self._failures, 16), timings.backoff_cap)
        return backoff * random.uniform(0.75, 1.25)
