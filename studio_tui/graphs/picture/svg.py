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
from studio_tui.graphs.picture.strokes import ARMS, BACK, STEP, Piece, Strokes, joined
from studio_tui.graphs.topology.scene import Stroke
from studio_tui.graphs.topology.spec import is_end, short_name
from studio_tui.text.cells import graphemes, width
from studio_tui.text.sanitize import clean

_X, _Y = 9, 18
"""Units of a cell."""
_DOT = 7
"""Radius of the start or the end of a subgraph."""
_MARGIN = 12
"""What is free around the picture."""
_LOW = _Y + 6
"""How high a box of one row is: what hangs below the line of its name is clear of its border."""
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

_HEADS = {glyph: arm for arm, glyph in UNICODE.heads.items()}


def svg(picture: Picture) -> str:
    """Return a picture that was drawn with Unicode characters as SVG."""
    wide, high = picture.width * _X + 2 * _MARGIN, picture.height * _Y + 2 * _MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-_MARGIN} {-_MARGIN} {wide} {high}" '
        f'width="{wide}" height="{high}">',
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
        self._frame = {cell: along for rect in picture.cluster_rects.values() for cell, along in _border(rect)}
        """Cells of frames, and the arms that are theirs."""
        self._strokes = Strokes(picture, {})
        self._halves: dict[tuple[bool, int, str], set[int]] = defaultdict(set)
        """Half cells of straight lines: whether across, the row or column, and the class."""
        self._ends: dict[tuple[bool, int, int], float] = {}
        """Where a line ends that does not end with its half cell: whether across, its row or column, and that end."""
        self._bent: list[Piece] = []
        self._heads: list[str] = []

    def elements(self) -> Iterator[str]:
        """Yield the frames and lines, then the boxes, then the words."""
        picture = self._picture
        for node, (column, row) in picture.name_cells.items():
            if not _is_dot(self._boxed.get((column, row))):
                self._say(column, row, width(picture.labels[node]), "")
        for column, row, cells in (*picture.label_runs, *picture.title_runs):
            self._say(column, row, cells, "label")
        boxes = {} if picture.is_outline else picture.box_rects
        self._strokes = Strokes(picture, self._cells)
        for rect in boxes.values():
            self._ports(rect)
        for cell, char in sorted(self._cells.items()):
            self._line(cell, char)
        straight = [
            self._straight(across, place, kind, *run)
            for (across, place, kind), halves in sorted(self._halves.items())
            for run in _runs(sorted(halves))
        ]
        yield from (f'<path class="{kind}" d="{path}"/>' for kind, path in joined([*straight, *self._bent]))
        yield from self._heads
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
            arms = ARMS.get(char, (0, Stroke.SOLID))[0]
            for arm, (dx, dy) in STEP.items():
                beyond = (cell[0] + dx, cell[1] + dy)
                if rect.contains(*beyond):
                    continue
                if rect.height == 1 and arm & (E | W):  # a bracket has no joint, and its box begins in its middle
                    others = ARMS.get(self._cells.get(beyond, ""), (0, Stroke.SOLID))[0]
                    arms = arm if others & BACK[arm] else 0
                if arms & arm:
                    self._half(cell, arm, _CLASS[self._strokes.of(cell, arm)])
            if char not in ARMS and not _is_dot(rect) and char.strip() and char not in "()[]":
                self._texts.append((cell, char, ""))

    def _line(self, cell: Cell, char: str) -> None:
        if head := _HEADS.get(char):
            self._head(cell, head)
            return
        arms = ARMS.get(char, (0, Stroke.SOLID))[0]
        frame = self._frame.get(cell, 0)
        kinds = {arm: "frame" if arm & frame else _CLASS[self._strokes.of(cell, arm)] for arm in STEP if arms & arm}
        if char in _ROUND:
            self._bent.append(_curve(cell, arms, max(kinds.values())))
        elif arms:
            for arm, kind in kinds.items():
                self._half(cell, arm, kind)
        elif char.strip():
            self._texts.append((cell, char, ""))

    def _head(self, cell: Cell, arm: int) -> None:
        """Draw an arrowhead and what is behind it, both as far as the boxes there."""
        (x, y), (dx, dy) = _middle(cell), STEP[arm]
        ahead = self._reach(cell, dx, dy)
        tip = (x + dx * ahead, y + dy * ahead)
        sides = [(tip[0] - dx * 8 + dy * turn, tip[1] - dy * 8 + dx * turn) for turn in (4, -4)]
        points = " ".join(f"{a:g},{b:g}" for a, b in (tip, *sides))
        self._heads.append(f'<polygon class="head" points="{points}"/>')
        across = bool(dx)
        place, along = (cell[1], cell[0]) if across else cell
        kind = _CLASS[self._strokes.of(cell, BACK[arm])]
        self._half(cell, BACK[arm], kind)
        # The line goes on into the head: one piece with what is behind it, else a line of dashes would begin again.
        end, begin = 2 * along + 1, 2 * along + (0 if arm & (E | S) else 2)
        self._ends[across, place, end] = tip[0] - dx * 7 if across else tip[1] - dy * 7
        behind = self._reach(cell, -dx, -dy)
        self._ends[across, place, begin] = x - dx * behind if across else y - dy * behind

    def _straight(self, across: bool, place: int, kind: str, start: int, end: int) -> Piece:
        """Return a line from one half cell to another, as far as what it leads to."""
        unit = _X if across else _Y
        ends = [self._end(across, place, half, turn) for half, turn in ((start, -1), (end, 1))]
        a, b = (half * unit / 2 if exact is None else exact for half, exact in zip((start, end), ends, strict=True))
        fixed = place * (_Y if across else _X) + (_Y if across else _X) / 2
        return (kind, (a, fixed), "", (b, fixed)) if across else (kind, (fixed, a), "", (fixed, b))

    def _end(self, across: bool, place: int, half: int, turn: int) -> float | None:
        """Return where a line ends, which goes `turn` (-1 or 1) to the end of half cells; None for just there."""
        if half % 2 or (across, place, half) in self._ends:
            return self._ends.get((across, place, half))
        along = half // 2 - (turn > 0)
        cell, (dx, dy) = ((along, place), (turn, 0)) if across else ((place, along), (0, turn))
        middle = _middle(cell)[not across]
        return middle + turn * self._reach(cell, dx, dy) if self._boxed.get((cell[0] + dx, cell[1] + dy)) else None

    def _reach(self, cell: Cell, dx: int, dy: int) -> float:
        """Return how far it is from the middle of a cell to its edge, or to the border of the box beyond it."""
        box = self._boxed.get((cell[0] + dx, cell[1] + dy))
        if _is_dot(box):
            return (_X if dx else _Y) - _DOT
        if dx:
            return _X / 2 if box is None else _X
        if box is None:
            return _Y / 2
        return _Y - _LOW / 2 if box.height == 1 else _Y

    def _half(self, cell: Cell, arm: int, kind: str) -> None:
        across = bool(arm & (E | W))
        place, along = (cell[1], cell[0]) if across else cell
        self._halves[across, place, kind].add(2 * along + (1 if arm & (E | S) else 0))


