"""Where notes may stand in a picture: in cells that are free, so that no box, line, label or other note is touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.spec import is_end

_PLAIN_BORDER = ("─", "-")
_LOOPS = ("↻", "@")
_APART = 2
"""Blank columns between what a row of a list says and a note behind it."""
_COLUMN = 11
"""Columns that notes of a list have at its right: `×12 ≤12m03s`."""
_FAR = 6
"""Columns that a note below a box may reach beyond it."""
_SPARE = 7
"""Cells of a place that is only for counts: `100/120`."""


class Place(NamedTuple):
    """So many free cells of row `y` from column `x` on."""

    x: int
    y: int
    cells: int
    at_end: bool = False
    """Whether what stands there ends with them."""
    rim: bool = False
    """Whether the last of them stays free where that can be: it is beside a corner."""
    spare: bool = False
    """Whether only counts stand there, where no other place has room for them."""


def note_rows(picture: Picture, rect: Rect) -> range:
    """Return the rows in which notes of a box, or of its name, may stand."""
    above = picture.orientation == "TD" and rect.height == 1 and not picture.is_outline and rect.y > 0
    return range(rect.y - above, rect.bottom + (picture.orientation == "LR"))


class Places:
    """The places of every node of a picture, each cell belonging to one of them."""

    def __init__(
        self,
        picture: Picture,
        chars: Callable[[int], list[str]],
        name: Callable[[NodeId], tuple[int, int]],
        cells: int,
        left: int,
    ) -> None:
        """`chars` returns a row of the picture cell by cell, `name` the columns from which and up to which a node's
        name stands; `cells` columns may be written, and `left` blank ones before the first."""
        self._picture, self._chars, self._name, self._cells, self._left = picture, chars, name, cells, left
        self._signs = {*picture.glyph_cells.values(), *(cell for both in picture.mark_cells.values() for cell in both)}
        self._labels = {(x, y): size for x, y, size in picture.label_runs}
        self._edges: dict[NodeId, list[Collection[tuple[int, int]]]] = {}
        for ends, found in picture.edge_cells.items():
            for end in ends[:1] if picture.is_outline else dict.fromkeys(ends):
                self._edges.setdefault(end, []).append(found)
        self._nodes_in: dict[int, list[NodeId]] = {}
        for node, rect in picture.node_rects.items():
            for y in note_rows(picture, rect):
                self._nodes_in.setdefault(y, []).append(node)
        self._rows: dict[int, list[tuple[int, NodeId, Place]]] = {}
        self._of: dict[NodeId, list[Place]] = {}

    def of(self, node: NodeId) -> list[Place]:
        """Return the places of a node, the best first."""
        if node not in self._of:
            rect = self._picture.node_rects[node]
            rows = (self._row(y) for y in note_rows(self._picture, rect))
            own = [(rank, place) for row in rows for rank, owner, place in row if owner == node]
            self._of[node] = [place for _, place in sorted(own, key=_best_first)]
        return self._of[node]

    def _row(self, y: int) -> list[tuple[int, NodeId, Place]]:
        """Return the places in a row, how good they are and whose: no cell belongs to two of them."""
        if y not in self._rows:
            picture, found, taken = self._picture, self._rows.setdefault(y, []), set[int]()
            for rank, search in enumerate(
                (self._in_border, self._behind, self._before, self._below, self._above, self._beside_lines)
            ):
                for node in self._nodes_in.get(y, ()):
                    for place in search(node, picture.node_rects[node], y):
                        covered = range(place.x, place.x + place.cells)
                        if place.cells > 0 and taken.isdisjoint(covered):
                            taken.update(covered)
                            found.append((rank, node, place))
        return self._rows[y]

    def _has_box(self, node: NodeId) -> bool:
        """Whether it has a box, or brackets, of its own: not in a list, nor in a box that has a row for each node."""
        picture = self._picture
        return not picture.is_outline and picture.box_rects.get(node) == picture.node_rects[node]

    def _in_border(self, node: NodeId, rect: Rect, y: int) -> list[Place]:
        """The widest stretch of an upper or lower border that no line touches."""
        if rect.height < 3 or y not in (rect.y, rect.bottom - 1) or not self._has_box(node):
            return []
        stretches = self._stretches(y, rect.x + 1, rect.right - 1)
        x, cells = max(stretches, key=lambda item: item[1], default=(0, 0))
        return [Place(x, y, cells, at_end=True, rim=x + cells == rect.right - 1)]

    def _stretches(self, y: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where a border is nothing but a border, and for how many cells."""
        chars, begin = self._chars(y), start
        for x in range(start, end + 1):
            if x == end or chars[x] not in _PLAIN_BORDER or (x, y) in self._signs:
                yield begin, x - begin
                begin = x + 1

    def _behind(self, node: NodeId, rect: Rect, y: int) -> list[Place]:
        """The blanks behind its box or name, but for one at either end; and those beyond the lines that lead there."""
        if y != self._picture.name_cells[node][1]:
            return []
        edges = self._edges.get(node, [])
        if not self._has_box(node):
            chars, _, name_end = self._chars(y), *self._name(node)
            targets = (x for cells in edges for x, row in cells if row == y) if self._picture.is_outline else ()
            end = min([name_end, *targets])
            while end < name_end and chars[end - 1] == " ":  # the name is cut
                end -= 1
            beside = self._blank(end, y)
            if self._picture.is_outline:
                return self._in_list(beside, y)
            around = (box for box in self._picture.box_rects.values() if box.contains(rect.x, rect.y))
            return [*beside, *(place for box in around for place in self._blank(box.right, y))]
        direct = self._blank(rect.right, y)
        beyond = self._beyond(node, rect.right, y, edges) if self._picture.orientation == "TD" else 0
        return [*direct, *(self._blank(beyond, y) if beyond > rect.right else ())]

    def _beyond(self, node: NodeId, at: int, y: int, edges: Collection[Collection[tuple[int, int]]]) -> int:
        """Return where the lines of a node end that lead away from `at`, with what they are called: what stands behind
        a comb's bar is of the node in that row, as in a table; 0 behind a frame, or behind a line that is the node's
        own, which would seem to be called so."""
        chars, end = self._chars(y), at
        if chars[at : at + 2] in ([sign, " "] for sign in _LOOPS):  # its own sign, without a name, is as the box
            return at + 1
        frames = [rect for rect in self._picture.cluster_rects.values() if rect.y <= y < rect.bottom]
        while at < self._cells and (chars[at] == " " or any((at, y) in cells for cells in edges)):
            is_line = chars[at] != " "
            at += self._labels.get((at, y), 1)
            end = at if is_line else end
            if any(at - 1 in (rect.x, rect.right - 1) for rect in frames):
                return 0
        bar = {(end - 1, y), (end - 1, y - 1)}
        tails = [tail for (tail, _), cells in self._picture.edge_cells.items() if not bar.isdisjoint(cells)]
        return end if node in tails and len({*tails}) > 1 else 0

    def _in_list(self, beside: list[Place], y: int) -> list[Place]:
        """A column at the right as far as the row is blank there, then what is blank between it and the name."""
        right = min(self._cells, self._picture.width + _APART + _COLUMN)
        chars, start = self._chars(y), right
        while start and chars[start - 1] == " ":
            start -= 1
        start = max(start + _APART, right - _COLUMN)
        apart = [place._replace(cells=min(place.cells, start - 1 - place.x)) for place in beside]
        return [Place(start, y, right - start, at_end=True), *apart]

    def _blank(self, start: int, y: int) -> list[Place]:
        chars, end = self._chars(y), start
        while end < self._cells and chars[end] == " " and (end, y) not in self._signs:
            end += 1
        cells = end - start - 1 - (end < self._cells) - ((end, y) in self._labels)
        return [Place(start + 1, y, cells)] if cells > 0 else []

    def _before(self, node: NodeId, rect: Rect, y: int) -> list[Place]:
        """What is blank before the first box of a row."""
        is_here = y == self._picture.name_cells[node][1] and self._has_box(node)
        if not is_here or any(char != " " for char in self._chars(y)[: rect.x]):
            return []
        return [Place(-self._left, y, self._left + rect.x - 1, at_end=True)]

    def _below(self, node: NodeId, rect: Rect, y: int) -> list[Place]:
        """The row below brackets, where lines leave at their sides only."""
        sideways = self._picture.orientation == "LR" and rect.height == 1 and self._has_box(node)
        if y != rect.bottom or y >= self._picture.height or not sideways:
            return []
        chars, end = self._chars(y), rect.x
        while end < min(rect.right + _FAR, self._cells) and chars[end] == " ":
            end += 1
        return [Place(rect.x + 1, y, end - rect.x - 2)] if end >= rect.right else []

    def _above(self, node: NodeId, rect: Rect, y: int) -> list[Place]:
        """What is blank over brackets beside the lines that come from above, where no counted box is over it."""
        if y != rect.y - 1 or self._picture.orientation != "TD" or rect.height > 1 or not self._has_box(node):
            return []
        found = []
        for start, end in self._blanks(y, rect.x - 1, min(rect.right + _FAR, self._cells)):
            near = {other for row in (y - 1, y) for other in self._nodes_in.get(row, ())} - {node}
            near = {other for other in near if not is_end(other) or self._picture.node_rects[other].bottom > y}
            boxes = (self._picture.node_rects[other] for other in near)
            under = any(box.y <= y <= box.bottom and box.x <= end and start <= box.right for box in boxes)
            if not under and start + 1 < rect.right and rect.x < end - 1:
                found.append(Place(start + 1, y, min(end - start - 2, _SPARE), spare=True))
        return sorted(found, key=lambda place: -place.cells)[:1]

    def _beside_lines(self, node: NodeId, rect: Rect, y: int) -> list[Place]:
        """The blanks between a box and a line at its left that leads elsewhere."""
        if y != self._picture.name_cells[node][1] or rect.height > 1 or not self._has_box(node):
            return []
        chars, start = self._chars(y), rect.x
        while start > 0 and chars[start - 1] == " ":
            start -= 1
        own = any((start - 1, y) in cells for cells in self._edges.get(node, ()))
        near = (self._picture.node_rects[other] for other in self._nodes_in.get(y, ()))
        is_box = any(box.y <= y < box.bottom and box.right <= start <= box.right + 1 for box in near)
        if own or is_box or chars[rect.x - 1 : rect.x] != [" "]:
            return []
        cells = min(_SPARE, rect.x - 1 - start - (start > 0))
        return [Place(rect.x - 1 - cells, y, cells, at_end=True, spare=True)]

    def _blanks(self, y: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where a row is blank, from and up to which column; the blanks beside lines with it."""
        chars, begin = self._chars(y), max(0, start)
        for x in range(begin, end + 1):
            if x == end or chars[x] != " " or (x, y) in self._signs:
                if begin < x:
                    yield begin, x
                begin = x + 1


def _best_first(ranked: tuple[int, Place]) -> tuple[int, int]:
    """Of two borders the one with more room comes first."""
    rank, place = ranked
    return rank, 0 if rank else -place.cells
