"""The inspector of a box that stands for several nodes: what they share, and how each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import NodeId
from studio_tui.present.graph.alike import alike_heading, alike_lines
from studio_tui.present.kit.document import TextRows
from studio_tui.text.glyphs import UNICODE, glyphs
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import is_ascii
from studio_tui.ui.screens.detail import DocumentView
from studio_tui.ui.screens.over import OverScreen


class NodesView(DocumentView):
    """The page of nodes that are alike."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.GRAPH, Slice.TASKS, Slice.RUN, Slice.BREAKPOINTS})

    def __init__(self, nodes: Sequence[NodeId], *, id: str | None = None) -> None:
        super().__init__(TextRows(()), id=id)
        self._alike = nodes

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - one slice or all the same
        lines = TextRows(alike_lines(app_state, self._alike, glyphs(is_ascii(self))))
        self._page.hangs = lines.hang
        self.show(lines)


class NodesScreen(OverScreen):
    """Several nodes that are drawn as one box."""

    hints = (
        "{page-search} Search  {page-next} {page-previous} Matches  {page-copy} Copy line  "
        "{page-wrap} Wrap or cut, ← →  {page-back} Back"
    )

    def __init__(self, nodes: Sequence[NodeId]) -> None:
        super().__init__()
        self._alike = nodes
        self.heading = f"Nodes {alike_heading(nodes, UNICODE)}"

    def view(self) -> LineView:
        return NodesView(self._alike, id="nodes")