def _columns(line: str) -> Iterator[tuple[int, str]]:
    column = 0
    for char, cells in graphemes(line):
        yield column, char
        column += cells


def _border(rect: Rect) -> Iterator[tuple[Cell, int]]:
    """Yield the cells of a frame, each with the arms that it has there: lines may cross it."""
    for x in range(rect.x + 1, rect.right - 1):
        yield from (((x, rect.y), E | W), ((x, rect.bottom - 1), E | W))
    for y in range(rect.y + 1, rect.bottom - 1):
        yield from (((rect.x, y), N | S), ((rect.right - 1, y), N | S))
    for x in (rect.x, rect.right - 1):
        yield from (((x, y), N | E | S | W) for y in (rect.y, rect.bottom - 1))


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


def _curve(cell: Cell, arms: int, kind: str) -> Piece:
    x, y = _middle(cell)
    first, last = [(x + dx * _X / 2, y + dy * _Y / 2) for arm, (dx, dy) in STEP.items() if arms & arm]
    return kind, first, f"{x:g} {y:g}", last


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
    x, y = rect.x * _X + _X / 2, rect.y * _Y + ((_Y - _LOW) / 2 if low else _Y / 2)
    wide, high = (rect.width - 1) * _X, _LOW if low else (rect.height - 1) * _Y
    turn = f' rx="{high / 2 if pill else 3:g}"'
    title = f"<title>{_xml(', '.join(ids))}</title>"
    return f'<g>{title}<rect class="box" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}"{turn}/></g>'


def _text(column: int, row: int, text: str, kind: str) -> str:
    free = 1 if kind else 0  # A line may lead on from a label.
    name = f' class="{kind}"' if kind else ""
    x, y, wide = column * _X + free, row * _Y + _Y * 0.72, width(text) * _X - 2 * free
    place = f'x="{x:g}" y="{y:g}" textLength="{wide:g}"'
    return f'<text{name} {place} lengthAdjust="spacingAndGlyphs">{_xml(text)}</text>'


def _xml(text: str) -> str:
    """Return text that can stand anywhere in a document; two characters may not, however they are written."""
    return escape(clean(text).replace("\ufffe", "?").replace("\uffff", "?"))
