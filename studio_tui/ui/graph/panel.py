"""Panel 2: the graph as a picture with what happens in it. Draws lines itself; asks its screen for everything else."""

from __future__ import annotations

import asyncio
import logging
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.graph import START
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import RunState
from studio_tui.graphs.picture.picture import Picture
from studio_tui.graphs.topology.observed import taken_edges
from studio_tui.graphs.topology.scene import visible_in
from studio_tui.present.graph.layout import Direction, GraphLayout, matches, neighbour, reading_order
from studio_tui.present.graph.overlay import NodeMark, Overlay
from studio_tui.present.graph.paint import Paint
from studio_tui.present.graph.source import GraphSource, observed_runs
from studio_tui.text.fmt import plural
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.intents import NodeOpened
from studio_tui.ui.graph.commands import PANEL
from studio_tui.ui.graph.picture_view import PictureView
from studio_tui.ui.kit.lists.row_filter import no_match_words
from studio_tui.ui.kit.terminal.paint import is_ascii
from studio_tui.ui.kit.terminal.safe import plain_notify, set_subtitle, set_title

_log = logging.getLogger(__name__)


class GraphView(PictureView, can_focus=True):
    """The picture of the store's graph; selection and zoom are its own."""

    DEFAULT_CSS = "GraphView { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(PANEL)

    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.GRAPH, Slice.ASSISTANTS, Slice.TASKS, Slice.RUN, Slice.BREAKPOINTS, Slice.HISTORY}
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.selected: NodeId | None = None
        """The node under the cursor: a path of the declared graph, or a collapsed subgraph."""
        self.filter_text = ""
        """What was searched last."""
        self._wishes = GraphLayout()
        self._overlay = Overlay()
        self._source = GraphSource()
        self.message = self._source.message
        self._app_state: AppState | None = None
        self._pane = Size(0, 0)
        self._busy: frozenset[NodeId] = frozenset()
        self._observing = False
        self._follow = True
        """Whether nodes that start to run are scrolled into view: until the user looks elsewhere, or a run starts."""
        self._run: RunState | None = None

    # -- what others ask ----------------------------------------------------------------------------------------

    @property
    def picture(self) -> Picture | None:
        return self.paint.picture if self.paint else None

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        """Take over what changed in the store; the frame clock calls this, at most once a frame."""
        self._app_state = app_state
        if changed & {Slice.GRAPH, Slice.ASSISTANTS} or not self.border_title:
            name = app_state.assistant.name or app_state.assistant.graph_id if app_state.assistant else ""
            set_title(self, f"2 Graph · {name}" if name else "2 Graph")
        if self._take_spec(app_state):
            self._relayout()
        self._take_state(app_state)

    def select(self, node: NodeId | str) -> None:
        """Put the cursor on a node (or on the collapsed subgraph that holds it) and scroll it into view."""
        if self.paint is None:
            self.selected = NodeId(node)
            return
        shown = visible_in(NodeId(node), self._wishes.collapsed)
        if shown not in self.paint.picture.node_rects:
            return
        self.selected = shown
        self._light_selection()
        self.reveal(shown)

    def zoom_in(self) -> None:
        """Draw with more detail."""
        if self._wishes.zoom(1):
            self._relayout()

    def zoom_out(self) -> None:
        """Draw with less detail; the least is a list."""
        if self._wishes.zoom(-1):
            self._relayout()

    def fit(self) -> None:
        """Draw whatever fits the panel best."""
        self._wishes.level = None
        self._follow = True
        self._relayout()
        self.scroll_to(0, 0, animate=False)

    @property
    def observed(self) -> bool:
        """Whether what ran is set off from what is only declared."""
        return self._observing

    @property
    def no_match(self) -> bool:
        """Whether a search is active and found nothing."""
        return bool(self.filter_text) and self.paint is not None and not self.paint.found

    def toggle_observed(self) -> None:
        """Dim declared edges that were never taken and add those that ran undeclared; again to leave it."""
        self._observing = not self._observing
        if self._app_state is not None:
            self._take_spec(self._app_state)
            self._relayout()
            self._take_state(self._app_state)

    def set_filter(self, text: str) -> None:
        """Underline the nodes whose path holds `text` and go to the first one at or after the cursor."""
        self.filter_text = text
        if self.paint is None:
            return
        found = matches(self.paint.picture, text)
        self.paint.found = frozenset(found)
        if found and self.selected not in found:
            self.select(found[0])
        self.refresh()

    def find_next(self) -> None:
        """Go to the next node that the search found."""
        self._find(1)

    def find_previous(self) -> None:
        """Go to the node before that the search found."""
        self._find(-1)

    # -- keys and mouse -----------------------------------------------------------------------------------------

    def action_go(self, direction: Direction) -> None:
        """Select the next node in a direction; where there is none, scroll."""
        self._follow = False
        picture = self.picture
        if picture is None or not picture.node_rects:
            return
        if self.selected is None or self.selected not in picture.node_rects:
            self._select_first()
            return
        found = neighbour(picture, self.selected, direction)
        if found is not None:
            self.select(found)
        else:
            dx, dy = {"up": (0, -1), "down": (0, 1), "left": (-2, 0), "right": (2, 0)}[direction]
            self.scroll_relative(dx, dy, animate=False)

    def action_end(self, place: int) -> None:
        """Select the first or the last node along the flow."""
        self._follow = False
        if self.picture is not None and self.picture.node_rects:
            self.select(reading_order(self.picture)[place])

    def action_page(self, pages: int) -> None:
        """Scroll by a page without moving the cursor."""
        self._follow = False
        self.scroll_relative(0, pages * max(1, self.size.height - 1), animate=False)

    def action_open(self) -> None:
        """Ask for the inspector of the selected node."""
        if self.selected is not None:
            self.post_message(NodeOpened(self.selected))

    def action_fold(self) -> None:
        """Collapse the subgraph around the cursor, or open the one under it."""
        if self.selected is not None and self._wishes.toggle(self.selected):
            self._relayout()

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked; twice opens it; a click on a subgraph's frame collapses it."""
        if self.paint is None:
            return
        inside = event.get_content_offset(self)
        if inside is None:
            return
        hit = self.paint.picture.hit(*self.cell_at(inside.x, inside.y))
        if hit is None:
            return
        self._follow = False
        if hit in self.paint.picture.cluster_rects and hit not in self.paint.picture.node_rects:
            if self._wishes.toggle(hit):
                self._relayout()
            return
        self.select(hit)
        if event.chain == 2:
            self.post_message(NodeOpened(hit))

    def on_mouse_scroll_down(self) -> None:
        """Leave the view where the user scrolls it."""
        self._follow = False

    def on_mouse_scroll_up(self) -> None:
        """Leave the view where the user scrolls it."""
        self._follow = False

    def on_focus(self) -> None:
        if self.selected is None:
            self._select_first()
        self._light_selection()

    def on_blur(self) -> None:
        self._light_selection()

    def on_resize(self) -> None:
        if self.content_region.size != self._pane:
            self._relayout()

    # -- from the store -----------------------------------------------------------------------------------------

    def _take_spec(self, app_state: AppState) -> bool:
        """Find what is to be drawn; return whether it is another graph than before."""
        if not self._source.take(app_state, observing=self._observing):
            return False
        self.message = self._source.message
        self._wishes.set_spec(self._source.spec)
        return True

    def _take_state(self, app_state: AppState) -> None:
        """Restyle what changed in the run, and nothing else."""
        paint = self.paint
        if paint is None:
            return
        every = self._overlay.marks(app_state, self._wishes.spec)
        marks = {node: mark for node, mark in every.items() if node in paint.picture.node_rects}
        changed = [node for node in marks.keys() | paint.marks.keys() if marks.get(node) != paint.marks.get(node)]
        paint.marks = marks
        for node in changed:
            self.refresh_node(node)
        self._take_clusters(paint, every)
        self._take_edges(app_state, paint)
        running = frozenset(node for node, mark in marks.items() if mark.status in ("running", "paused"))
        if app_state.run is not self._run:
            self._run, self._follow = app_state.run, True
        if running - self._busy and self._follow:
            self.reveal(min(running - self._busy))
        self._busy = running

    def _take_clusters(self, paint: Paint, every: dict[NodeId, NodeMark]) -> None:
        clusters = {node: mark.status for node, mark in every.items() if node in paint.picture.cluster_rects}
        if clusters != paint.clusters:
            paint.clusters = clusters
            paint.forget_roles()
            self.refresh()

    def _take_edges(self, app_state: AppState, paint: Paint) -> None:
        collapsed = self._wishes.collapsed
        edge = app_state.run.last_edge if app_state.run else None
        shown = tuple(visible_in(NodeId(end), collapsed) for end in edge) if edge else ()
        lit = paint.edge_cells((shown[0], shown[1])) if shown else frozenset()
        dim: frozenset[tuple[int, int]] = frozenset()
        if self._observing:
            taken = taken_edges(self._wishes.spec, observed_runs(app_state))
            drawn = {(visible_in(a, collapsed), visible_in(b, collapsed)) for a, b in taken}
            dim = paint.edge_cells(*(ends for ends in paint.picture.edge_cells if ends not in drawn))
            dim -= paint.edge_cells(*drawn)
        if lit != paint.lit or dim != paint.dim:
            rows = {y for cells in (lit, paint.lit, dim, paint.dim) for _, y in cells}
            paint.lit, paint.dim = lit, dim
            self.refresh_rows(rows)

    # -- layout -------------------------------------------------------------------------------------------------

    def _relayout(self) -> None:
        """Draw the graph for the pane, in a thread when that may take long."""
        self._pane = self.content_region.size
        wishes = self._wishes
        wishes.ascii = is_ascii(self)
        if not wishes.spec.nodes or not self._pane.width or not self._pane.height:
            self._show(None)
            return
        if not wishes.is_slow:
            self._show(self._safely_drawn(self._pane.width, self._pane.height))
            return
        if self.paint is None:
            self.message = (f"Drawing {plural(len(wishes.spec.nodes), 'node')} …",)
            self.refresh()
        self.run_worker(self._draw_slowly(), group="layout", exclusive=True, exit_on_error=False)

    async def _draw_slowly(self) -> None:
        pane = self._pane
        picture = await asyncio.to_thread(self._safely_drawn, pane.width, pane.height)
        self._show(picture)
        if self._app_state is not None:
            self._take_state(self._app_state)

    def _safely_drawn(self, columns: int, rows: int) -> Picture:
        """Return the picture; a fault of the layout costs the picture, not the app: the list is shown instead."""
        wishes = self._wishes
        try:
            return wishes.draw(columns, rows)
        except Exception:
            _log.exception("the graph cannot be laid out")
            from studio_tui.graphs.picture.outline import draw_outline

            return draw_outline(wishes.spec, columns, collapsed=wishes.collapsed, ascii=wishes.ascii)

    def _show(self, picture: Picture | None) -> None:
        """Put another picture on the screen, with the selection and the state that were there."""
        self._wishes.picture = picture
        if picture is None:
            self.show_paint(None)
            set_subtitle(self, "")
            return
        self.paint = Paint(picture, ascii=self._wishes.ascii)
        self.show_paint(self.paint)
        self._busy = frozenset()
        if self.filter_text:
            self.paint.found = frozenset(matches(picture, self.filter_text))
        self._keep_selection(picture)
        if self._app_state is not None:
            self._take_state(self._app_state)
        self._light_selection()
        set_subtitle(self, self._summary(picture))

    def _keep_selection(self, picture: Picture) -> None:
        if self.selected is None or self.selected in picture.node_rects:
            if self.selected is not None:
                self.reveal(self.selected)
            return
        inside = visible_in(self.selected, self._wishes.collapsed)
        children = (node for node in reading_order(picture) if node.startswith(f"{self.selected}:"))
        self.selected = inside if inside in picture.node_rects else next(children, None)

    def _summary(self, picture: Picture) -> str:
        spec = self._wishes.spec
        parts = [plural(len(spec.nodes), "node")]
        if picture.level != "full":
            parts.append("list" if picture.is_outline else picture.level)
        if spec.observed:
            parts.append("as observed")
        elif self._observing:
            parts.append("with what was observed")
        if spec.problems:
            parts.append(plural(len(spec.problems), "problem"))
        return " · ".join(parts)

    # -- selection ----------------------------------------------------------------------------------------------

    def _select_first(self) -> None:
        if self.picture is not None and self.picture.node_rects:
            rects = self.picture.node_rects
            self.select(START if START in rects else reading_order(self.picture)[0])

    def _find(self, step: int) -> None:
        found = matches(self.picture, self.filter_text) if self.picture is not None else []
        if found:
            place = found.index(self.selected) + step if self.selected in found else 0
            self.select(found[place % len(found)])
        elif self.filter_text:
            plain_notify(self.app, no_match_words(self.filter_text), "warning")

    def _light_selection(self) -> None:
        paint = self.paint
        if paint is None:
            return
        paint.selected, paint.focused = self.selected, self.has_focus
        edges = [ends for ends in paint.picture.edge_cells if self.selected in ends] if self.selected else []
        paint.touching = paint.edge_cells(*edges)
        self.refresh()
