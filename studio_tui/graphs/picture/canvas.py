"""Cells that lines, boxes and texts are put into, and the glyph tables that turn them into rows of text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from studio_tui.graphs.topology.scene import Ends, Stroke, weakest
from studio_tui.text.cells import graphemes

N, E, S, W = 1, 2, 4, 8
_VERTICAL, _HORIZONTAL = N | S, E | W
Cell = tuple[int, int]
"""Column and row on the screen."""


_IN_ASCII = str.maketrans("…×", ".x")


class Glyphs(Struct, frozen=True):
    """One look of lines; strings are indexed by arms (N=1, E=2, S=4, W=8)."""

    lines: str
    box: str
    several: str
    """Corners and sides of boxes that stand for several nodes, by their arms too."""
    broken: Mapping[Stroke, tuple[str, str]]
    """Pieces of lines that are not solid: across and down. Corners and joints are solid in all."""
    heads: dict[int, str]
    """Arrowheads by the direction they point to."""
    loop: str
    then: str
    """What leads from one row of a chain's box to the next."""
    dots: str
    """Where a subgraph starts, and where it ends; no sign of a run's state."""

    def spelled(self, text: str) -> str:
        """Return `text` with the signs that are this program's in this look."""
        return text.replace(" … ", " - ").translate(_IN_ASCII) if self.dots.isascii() else text


_BROKEN = {Stroke.DASHED: ("┄", "┆"), Stroke.OBSERVED: ("┈", "┊")}
_ASCII_BROKEN = {Stroke.DASHED: ("~", ":"), Stroke.OBSERVED: ("=", "!")}
UNICODE = Glyphs(
    " ││╰││╭├─╯─┴╮┤┬┼",
    " ││└││┌├─┘─┴┐┤┬┼",
    " ║║╙║║╓╟─╜─╨╖╢╥╫",
    _BROKEN,
    {N: "▲", S: "▼", W: "◄", E: "►"},
    "↻",
    "↓",
    "•◉",
)
ASCII = Glyphs(
    " ||'||.+-'-+.++|",
    " ||+||++-+-+++++",
    " ##+##++-+-+++++",
    _ASCII_BROKEN,
    {N: "^", S: "v", W: "<", E: ">"},
    "@",
    "v",
    "oO",
)


class Canvas:
    """Collects in flow coordinates, transposes left-to-right pictures, and remembers whose cells are whose."""

    def __init__(self, *, sideways: bool, ascii: bool) -> None:
        self.sideways = sideways
        self.glyphs = ASCII if ascii else UNICODE
        self.width = 0
        self.height = 0
        self.lines: dict[Cell, int] = {}
        self.strokes: dict[Cell, set[Stroke]] = defaultdict(set)
        self.owners: dict[Cell, Hashable] = {}
        self.borders: dict[Cell, int] = {}
        self.doubled: set[Cell] = set()
        """Cells of borders that have two lines."""
        self.heads: dict[Cell, int] = {}
        self.texts: dict[Cell, str] = {}
        self.labels: list[tuple[int, int, int]] = []
        self.edge_cells: dict[Ends, set[Cell]] = defaultdict(set)
        self.crossings: set[Cell] = set()
        self.conflicts: list[Cell] = []
        """Cells that two nets share otherwise than by crossing; always empty unless the layout has a fault."""

    def cell(self, x: int, y: int) -> Cell:
        """Return the screen cell of flow coordinates."""
        return (y, x) if self.sideways else (x, y)

    def turned(self, arms: int) -> int:
        """Return arms in flow coordinates as they stand on the screen."""
        if not self.sideways:
            return arms
        return (N if arms & W else 0) | (W if arms & N else 0) | (S if arms & E else 0) | (E if arms & S else 0)

    @contextmanager
    def upright(self) -> Iterator[None]:
        """Take coordinates as they are on the screen, meanwhile."""
        before, self.sideways = self.sideways, False
        yield
        self.sideways = before

    def line(self, x: int, y: int, arms: int, net: Hashable, stroke: Stroke) -> None:
        """Add the arms of a net's line to a cell."""
        cell = self.cell(x, y)
        arms = self.turned(arms)
        owner = self.owners.get(cell)
        if owner is not None and owner != net:
            before = self.lines.get(cell, 0)
            clean = (before == _HORIZONTAL and arms | _VERTICAL == _VERTICAL) or (
                before == _VERTICAL and arms | _HORIZONTAL == _HORIZONTAL
            )
            (self.crossings.add if clean else self.conflicts.append)(cell)
        elif cell in self.borders or cell in self.texts:
            self.conflicts.append(cell)
        else:
            self.owners[cell] = net
        self.lines[cell] = self.lines.get(cell, 0) | arms
        self.strokes[cell].add(stroke)

    def border(self, x: int, y: int, arms: int) -> None:
        """Add arms to a cell of a box's border."""
        cell = self.cell(x, y)
        self.borders[cell] = self.borders.get(cell, 0) | self.turned(arms)

    def frame(self, x: int, y: int, arms: int) -> None:
        """Add arms to a cell of a cluster's frame, which looks like a line but belongs to no net."""
        cell = self.cell(x, y)
        self.lines[cell] = self.lines.get(cell, 0) | self.turned(arms)
        self.strokes[cell].add(Stroke.SOLID)

    def head(self, x: int, y: int, direction: int) -> None:
        """Set an arrowhead that points in `direction` (flow coordinates)."""
        self.heads[self.cell(x, y)] = self.turned(direction)

    def text(self, column: int, row: int, text: str) -> int:
        """Write on the screen (never transposed); return the column after the text."""
        text = self.glyphs.spelled(text)
        for char, cells in graphemes(text):
            self.texts[column, row] = char
            for step in range(1, cells):
                self.texts[column + step, row] = ""
            column += cells
        return column

    def label(self, column: int, row: int, text: str) -> None:
        """Write the label of an edge."""
        self.labels.append((column, row, self.text(column, row, text) - column))

    def own(self, ends: Ends, cells: Iterable[tuple[int, int]]) -> None:
        """Remember flow cells as part of an edge."""
        target = self.edge_cells[ends]
        target.update((y, x) for x, y in cells) if self.sideways else target.update(cells)

    def rows(self) -> list[str]:
        """Return the picture, and set `width` and `height`."""
        cells = [*self.lines, *self.borders, *self.texts, *self.heads]
        self.width = max((x for x, _ in cells), default=-1) + 1
        self.height = max((y for _, y in cells), default=-1) + 1
        grid = [[" "] * self.width for _ in range(self.height)]
        for (x, y), arms in self.lines.items():
            grid[y][x] = self._line_glyph((x, y), arms)
        for (x, y), arms in self.borders.items():
            grid[y][x] = (self.glyphs.several if (x, y) in self.doubled else self.glyphs.box)[arms]
        for (x, y), direction in self.heads.items():
            grid[y][x] = self.glyphs.heads[direction]
        for (x, y), char in self.texts.items():
            grid[y][x] = char
        return ["".join(row).rstrip() for row in grid]

    def bends(self) -> int:
        """Return the number of corners of lines."""
        corners = (N | E, E | S, S | W, W | N)
        return sum(1 for cell in self.owners if self.lines[cell] in corners)

    def _line_glyph(self, cell: Cell, arms: int) -> str:
        if Stroke.SOLID not in self.strokes[cell] and not (arms & _HORIZONTAL and arms & _VERTICAL):
            return self.glyphs.broken[weakest(self.strokes[cell])][not arms & _HORIZONTAL]
        return self.glyphs.lines[arms]
