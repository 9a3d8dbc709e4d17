"""The graph as a list: one entry per node in flow order with where it leads. Fits any width and loses no edge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence

from msgspec import Struct, field

from studio_tui.domain.graph import START, GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.cycles import back_edges
from studio_tui.graphs.layout.ranks import layers_of
from studio_tui.graphs.picture.canvas import ASCII
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.scene import Edge, Ends, Path, Scene, SceneBox, Stroke, clusters_of, scene_of
from studio_tui.graphs.topology.texts import NARROW, WIDER, Limits, apart
from studio_tui.text.cells import cut, width
from studio_tui.text.sanitize import clean

_ARROWS = {Stroke.SOLID: ("→ ", "↑ "), Stroke.DASHED: ("┄→ ", "┄↑ "), Stroke.OBSERVED: ("┈→ ", "┈↑ ")}
_ASCII_ARROWS = {Stroke.SOLID: ("-> ", "^- "), Stroke.DASHED: ("~> ", "^~ "), Stroke.OBSERVED: ("=> ", "^= ")}
"""Down and back up, with the strokes of a picture."""
_BETWEEN = 2
"""Blanks between two targets in a row: inside of one is a single one."""
_LEAD = 4
"""Columns before the name: status glyph, two breakpoint marks, a blank."""
_FEW = 12
"""Cells in which a name that is cut cannot be told from others like it."""


class _Row(Struct, frozen=True):
    """A node or the head of a cluster, in drawing order."""

    id: NodeId
    depth: int
    is_cluster: bool


def draw_outline(
    spec: GraphSpec, cells: int, *, collapsed: Collection[str] = (), ascii: bool = False, beside: int = 0
) -> Picture:
    """Return `spec` as a list at most `cells` columns wide (but never narrower than 16); rows with names leave `beside`
    of them blank at the right, where no name is cut for that.

    Equivalent nodes have a row each, also those that share a box in pictures.
    """
    cells = max(16, cells)
    limits = Limits(
        min(WIDER[0].name, max(NARROW.name, cells // 3)), min(WIDER[0].label, max(NARROW.label, cells // 4))
    )
    scene = scene_of(spec, [name for name in clusters_of(spec) if name in collapsed], limits=limits)
    flow = _Flow(scene)
    writer = _Writer(scene, flow.back, cells, ascii, limits, beside)
    for row in flow.rows:
        writer.add(row)
    return writer.picture(scene)


class _Flow:
    """Puts boxes into flow order, cluster by cluster."""

    def __init__(self, scene: Scene) -> None:
        self.boxes = {box.id: box for box in scene.boxes}
        self.rows: list[_Row] = []
        self.back: set[Ends] = set()
        self._walk((), scene.boxes, scene.edges)

    def _key(self, box: SceneBox, path: Path) -> Hashable:
        return box.id if len(box.path) == len(path) else ("cluster", box.path[: len(path) + 1])

    def _walk(self, path: Path, boxes: Sequence[SceneBox], edges: Sequence[Edge]) -> None:
        groups: dict[Hashable, list[SceneBox]] = defaultdict(list)
        for box in boxes:
            groups[self._key(box, path)].append(box)
        inner: dict[Hashable, list[Edge]] = defaultdict(list)
        local: list[tuple[Hashable, Hashable, Edge]] = []
        for edge in edges:
            tail, head = (self._key(self.boxes[end], path) for end in (edge.source, edge.target))
            if tail != head:
                local.append((tail, head, edge))
            elif tail in self.boxes:
                continue
            else:
                inner[tail].append(edge)
        keys = list(groups)
        starts = [key for key in keys if isinstance(key, str) and key.rpartition(":")[2] == START]
        pairs = [(tail, head) for tail, head, _ in local]
        solid = {index for index, (_, _, edge) in enumerate(local) if edge.stroke is Stroke.SOLID}
        back = back_edges(keys, pairs, starts or keys[:1], solid)
        self.back.update(local[index][2].ends for index in back)
        forward = [pair if index not in back else pair[::-1] for index, pair in enumerate(pairs)]
        layer = layers_of(keys, forward, (), ())
        for key in sorted(keys, key=lambda item: (layer[item], keys.index(item))):
            if isinstance(key, tuple):
                self.rows.append(_Row(NodeId(":".join(key[1])), len(path), True))
                self._walk(key[1], groups[key], inner[key])
            else:
                self.rows.append(_Row(groups[key][0].id, len(path), False))


class _Writer(Struct):
    scene: Scene
    back: set[Ends]
    cells: int
    ascii: bool
    limits: Limits
    beside: int = 0
    rows: list[str] = field(default_factory=list)
    nodes: dict[NodeId, Rect] = field(default_factory=dict)
    clusters: dict[NodeId, Rect] = field(default_factory=dict)
    edges: dict[Ends, frozenset[tuple[int, int]]] = field(default_factory=dict)
    labels: dict[NodeId, str] = field(default_factory=dict)
    names: dict[NodeId, tuple[int, int]] = field(default_factory=dict)
    name_column: int = 0
    leaving: dict[NodeId, list[Edge]] = field(default_factory=lambda: defaultdict(list))
    ambiguous: Counter[str] = field(default_factory=Counter)
    cut_names: dict[int, Mapping[str, str]] = field(default_factory=dict)
    """All names as they stand in so many cells."""

    def __post_init__(self) -> None:
        for edge in self.scene.edges:
            self.leaving[edge.source].append(edge)
        self.ambiguous.update(box.names[0] for box in self.scene.boxes)
        widest = max((2 * len(box.path) + width(box.names[0]) for box in self.scene.boxes), default=0)
        self.name_column = min(widest, self.cells // 2 - _LEAD)

    def add(self, row: _Row) -> None:
        name = self.scene.names[row.id]
        head = " " * _LEAD + "  " * row.depth
        top = len(self.rows)
        if row.is_cluster:
            self.rows.append(cut(head + self._name(name, self.cells - width(head) - 2) + " /", self.cells))
            self.clusters[row.id] = Rect(0, top, self.cells, 1)
            return
        self.names[row.id] = (width(head), top)
        column = _LEAD + self.name_column + 1
        parts = [(edge, self._target(edge)) for edge in self.leaving[row.id]]
        room, whole = column - 1 - width(head), self.cells - width(head)
        # Where no target stands beside it, the name has the row.
        beside = 0 if row.id.rpartition(":")[2] == START else self.beside  # nothing is ever counted there
        alone = not parts or column + width(parts[0][1]) > self.cells - beside
        if not alone and room < min(_FEW, width(name)):
            alone = self._name(name, room) != cut(name, room)
        shown = self._name(name, whole if alone else room)
        text = cut(head + shown, self.cells)
        self.labels[row.id] = shown
        if alone and parts:
            self.rows.append(text)
            text = ""
        text += " " * (column - width(text))
        for edge, target in parts:
            size = width(target)
            if width(text) + size > self.cells - beside * (len(self.rows) == top):
                if text.strip():
                    self.rows.append(text.rstrip())
                # A target that no line of the narrow pane holds starts further left.
                column = column if column + size <= self.cells else max(1, min(column, self.cells - size))
                text = " " * column
            part = cut(target, self.cells - width(text))
            begin = width(text)
            self.edges[edge.ends] = frozenset((begin + step, len(self.rows)) for step in range(width(part)))
            text += part + " " * _BETWEEN
        self.rows.append(text.rstrip())
        self.nodes[row.id] = Rect(0, top, self.cells, len(self.rows) - top)

    def _target(self, edge: Edge) -> str:
        arrows = _ASCII_ARROWS if self.ascii else _ARROWS
        label = f" ({edge.label})" if edge.label else ""
        if edge.source == edge.target:
            return ("@" if self.ascii else "↻") + label
        name, arrow = self.scene.names[edge.target], arrows[edge.stroke][edge.ends in self.back]
        room = self.cells - 1 - width(arrow)
        if self.ambiguous[name] > 1 and ":" in edge.target:
            name = cut(clean(edge.target), 60)
        elif width(name) > room:
            name = self._name(name, room)
        return arrow + name + label

    def _name(self, name: str, cells: int) -> str:
        """Return a name as it stands in so many cells."""
        if width(name) <= cells:
            return name
        if cells not in self.cut_names:
            self.cut_names[cells] = apart(self.scene.names.values(), cells)
        return self.cut_names[cells][name]

    def picture(self, scene: Scene) -> Picture:
        return Picture(
            width=max((width(row) for row in self.rows), default=0),
            height=len(self.rows),
            orientation="TD",
            level="outline",
            rows=tuple(map(ASCII.spelled, self.rows) if self.ascii else self.rows),
            node_rects=self.nodes,
            box_rects=self.nodes,
            cluster_rects=self.clusters,
            edge_cells=self.edges,
            labels=self.labels,
            name_cells=self.names,
            glyph_cells={node: (0, rect.y) for node, rect in self.nodes.items()},
            mark_cells={node: ((1, rect.y), (2, rect.y)) for node, rect in self.nodes.items()},
            collapsed=scene.collapsed,
            limits=self.limits,
        )
