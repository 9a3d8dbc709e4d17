"""Reads a drawing back: traces its lines from box to box and returns the edges that a person would find.

Written from the reading rules, not from the renderer: the input is text plus the rectangles of boxes and
frames. R1 neighbouring cells join iff both have an arm towards the other. R2 `┼` is a crossing. R3 three
arms are a joint. R4 in ASCII `-|-` is a bridge. R5 an arrowhead beside a box is a head, an arm touching a
box is a tail. R6 a net with one tail box or one head box is all tails x all heads, two heads without a tail
are a two-way edge, everything else is ambiguous. R7 frames are crossed at right angles. R8 `↻` right of a
box's first row is a self-loop. Also: a box is one row or has a border all around, and in ASCII a full stop or an
apostrophe before a letter belongs to the text. R10 a label in quotation marks is text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from studio_tui.graphs.picture.picture import Rect
from studio_tui.graphs.topology.scene import Stroke
from studio_tui.text.cells import graphemes
from tests.graphs.glyph_arms import (
    ASCII_CORNERS,
    ASCII_HEADS,
    ASCII_LINES,
    HEADS,
    HORIZONTAL,
    OPPOSITE,
    STEP,
    STROKES,
    VERTICAL,
    E,
    N,
    S,
    W,
    arms_of,
)

Cell = tuple[int, int]
Pass = tuple[Cell, str]
"""A cell and how a line goes through it: `*` at joints and corners, `h` or `v` at crossings."""


@dataclass(slots=True)
class Net:
    """One connected set of line cells and the boxes that it touches."""

    cells: set[Cell] = field(default_factory=set)
    tails: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    heads: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    strokes: set[Stroke] = field(default_factory=set)


@dataclass(slots=True)
class Reading:
    """What a drawing says, and everything in it that had to be guessed."""

    edges: set[tuple[str, str]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    strokes: dict[tuple[str, str], set[Stroke]] = field(default_factory=lambda: defaultdict(set))
    cells: dict[tuple[str, str], set[Cell]] = field(default_factory=lambda: defaultdict(set))
    crossings: int = 0


def read(
    rows: Sequence[str],
    boxes: Mapping[str, Rect],
    frames: Mapping[str, Rect],
    *,
    ascii: bool = False,
    texts: Iterable[tuple[int, int, int]] = (),
) -> Reading:
    """Return the reading of a drawing; `texts` are (column, row, width) of labels, for ASCII and those in quotes."""
    return _Judge(rows, boxes, frames, ascii, texts).reading()


class _Judge:
    def __init__(
        self,
        rows: Sequence[str],
        boxes: Mapping[str, Rect],
        frames: Mapping[str, Rect],
        ascii: bool,
        texts: Iterable[tuple[int, int, int]],
    ) -> None:
        self.ascii = ascii
        self.boxes = boxes
        self.result = Reading()
        texts = list(texts)
        self.text = {(x + step, y) for x, y, cells in texts for step in range(cells)}
        self.quoted: set[Cell] = set()
        """R10: what stands in quotation marks within one label is text, whatever it looks like."""
        self.char: dict[Cell, str] = {}
        for y, row in enumerate(rows):
            x = 0
            for char, cells in graphemes(row):
                if char != " ":
                    self.char[x, y] = char
                    for step in range(1, cells):
                        self.char[x + step, y] = ""
                x += cells
        for x, y, cells in texts:
            said = "".join(self.char.get((x + step, y), " ") for step in range(cells))
            if said.lstrip("↻").startswith('"') and said.endswith('"'):
                self.quoted.update((x + step, y) for step in range(said.startswith("↻"), cells))
        self.box_at = {cell: name for name, rect in boxes.items() for cell in _cells(rect)}
        self.frame_sides: dict[Cell, int] = {}
        for rect in frames.values():
            for cell, direction in _border(rect):
                self.frame_sides[cell] = direction
        self._check_rectangles(boxes, frames)
        self.arms: dict[Cell, int] = {}
        self.head_at: dict[Cell, int] = {}
        self._find_arms()
        self.union: dict[Pass, Pass] = {}

    def problem(self, text: str, cell: Cell) -> None:
        self.result.problems.append(f"{text} at column {cell[0]}, row {cell[1]}")

    # Arms

    def _is_text(self, cell: Cell) -> bool:
        char = self.char.get(cell)
        if char is None or cell in self.box_at or cell in self.frame_sides:
            return False
        if self.ascii:
            return cell in self.text
        return cell in self.quoted or (not arms_of(char) and char not in HEADS and char != "↻")

    def _find_arms(self) -> None:
        corners: dict[Cell, set[int]] = {}
        for cell, char in self.char.items():
            if cell in self.box_at or self._is_text(cell):
                continue
            if cell in self.frame_sides:
                self._frame_arms(cell, char)
                continue
            heads = ASCII_HEADS if self.ascii else HEADS
            if char in heads:
                self.head_at[cell] = heads[char]
                self.arms[cell] = OPPOSITE[heads[char]]
            elif not self.ascii:
                if arms_of(char):
                    self.arms[cell] = arms_of(char)
            elif char in ASCII_LINES:
                self.arms[cell] = ASCII_LINES[char]
            elif char in ASCII_CORNERS or char == "+":
                if char != "+" and (cell[0] + 1, cell[1]) in self.text:
                    self.problem("corner that reads as part of a text", cell)
                corners[cell] = {N, E, S, W} if char == "+" else {ASCII_CORNERS[char], E, W}
            elif char != "@":
                self.problem(f"stray {char!r}", cell)
        if self.ascii:
            self._settle_corners(corners)
            self._find_bridges()

    def _frame_arms(self, cell: Cell, char: str) -> None:
        """A line may cross a frame at a right angle; the frame itself is no line."""
        along = self.frame_sides[cell]
        crossed = (char == "|" and (along == HORIZONTAL or self._faces_both(cell))) if self.ascii else char == "┼"
        if along == 0 and crossed and not self.ascii:
            self.problem("line through the corner of a frame", cell)
        if crossed and along:
            self.arms[cell] = VERTICAL if along == HORIZONTAL else HORIZONTAL

    def _faces_both(self, cell: Cell) -> bool:
        x, y = cell
        west, east = self.char.get((x - 1, y), " "), self.char.get((x + 1, y), " ")
        return west in "-~=+.'|<" and east in "-~=+.'|>" and west != " " and east != " " and not (west == east == "|")

    def _settle_corners(self, corners: dict[Cell, set[int]]) -> None:
        """Work out which way `.`, `'` and `+` turn from what their neighbours can do."""
        changed = True
        while changed:
            changed = False
            for cell, options in corners.items():
                possible = {arm for arm in options if self._may_face(cell, arm, corners)}
                if possible != options:
                    corners[cell] = possible
                    changed = True
        for cell, options in corners.items():
            wanted = 3 if self.char[cell] == "+" else 2
            if len(options) != wanted:
                self.problem(f"{self.char[cell]!r} can be read with {len(options)} arms", cell)
            self.arms[cell] = sum(options)

    def _may_face(self, cell: Cell, arm: int, corners: Mapping[Cell, set[int]]) -> bool:
        back = OPPOSITE[arm]
        other = _step(cell, arm)
        if arm & HORIZONTAL and self._is_text(other):
            other = self._beyond_text(other, arm)
        while arm & HORIZONTAL and self._bar(other):
            other = _step(other, arm)
        if other in self.box_at:
            return True
        if other in corners:
            return back in corners[other]
        return bool(self.arms.get(other, 0) & back)

    def _bar(self, cell: Cell) -> bool:
        return self.char.get(cell) in ("|", ":", "!") and cell not in self.box_at and not self._is_text(cell)

    def _find_bridges(self) -> None:
        """R4: a bar between two ends that face each other is crossed."""
        for cell in [cell for cell in self.arms if self._bar(cell) and self.arms[cell] == VERTICAL]:
            if all(self._reaches(cell, arm) for arm in (E, W)):
                self.arms[cell] |= HORIZONTAL

    def _reaches(self, cell: Cell, arm: int) -> bool:
        other = _step(cell, arm)
        while self._bar(other) and self.arms.get(other, 0) & VERTICAL:
            other = _step(other, arm)
        return other not in self.box_at and bool(self.arms.get(other, 0) & OPPOSITE[arm])

    # Nets

    def _pass(self, cell: Cell, arm: int) -> Pass:
        if self.arms.get(cell) == N | E | S | W:
            return cell, "v" if arm & VERTICAL else "h"
        return cell, "*"

    def _root(self, item: Pass) -> Pass:
        path = []
        while self.union.setdefault(item, item) != item:
            path.append(item)
            item = self.union[item]
        for step in path:
            self.union[step] = item
        return item

    def reading(self) -> Reading:
        ends: list[tuple[Pass, str, bool, Cell]] = []
        for cell, arms in self.arms.items():
            if arms == N | E | S | W and cell not in self.frame_sides:
                self.result.crossings += 1
            for arm in (N, E, S, W):
                if arms & arm:
                    self._follow(cell, arm, ends)
            if cell in self.head_at:
                self._head(cell, ends)
        self._one_line_loops()
        nets: dict[Pass, Net] = defaultdict(Net)
        for cell, arms in self.arms.items():
            for item in {self._pass(cell, arm) for arm in (N, E, S, W) if arms & arm}:
                net = nets[self._root(item)]
                net.cells.add(cell)
                char = self.char[cell]
                if cell not in self.frame_sides and item[1] == "*" and char in STROKES:
                    net.strokes.add(STROKES[char])
        self._corners_back_to_back()
        for item, name, is_head, _ in ends:
            net = nets[self._root(item)]
            (net.heads if is_head else net.tails)[name] += 1
        for net in nets.values():
            self._edges_of(net)
        return self.result

    def _follow(self, cell: Cell, arm: int, ends: list[tuple[Pass, str, bool, Cell]]) -> None:
        """Find what an arm of a cell is joined to."""
        here = self._pass(cell, arm)
        self._root(here)
        other = _step(cell, arm)
        if other in self.box_at:
            self._tail(cell, other, arm, here, ends)
            return
        if arm & HORIZONTAL:
            other = self._over_label(other, arm)
        if self.arms.get(other, 0) & OPPOSITE[arm]:
            self.union[self._root(here)] = self._root(self._pass(other, OPPOSITE[arm]))
        else:
            self.problem("line to nowhere", cell)

    def _over_label(self, cell: Cell, arm: int) -> Cell:
        beyond = self._beyond_text(cell, arm)
        return beyond if self.arms.get(beyond, 0) & OPPOSITE[arm] else cell

    def _beyond_text(self, cell: Cell, arm: int) -> Cell:
        """A label may stand on a line that runs to the right."""
        while self._is_text(cell):
            cell = _step(cell, arm)
            # Words of one label are separated by single blanks.
            if cell not in self.char and self._is_text(_step(cell, arm)):
                cell = _step(cell, arm)
        return cell

    def _tail(self, cell: Cell, box_cell: Cell, arm: int, here: Pass, ends: list[tuple[Pass, str, bool, Cell]]) -> None:
        name = self.box_at[box_cell]
        rect = self.boxes[name]
        if rect.width > 1 and box_cell in _corners(rect) and self.char.get(box_cell) not in ("[", "]", "(", ")"):
            self.problem("line at the corner of a box", cell)
        drawn = arms_of(self.char.get(box_cell, " "))
        if not self.ascii and rect.height > 2 and drawn and not drawn & OPPOSITE[arm]:
            self.problem("line touches a border without a joint", cell)
        ends.append((here, name, False, cell))

    def _head(self, cell: Cell, ends: list[tuple[Pass, str, bool, Cell]]) -> None:
        direction = self.head_at[cell]
        target = self.box_at.get(_step(cell, direction))
        if target is None:
            self.problem("arrow to nowhere", cell)
        elif _step(cell, direction) in _corners(self.boxes[target]) and self.boxes[target].height > 1:
            self.problem("arrow at the corner of a box", cell)
        else:
            ends.append((self._pass(cell, OPPOSITE[direction]), target, True, cell))

    def _one_line_loops(self) -> None:
        for cell, char in self.char.items():
            if char != ("@" if self.ascii else "↻") or cell in self.box_at:
                continue
            name = self.box_at.get(_step(cell, W))
            if name is not None and cell[1] == self.boxes[name].y:
                self.result.edges.add((name, name))
                self.result.cells[name, name].add(cell)
            elif not self.ascii:
                self.problem("self-loop beside no box", cell)

    def _corners_back_to_back(self) -> None:
        """Two lines that turn away from each other in neighbouring cells (`╯╰`, `╮╭`) read as one that passes."""
        for cell, arms in self.arms.items():
            east = _step(cell, E)
            other = self.arms.get(east, 0)
            if self.ascii or arms & HORIZONTAL != W or other & HORIZONTAL != E or not arms & other & VERTICAL:
                continue
            if self._root((cell, "*")) != self._root((east, "*")):
                self.problem("corners of two lines back to back", cell)

    def _edges_of(self, net: Net) -> None:
        """R6."""
        where = min(net.cells)
        tails, heads = list(net.tails), list(net.heads)
        if not tails and len(heads) == 2:
            pairs = [(heads[0], heads[1]), (heads[1], heads[0])]
        elif tails and heads and 1 in (len(tails), len(heads)):
            pairs = [(tail, head) for tail in tails for head in heads]
        else:
            self.problem(f"ambiguous net: tails {sorted(tails)}, heads {sorted(heads)}", where)
            return
        if len(net.strokes) > 1:
            self.problem("net with more than one stroke", where)
        for pair in pairs:
            if pair in self.result.edges:
                self.problem(f"edge {pair} drawn twice", where)
            self.result.edges.add(pair)
            self.result.strokes[pair] |= net.strokes
            self.result.cells[pair] |= net.cells

    # Boxes

    def _check_rectangles(self, boxes: Mapping[str, Rect], frames: Mapping[str, Rect]) -> None:
        taken: dict[Cell, str] = {}
        for name, rect in boxes.items():
            for cell in _cells(rect):
                if cell in taken:
                    self.problem(f"boxes {name!r} and {taken[cell]!r} overlap", cell)
                taken[cell] = name
            for cell in (cell for cell, _ in _border(rect)):
                if self.char.get(cell, " ") == " " and rect.height > 2 and (rect.x, rect.y) == cell:
                    self.problem(f"box {name!r} has no border", cell)
            if rect.height > 1 and any(self.char.get((rect.x, y)) in ("[", "(") for y in range(rect.y, rect.bottom)):
                self.problem(f"brackets in several rows around {name!r}", (rect.x, rect.y))
            self._check_inside(name, rect)
        outlines = list(frames.items())
        for index, (name, rect) in enumerate(outlines):
            for cell, _ in _border(rect):
                if cell in taken:
                    self.problem(f"frame {name!r} over box {taken[cell]!r}", cell)
            for other, second in outlines[index + 1 :]:
                if _overlap(rect, second):
                    self.problem(f"frames {name!r} and {other!r} overlap", (rect.x, rect.y))

    def _check_inside(self, name: str, rect: Rect) -> None:
        """No line glyph between the borders of a box, unless it is part of a name."""
        if self.ascii or rect.height < 3 or any(arms_of(char) for char in name):
            return
        for x, y in _cells(Rect(rect.x + 1, rect.y + 1, rect.width - 2, rect.height - 2)):
            char = self.char.get((x, y), " ")
            if arms_of(char) or char in HEADS:
                self.problem(f"line over box {name!r}", (x, y))


def _step(cell: Cell, arm: int) -> Cell:
    dx, dy = STEP[arm]
    return cell[0] + dx, cell[1] + dy


def _cells(rect: Rect) -> Iterator[Cell]:
    return ((x, y) for y in range(rect.y, rect.bottom) for x in range(rect.x, rect.right))


def _corners(rect: Rect) -> set[Cell]:
    return {(x, y) for x in (rect.x, rect.right - 1) for y in (rect.y, rect.bottom - 1)}


def _border(rect: Rect) -> Iterator[tuple[Cell, int]]:
    """Yield border cells with the direction in which the border runs there, 0 at corners."""
    corners = _corners(rect)
    for x, y in _cells(rect):
        if x in (rect.x, rect.right - 1) or y in (rect.y, rect.bottom - 1):
            along = HORIZONTAL if y in (rect.y, rect.bottom - 1) else VERTICAL
            yield (x, y), 0 if (x, y) in corners else along


def _overlap(one: Rect, other: Rect) -> bool:
    """Tell whether two frames share cells without one being inside the other."""
    apart = one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
    if apart:
        return False
    return not (_inside(one, other) or _inside(other, one))


def _inside(inner: Rect, outer: Rect) -> bool:
    return outer.x < inner.x and inner.right < outer.right and outer.y < inner.y and inner.bottom < outer.bottom
