"""The graph as it is drawn now: which topology, which picture of it, and what the run says of its nodes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from msgspec import Struct

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import Phase, TaskView
from studio_tui.graphs.picture.heavy import IN_ASCII
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.observed import taken_edges
from studio_tui.graphs.topology.scene import Ends, clusters_of
from studio_tui.graphs.topology.spec import short_name
from studio_tui.present.graph.equivalent import with_boxes
from studio_tui.present.graph.heat import scale_of
from studio_tui.present.graph.layout import GraphLayout, matches
from studio_tui.present.graph.mark import IDLE, Heat, NodeMark, with_insides
from studio_tui.present.graph.overlay import Overlay
from studio_tui.present.graph.paint import Cell, Paint
from studio_tui.present.graph.places import note_rows
from studio_tui.present.graph.source import GraphSource, observed_in_turn, observed_runs, observed_so_far
from studio_tui.text.cells import width, wrap
from studio_tui.text.fmt import duration, plural
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

_LIST = ("list: → goes to, ┄→ may, ↑ back", "list: -> goes to, ~> may, ^ back")
"""What a list's signs mean, by whether they are ASCII."""

_SEEN = ("┈ only seen", "= only seen")
"""What the lines of edges say that ran though nobody declares them."""


def centred(texts: Collection[str], row: int, cells: int, rows: int) -> Line:
    """Return what stands in a row of a pane of cells × rows that has nothing but words, in its middle."""
    lines = [part for text in texts for part in wrap(text, max(10, cells - 4))]
    row -= max(0, (rows - len(lines)) // 2)
    if not 0 <= row < len(lines):
        return ()
    return (Span(" " * max(0, (cells - width(lines[row])) // 2)), Span(lines[row], "muted"))


Folding = Literal["", "Open", "Fold"]
"""What can be done to a node: it is a subgraph that is not drawn open, or it lies in one that is."""
Observed = Literal["off", "edges", "visits", "time"]
"""What is laid over the graph: nothing, which edges were taken, and besides how often nodes ran, or how long."""
OBSERVED: tuple[Observed, ...] = ("off", "edges", "visits", "time")
"""In the order in which one key goes through them."""


class Repaint(Struct, frozen=True):
    """What of the picture looks different."""

    rows: Collection[int] = ()
    whole: bool = False
    began: Collection[NodeId] = ()
    """Nodes that started to run or to wait."""


class GraphDrawing:
    """Topology, picture and overlay of one view; selection and scrolling are the view's."""

    def __init__(self) -> None:
        self.layout = GraphLayout()
        self.paint: Paint | None = None
        self.observed: Observed = "off"
        self.redrawing = False
        """What is shown is older than what is wanted: another picture is on its way."""
        self._source = GraphSource()
        self.message = self._source.message
        """Safe lines that stand in the middle while there is no picture."""
        self._whose = ""
        """The graph's id, as far as it is known."""
        self._declared: GraphSpec | None = None
        """What was told of it when it was drawn."""
        self._overlay = Overlay()
        self._inner: tuple[GraphSpec | None, frozenset[NodeId]] = (None, frozenset())
        """The graph with its subgraphs opened, and which these are."""
        self._busy: frozenset[NodeId] = frozenset()
        self._failed: NodeId | None = None
        self._dimmed: tuple[object, frozenset[Cell], frozenset[Ends]] = (None, frozenset(), frozenset())
        """By what they are known, cells of edges that no run took, and of those that this turn did."""

    @property
    def observing(self) -> bool:
        """Whether what ran is set off from what is only declared."""
        return self.observed != "off"

    @property
    def heat(self) -> Heat:
        """By what nodes are coloured as well."""
        return self.observed if self.observed == "visits" or self.observed == "time" else ""

    def take_topology(self, app_state: AppState) -> bool:
        """Find what is to be drawn; return whether it is another graph than before."""
        if not self._source.take(app_state, observing=self.observing):
            return False
        self.message = self._source.message
        whose, declared = app_state.assistant.graph_id if app_state.assistant else "", app_state.shown_graph
        if whose and whose != self._whose:
            self._whose = whose
            self.layout.forget_wishes()
        self.layout.set_spec(self._source.spec, grown=declared is self._declared)
        self._declared = declared
        return True

    def show(self, picture: Picture | None) -> None:
        self.layout.show(picture)
        self.paint = Paint(picture, ascii=self.layout.ascii) if picture is not None else None
        self._busy, self._failed = frozenset(), None

    def take_run(self, app_state: AppState, now: float | None = None) -> Repaint:
        """Restyle what changed in the run, or with the time `now` (unix seconds), and nothing else."""
        paint = self.paint
        if paint is None:
            return Repaint()
        every = self._overlay.marks(app_state, self.layout.spec)
        if paint.picture.equivalent:
            every = with_boxes(every, paint.picture)
        marks = with_insides(every, paint.picture.node_rects)
        changed = {node for node in marks.keys() | paint.marks.keys() if marks.get(node) != paint.marks.get(node)}
        run = app_state.run
        if run is None or run.phase is not Phase.RECONNECTING:  # else nobody knows that it still runs
            changed.update(node for node, mark in marks.items() if _tells_another(mark, paint.now, now))
            paint.now = now
        paint.marks = marks
        clusters = {node: mark.status for node, mark in every.items() if node in paint.picture.cluster_rects}
        heat, openable = scale_of(self.heat, marks), self.openable(app_state)
        whole = (clusters, heat, openable) != (paint.clusters, paint.heat, paint.openable)
        if whole:
            paint.clusters, paint.heat = clusters, heat
            paint.set_openable(openable)
            paint.forget_roles()
        rows = self._take_edges(app_state, paint)
        for node in changed:
            rows.update(note_rows(paint.picture, paint.picture.node_rects[node]))
        busy = frozenset(n for n, mark in marks.items() if mark.status in ("running", "paused", "next") or mark.here)
        began, self._busy = busy - self._busy, busy
        self._failed = min((node for node, mark in marks.items() if mark.status == "error"), default=None)
        return Repaint(rows, whole, began)

    def openable(self, app_state: AppState) -> frozenset[NodeId]:
        """Return the nodes that are drawn closed because the graph was read without its subgraphs."""
        inner = app_state.inner_graph
        if inner is None or inner[0] != app_state.assistant_id or app_state.xray or app_state.graph is None:
            return frozenset()
        if inner[1] is not self._inner[0]:
            self._inner = (inner[1], frozenset(clusters_of(inner[1])))
        picture = self.layout.picture
        return (self._inner[1] & picture.node_rects.keys()) - picture.collapsed if picture else frozenset()

    def matches(self, text: str) -> dict[NodeId, NodeId]:
        """Return the boxes that hold a text, in reading order, each with the node that it is found in."""
        picture = self.layout.picture
        if picture is None:
            return {}
        inner = self._inner[0] if self.paint is not None and self.paint.openable else None
        return matches(picture, text, [node.id for spec in (self.layout.spec, inner) if spec for node in spec.nodes])

    def folding(self, node: NodeId | None) -> Folding:
        """Return what folding does to a node; an empty text where it does nothing."""
        picture = self.layout.picture
        if node is None or picture is None:
            return ""
        if node in picture.collapsed or (self.paint is not None and node in self.paint.openable):
            return "Open"
        return "Fold" if self.layout.around(node) else ""

    def fold(self, node: NodeId | None) -> bool:
        """Open or fold a box; return whether that changes the picture: not where a closed subgraph must be read."""
        closed = self.paint is not None and node in self.paint.openable and node not in self.paint.picture.collapsed
        return not closed and self.layout.toggle(node)

    def in_view(self) -> NodeId | None:
        """Return a node that runs or waits, else one that failed, if one did."""
        return min(self._busy, default=self._failed)

    def remarks(self, seen: Rect) -> str:
        """Say what is not as it looks: that nodes may have run which are not marked, and what `unseen` tells."""
        in_part = "turn read in part" if self._overlay.in_part else ""
        return " · ".join(filter(None, (self._unseen(seen), in_part)))

    def _unseen(self, seen: Rect) -> str:
        """Say what runs or waits where nothing of that is within `seen`; empty else."""
        picture = self.layout.picture
        if picture is None or not self._busy or self.paint is None:
            return ""
        rects = (picture.node_rects[node] for node in self._busy if node in picture.node_rects)
        if any(rect.x < seen.right and seen.x < rect.right and rect.y < seen.bottom and seen.y < rect.bottom
               for rect in rects):  # fmt: skip
            return ""
        node = min(self._busy)
        mark = self.paint.marks.get(node, IDLE)
        return f"out of sight: {clean(short_name(node), 40)} ({'next' if mark.comes else mark.word})"

    def _take_edges(self, app_state: AppState, paint: Paint) -> set[int]:
        """Light the edge last taken and those of the turn, dim those that never were; return the rows that change.

        None is lit in the past, which is another moment than the run's, and once the graph has ended: it went on from
        there to its end.
        """
        end, run = paint.picture.end, app_state.run if app_state.cursor is None else None
        edge = run.last_edge if run is not None and run.phase is not Phase.DONE else None
        lit: frozenset[Cell] = frozenset()
        if edge is not None:
            lit = paint.edge_cells((end(NodeId(edge[0])), end(NodeId(edge[1]))))
        dim, taken = self._observed_cells(app_state, paint) if self.observing else (frozenset(), None)
        before = (paint.lit, paint.dim, paint.taken)
        if (lit, dim, taken) == before:
            return set()
        paint.lit, paint.dim, paint.taken = lit, dim, taken
        beside = paint.touching if (taken is None) != (before[2] is None) else ()
        strong = paint.edge_cells(*(taken or ()), *(before[2] or ()))
        return {y for cells in (lit, dim, strong, beside, *before[:2]) for _, y in cells}

    def _observed_cells(self, app_state: AppState, paint: Paint) -> tuple[frozenset[Cell], frozenset[Ends]]:
        """Return the cells of edges that no run took, and the edges that this turn did; worked out anew only when more
        has run, at another moment, or in another picture."""
        head = app_state.head.checkpoint_id if app_state.head is not None else None
        moment = (app_state.cursor, head, len(app_state.history.items))
        known = (paint.picture, self.layout.spec, observed_so_far(app_state), moment)
        if known != self._dimmed[0]:
            end = paint.picture.end

            def taken_in(runs: Iterable[Sequence[TaskView | None]]) -> frozenset[Ends]:
                return frozenset((end(a), end(b)) for a, b in taken_edges(self.layout.spec, runs))

            drawn = taken_in(observed_runs(app_state))
            dim = paint.edge_cells(*(ends for ends in paint.picture.edge_cells if ends not in drawn))
            self._dimmed = known, dim - paint.edge_cells(*drawn), taken_in(observed_in_turn(app_state))
        return self._dimmed[1:]

    def legend(self, cells: int) -> Line:
        """Return what the colours of a heat, or else of observed edges, stand for, in so many cells where that can be;
        nothing where nothing is observed."""
        if self.paint is None or not self.observing:
            return ()
        if self.heat or self.layout.spec.observed:
            return self.paint.heat.legend(glyphs(self.layout.ascii), cells)
        seen = Span(f" {glyphs(self.layout.ascii).dot} {_SEEN[self.layout.ascii]}")
        thin = "-" if self.layout.ascii else "─"
        sign = IN_ASCII if self.layout.ascii else "━"
        line = (
            Span(f"{sign} in this turn", "text bold"),
            Span(f" {thin} earlier", "edge"),
            Span(f" {thin} not taken", "edge-dim"),
            seen,
        )
        return line if line_width(line) <= cells else line[:-1]

    @property
    def summary(self) -> str:
        spec, picture = self.layout.spec, self.layout.picture
        if picture is None:
            return ""
        if self.redrawing:
            return "drawing ..." if self.layout.ascii else "drawing …"
        every, closed = clusters_of(spec), self.layout.closed
        # Of what stands for several nodes those are told, of a closed subgraph that it is one.
        drawn = len(spec.nodes) if not closed else sum(len(picture.members(box)) for box in picture.node_rects)
        parts = [plural(drawn, "node")]
        if closed:
            parts.append(f"{len(every) - len(closed)} of {plural(len(every), 'subgraph')} open")
        if picture.level != "full":
            said = _LIST[self.layout.ascii] if picture.is_outline else picture.level
            parts.append("list: too large to draw" if picture.too_large else said)
        if picture.cuts:
            parts.append("wrapped")
        if spec.observed:
            parts.append("as observed")
        elif self.observing:
            parts.append(_SEEN[self.layout.ascii])
        if spec.problems:
            parts.append(plural(len(spec.problems), "problem"))
        return " · ".join(parts)


def _tells_another(mark: NodeMark, before: float | None, now: float | None) -> bool:
    """Whether a node's clock shows another time than before."""
    return mark.since is not None and duration(mark.took(before)) != duration(mark.took(now))


def title_of(app_state: AppState) -> str:
    """Say whose graph it is; the mark of a remembered one stands before a name, however long that is."""
    name = app_state.assistant.label if app_state.assistant else ""
    step = app_state.state.step if app_state.cursor is not None and app_state.state is not None else None
    parts = ["2 Graph" if step is None else f"2 Graph as it was at step {step}"]
    if app_state.remembered is not None:
        parts.append("remembered")
        name = name or app_state.remembered.label
    return " · ".join([*parts, name] if name else parts)
