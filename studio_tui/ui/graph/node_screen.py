"""The node inspector: schema facts, edges, breakpoints, last input and output of one node; it follows the run."""

from __future__ import annotations

from typing import ClassVar

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import NodeId
from studio_tui.present.graph.node import node_lines
from studio_tui.present.kit.document import TextRows
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.screens.detail import DocumentView
from studio_tui.ui.screens.over import OverScreen


class NodeView(DocumentView):
    """The page of one node."""

    slices: ClassVar[frozenset[Slice]] = frozenset({Slice.GRAPH, Slice.TASKS, Slice.BREAKPOINTS, Slice.SCHEMAS})

    def __init__(self, node: NodeId, *, id: str | None = None) -> None:
        super().__init__(TextRows(()), id=id)
        self._node = node

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - one slice or all the same
        lines = TextRows(node_lines(app_state, self._node))
        self._page.hangs = lines.hang
        self.show(lines)


class NodeScreen(OverScreen):
    """Everything that is known of a node."""

    hints = (
        "{page-search} Search  {page-next} {page-previous} Matches  {page-copy} Copy line  "
        "{page-wrap} Wrap or cut, ← →  {page-back} Back"
    )

    def __init__(self, node: NodeId) -> None:
        super().__init__()
        self._node = node
        self.heading = f"Node {clean(node)}"

    def view(self) -> LineView:
        return NodeView(self._node, id="node")
