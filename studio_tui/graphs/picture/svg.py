"""A picture as a drawing for browsers and documents: the same lines in the same places, by geometry instead of glyphs.

Nothing in it acts: no script, no link, no font from elsewhere; colours follow the reader's light or dark scheme.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape

from studio_tui.domain.graph import START
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.canvas import UNICODE, Cell, E, N, S, W
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.scene import Stroke
from studio_tui.graphs.topology.spec import is_end, short_name
from studio_tui.text.cells import graphemes, width
from studio_tui.text.sanitize import clean

_X, _Y = 9, 18
"""Units of a cell."""
_DOT = 7
"""Radius of the start or the end of a subgraph."""
_STEP = {N: (0, -1), E: (1, 0), S: (0, 1), W: (-1, 0)}
_BACK = {N: S, S: N, E: W, W: E}
_STYLE = """\
  text { font: 15px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1b1f24; white-space: pre }
  .line, .frame, .box { fill: none; stroke: #57606a; stroke-width: 1.5 }
  .box { stroke: #1b1f24 } .frame { stroke: #8c959f }
  .head, .dot { fill: #57606a } .label { fill: #57606a; font-size: 13px }
  .dashed { stroke-dasharray: 5 4 } .observed { stroke-dasharray: 1.5 3.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .box { stroke: #e6edf3 } .line { stroke: #9da7b3 } .frame { stroke: #6e7681 }
    .head, .dot, .label { fill: #9da7b3 }
  }"""
_ROUND = frozenset("╭╮╰╯")
_CLASS = {Stroke.SOLID: "line", Stroke.DASHED: "line dashed", Stroke.OBSERVED: "line observed"}


def _arms() -> dict[str, tuple[int, Stroke]]:
    """Return the arms of the characters of lines and boxes, and how such a line is drawn."""
    found = {glyph: (arms, Stroke.SOLID) for arms, glyph in enumerate(UNICODE.box) if arms}
    found |= {glyph: (arms, Stroke.SOLID) for arms, glyph in enumerate(UNICODE.lines) if arms}
    found |= {"│": (N | S, Stroke.SOLID), "─": (E | W, Stroke.SOLID)}
    for stroke, (across, down) in UNICODE.broken.items():
        found |= {across: (E | W, stroke), down: (N | S, stroke)}
    return found


_ARMS = _arms()
_HEADS = {glyph: arm for arm, glyph in UNICODE.heads.items()}


def svg(picture: Picture) -> str:
    """Return a picture that was drawn with Unicode characters as SVG."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -2 {picture.width * _X} {picture.height * _Y + 4}" '
        f'width="{picture.width * _X}" height="{picture.height * _Y + 4}">',
        f"<style>\n{_STYLE}\n</style>",
        *_Drawing(picture).elements(),
        "</svg>",
    ])  # fmt: skip


class _Drawing:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._texts: list[tuple[Cell, str, str]] = []
        """Cell, text and class."""
        # Without blanks: half a million of them would stop all threads when they are sorted, and when they are freed.
        self._cells = {
            (column, row): char
            for row, line in enumerate(picture.rows)
            for column, char in _columns(line)
            if char != " "
        }
        boxes = {} if picture.is_outline else picture.box_rects
        self._boxed = {
            (x, y): rect
            for rect in boxes.values()
            for x in range(rect.x, rect.right)
            for y in range(rect.y, rect.bottom)
        }
        self._frame = {cell for rect in picture.cluster_rects.values() for cell in _border(rect)}
        self._halves: dict[tuple[bool, int, str], set[int]] = defaultdict(set)
        """Half cells of straight lines: whether across, the row or column, and the class."""
        self._more: list[str] = []

    def elements(self) -> Iterator[str]:
        """Yield the frames and lines, then the boxes, then the words."""
        picture = self._picture
        for node, (column, row) in picture.name_cells.items():
            if not _is_dot(self._boxed.get((column, row))):
                self._say(column, row, width(picture.labels[node]), "")
        for column, row, cells in (*picture.label_runs, *picture.title_runs):
            self._say(column, row, cells, "label")
        boxes = {} if picture.is_outline else picture.box_rects
        for rect in boxes.values():
            self._ports(rect)
        for cell, char in sorted(self._cells.items()):
            self._line(cell, char)
        for (across, place, kind), halves in sorted(self._halves.items()):
            yield from (_straight(across, place, kind, *run) for run in _runs(sorted(halves)))
        yield from self._more
        for node, rect in boxes.items():
            yield _box(rect, picture.stacks.get(node, (node,)))
        for (column, row), text, kind in self._texts:
            if text.strip():
                yield _text(column, row, text, kind)

    def _say(self, column: int, row: int, cells: int, kind: str) -> None:
        """Take so many cells as words."""
        text = ""
        for step in range(cells):
            text += self._cells.pop((column + step, row), " " if width(text) <= step else "")
        self._texts.append(((column, row), text, kind))

    def _ports(self, rect: Rect) -> None:
        """Take a box off the cells; of its border stays what leads away from it."""
        for cell in [(x, y) for y in range(rect.y, rect.bottom) for x in range(rect.x, rect.right)]:
            char = self._cells.pop(cell, "")
            arms, stroke = _ARMS.get(char, (0, Stroke.SOLID))
            for arm, (dx, dy) in _STEP.items():
                beyond = (cell[0] + dx, cell[1] + dy)
                if rect.contains(*beyond):
                    continue
                if rect.height == 1 and arm & (E | W):  # a bracket has no joint, and its box begins in its middle
                    others, stroke = _ARMS.get(self._cells.get(beyond, ""), (0, stroke))
                    arms = arm if others & _BACK[arm] else 0
                if arms & arm:
                    self._half(cell, arm, _CLASS[self._stroke(cell, arm, stroke)])
            if char not in _ARMS and not _is_dot(rect) and char.strip() and char not in "()[]":
                self._texts.append((cell, char, ""))

    def _line(self, cell: Cell, char: str) -> None:
        if head := _HEADS.get(char):
            self._head(cell, head)
            return
        arms, stroke = _ARMS.get(char, (0, Stroke.SOLID))
        kinds = {arm: _CLASS[self._stroke(cell, arm, stroke)] for arm in _STEP if arms & arm}
        if cell in self._frame and char in "╭╮╰╯│─":
            kinds = dict.fromkeys(kinds, "frame")
        if char in _ROUND:
            self._more.append(_curve(cell, arms, max(kinds.values())))
        elif arms:
            for arm, kind in kinds.items():
                self._half(cell, arm, kind)
        elif char.strip():
            self._texts.append((cell, char, ""))

    def _head(self, cell: Cell, arm: int) -> None:
        """Draw an arrowhead and what is behind it, both as far as the boxes there."""
        (x, y), (dx, dy) = _middle(cell), _STEP[arm]
        ahead, behind = self._reach(cell, dx, dy), self._reach(cell, -dx, -dy)
        tip = (x + dx * ahead, y + dy * ahead)
        sides = [(tip[0] - dx * 8 + dy * turn, tip[1] - dy * 8 + dx * turn) for turn in (4, -4)]
        points = " ".join(f"{a:g},{b:g}" for a, b in (tip, *sides))
        start, end = (x - dx * behind, y - dy * behind), (tip[0] - dx * 7, tip[1] - dy * 7)
        kind = _CLASS[self._stroke(cell, _BACK[arm], Stroke.SOLID)]
        self._more.append(f'<path class="{kind}" d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"/>')
        self._more.append(f'<polygon class="head" points="{points}"/>')

    def _reach(self, cell: Cell, dx: int, dy: int) -> float:
        """Return how far it is from the middle of a cell to its edge, or to the border of the box beyond it."""
        box = self._boxed.get((cell[0] + dx, cell[1] + dy))
        if _is_dot(box):
            return (_X if dx else _Y) - _DOT
        if dx:
            return _X / 2 if box is None else _X
        return _Y / 2 if box is None or box.height == 1 else _Y

    def _stroke(self, cell: Cell, arm: int, own: Stroke) -> Stroke:
        """Return how an arm is drawn: joints and corners look alike in all lines, so what they lead to tells."""
        beyond = self._cells.get((cell[0] + _STEP[arm][0], cell[1] + _STEP[arm][1]), "")
        return _ARMS[beyond][1] if own is Stroke.SOLID and beyond in _ARMS else own

    def _half(self, cell: Cell, arm: int, kind: str) -> None:
        across = bool(arm & (E | W))
        place, along = (cell[1], cell[0]) if across else cell
        self._halves[across, place, kind].add(2 * along + (1 if arm & (E | S) else 0))


def _columns(line: str) -> Iterator[tuple[int, str]]:
    column = 0
    for char, cells in graphemes(line):
        yield column, char
        column += cells


def _border(rect: Rect) -> Iterator[Cell]:
    for x in range(rect.x, rect.right):
        yield from ((x, rect.y), (x, rect.bottom - 1))
    for y in range(rect.y, rect.bottom):
        yield from ((rect.x, y), (rect.right - 1, y))


def _runs(halves: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last but one of half cells that follow each other."""
    start: int | None = None
    last = -1
    for half in halves:
        if start is not None and half != last + 1:
            yield start, last + 1
            start = None
        start = half if start is None else start
        last = half
    if start is not None:
        yield start, last + 1


def _middle(cell: Cell) -> tuple[float, float]:
    return cell[0] * _X + _X / 2, cell[1] * _Y + _Y / 2


def _straight(across: bool, place: int, kind: str, start: int, end: int) -> str:
    if across:
        y = place * _Y + _Y / 2
        return f'<path class="{kind}" d="M{start * _X / 2:g} {y:g}H{end * _X / 2:g}"/>'
    x = place * _X + _X / 2
    return f'<path class="{kind}" d="M{x:g} {start * _Y / 2:g}V{end * _Y / 2:g}"/>'


def _curve(cell: Cell, arms: int, kind: str) -> str:
    x, y = _middle(cell)
    ends = [(x + dx * _X / 2, y + dy * _Y / 2) for arm, (dx, dy) in _STEP.items() if arms & arm]
    (a, b), (c, d) = ends
    return f'<path class="{kind}" d="M{a:g} {b:g}Q{x:g} {y:g} {c:g} {d:g}"/>'


def _is_dot(rect: Rect | None) -> bool:
    """Whether a box is a single cell: the start or the end of a subgraph."""
    return rect is not None and rect.width == 1


def _box(rect: Rect, members: Iterable[NodeId]) -> str:
    ids = [*members]
    if _is_dot(rect):
        x, y = _middle((rect.x, rect.y))
        ring = f'<circle class="box" cx="{x:g}" cy="{y:g}" r="{_DOT}"/>'
        dot = f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="{_DOT if short_name(ids[0]) == START else _DOT - 3}"/>'
        return f"<g><title>{_xml(ids[0])}</title>{ring}{dot}</g>"
    pill = len(ids) == 1 and is_end(ids[0])
    low = rect.height == 1
    x, y = rect.x * _X + _X / 2, rect.y * _Y + (-1 if low else _Y / 2)
    wide, high = (rect.width - 1) * _X, _Y + 2 if low else (rect.height - 1) * _Y
    turn = f' rx="{high / 2 if pill else 3:g}"'
    title = f"<title>{_xml(', '.join(ids))}</title>"
    return f'<g>{title}<rect class="box" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}"{turn}/></g>'


def _text(column: int, row: int, text: str, kind: str) -> str:
    cells = width(text)
    name = f' class="{kind}"' if kind else ""
    place = f'x="{column * _X:g}" y="{row * _Y + _Y * 0.72:g}" textLength="{cells * _X:g}"'
    return f'<text{name} {place} lengthAdjust="spacingAndGlyphs">{_xml(text)}</text>'


def _xml(text: str) -> str:
    """Return text that can stand anywhere in a document; two characters may not, however they are written."""
    return escape(clean(text).replace("\ufffe", "?").replace("\uffff", "?"))
