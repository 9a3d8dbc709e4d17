"""One picture at a given level of detail and orientation."""

from __future__ import annotations

from collections.abc import Collection

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.level import lay_out
from studio_tui.graphs.layout.parts import Style, column_step, name_column, padding
from studio_tui.graphs.layout.wrapping.columns import Plan, lay_out_wrapped
from studio_tui.graphs.picture.painter import Painter
from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture, Rect, Wrap
from studio_tui.graphs.topology.scene import OrderMemo, SceneBox, scene_of
from studio_tui.graphs.topology.texts import NARROW, Limits

_Cell = tuple[int, int]


def render(
    spec: GraphSpec,
    level: DetailLevel,
    orientation: Orientation,
    *,
    collapsed: Collection[str] = (),
    listed: Collection[str] = (),
    ascii: bool = False,
    orders: OrderMemo | None = None,
    like: Picture | None = None,
    limits: Limits = NARROW,
    wrap: Wrap | None = None,
    planned: Plan | None = None,
) -> Picture:
    """Draw `spec`; `level` must not be `outline`.

    `collapsed`, `listed` and `limits` are those of `scene_of`. `orders` is kept between calls with the same of the
    first two, `spec` and `like`, apart for `stack` and other levels. Boxes and frames that `like` shows keep their
    order across the flow. The drawing is wrapped as `wrap` says, if it is long enough; `planned` is
    how it is cut, if that is known.
    """
    style = style_of(level, orientation, ascii=ascii)
    scene = scene_of(spec, collapsed, listed, stacked=level == "stack", limits=limits)
    painter = Painter(style)
    wrapped = lay_out_wrapped(scene, style, *wrap, _across(like), planned) if wrap is not None else None
    painter.paint(wrapped or lay_out(scene, style, orders, _across(like)))
    canvas = painter.canvas
    rows = tuple(canvas.rows())
    places = _Places(style)
    for box, rect, boxed, dot in painter.boxes:
        if dot:
            places.add_dot(box.id, rect, dot)
        else:
            places.add(box, rect, boxed=boxed)
    # Edges inside a chain box have no line of their own: the rows of the two nodes stand for it.
    for edge in scene.chain_edges:
        for node in edge.ends:
            x, y = places.glyphs[node]
            canvas.edge_cells[edge.ends].add((x, y))
    return Picture(
        width=canvas.width,
        height=canvas.height,
        orientation=orientation,
        level=level,
        rows=rows,
        node_rects=places.nodes,
        box_rects=places.boxes,
        cluster_rects=painter.frames,
        edge_cells={ends: frozenset(cells) for ends, cells in canvas.edge_cells.items()},
        stacks=scene.stacks,
        labels=places.labels,
        name_cells=places.names,
        glyph_cells=places.glyphs,
        mark_cells=places.marks,
        label_runs=tuple(canvas.labels),
        title_runs=tuple(painter.titles),
        collapsed=scene.collapsed,
        crossings=len(canvas.crossings),
        bends=canvas.bends(),
        conflicts=len(canvas.conflicts),
        equivalent=scene.equivalent,
        limits=limits,
        beside_heads=wrapped.beside_heads if wrapped is not None else 0,
        cuts=tuple(column.x for column in wrapped.items.values())[1:] if wrapped is not None else (),
    )


def style_of(level: DetailLevel, orientation: Orientation, *, ascii: bool = False) -> Style:
    """Return how boxes and lines of a level of detail are laid out."""
    return Style(
        sideways=orientation == "LR",
        boxed=level != "compact",
        ascii=ascii,
        padding=1 if level in ("tight", "compact") else 2,
        gap={"tight": 1, "compact": 2}.get(level, 3),
        comb_from=4 if level in ("full", "stack") else 3,
    )


def _across(like: Picture | None) -> dict[NodeId, float]:
    """Return how far across the flow everything stands in a picture."""
    if like is None or like.is_outline:
        return {}
    rects = {**like.cluster_rects, **like.box_rects}
    if like.orientation == "LR":
        return {node: rect.y + rect.height / 2 for node, rect in rects.items()}
    return {node: rect.x + rect.width / 2 for node, rect in rects.items()}


class _Places:
    """Where nodes, their status glyphs and their breakpoint marks stand."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.nodes: dict[NodeId, Rect] = {}
        self.boxes: dict[NodeId, Rect] = {}
        self.labels: dict[NodeId, str] = {}
        self.names: dict[NodeId, _Cell] = {}
        self.glyphs: dict[NodeId, _Cell] = {}
        self.marks: dict[NodeId, tuple[_Cell, _Cell]] = {}

    def add_dot(self, node: NodeId, rect: Rect, sign: str) -> None:
        cell = rect.x, rect.y
        self.boxes[node] = self.nodes[node] = rect
        self.labels[node] = sign
        self.names[node] = self.glyphs[node] = cell
        self.marks[node] = cell, cell

    def add(self, box: SceneBox, rect: Rect, *, boxed: bool) -> None:
        self.boxes[box.id] = rect
        first = rect.y + (rect.height - box.rows) // 2
        for number, (node, name) in enumerate(zip(box.members, box.names, strict=True)):
            row, place = first + number % box.rows, number // box.rows
            alone = len(box.members) == 1
            column = name_column(box, number, rect.x, rect.width, self.style)
            # Between two columns stand the marks of both.
            left = column - padding(box, self.style) - 1 if place else rect.x
            following = column + column_step(box, self.style) - padding(box, self.style) - 1
            end = following if place + 1 < box.columns else rect.right
            self.nodes[node] = rect if alone else Rect(left, row, end - left, 1)
            self.labels[node] = name
            self.names[node] = (column, row)
            self.glyphs[node] = (column - padding(box, self.style), row)
            if boxed and alone:
                self.marks[node] = ((rect.x + 1, rect.y), (rect.right - 2, rect.bottom - 1))
            else:
                self.marks[node] = ((left, row), (end - 1, row))
