"""Turns rows of a picture plus the overlay into runs of text with roles. Knows neither Textual nor the app state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.heavy import heavy
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.scene import Ends
from studio_tui.present.graph.heat import NO_HEAT, Scale
from studio_tui.present.graph.mark import IDLE, NodeMark, role_of
from studio_tui.present.graph.notes import Kind, written
from studio_tui.present.graph.places import Place, Places, note_rows
from studio_tui.text.cells import graphemes, width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span

Cell = tuple[int, int]
_NOWHERE = Rect(0, 0, 0, 0)


@dataclass(slots=True)
class Paint:
    """One picture and what lies over it; `line` paints a row from the current state."""

    picture: Picture
    ascii: bool = False
    marks: Mapping[NodeId, NodeMark] = field(default_factory=dict)
    clusters: Mapping[NodeId, str] = field(default_factory=dict)
    """Status of expanded clusters that run or ran."""
    openable: Collection[NodeId] = ()
    """Nodes that are subgraphs, which the picture draws as any other: a `+` stands behind their names."""
    selected: NodeId | None = None
    focused: bool = False
    found: Collection[NodeId] = ()
    """Search hits."""
    lit: Collection[Cell] = ()
    """Cells of the edge last taken."""
    touching: Collection[Cell] = ()
    """Cells of the selected node's edges."""
    dim: Collection[Cell] = ()
    """Cells of declared edges that were never taken."""
    taken: Collection[Ends] | None = None
    """Those that this turn took; None where that is not asked: then those of the selected node stand out."""
    now: float | None = None
    """Until when what runs is known to run, in unix seconds."""
    heat: Scale = NO_HEAT
    columns: int = 0
    """Those that may be written: the picture's, and blank ones at its right."""
    left: int = 0
    """Blank ones before the picture, where notes may stand as well."""
    _cells: dict[int, list[str]] = field(init=False, default_factory=dict)
    _roles: dict[int, list[str]] = field(init=False, default_factory=dict)
    _nodes_in: dict[int, list[NodeId]] = field(init=False, default_factory=lambda: defaultdict(list))
    _places: Places | None = field(init=False, default=None)
    _taken: tuple[Collection[Ends] | None, frozenset[Cell]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.columns = max(self.columns, self.picture.width)
        for node, rect in self.picture.node_rects.items():
            for row in note_rows(self.picture, rect):
                self._nodes_in[row].append(node)

    def widen(self, columns: int, left: int) -> None:
        """Let notes have so many columns, or those of the picture where it is wider, and so many before them."""
        columns = max(columns, self.picture.width)
        if (columns, left) != (self.columns, self.left):
            self.columns, self.left, self._places = columns, left, None
            self._cells.clear()
            self._roles.clear()

    def select(self, node: NodeId | None, *, focused: bool) -> None:
        self.selected, self.focused = node, focused
        end = self.picture.end(node) if node is not None else None
        self.touching = self.edge_cells(*(ends for ends in self.picture.edge_cells if end in ends))

    def edge_cells(self, *edges: Ends) -> frozenset[Cell]:
        """Return the cells of edges, as far as they are drawn."""
        return frozenset().union(*(self.picture.edge_cells.get(edge, frozenset()) for edge in edges))

    def line(self, y: int) -> Line:
        """Return row `y` in its whole width, with what is before the picture."""
        if not 0 <= y < self.picture.height:
            return ()
        chars = list(self._chars(y))
        roles = list(self._base(y))
        taken = self._taken_cells()
        strong = (self.touching, "accent") if self.taken is None else (taken, "text bold")
        for cells, role in ((self.dim, "edge-dim"), strong, (self.lit, "edge-active")):
            if cells:
                for x, role_before in enumerate(roles):
                    if role_before in _EDGE_ROLES and (x, y) in cells:
                        roles[x] = role
        for x, role in enumerate(self._base(y)) if taken else ():
            if role == "edge" and (x, y) in taken:
                chars[x] = heavy(chars[x], partial(self._is_taken, (x, y)))
        for node in self._nodes_in.get(y, ()):
            self._node(node, y, chars, roles)
        chars, roles = [" "] * self.left + chars, [""] * self.left + roles
        for node in self._nodes_in.get(y, ()):
            for place, text, role in self.note(node) if node in self.marks else ():
                at = self.left + place.x
                for char, size in graphemes(text) if place.y == y else ():
                    chars[at : at + size] = [char, *[""] * (size - 1)]
                    roles[at : at + size] = [role] * size
                    at += size
        return tuple(_runs(chars, roles))

    def _taken_cells(self) -> frozenset[Cell]:
        """Return the cells of the edges that this turn took."""
        if self._taken is None or self._taken[0] is not self.taken:
            self._taken = self.taken, self.edge_cells(*(self.taken or ()))
        return self._taken[1]

    def _is_taken(self, cell: Cell, across: int, down: int) -> bool:
        """Tell whether an edge that was taken runs from a cell to one beside it, where its line goes on or its box is.

        Edges share cells: that some edge was taken in both is not enough.
        """
        x, y = cell
        beside = x + across, y + down
        return any(
            cell in cells and (beside in cells or any(self._box(end).contains(*beside) for end in ends))
            for ends in self.taken or ()
            if (cells := self.picture.edge_cells.get(ends)) is not None
        )

    def _box(self, end: NodeId) -> Rect:
        """Return the box in which an end of an edge stands."""
        picture = self.picture
        around = (box for box, nodes in picture.stacks.items() if end in nodes)
        return picture.box_rects.get(end) or picture.box_rects.get(next(around, end)) or _NOWHERE

    def _chars(self, y: int) -> list[str]:
        """Return one string per cell; the second cell of a wide character is empty."""
        cells = self._cells.get(y)
        if cells is None:
            cells = []
            for char, size in graphemes(self.picture.rows[y]):
                cells += [char, *[""] * (size - 1)]
            cells += [" "] * (self.columns - len(cells))
            self._cells[y] = cells
        return cells

    def _base(self, y: int) -> list[str]:
        """Return the role of every cell when nothing runs and nothing is selected."""
        roles = self._roles.get(y)
        if roles is None:
            picture = self.picture
            roles = ["text" if picture.is_outline else "edge"] * len(self._chars(y))
            for cluster, rect in picture.cluster_rects.items():
                role = {"running": "node-running", "error": "node-error", "paused": "node-paused"}.get(
                    self.clusters.get(cluster, ""), "cluster"
                )
                if rect.y <= y < rect.bottom:
                    whole = picture.is_outline or y in (rect.y, rect.bottom - 1)
                    for x in range(rect.x, min(rect.right, len(roles))) if whole else (rect.x, rect.right - 1):
                        roles[x] = role
            for x, row, size in picture.label_runs:
                if row == y:
                    roles[x : x + size] = ["edge bold"] * size
            self._roles[y] = roles
        return roles

    def forget_roles(self) -> None:
        """Work out the base roles anew, because clusters stand otherwise."""
        self._roles.clear()

    def set_openable(self, nodes: Collection[NodeId]) -> None:
        """Say which nodes can be opened; the `+` behind their names takes room of notes."""
        if nodes != self.openable:
            self.openable, self._places = nodes, None

    def _node(self, node: NodeId, y: int, chars: list[str], roles: list[str]) -> None:
        picture = self.picture
        rect = picture.node_rects[node]
        mark = self.marks.get(node, IDLE)
        if not rect.y <= y < rect.bottom:
            return
        warm = self.heat.role(mark)
        closed = node in picture.collapsed or node in self.openable
        role = warm or ("cluster" if closed and mark.status == "idle" else role_of(mark.status))
        is_selected = node == self.selected
        if node in self.found and not is_selected:
            role += " underline"
        # In the list the row also holds the edges; only the name is the node there.
        left, right = self._name(node)
        name_y = picture.name_cells[node][1]
        if node in self.openable and y == name_y and chars[right - 1] == " ":
            chars[right - 1] = "+"
        if not picture.is_outline:
            _fill(roles, rect.x, rect.right, role)
            if is_selected and self.focused:
                _frame(roles, rect, y)
        elif y == rect.y:
            _fill(roles, rect.x, right, role)
        if is_selected and y == name_y:
            # The cursor never hides how a node stands, and is no block where no key goes.
            how = "reverse" if self.focused else "underline bold"
            role = "node-selected" if self.focused and mark.status == "idle" and not warm else role
            roles[left:right] = [f"{role} {how}"] * (min(right, len(roles)) - left)
        signs = glyphs(self.ascii)
        if mark.status != "idle":
            _put(chars, roles, picture.glyph_cells[node], y, getattr(signs, mark.status), warm or role_of(mark.status))
        before, after = picture.mark_cells[node]
        if mark.before:
            _put(chars, roles, before, y, signs.breakpoint, f"{warm} bold" if warm else "node-breakpoint bold")
        if mark.after:
            _put(chars, roles, after, y, signs.breakpoint, f"{warm} bold" if warm else "node-breakpoint bold")

    def _name(self, node: NodeId) -> tuple[int, int]:
        """Return the first cell of the node's name, and the first one behind it, and behind its `+` if it has room."""
        picture = self.picture
        x, y = picture.name_cells[node]
        end = x + width(picture.labels[node])
        if node in self.openable:
            free = self._chars(y)[end : end + 2]
            end += 2 if free == [" ", " "] else free[:1] == [" "]
        return x, end

    def note(self, node: NodeId) -> list[tuple[Place, str, str]]:
        """Return what is written beside a node, where, and in which role: as much as has room, and no box grows for it.

        Each part stands whole in one place, or is left out; what is first in order is left out last. In which place
        does not depend on how much it is.
        """
        mark = self.marks.get(node, IDLE)
        parts = mark.parts(glyphs(self.ascii), self.now, self.heat.kind)
        if not parts:
            return []
        if self._places is None:
            self._places = Places(self.picture, self._chars, self._name, self.columns, self.left)
        own = self.heat.role(mark) or role_of(mark.status)
        counted = mark.inner if mark.inner is not None and mark.together <= 1 else mark
        kind = Kind(counted.together > 1, mark.at_most, self.picture.is_outline)
        notes = written(parts, self._places.of(node), kind)
        return [(place, text, role or own) for place, text, role in notes]


_EDGE_ROLES = ("edge", "edge bold", "text", "text bold", "edge-dim", "accent")


def _put(chars: list[str], roles: list[str], cell: Cell, y: int, sign: str, role: str) -> None:
    x, row = cell
    if row == y and 0 <= x < len(chars):
        chars[x] = sign
        roles[x] = role if "reverse" not in roles[x] else roles[x]


def _fill(roles: list[str], start: int, end: int, role: str) -> None:
    roles[start : min(end, len(roles))] = [role] * (min(end, len(roles)) - start)


def _frame(roles: list[str], rect: Rect, y: int) -> None:
    """Give the cells of a row that are on the border of a box, or are its brackets, the colour of the cursor."""
    whole = rect.height > 2 and y in (rect.y, rect.bottom - 1)
    for x in range(rect.x, rect.right) if whole else (rect.x, rect.right - 1):
        roles[x] = "node-selected"


def _runs(chars: list[str], roles: list[str]) -> Iterator[Span]:
    """Join neighbouring cells of the same role; the blank half of a wide character belongs to its first half."""
    text: list[str] = []
    current = ""
    for char, role in zip(chars, roles, strict=True):
        if char == "":
            continue
        if role != current and text:
            yield Span("".join(text), current)
            text = []
        current = role
        text.append(char)
    if text:
        yield Span("".join(text), current)
