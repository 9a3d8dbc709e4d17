"""Panel 7: every wire event as it came, and the request that started the run."""

from __future__ import annotations

from typing import ClassVar

from textual.timer import Timer

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.runs.frames import RawRows
from studio_tui.ui.contracts.intents import DetailWanted
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.lists.line_view import LineView

PAUSE_SECONDS = 0.004


class RawPanel(LineView):
    """The frames of the current run; follows the newest until the user scrolls up."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.FRAMES, Slice.RUN})
    FOLLOWS: ClassVar[bool] = True
    NOUN: ClassVar[tuple[str, str]] = ("event", "events")

    def __init__(self, *, id: str | None = None) -> None:
        self._frames = RawRows()
        super().__init__(self._frames, id=id)
        self._indexer: Timer | None = None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the log tells what is new
        same = self._frames.update(app_state.frames, app_state.run.request if app_state.run else {})
        if not same:
            self._frames.mode = ""
            self.port.to_end()  # of another run the end is looked at, and nothing of it is new
        self._index()
        self.rows_changed(None if same else 0)

    def empty_text(self) -> str:
        return with_keys(self, "No events yet: all that the server sends comes here once a run starts ({input}).")

    def summary(self) -> str:
        return self._frames.summary()

    def next_view(self) -> None:
        choices = ["", *self._frames.modes]
        self._frames.mode = choices[(choices.index(self._frames.mode) + 1) % len(choices)]
        self.rows_changed(0)

    def open_row(self, row: int) -> None:
        frame = self._frames.frame(row)
        if frame is None:
            self.post_message(DetailWanted("Request body", dict(self._frames.request)))
        else:
            self.post_message(DetailWanted(f"{frame.event} · event {frame.seq}", LazyJson(frame.data).value()))

    def toggle_row(self, row: int) -> None:
        self.open_row(row)

    def yank(self) -> tuple[str, str] | None:
        frame = None if self.row is None else self._frames.frame(self.row)
        return super().yank() if frame is None else (frame.data, f"event {frame.seq}")

    def _index(self) -> None:
        """Sort new frames by mode; go on after a pause if some are left."""
        if not self._frames.index() and self._indexer is None:
            self._indexer = self.set_timer(PAUSE_SECONDS, self._index_on)

    def _index_on(self) -> None:
        self._indexer = None
        self._index()
        if self._frames.mode:
            self.rows_changed()
