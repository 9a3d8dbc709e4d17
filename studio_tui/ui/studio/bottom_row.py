"""The row above the keys: what stands open somewhere else. A click leads there."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import events

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.top.bottom import Counts, bottom_row, counted
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.one_line import OneLine

RATE_SECONDS = 1.0
"""Seconds over which the event rate is averaged."""


class BottomRow(OneLine):
    """One row of constant things; it never says what happens."""

    DEFAULT_CSS = "BottomRow { height: 1; width: 1fr; }"
    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.THREADS, Slice.STATE, Slice.RUN, Slice.BREAKPOINTS, Slice.FRAMES}
    )

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._counts = Counts()
        self._spots: tuple[tuple[int, int, str], ...] = ()
        self._sample: tuple[object, int, float] = (None, 0, 0.0)
        self._rate: float | None = None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        self._measure(app_state)
        if changed & {Slice.THREADS, Slice.STATE, Slice.RUN}:
            self._counts = counted(app_state)
        self.look()

    def line(self) -> Line:
        app = services_of(self)
        keys = {name: app.commands.hint(f"{{{name}}}") for name in ("go-threads", "inbox")}
        row = bottom_row(
            app.app_state, self.size.width, self._counts, signs=glyphs(app.options.ascii), keys=keys, rate=self._rate
        )
        self._spots = row.spots
        return row.line

    def on_click(self, event: events.Click) -> None:
        for begin, end, command in self._spots:
            if begin <= event.x < end:
                services_of(self).perform(command)

    def _measure(self, app_state: AppState) -> None:
        run = app_state.run
        now = time.monotonic()
        if run is None or not run.phase.is_live:
            self._sample, self._rate = (None, 0, 0.0), None
            return
        who, count, at = self._sample
        if who is not run:
            self._sample, self._rate = (run, run.event_count, now), None
        elif now - at >= RATE_SECONDS:
            self._rate = (run.event_count - count) / (now - at)
            self._sample = (run, run.event_count, now)
