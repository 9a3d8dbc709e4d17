"""Waiting times: when a link counts as dead, how often it is tried again or looked at, when it is given up."""

from __future__ import annotations

import random
import time

from msgspec import Struct

from studio_tui.errors import StudioError

_PASSING = (408, 425, 429)
"""Statuses below 500 that say: not now."""


class Timings(Struct, frozen=True):
    """All waiting times, in seconds."""

    dead_after: float = 15.0
    """Silence, heartbeats included, after which a link counts as dead."""
    quiet_after: float = 8.0
    """Silence, heartbeats left out, after which the run is asked whether it is still going on; asked again as often."""
    peek: float = 1.5
    """How long a second connection is read to find out whether the first one leaves events out."""
    backoff_first: float = 0.5
    backoff_cap: float = 8.0
    healthy: float = 30.0
    """How long a link is up until it is forgotten how often it was lost before."""
    retry_after_cap: float = 120.0
    give_up_after: float = 180.0
    settle: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8)
    """Pauses while a run whose stream closed still reads as running, before it is joined again."""
    poll: float = 2.0
    """Between questions for a run that cannot be joined."""
    refusals: int = 5
    """How often in a row the server may refuse (401, 403, 404) before that is believed."""
    replay_limit: float = 20.0
    """Silence after which the final reading of a whole stream is tried again."""
    look: tuple[float, ...] = (0.2, 0.8, 2.0)
    """Pauses before each look for a run that the server took without naming it."""
    confirm: float = 15.0
    """How long a stop may take to be confirmed by the server."""
    booking: float = 3.0
    """How long a thread may still read as busy after its run is over."""
    stream_close: float = 3.0
    """How long a stream may stay open after its run is over."""
    remembered_after: float = 0.03
    """How long the server may take to tell its graph before the remembered one is drawn: to draw both takes longer."""
    watch_poll: float = 10.0
    """Between looks at the open thread, where the server does not tell of changes by itself."""
    watch_poll_soon: float = 2.0
    """The same for a while (`watch_soon_for`) after something has changed."""
    watch_soon_for: float = 60.0
    watch_quiet: float = 2.0
    """From the connection, or from leaving a thread, to the stream that tells whether the server is still there."""
    watch_list: float = 15.0
    """Between readings of the list of threads."""
    watch_debounce: float = 0.15
    """What happens at once is read once."""
    watch_reread: float = 120.0
    """Least time between two full readings because a quiet stream was closed, with the server there all the time."""

    def backoff(self, failures: int) -> float:
        """How long to wait before something is asked again that has failed so often before."""
        return min(self.backoff_first * 2.0 ** min(failures, 16), self.backoff_cap)


def is_refusal(error: StudioError) -> bool:
    """Whether the answer says no rather than not now. A gateway may say so once by mistake."""
    return error.status is not None and 400 <= error.status < 500 and error.status not in _PASSING


class Patience:
    """Counts the failures of one kind of request until one succeeds."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self.failures = 0
        """How many there were in a row."""
        self._refusals = 0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has been failing, 0 when it is not."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    def worked(self) -> None:
        self.failures = self._refusals = 0
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
            self.failures = 0  # the server is there again: what it says is asked for soon, whatever came before
        backoff = self._timings.backoff(self.failures)
        self.failures += 1
        self._refusals = self._refusals + 1 if refused else 0
        if error is not None and error.retry_after is not None:
            return min(error.retry_after, self._timings.retry_after_cap)
        return backoff * random.uniform(0.75, 1.25)

    def is_over(self, error: StudioError) -> bool:
        """Whether asking again after `error` is of no use: refused too often, failing too long, or never readable."""
        return error.final or self._refusals >= self._timings.refusals or self.seconds > self._timings.give_up_after
