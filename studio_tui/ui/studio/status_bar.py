"""The status line at the top, and the banner below it that says what needs the user."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.strip import Strip
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.status import banner_line, status_line
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.beat import on_beat
from studio_tui.ui.contracts.services import services_of, with_keys
from studio_tui.ui.kit.one_line import OneLine
from studio_tui.ui.kit.terminal.safe import line_strip
from studio_tui.ui.kit.terminal.themes import role_style

RATE_SECONDS = 1.0
"""Seconds over which the event rate is averaged."""


class StatusBar(OneLine):
    """One row: server, assistant, thread, run, step, breakpoints, rate."""

    DEFAULT_CSS = "StatusBar { height: 1; width: 1fr; background: $panel; }"

    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.ASSISTANTS, Slice.THREADS, Slice.RUN, Slice.STATE, Slice.BREAKPOINTS, Slice.FRAMES}
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sample: tuple[object, int, float] = (None, 0, 0.0)
        self._rate: float | None = None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the caller fixes the signature
        """Take over what changed in the app state."""
        self._measure(app_state)
        self.look()

    def strip(self) -> Strip:
        app = services_of(self)
        shown = app.work.shown
        line = status_line(
            app.studio.app_state,
            self.size.width,
            now=on_beat(app.now()),
            signs=glyphs(app.options.ascii),
            rate=self._rate,
            activity=shown.label if shown else "",
            back=with_keys(self, "{back}"),
        )
        profile = app.options.profiles.get(app.app_state.profile)
        return _with_profile(self, line, profile_style(self, profile.color if profile is not None else ""))

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


class Banner(OneLine):
    """One row that is there only while something needs the user."""

    appears: ClassVar[bool] = True

    DEFAULT_CSS = "Banner { height: 1; width: 1fr; background: $panel; display: none; }"

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.CONNECTION, Slice.RUN, Slice.STATE, Slice.TASKS})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._message: Line | None = None

    def say(self, line: Line | None) -> None:
        """Show `line` until it is taken back with None; what the app state says comes first."""
        self._message = line
        self.draw(services_of(self).studio.app_state, self.slices)

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - every panel is told alike
        """Appear when there is something to say."""
        self.display = self._line(80) is not None
        self.set_class(app_state.position.is_paused, "-paused")
        self.look()

    def strip(self) -> Strip:
        return line_strip(self, self._line(self.size.width) or (), self.size.width)

    def _line(self, width: int) -> Line | None:
        app = services_of(self)
        # What is named here works from where the focus is: letters are text in an editor, which esc leaves.
        leave = app.studio_screen.way_out
        keys = {name: with_keys(self, f"{leave}{{{name}}}") for name in ("continue", "step")}
        keys["server-log"] = with_keys(self, "{server-log}")
        line = banner_line(app.studio.app_state, width, signs=glyphs(app.options.ascii), keys=keys)
        return line if line is not None else self._message


def _with_profile(widget: Widget, line: Line, profile: Style) -> Strip:
    """Return the strip of `line`; the one span whose colour is no role of the theme is the profile's name."""
    strip = line_strip(widget, line, widget.size.width)
    names = {span.text for span in line if span.role == "profile"}
    if not names:
        return strip
    segments = [Segment(part.text, profile if part.text in names else part.style) for part in strip]
    return Strip(segments, strip.cell_length)


def profile_style(widget: Widget, color: str) -> Style:
    """Return how a profile's name looks: in its own colour when the config names a valid one."""
    try:
        return role_style(widget, "badge") if not color else Style(color=Color.parse(color).rich_color, reverse=True)
    except ColorParseError:
        return role_style(widget, "badge")
