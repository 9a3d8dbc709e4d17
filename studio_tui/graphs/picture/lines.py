"""Paints the lines of a finished layout: along the flow, in the rows between two layers, with heads and labels."""

from __future__ import annotations

from studio_tui.graphs.layout.corners import comes_in_alone, corner_row
from studio_tui.graphs.layout.parts import Channel, Kind, Level, Pin, Style, Track, Wire
from studio_tui.graphs.picture.canvas import Canvas, E, N, S, W
from studio_tui.text.cells import width


class Lines:
    """The lines of one level, but for those of combs and self-loops."""

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
        if item.kind is Kind.CORNER:
            return self._turn(pin) + 1
        return channel_top if item.kind is Kind.DUMMY else self.top + item.y + item.height

    def _end(self, pin: Pin, bottom: int) -> int:
        """Return the last row above the pin's item."""
        return self._turn(pin) - 1 if pin.item.kind is Kind.CORNER else bottom

    def _turn(self, pin: Pin) -> int:
        """Return the row in which the line of a corner leads to its box."""
        leaves = pin.wires[0].source is pin.item.owner if pin.wires else pin.item.bus
        return self.top + pin.item.y + corner_row(pin.item, self.style, leaves=leaves)

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
                if dummy.kind is Kind.CORNER:
                    row = self._turn(dummy.upper[0])
                    rows = range(row, row + 1)
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
            rows = range(self._start(pin, top), self._end(next(iter(track.lower.values())), bottom) + 1)
            self._down(self._column(pin), rows, track)
        first = top + channel.before
        for track in channel.tracks:
            self._track(track, first, top, bottom)
        halves = {id(track.parent): track for track in channel.tracks if track.parent is not None}
        for track in [*channel.straight, *channel.tracks]:
            for wire, upper, lower in track.wires:
                self._own(wire, upper, lower, track, halves.get(id(track)), (first, top, bottom))
                self._ends(wire, upper, lower, channel, (top, bottom))

    def arcs(self) -> None:
        """Lead edges from column to column of a wrapped drawing, along the side where all columns begin."""
        start = max((item.y for item in self.level.items.values()), default=0) if self.level.arcs else 0
        for number, arc in enumerate(self.level.arcs):
            columns = [self.left + column for column in arc.columns]
            row, net = self.top + arc.row, self._net(("arc", number))
            for column in range(columns[0], columns[-1] + 1):
                arms = (W if column > columns[0] else 0) | (E if column < columns[-1] else 0)
                self.canvas.line(column, row, arms | (S if column in columns else 0), net, arc.stroke)
            rows = range(row + 1, self.top + start + 1)
            for column in columns:
                for each in rows:
                    self.canvas.line(column, each, N | S, net, arc.stroke)
            into = self.left + arc.into
            for ends, column in arc.ends:
                out = self.left + column
                self.canvas.own(ends, [(each, row) for each in range(min(out, into), max(out, into) + 1)])
                self.canvas.own(ends, [(each, below) for each in (out, into) for below in rows])

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
            self._down(self._column(pin), range(row, self._end(pin, bottom) + 1), track, up=False)
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
        bottom = self._end(lower, bottom)
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
        for edge in (wire.edge, wire.twin, *wire.alike):
            if edge is not None:
                self.canvas.own(edge.ends, cells)

    def _ends(self, wire: Wire, upper: Pin, lower: Pin, channel: Channel, rows: tuple[int, int]) -> None:
        """Draw what a wire has at its own ends: heads, joints with the boxes, labels."""
        top, bottom = rows
        if upper is wire.upper_pin:
            start = self._start(upper, top)
            if wire.turns_upper:
                self._corner(wire, upper, head=wire.head_upper)
            elif wire.head_upper:
                self.canvas.head(self._column(upper), start, N)
            elif upper.item.boxed:
                self.canvas.border(self._column(upper), start - 1, S)
            if upper.label and upper.label == wire.label and not wire.turns_upper:
                self._label(self._column(upper), top + channel.heads_upper, upper.label, at_start=True)
        if lower is wire.lower_pin:
            if wire.turns_lower:
                self._corner(wire, lower, head=wire.head_lower)
            elif wire.head_lower:
                self.canvas.head(self._column(lower), bottom, S)
            elif lower.item.boxed:
                self.canvas.border(self._column(lower), bottom + 1, N)
            if lower.label and lower.label == wire.label and (self.style.sideways or not wire.turns_lower):
                self._label(self._column(lower), bottom - channel.heads_lower, lower.label, at_start=False)

    def _corner(self, wire: Wire, pin: Pin, *, head: bool) -> None:
        """Lead a line from its corner to the side of its box, where it has a `head` or begins."""
        box, column, row = pin.item.owner, self._column(pin), self._turn(pin)
        assert box is not None
        left, right = self.left + box.x - 1, self.left + box.x + box.width
        near, way, back, border = (left, E, W, left + 1) if wire.left else (right, W, E, right - 1)
        cells = [(each, row) for each in range(min(near, column), max(near, column) + 1)]
        self._own_cells(wire, cells)
        if wire is not pin.wires[0]:
            return  # Those that share the corner come here too.
        for each, _ in cells:
            if each != column:
                self.canvas.line(each, row, E | W, self._net(wire.net), wire.stroke)
        goes_on = (N if pin.item.upper else 0) | (S if pin.item.lower else 0)
        self.canvas.line(column, row, way | goes_on, self._net(wire.net), wire.stroke)
        if head:
            self.canvas.head(near, row, way)
        elif box.boxed:
            self.canvas.border(border, row, back)
        if pin.label and (not head or comes_in_alone(pin)) and not self.style.sideways:
            self.canvas.label(column + 2 if wire.left else right + 1 + head, row, pin.label)

    def _label(self, column: int, row: int, text: str, *, at_start: bool) -> None:
        """Write a label: right of a line that runs down, on a line that runs to the right."""
        if not self.style.sideways:
            self.canvas.label(column + 1, row, text)
        elif at_start:
            self.canvas.label(row + 1, column, text)
        else:
            self.canvas.label(row - width(text), column, text)
