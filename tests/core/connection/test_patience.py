"""How long a run is asked for whose server answers no, or nothing."""

from __future__ import annotations

from studio_tui.core.connection.timings import Patience, Timings
from studio_tui.errors import ConnectError, NotFoundError


def test_a_server_that_is_back_without_the_run_is_asked_soon_not_at_the_pace_of_the_outage() -> None:
    timings = Timings()
    patience = Patience(timings)
    away = [patience.failed(ConnectError("No connection")) for _ in range(8)]
    assert away[-1] > 5
    gone = NotFoundError("Run not found", status=404)
    waits: list[float] = []
    while not patience.is_over(gone):
        waits.append(patience.failed(gone))
    assert len(waits) == timings.refusals  # one stray refusal of a gateway is not believed
    assert sum(waits[:-1]) < 10
