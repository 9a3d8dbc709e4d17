"""What timeline and history are built on: older checkpoints that are not loaded."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.domain.checkpoint import History
from studio_tui.present.kit.rows import Rows
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.lists.paged_view import Loaded, PagedView


class PastPanel(PagedView):
    """A list of what was; what is not loaded of it is older checkpoints."""

    COUNTED: ClassVar[str] = ""
    """What the pages hold, where that is not rows."""

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:
        super().__init__(rows, id=id)
        self._history = History()

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
