"""Turns rows of a picture plus the overlay into runs of text with roles. Knows neither Textual nor the app state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.scene import Ends
from studio_tui.present.graph.overlay import IDLE, NodeMark
from studio_tui.text.cells import graphemes, width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import Line, Span

_PLAIN_BORDER = ("─", "-")
Cell = tuple[int, int]
Place = tuple[Cell, int, bool]
"""The first of so many free cells, and whether what stands there ends with them."""


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
    _cells: dict[int, list[str]] = field(default_factory=dict)
    _roles: dict[int, list[str]] = field(default_factory=dict)
    _nodes_in: dict[int, list[NodeId]] = field(default_factory=lambda: defaultdict(list))
    _notes: dict[NodeId, list[Place]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node, rect in self.picture.node_rects.items():
            for row in range(rect.y, rect.bottom):
                self._nodes_in[row].append(node)

    def select(self, node: NodeId | None, *, focused: bool) -> None:
        self.selected, self.focused = node, focused
        self.touching = self.edge_cells(*(ends for ends in self.picture.edge_cells if node in ends))

    def edge_cells(self, *edges: Ends) -> frozenset[Cell]:
        """Return the cells of edges, as far as they are drawn."""
        return frozenset().union(*(self.picture.edge_cells.get(edge, frozenset()) for edge in edges))

    def line(self, y: int) -> Line:
        """Return row `y` in its whole width."""
        if not 0 <= y < self.picture.height:
            return ()
        chars = list(self._chars(y))
        roles = list(self._base(y))
        for cells, role in ((self.dim, "edge-dim"), (self.touching, "accent"), (self.lit, "edge-active")):
            if cells:
                for x, role_before in enumerate(roles):
                    if role_before in _EDGE_ROLES and (x, y) in cells:
                        roles[x] = role
        for node in self._nodes_in.get(y, ()):
            self._node(node, y, chars, roles)
        return tuple(_runs(chars, roles))

    def _chars(self, y: int) -> list[str]:
        """Return one string per cell; the second cell of a wide character is empty."""
        cells = self._cells.get(y)
        if cells is None:
            cells = []
            for char, size in graphemes(self.picture.rows[y]):
                cells += [char, *[""] * (size - 1)]
            cells += [" "] * (self.picture.width - len(cells))
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
        """Work out base roles and places of notes anew, because other clusters run or other nodes can be opened."""
        self._roles.clear()
        self._notes.clear()

    def _node(self, node: NodeId, y: int, chars: list[str], roles: list[str]) -> None:
        picture = self.picture
        rect = picture.node_rects[node]
        mark = self.marks.get(node, IDLE)
        closed = node in picture.collapsed or node in self.openable
        role = "cluster" if closed and mark.status == "idle" else _node_role(mark.status)
        is_selected = node == self.selected
        if node in self.found and not is_selected:
            role += " underline"
        # In the list the row also holds the edges; only the name is the node there.
        left, right = self._name(node)
        name_y = picture.name_cells[node][1]
        if node in self.openable and y == name_y and chars[right - 1] == " ":
            chars[right - 1] = "+"
        if not picture.is_outline:
            roles[rect.x : rect.right] = [role] * (min(rect.right, len(roles)) - rect.x)
            if is_selected and self.focused:
                _frame(roles, rect, y)
        elif y == rect.y:
            roles[rect.x : right] = [role] * (min(right, len(roles)) - rect.x)
        if is_selected and y == name_y:
            # The cursor never hides how a node stands, and is no block where no key goes.
            how = "reverse" if self.focused else "underline bold"
            role = "node-selected" if self.focused and mark.status == "idle" else role
            roles[left:right] = [f"{role} {how}"] * (min(right, len(roles)) - left)
        signs = glyphs(self.ascii)
        if mark.status != "idle":
            _put(chars, roles, picture.glyph_cells[node], y, getattr(signs, mark.status), _node_role(mark.status))
        before, after = picture.mark_cells[node]
        if mark.before:
            _put(chars, roles, before, y, signs.breakpoint, "node-breakpoint bold")
        if mark.after:
            _put(chars, roles, after, y, signs.breakpoint, "node-breakpoint bold")
        self._note(node, mark.note(signs), y, chars)

    def _name(self, node: NodeId) -> tuple[int, int]:
        """Return the first cell of the node's name, and the first one behind it, and behind its `+` if it has room."""
        picture = self.picture
        x, y = picture.name_cells[node]
        end = x + width(picture.labels[node])
        if node in self.openable:
            free = self._chars(y)[end : end + 2]
            end += 2 if free == [" ", " "] else free[:1] == [" "]
        return x, end

    def _note(self, node: NodeId, text: str, y: int, chars: list[str]) -> None:
        """Write count and time where there is room beside the node's name or in its border: no box grows for it."""
        if not text:
            return
        for candidate in (text, text.split(" ")[0]):
            for (x, row), cells, at_end in self._free_places(node):
                if width(candidate) <= cells:
                    start = x + cells - width(candidate) if at_end else x
                    for step, char in enumerate(candidate) if row == y else ():
                        chars[start + step] = char
                    return

    def _free_places(self, node: NodeId) -> list[Place]:
        """Return where a note of the node may stand: its border where no line touches that, and the blanks behind it.

        What has no border of its own has those behind its name: in the list, and in a chain's box.
        """
        if node not in self._notes:
            rect = self.picture.node_rects[node]
            places: list[Place] = []
            if rect.height >= 3 and not self.picture.is_outline:
                rows = (rect.y, rect.bottom - 1)
                free = (((x, y), cells, True) for y in rows for x, cells in self._border(y, rect))
                places = sorted(free, key=lambda place: -place[1])[:1]
            self._notes[node] = [*places, *self._behind(node, rect)]
        return self._notes[node]

    def _border(self, y: int, rect: Rect) -> Iterator[tuple[int, int]]:
        return _stretches(self._chars(y), rect.x + 2, rect.right - 2)

    def _behind(self, node: NodeId, rect: Rect) -> list[Place]:
        """Return the blanks behind the node's box or name, but for one at either end."""
        picture, y = self.picture, self.picture.name_cells[node][1]
        chars = self._chars(y)
        alone = not picture.is_outline and node in picture.box_rects and node not in picture.stacks
        start = rect.right if alone else self._name(node)[1]
        end = start
        while end < len(chars) and chars[end] == " ":
            end += 1
        cells = end - start - 1 - (end < len(chars))
        return [((start + 1, y), cells, False)] if cells > 0 else []


_EDGE_ROLES = ("edge", "edge bold", "text", "edge-dim", "accent")


def _node_role(status: str) -> str:
    if status == "next":
        return "info"
    return "node-queued" if status in ("queued", "cancelled", "unknown") else f"node-{status}"


def _put(chars: list[str], roles: list[str], cell: Cell, y: int, sign: str, role: str) -> None:
    x, row = cell
    if row == y and 0 <= x < len(chars):
        chars[x] = sign
        roles[x] = role if "reverse" not in roles[x] else roles[x]


def _frame(roles: list[str], rect: Rect, y: int) -> None:
    """Give the cells of a row that are on the border of a box, or are its brackets, the colour of the cursor."""
    whole = rect.height > 2 and y in (rect.y, rect.bottom - 1)
    for x in range(rect.x, rect.right) if whole else (rect.x, rect.right - 1):
        roles[x] = "node-selected"


def _stretches(chars: list[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for x in range(start, end + 1):
        if x == end or chars[x] not in _PLAIN_BORDER:
            if x > begin:
                yield begin, x - begin
            begin = x + 1


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
