"""Panel 2: the graph as a picture with what happens in it. Draws its lines itself, and opens the inspector."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Picture
from studio_tui.present.graph.drawing import Folding, GraphDrawing, Observed, centred, title_of
from studio_tui.present.graph.layout import Held, beginning, first_in, held_in, reading_order, shown_with
from studio_tui.present.graph.moves import Direction, Moves
from studio_tui.present.graph.unchosen import Unchosen
from studio_tui.present.timetravel.lacking import what_is_lacking
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.beat import on_beat
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import services_of, told
from studio_tui.ui.graph.commands import PANEL
from studio_tui.ui.graph.following import Following
from studio_tui.ui.graph.picture_view import PictureView
from studio_tui.ui.graph.redrawing import Redrawing
from studio_tui.ui.graph.searching import Searching
from studio_tui.ui.kit.terminal.safe import (
    plain_notify,
    set_subtitle,
    set_subtitle_line,
    set_title,
)
from studio_tui.ui.kit.terminal.themes import role_style


class GraphView(PictureView):
    """The picture of the app state's graph; selection and scrolling are its own.

    Which picture it is, is chosen for the room that `give_room` names, not for the pane: that changes with the
    focus, the questions and the composer, and the picture stays as it is and scrolls.
    """

    class Reshaped(Message):
        """The graph is drawn in another size than before."""

    class Turned(Message):
        """Under the cursor something else can be opened or folded than before."""

    DEFAULT_CSS = "GraphView { height: 1fr; width: 1fr; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(PANEL)

    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.GRAPH, Slice.ASSISTANTS, Slice.TASKS, Slice.RUN, Slice.BREAKPOINTS, Slice.HISTORY, Slice.STATE}
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.drawing = GraphDrawing()
        self.selected: NodeId | None = None
        """The node under the cursor: a path of the declared graph, or a collapsed subgraph."""
        self._unchosen = Unchosen()
        self._moves = Moves()
        self._folding: Folding = ""
        self._searching = Searching(self)
        self.room: Size | None = None
        """Cells inside the border that the pane can have at most; None: those that it has."""
        self.ordinary: Size | None = None
        """Cells that it has where the graph needs no more; None: the whole room."""
        self._app_state: AppState | None = None
        self._pane = Size(0, 0)
        self._redrawing = Redrawing(self, self.drawing, self._show, self._write_subtitle)
        self._following = Following()
        self._remarks = ""

    # -- what others ask ----------------------------------------------------------------------------------------

    @property
    def picture(self) -> Picture | None:
        return self.drawing.layout.picture

    def give_room(self, room: Size | None, ordinary: Size | None = None) -> None:
        """Choose the picture for at most so many cells; `ordinary` is tried first, and need not be all of them."""
        if (room, ordinary) != (self.room, self.ordinary):
            self.room, self.ordinary = room, ordinary
            self._relayout()

    @property
    def selected_node(self) -> NodeId | None:
        """The node under the cursor; None where that is on a box of several nodes."""
        if self.selected is None or self.picture is None:
            return self.selected
        return self.selected if len(self.picture.members(self.selected)) == 1 else None

    @property
    def picture_size(self) -> Size:
        """Return the cells that the picture takes; 0 × 0 while there is none."""
        picture = self.picture
        return Size(picture.width, picture.height) if picture is not None else Size(0, 0)

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:
        self._app_state = self._searching.app_state = app_state
        if changed & {Slice.GRAPH, Slice.ASSISTANTS, Slice.STATE} or not self.border_title:
            set_title(self, title_of(app_state))
        if self.drawing.take_topology(app_state):
            self._relayout()
        if Slice.HISTORY in changed:
            self._write_subtitle()
        self._take_run(app_state)

    @property
    def folding(self) -> Folding:
        """What `fold` does to the node under the cursor; empty where it does nothing."""
        return self.drawing.folding(self.selected)

    def select(self, node: NodeId | str) -> None:
        """Put the cursor on a node (or on the collapsed subgraph that holds it) and scroll it into view."""
        if self.picture is None:
            self.selected = NodeId(node)
            return
        shown = self.picture.shown(NodeId(node))
        if shown in self.picture.node_rects:
            self.selected = shown
            self._light_selection()
            self.reveal(shown)

    def reveal(self, node: NodeId) -> None:
        if self.picture is not None:
            rect = shown_with(self.picture, node, self.in_sight if node == self._unchosen.node else Size())
            self.scroll_to_region(Region(rect.x, rect.y, rect.width, rect.height), animate=False, force=True)

    def zoom(self, step: int) -> None:
        """Draw with more detail (1), or with less (-1); the least is a list."""
        if self.picture is not None:
            self.drawing.layout.steps += step
            self._relayout()

    def fit(self) -> None:
        """Draw whatever fits the panel best."""
        self.drawing.layout.level, self.drawing.layout.steps = None, 0
        self._following.is_on = self._redrawing.fits = True
        self._relayout()

    def observe(self, observed: Observed) -> None:
        """Dim declared edges that were never taken, add those that ran undeclared, and colour nodes by a heat; or not
        any more."""
        was, self.drawing.observed = self.drawing.observed, observed
        if self._app_state is None:
            return
        if "off" in (was, observed) and self.drawing.take_topology(self._app_state):
            self._relayout()
        self._take_run(self._app_state)
        self._write_subtitle()

    @property
    def filter_text(self) -> str:
        """What was searched last."""
        return self._searching.text

    @property
    def no_match(self) -> bool:
        return self._searching.no_match

    def set_filter(self, text: str) -> None:
        """Underline the nodes whose path holds `text`, and the closed boxes that hold one; go to the first."""
        self._searching.begin(text)
        self._write_subtitle()

    def find(self, step: int) -> None:
        self._searching.go(step)

    # -- keys and mouse -----------------------------------------------------------------------------------------

    def action_go(self, direction: Direction) -> None:
        """Select the next node in a direction; where there is none, scroll."""
        self._following.is_on = False
        picture = self.picture
        if picture is None or not picture.node_rects:
            return
        if self.selected is None or self.selected not in picture.node_rects:
            self._select_first()
            return
        found = self._moves.go(picture, self.selected, direction)
        if found is not None:
            self.select(found)
        else:
            dx, dy = {"up": (0, -1), "down": (0, 1), "left": (-2, 0), "right": (2, 0)}[direction]
            self.scroll_relative(dx, dy, animate=False)

    def action_end(self, place: int) -> None:
        """Select the first or the last node along the flow."""
        self._following.is_on = False
        if self.picture is not None and self.picture.node_rects:
            self.select(reading_order(self.picture)[place])

    def action_page(self, pages: int) -> None:
        """Scroll by a page without moving the cursor."""
        self._following.is_on = False
        self.scroll_relative(0, pages * max(1, self.in_sight.height - 1), animate=False)

    def action_open(self) -> None:
        """Show the inspector of the selected node, or that of the nodes of the box."""
        from studio_tui.ui.graph.node_screen import NodeScreen

        if self.selected is not None:
            members = self.picture.members(self.selected) if self.picture is not None else ()
            services_of(self).go(NodeScreen(self.selected, members if len(members) > 1 else ()))

    def action_fold(self) -> None:
        """Fold what is open around the cursor, or open the box under it."""
        if self.selected is not None and self.folding:
            self.fold(self.selected)
        elif self.selected is not None:
            plain_notify(self.app, f"Nothing opens or folds at {clean(self.selected)}.")

    def fold(self, node: NodeId | None) -> None:
        """Fold or open a subgraph, by a node in it where it is open; None opens what somebody folded."""
        if self.drawing.fold(node):
            self._relayout()
        elif self.drawing.folding(node):  # it comes with its subgraphs, and this one alone is open
            self.drawing.layout.opening = node
            services = services_of(self)
            reading = services.studio.assistants.load_graph(xray=True)
            services.work.start(reading, "opening the subgraph", group="xray")

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked; twice opens it; a click on a subgraph's frame collapses it."""
        picture, inside = self.picture, event.get_content_offset(self)
        if picture is None or inside is None:
            return
        hit = picture.hit(inside.x + self.scroll_offset.x - self.left_blank, inside.y + self.scroll_offset.y)
        if hit is None:
            return
        self._following.is_on = False
        if hit in picture.cluster_rects and hit not in picture.node_rects:
            self.fold(hit)
            return
        self.select(hit)
        if event.chain == 2:
            self.action_open()

    @on(events.MouseScrollDown)
    @on(events.MouseScrollUp)
    def _scrolled(self) -> None:
        """Leave the view where the user scrolls it."""
        self._following.is_on = False

    def on_focus(self) -> None:
        if self.selected is None:
            self._select_first()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """A node is a block of colour only where keys go. When the event of a focus comes it is not known yet."""
        super().watch_has_focus(_has_focus)
        self._light_selection()

    def on_resize(self) -> None:
        pane = self.content_region.size
        if self._redrawing.owed or (self.room is None and pane != self._pane):
            self._relayout()
        elif pane != self._pane:
            self._pane = pane
            self._keep_in_view()

    def _keep_in_view(self, *, busy_only: bool = False) -> None:
        """In another pane show what runs, waits or failed, else the node under the cursor."""
        node = self.drawing.in_view() if self._following.is_on else None
        node = node or (None if busy_only else self.selected)
        if node is not None and self.picture is not None and node in self.picture.node_rects:
            self.reveal(node)

    def _select_first(self) -> None:
        if self.picture is not None and self.picture.node_rects:
            self._unchosen.node = first_in(self.picture, self.seen, self.drawing.in_view())
            self.select(self._unchosen.node)

    def _hold(self, held: Held | None, picture: Picture) -> None:
        """Show what was in sight where it was, else the node under the cursor, else where the graph begins."""
        rect = picture.node_rects.get(self.drawing.layout.kept(held.node) or held.node) if held is not None else None
        if held is not None and rect is not None:
            self.scroll_to(rect.x + held.right, rect.y + held.down, animate=False, force=True)
        elif (node := self.selected or beginning(picture)) is not None:
            self.reveal(node)

    def _light_selection(self) -> None:
        if self.drawing.paint is not None:
            self.drawing.paint.select(self.selected, focused=self.has_focus)
            self.refresh()
        if self.filter_text:
            self._write_subtitle()
        if self.folding != self._folding:
            self._folding = self.folding
            self.post_message(self.Turned())

    # -- another picture ----------------------------------------------------------------------------------------

    def _relayout(self) -> None:
        """Draw the graph for its room."""
        self._pane = self.content_region.size
        self._redrawing.begin(self._pane if self.room is None else self.room, self.ordinary)

    def _show(self, picture: Picture | None) -> None:
        """Put another picture on the screen, with the selection and the state that were there."""
        size, held = self.picture_size, held_in(self.picture, self.seen, self.selected)
        before, steps = self.picture, self.drawing.layout.steps
        self.drawing.show(picture)
        self._extend(self.picture_size)
        if self.picture_size != size:
            self.post_message(self.Reshaped())
        self.refresh()
        self._write_subtitle()
        if picture is None or self.drawing.paint is None:
            return
        self._searching.look()
        self.selected = self.drawing.layout.kept(self.selected)
        self._hold(held, picture)
        if self._app_state is not None:
            self._take_run(self._app_state)
        if self.has_focus and self.selected is None:  # the focus came before the picture
            self._select_first()
        self._light_selection()
        if self._redrawing.fits:
            self.scroll_to(0, 0, animate=False)
            self._keep_in_view(busy_only=True)
        if words := self._redrawing.remark(before, picture, steps, self._pane):
            plain_notify(self.app, words)

    def _write_subtitle(self) -> None:
        lacks = what_is_lacking(self._app_state.history) if self._app_state is not None else ""
        if not self.drawing.redrawing and (legend := self.drawing.legend(self.in_sight.width - 4)):
            set_subtitle_line(self, (*legend, Span(f" · {lacks}" if lacks else "", "")))
        else:
            set_subtitle(
                self, " · ".join(filter(None, (self._remarks, self._searching.words, self.drawing.summary, lacks)))
            )

    def _extend(self, size: Size) -> None:
        """Let a picture of this size be scrolled; where neither it nor the last one must be, the layout stays."""
        fits = not self._pane or (size.width <= self._pane.width and size.height <= self._pane.height)
        if fits and not self.show_vertical_scrollbar and not self.show_horizontal_scrollbar:
            self.set_reactive(GraphView.virtual_size, size)
        else:
            self.virtual_size = size

    def _take_run(self, app_state: AppState) -> None:
        """Repaint what looks different, and nothing else."""
        changed, top = self.drawing.take_run(app_state, on_beat(time.time())), self.scroll_offset.y
        if changed.whole:
            self._searching.look()  # in subgraphs that are read by now
            self._light_selection()
            self._write_subtitle()
        for row in changed.rows:
            if top <= row < top + self.in_sight.height:
                self.refresh(Region(0, row - top, self.in_sight.width, 1))
        node = self._following.goes_to(app_state, changed.began, self.drawing.in_view())
        if node is not None:
            self.reveal(node)
        if (node := self._unchosen.goes_to(app_state, self.selected, self.drawing.in_view())) is not None:
            self.select(node)
        self.look()

    def look(self) -> None:
        """Say in the border what is not as it looks, and what runs or waits where the user has looked away from it."""
        if (remarks := self.drawing.remarks(self.seen)) != self._remarks:
            self._remarks = remarks
            self._write_subtitle()

    # -- lines --------------------------------------------------------------------------------------------------

    @property
    def left_blank(self) -> int:
        """Blank columns before a picture that is narrower than the pane; a list stands at the left."""
        if self.picture is None or self.picture.is_outline:
            return 0
        return max(0, (self.in_sight.width - self.picture.width) // 2)

    def render_line(self, y: int) -> Strip:
        cells, paint = self.in_sight.width, self.drawing.paint
        if paint is None:
            message = [told(self, text) for text in self.drawing.message]
            return self.strip_of(centred(message, y, cells, self.in_sight.height), cells)
        left = self.left_blank
        paint.widen(cells - left, left)  # notes may stand in what is blank beside it
        line = paint.line(y + self.scroll_offset.y)
        if left:
            return self.strip_of(line or (Span(" " * left),), cells)
        start = self.scroll_offset.x
        shown = self.strip_of(line, paint.columns).crop(start, start + cells)
        return shown.adjust_cell_length(cells, role_style(self, ""))
