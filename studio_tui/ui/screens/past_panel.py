"""What timeline and history are built on: older checkpoints that are not loaded, and the time cursor."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.domain.checkpoint import History
from studio_tui.domain.ids import CheckpointId
from studio_tui.present.kit.rows import Rows
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedView


class TimeCursor:
    """Where a list has put the time cursor; the app state follows a moment later, or is moved by somebody else."""

    def __init__(self) -> None:
        self._drawn: CheckpointId | None = None
        """Where the app state's time cursor was when the list was drawn last."""
        self._chosen: list[CheckpointId | None] = []
        """Where the user put it in the list since then."""

    @property
    def is_ahead(self) -> bool:
        """Whether the app state has yet to follow the user."""
        return bool(self._chosen)

    def choose(self, checkpoint_id: CheckpointId | None) -> None:
        """The user put it there."""
        if checkpoint_id != (self._chosen[-1] if self._chosen else self._drawn):
            self._chosen.append(checkpoint_id)

    def has_moved(self, cursor: CheckpointId | None) -> bool:
        """Take over where the app state has it; tell whether the list must go there.

        What the user chose is where the list stands: the app state's answer must not move it again.
        """
        if cursor == self._drawn:
            return False
        self._drawn = cursor
        if cursor in self._chosen:
            del self._chosen[: self._chosen.index(cursor) + 1]
            return False
        self._chosen.clear()
        return True


class PastPanel(PagedView):
    """A list of what was; what is not loaded of it is older checkpoints."""

    COUNTED: ClassVar[str] = ""
    """What the pages hold, where that is not rows."""

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(rows, id=id)
        self._history = History()
        self._time = TimeCursor()

    def take_history(self, history: History) -> None:
        if history is not self._history:
            self._history, self._asked_at = history, -1

    def loaded(self) -> Loaded:
        history = self._history  # servers do not count checkpoints
        follow = not (history.complete or history.too_large)
        return Loaded(len(history.items), None, follow, history.loading, self.COUNTED)

    def ask_more(self) -> None:
        services = services_of(self)
        services.work.start(services.studio.threads.more_history())
