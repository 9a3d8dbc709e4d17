"""Paints a finished layout onto a canvas: frames, boxes and self-loops; lines see `lines` and `comb_lines`."""

from __future__ import annotations

from studio_tui.domain.graph import START
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.combs.hubs import Spoke
from studio_tui.graphs.layout.loops import loop_is_line, loop_of
from studio_tui.graphs.layout.parts import (
    Kind,
    LayoutBox,
    Level,
    Side,
    Style,
    exit_room,
    name_column,
    padding,
)
from studio_tui.graphs.picture.canvas import Canvas, E, N, S, W
from studio_tui.graphs.picture.comb_lines import paint_comb, paint_comb_beside, paint_path
from studio_tui.graphs.picture.lines import Lines
from studio_tui.graphs.picture.picture import Rect
from studio_tui.graphs.topology.scene import SceneBox
from studio_tui.graphs.topology.spec import short_name
from studio_tui.text.cells import width


class Painter:
    """Walks the levels; `boxes` and `frames` hold what was painted, in cells."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.canvas = Canvas(sideways=style.sideways, ascii=style.ascii)
        self.boxes: list[tuple[SceneBox, Rect, bool, str]] = []
        """Also whether it has a border, and the sign that stands for it if it is a dot."""
        self.frames: dict[NodeId, Rect] = {}
        self.titles: list[tuple[int, int, int]] = []
        """Column, row and width of those of frames."""

    def paint(self, level: Level, left: int = 0, top: int = 0) -> None:
        """Paint `level` and everything inside it with its corner at (`left`, `top`) in flow coordinates."""
        for item in level.items.values():
            if item.kind is Kind.NODE:
                self._node(item, left + item.x, top + item.y)
            elif item.inside is not None:
                if item.inside.path:  # the columns of a wrapped drawing have no frame
                    self._frame(item.inside, left + item.x, top + item.y)
                self.paint(item.inside, left + item.x, top + item.y)
        lines = Lines(self.style, self.canvas, level, left, top)
        lines.dummies()
        for index in range(len(level.channels)):
            lines.channel(index)
        lines.arcs()

    def _rect(self, x: int, y: int, across: int, along: int) -> Rect:
        return Rect(y, x, along, across) if self.style.sideways else Rect(x, y, across, along)

    def _node(self, item: LayoutBox, x: int, y: int) -> None:
        box = item.box
        assert box is not None
        rect = self._rect(x, y, item.width, item.height)
        dot = self.canvas.glyphs.dots[short_name(box.id) != START] if item.dot else ""
        self.boxes.append((box, rect, item.boxed, dot))
        if dot:
            self.canvas.text(rect.x, rect.y, dot)
            return
        if item.boxed:
            self._border(x, y, item)
            if box.is_several:
                sides = ((column, row) for column in (rect.x, rect.right - 1) for row in range(rect.y, rect.bottom))
                self.canvas.doubled.update(sides)
        else:
            left, right = "()" if box.is_end else "[]"
            self.canvas.text(rect.x, rect.y, left + " " * (rect.width - 2) + right)
        first = rect.y + (rect.height - box.rows) // 2
        for number, name in enumerate(box.names):
            column, row = name_column(box, number, rect.x, rect.width, self.style), first + number % box.rows
            self.canvas.text(column, row, name)
            if number and not box.is_several:
                # One comes after the other; how it stands takes the arrow's place.
                self.canvas.text(column - padding(box, self.style), row, self.canvas.glyphs.then)
        if item.loop is not None:
            self._loop(item, x, y, rect)
        if item.comb is not None:
            for each, *place in paint_comb(self.canvas, item, item.comb, x, y):
                self._node(each, *place)
        if item.comb_beside is not None:
            for each, *place in paint_comb_beside(self.canvas, item, item.comb_beside, x, y):
                self._node(each, *place)
        if item.exit is not None:
            self._exit(item, item.exit, x, y)

    def _border(self, x: int, y: int, item: LayoutBox) -> None:
        right, bottom = x + item.width - 1, y + item.height - 1
        for column in range(x + 1, right):
            self.canvas.border(column, y, E | W)
            self.canvas.border(column, bottom, E | W)
        for row in range(y + 1, bottom):
            self.canvas.border(x, row, N | S)
            self.canvas.border(right, row, N | S)
        self.canvas.border(x, y, E | S)
        self.canvas.border(right, y, W | S)
        self.canvas.border(x, bottom, E | N)
        self.canvas.border(right, bottom, W | N)

    def _loop(self, item: LayoutBox, x: int, y: int, rect: Rect) -> None:
        """Draw a self-loop: a line, or the sign of one."""
        edge = item.loop
        assert edge is not None
        canvas = self.canvas
        if not loop_is_line(item, self.style):
            place = (rect.right, rect.y)
            canvas.label(*place, canvas.glyphs.loop + edge.label)
            canvas.edge_cells[edge.ends].add(place)
            return
        loop, ascii = loop_of(item, self.style), self.style.ascii
        end = (y if loop.below else x) + (item.height if loop.below else item.width)
        start = x if loop.below else y
        along = [(start + loop.leave, end), (start + loop.leave, end + 1)]
        along += [(start + loop.enter, end + 1), (start + loop.enter, end)]
        points = along if loop.below else [(column, row) for row, column in along]
        back = N if loop.below else W
        canvas.border(*((points[0][0], end - 1, S) if loop.below else (end - 1, points[0][1], E)))
        paint_path(canvas, [edge], ("loop", edge.ends), points, (back, back))
        canvas.head(*points[-1], back)
        if not edge.label:
            return
        # Not beside a corner: in ASCII it is a full stop or an apostrophe.
        if loop.below:
            canvas.label(start + loop.enter + 1 + ascii, end + 1, edge.label)
        elif self.style.sideways:
            canvas.label(start + (loop.enter + 2 if loop.label_inside else loop.leave + 1 + ascii), end + 1, edge.label)
        else:
            canvas.label(end + 2 + ascii, start + loop.enter, edge.label)

    def _exit(self, hub: LayoutBox, way: Spoke, x: int, y: int) -> None:
        """Draw the end right of a hub, and the line that leads there (top-down only)."""
        edge, row, start = way.there, y + hub.height // 2, x + hub.width
        end = start + exit_room(hub) - way.box.width
        for column in range(start, end):
            self.canvas.line(column, row, E | W, ("exit", edge.ends), edge.stroke)
        self.canvas.head(end - 1, row, E)
        self.canvas.own(edge.ends, [(column, row) for column in range(start, end)])
        if hub.boxed:
            self.canvas.border(start - 1, row, E)
        if edge.label:
            self.canvas.label(start + 1, row, edge.label)
        self._node(way.box, end, row)

    def _frame(self, level: Level, x: int, y: int) -> None:
        canvas = self.canvas
        right, bottom = x + level.width - 1, y + level.height - 1
        for column in range(x + 1, right):
            canvas.frame(column, y, E | W)
            canvas.frame(column, bottom, E | W)
        for row in range(y + 1, bottom):
            canvas.frame(x, row, N | S)
            canvas.frame(right, row, N | S)
        canvas.frame(x, y, E | S)
        canvas.frame(right, y, W | S)
        canvas.frame(x, bottom, E | N)
        canvas.frame(right, bottom, W | N)
        rect = self._rect(x, y, level.width, level.height)
        self.frames[NodeId(":".join(level.path))] = rect
        canvas.text(rect.x + level.title_x, rect.y, f" {level.title} ")
        self.titles.append((rect.x + level.title_x + 1, rect.y, width(level.title)))
        for (edge, side), column in level.port_columns.items():
            row = y if side is Side.UPPER else bottom
            canvas.frame(x + column, row, N | S)
            canvas.own(edge.ends, [(x + column, row)])
