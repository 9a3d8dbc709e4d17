"""Paints a finished layout onto a canvas: frames, boxes, lines, heads and labels."""

from __future__ import annotations

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.parts import (
    Channel,
    Comb,
    Kind,
    LayoutBox,
    Level,
    Pin,
    Side,
    Style,
    Track,
    Wire,
    loop_entry,
    loop_reach,
    name_column,
    padding,
)
from studio_tui.graphs.picture.canvas import Canvas, E, N, S, W
from studio_tui.graphs.picture.picture import Rect
from studio_tui.graphs.topology.scene import SceneBox
from studio_tui.text.cells import width


class Painter:
    """Walks the levels; `boxes` (with whether they have a border) and `frames` hold what was painted, in cells."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.canvas = Canvas(sideways=style.sideways, ascii=style.ascii)
        self.boxes: list[tuple[SceneBox, Rect, bool]] = []
        self.frames: dict[NodeId, Rect] = {}

    def paint(self, level: Level, left: int = 0, top: int = 0) -> None:
        """Paint `level` and everything inside it with its corner at (`left`, `top`) in flow coordinates."""
        for item in level.items.values():
            if item.kind is Kind.NODE:
                self._node(item, left + item.x, top + item.y)
            elif item.inside is not None:
                self._frame(item.inside, left + item.x, top + item.y)
                self.paint(item.inside, left + item.x, top + item.y)
        lines = _Lines(self.style, self.canvas, level, left, top)
        lines.dummies()
        for index in range(len(level.channels)):
            lines.channel(index)

    def _rect(self, x: int, y: int, across: int, along: int) -> Rect:
        return Rect(y, x, along, across) if self.style.sideways else Rect(x, y, across, along)

    def _node(self, item: LayoutBox, x: int, y: int) -> None:
        box = item.box
        assert box is not None
        rect = self._rect(x, y, item.width, item.height)
        self.boxes.append((box, rect, item.boxed))
        if item.boxed:
            self._border(x, y, item)
        else:
            left, right = "()" if box.is_end else "[]"
            self.canvas.text(rect.x, rect.y, left + " " * (rect.width - 2) + right)
        first = rect.y + (rect.height - len(box.names)) // 2
        for number, name in enumerate(box.names):
            column = name_column(box, rect.x, rect.width, width(name), self.style)
            self.canvas.text(column, first + number, name)
            if number:
                # One comes after the other; how it stands takes the arrow's place.
                self.canvas.text(column - padding(box, self.style), first + number, self.canvas.glyphs.then)
        if item.loop is not None:
            self._loop(item, x, y, rect)
        if item.comb is not None:
            self._comb(item, item.comb, x, y)

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
        """Draw a self-loop: out at the lower side, back in at the right side (in flow coordinates)."""
        edge = item.loop
        assert edge is not None
        canvas = self.canvas
        if not self.style.boxed:
            place = (rect.right, rect.y)
            canvas.label(*place, canvas.glyphs.loop + edge.label)
            canvas.edge_cells[edge.ends].add(place)
            return
        net = ("loop", edge.ends)
        right = x + item.width
        below = y + item.height + loop_reach(item, self.style) - 1
        out = right - (2 if self.style.sideways else 3)
        into = y + loop_entry(item, self.style)
        canvas.border(out, y + item.height - 1, S)
        path = [(out, row, N | S) for row in range(y + item.height, below)]
        path += [(out, below, N | E), *((column, below, E | W) for column in range(out + 1, right + 1))]
        path += [(right + 1, below, W | N), *((right + 1, row, N | S) for row in range(into + 1, below))]
        path += [(right + 1, into, W | S), (right, into, E | W)]
        for column, row, arms in path:
            canvas.line(column, row, arms, net, edge.stroke)
        canvas.head(right, into, W)
        canvas.own(edge.ends, ((column, row) for column, row, _ in path))
        # Not beside the corner: in ASCII it is a full stop or an apostrophe.
        if edge.label and self.style.sideways:
            canvas.label(into + 1 + self.style.ascii, right + 1, edge.label)
        elif edge.label:
            canvas.label(right + 2 + self.style.ascii, into, edge.label)

    def _comb(self, hub: LayoutBox, comb: Comb, x: int, y: int) -> None:
        """Draw the spokes of a hub with their lines (top-down only)."""
        assert hub.box is not None
        canvas, below = self.canvas, y + hub.height
        out, back, left = x + comb.out, x + comb.back, x + comb.left
        rows = [below + row + spoke.box.height // 2 for row, spoke in zip(comb.rows, hub.spokes, strict=True)]
        ends = [row for row, spoke in zip(rows, hub.spokes, strict=True) if spoke.back is not None]
        home = y + hub.height // 2
        there, again = ("comb", hub.box.id, "out"), ("comb", hub.box.id, "back")
        stroke = hub.spokes[0].there.stroke
        if hub.boxed:
            canvas.border(out, below - 1, S)
        for row in range(below, rows[-1] + 1):
            arms = N | (S if row < rows[-1] else 0) | (E if row in rows else 0)
            canvas.line(out, row, arms, there, stroke)
        first = hub.spokes[0].back
        assert first is not None
        for row in range(home, ends[-1] + 1):
            arms = (N if row > home else 0) | (S if row < ends[-1] else 0) | (W if row == home or row in ends else 0)
            canvas.line(back, row, arms, again, first.stroke)
        for column in range(x + hub.width, back):
            canvas.line(column, home, E | W, again, first.stroke)
        canvas.head(x + hub.width, home, W)
        for spoke, row, top in zip(hub.spokes, rows, comb.rows, strict=True):
            self._node(spoke.box, left, below + top)
            for column in range(out + 1, left):
                canvas.line(column, row, E | W, there, stroke)
            canvas.head(left - 1, row, E)
            canvas.own(spoke.there.ends, [(out, each) for each in range(below, row + 1)])
            canvas.own(spoke.there.ends, [(column, row) for column in range(out + 1, left)])
            if spoke.there.label:
                canvas.label(out + 2, row, spoke.there.label)
            if spoke.back is None:
                continue
            right = left + spoke.box.width
            if spoke.box.boxed:
                canvas.border(right - 1, row, E)
            for column in range(right, back):
                canvas.line(column, row, E | W, again, spoke.back.stroke)
            canvas.own(spoke.back.ends, [(column, row) for column in range(right, back + 1)])
            canvas.own(spoke.back.ends, [(back, each) for each in range(home, row)])
            canvas.own(spoke.back.ends, [(column, home) for column in range(x + hub.width, back)])
            if spoke.back.label:
                canvas.label(right + 1, row, spoke.back.label)

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
        for (edge, side), column in level.port_columns.items():
            row = y if side is Side.UPPER else bottom
            canvas.frame(x + column, row, N | S)
            canvas.own(edge.ends, [(x + column, row)])


class _Lines:
    """The lines of one level."""

    def __init__(self, style: Style, canvas: Canvas, level: Level, left: int, top: int) -> None:
        self.style = style
        self.canvas = canvas
        self.level = level
        self.left = left
        self.top = top

    def _net(self, wire_net: tuple[object, ...]) -> tuple[object, ...]:
        return (self.level.path, *wire_net)

    def _column(self, pin: Pin) -> int:
        return self.left + pin.column

    def _start(self, pin: Pin, channel_top: int) -> int:
        """Return the first row below the pin's item."""
        item = pin.item
        return channel_top if item.kind is Kind.DUMMY else self.top + item.y + item.height

    def _down(self, column: int, rows: range, track: Track | Wire, *, up: bool = True, down: bool = True) -> None:
        """Draw a line along the flow; `up` and `down` tell whether it goes on beyond its first and last row."""
        for row in rows:
            arms = (N if up or row > rows.start else 0) | (S if down or row < rows.stop - 1 else 0)
            self.canvas.line(column, row, arms, self._net(track.net), track.stroke)

    def dummies(self) -> None:
        """Lead long wires through the layers they pass."""
        for wire in self.level.wires:
            for dummy in wire.chain:
                y, height = self.level.bands[dummy.layer]
                rows = range(self.top + y, self.top + y + height)
                self._down(self.left + dummy.x, rows, wire)
                self._own_cells(wire, [(self.left + dummy.x, row) for row in rows])

    def channel(self, index: int) -> None:
        """Draw everything between layer `index` and the next one."""
        channel = self.level.channels[index]
        y, height = self.level.bands[index]
        top = self.top + y + height
        bottom = top + channel.height - 1
        for track in channel.straight:
            pin = next(iter(track.upper.values()))
            self._down(self._column(pin), range(self._start(pin, top), bottom + 1), track)
        first = top + channel.before
        for track in channel.tracks:
            self._track(track, first, top, bottom)
        halves = {id(track.parent): track for track in channel.tracks if track.parent is not None}
        for track in [*channel.straight, *channel.tracks]:
            for wire, upper, lower in track.wires:
                self._own(wire, upper, lower, track, halves.get(id(track)), (first, top, bottom))
                self._ends(wire, upper, lower, channel, (top, bottom))

    def _track(self, track: Track, first: int, top: int, bottom: int) -> None:
        row = first + track.row
        columns = [self._column(pin) for pin in (*track.upper.values(), *track.lower.values())]
        if track.link is not None:
            columns.append(self.left + track.link)
        low, high = min(columns), max(columns)
        net = self._net(track.net)
        for column in range(low, high + 1):
            arms = (W if column > low else 0) | (E if column < high else 0)
            self.canvas.line(column, row, arms, net, track.stroke)
        for pin in track.upper.values():
            self._down(self._column(pin), range(self._start(pin, top), row + 1), track, down=False)
        for pin in track.lower.values():
            self._down(self._column(pin), range(row, bottom + 1), track, up=False)
        if track.parent is not None and track.link is not None:
            rows = range(first + track.parent.row, row + 1)
            self._down(self.left + track.link, rows, track, up=False, down=False)

    def _own(
        self, wire: Wire, upper: Pin, lower: Pin, track: Track, half: Track | None, rows: tuple[int, int, int]
    ) -> None:
        """Tell the canvas which cells of the channel belong to this one edge."""
        first, top, bottom = rows
        out, into = self._column(upper), self._column(lower)
        start = self._start(upper, top)
        row = first + track.row
        if half is None or track.link is None:
            turns = [(out, start, row), (into, row, bottom)] if out != into else [(out, start, bottom)]
            level_runs = [(row, out, into)] if out != into else []
        else:
            link, second = self.left + track.link, first + half.row
            turns = [(out, start, row), (link, row, second), (into, second, bottom)]
            level_runs = [(row, out, link), (second, link, into)]
        for column, begin, end in turns:
            self._own_cells(wire, [(column, at) for at in range(begin, end + 1)])
        for at, begin, end in level_runs:
            self._own_cells(wire, [(column, at) for column in range(min(begin, end), max(begin, end) + 1)])

    def _own_cells(self, wire: Wire, cells: list[tuple[int, int]]) -> None:
        for edge in (wire.edge, wire.twin):
            if edge is not None:
                self.canvas.own(edge.ends, cells)

    def _ends(self, wire: Wire, upper: Pin, lower: Pin, channel: Channel, rows: tuple[int, int]) -> None:
        """Draw what a wire has at its own ends: heads, joints with the boxes, labels."""
        top, bottom = rows
        if upper is wire.upper_pin:
            start = self._start(upper, top)
            if wire.head_upper:
                self.canvas.head(self._column(upper), start, N)
            elif upper.item.boxed:
                self.canvas.border(self._column(upper), start - 1, S)
            if upper.label and upper.label == wire.label:
                self._label(self._column(upper), top + channel.heads_upper, upper.label, at_start=True)
        if lower is wire.lower_pin:
            if wire.head_lower:
                self.canvas.head(self._column(lower), bottom, S)
            elif lower.item.boxed:
                self.canvas.border(self._column(lower), bottom + 1, N)
            if lower.label and lower.label == wire.label:
                self._label(self._column(lower), bottom - channel.heads_lower, lower.label, at_start=False)

    def _label(self, column: int, row: int, text: str, *, at_start: bool) -> None:
        """Write a label: right of a line that runs down, on a line that runs to the right."""
        if not self.style.sideways:
            self.canvas.label(column + 1, row, text)
        elif at_start:
            self.canvas.label(row + 1, column, text)
        else:
            self.canvas.label(row - width(text), column, text)
