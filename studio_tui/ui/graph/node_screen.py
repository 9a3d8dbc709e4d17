"""The node inspector: what a node is and what it did last; it follows the run, and the time cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.errors import StudioError
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.present.graph.equivalent import group_heading
from studio_tui.present.graph.node import NodePage
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.section_view import SectionView
from studio_tui.ui.screens.over import OverScreen


class NodeView(SectionView):
    """The page of one node; what is not at hand is read while the rest is shown."""

    slices: ClassVar[frozenset[Slice]] = frozenset({
        Slice.GRAPH, Slice.ASSISTANTS, Slice.TASKS, Slice.RUN, Slice.BREAKPOINTS, Slice.SCHEMAS, Slice.STATE,
        Slice.HISTORY,
    })  # fmt: skip

    def __init__(self, node: NodeId, members: Sequence[NodeId] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._node_page = NodePage(node, members)
        self._app_state: AppState | None = None
        self._read: dict[CheckpointId, Checkpoint | str] = {}
        """Checkpoints that were read for the page, or why they could not be."""
        self._reading: CheckpointId | None = None
        self._parsing: LazyJson | None = None
        self._is_left = False
        """Another node's page lies over this one: nothing is read or made for it."""

    def on_mount(self) -> None:
        super().on_mount()
        services_of(self).studio.assistants.read_subgraphs()

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - one slice or all the same
        self._app_state = app_state
        if self._is_left:
            return
        if app_state.subgraphs is None:  # as the server was reloaded, or another assistant chosen
            services_of(self).studio.assistants.read_subgraphs()
        self.show(self._node_page.sections(app_state, self._read, self.glyphs))
        wanted, unparsed = self._node_page.wanted, self._node_page.unparsed
        if wanted is not None and wanted != self._reading:
            self._reading = wanted
            beside(
                self, partial(self._load, wanted), "reading the node's checkpoint", group="checkpoint", exclusive=True
            )
        if unparsed and unparsed[0] is not self._parsing:
            self._parsing = unparsed[0]
            beside(self, partial(self._parse, unparsed[0]), "reading the node's values", group="parse", exclusive=True)

    async def _load(self, checkpoint_id: CheckpointId) -> None:
        try:
            self._read = {checkpoint_id: await services_of(self).studio.history.load(checkpoint_id)}
        except StudioError as error:
            self._read = {checkpoint_id: f"its checkpoint could not be read: {clean(str(error), 300)}"}
        self._reading = None
        self._draw_again()

    async def _parse(self, document: LazyJson) -> None:
        await asyncio.to_thread(document.value)
        self._parsing = None
        self._draw_again()

    def _draw_again(self) -> None:
        if self._app_state is not None and self.is_attached:
            self.draw(self._app_state, self.slices)

    def follow(self, name: str) -> None:
        """Show the page of another node."""
        self._is_left = True
        services_of(self).go(NodeScreen(NodeId(name)))

    def come_back(self) -> None:
        """Be drawn again: that is owed to what a screen shows when it is on top again."""
        self._is_left = False


class NodeScreen(OverScreen):
    """Everything that is known of a node."""

    hints = (
        "{list-toggle-row} Fold  {list-open-row} Open  {page-copy} Copy  {page-search} Search  "
        "{page-next} {page-previous} Matches  {page-back} Back"
    )

    def __init__(self, node: NodeId, members: Sequence[NodeId] = ()) -> None:
        """`members`: the nodes of a box that stands for several."""
        super().__init__()
        self._node = node
        self._members = tuple(members)
        self.heading = f"Nodes {group_heading(members, UNICODE)}" if members else f"Node {clean(node)}"

    def view(self) -> LineView:
        return NodeView(self._node, self._members, id="node")

    def on_screen_resume(self) -> None:
        for view in self.query(NodeView):
            view.come_back()
