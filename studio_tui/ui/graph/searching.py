"""Search in the graph panel: from match to match, also into what is drawn closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.topology.spec import short_name
from studio_tui.present.graph.source import not_searched
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.lists.row_filter import no_match_words
from studio_tui.ui.kit.terminal.safe import plain_notify

if TYPE_CHECKING:
    from studio_tui.ui.graph.panel import GraphView


class Searching:
    """What was searched last in `view`, and where that is."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self.text = ""
        self.app_state: AppState | None = None
        self.found: dict[NodeId, NodeId] = {}
        """The boxes, in reading order, each with the node that is meant: the box itself, or one that it holds."""

    @property
    def no_match(self) -> bool:
        return bool(self.text) and self._view.picture is not None and not self.found

    def look(self) -> None:
        """Look again: in another picture, or after more has been read."""
        self.found = self._view.drawing.matches(self.text)
        if (paint := self._view.drawing.paint) is not None:
            paint.found = frozenset(self.found)

    def begin(self, text: str) -> None:
        """Go to the first match at or after the cursor; have subgraphs read that nobody has looked into."""
        self.text = text
        if text:
            services_of(self._view).studio.assistants.look_inside()
        self.look()
        if self.found and self._view.selected not in self.found:
            self._view.select(next(iter(self.found)))
        self._tell()
        self._view.refresh()

    def go(self, step: int) -> None:
        """Go on to another match; say so where there is none."""
        self.look()
        boxes, selected = list(self.found), self._view.selected
        if boxes:
            self._view.select(boxes[(boxes.index(selected) + step if selected in self.found else 0) % len(boxes)])
            self._tell()
        elif self.text:
            plain_notify(self._view.app, no_match_words(self.text), "warning")

    def _tell(self) -> None:
        """Say what is meant where only a box around it is to be seen."""
        box = self._view.selected
        if box is not None and self.found.get(box, box) != box:
            inner = clean(short_name(self.found[box]))
            plain_notify(self._view.app, f"{inner} is inside {clean(box)}, which is closed.")

    @property
    def words(self) -> str:
        """Return which match the cursor is on, for the border; empty without a search."""
        if not self.text:
            return ""
        boxes, selected = list(self.found), self._view.selected
        if selected in self.found:
            found = f"match {boxes.index(selected) + 1} of {len(boxes)}"
        else:
            found = plural(len(boxes), "match", "matches") if boxes else "no match"
        return " · ".join(filter(None, (found, self._unread)))

    @property
    def _unread(self) -> str:
        return not_searched(self.app_state) if self.app_state is not None else ""
