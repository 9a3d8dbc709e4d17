"""Below the history: what can be done from the checkpoint under the time cursor, and by which keys."""

from __future__ import annotations

from typing import ClassVar

from textual.strip import Strip
from textual.widget import Widget

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.present.timetravel.paths import WAYS, WAYS_BACK, laid_out, paths_lines
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, fit_line
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.terminal.safe import is_ascii, line_strip
from studio_tui.ui.timetravel.commands import selected


class PathsPanel(Widget):
    """A few lines that change with the time cursor; nothing in it takes the focus."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.HISTORY, Slice.STATE, Slice.RUN, Slice.THREADS})

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - cheap enough to do whole
        services = services_of(self)
        item = selected(services.context())
        will = services.studio.time.branching.will_execute(item.checkpoint_id) if item is not None else ""
        found = {way: services.commands.keys_of(way) for way in WAYS}
        keys = {way: shown_key(names[0]) for way, names in found.items() if names}
        live = app_state.run is not None and app_state.run.phase.is_live
        branching, signs = services.studio.time.branching, glyphs(is_ascii(self))
        steps = {way: step.what for way in WAYS_BACK if (step := branching.next_step(way)) is not None}
        lines = paths_lines(item, will, keys, live=live, steps=steps, signs=signs)
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        lines = laid_out(self._lines, cells, self.size.height)
        return line_strip(self, fit_line(lines[y], cells) if y < len(lines) else (), cells)
