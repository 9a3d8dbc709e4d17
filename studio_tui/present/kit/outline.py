"""A tree whose visible rows can be counted, found and added to in logarithmic time, wherever they stand.

Timelines with a million nested tasks and long conversations are drawn from it. Knows nothing of what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class OutlineNode(Generic[T]):
    """One entry: `lines` rows of its own, then those of its children while it is open."""

    __slots__ = ("_sums", "children", "item", "lines", "open", "parent", "slot")

    def __init__(self, item: T, parent: OutlineNode[T] | None, lines: int = 1) -> None:
        self.item = item
        self.parent = parent
        self.slot = 0
        self.lines = lines
        self.open = True
        # Leaves, of which there may be a million, share one empty tuple.
        self.children: Sequence[OutlineNode[T]] = ()
        self._sums: list[int] | None = None

    @property
    def size(self) -> int:
        """Visible rows of the entry and everything in it."""
        return self.lines + (self.before(len(self.children)) if self.open and self.children else 0)

    @property
    def depth(self) -> int:
        """How many entries are around it, the invisible root aside."""
        depth, node = -1, self.parent
        while node is not None:
            depth, node = depth + 1, node.parent
        return depth

    def before(self, slot: int) -> int:
        """Return the rows of the children before `slot` (a Fenwick prefix sum)."""
        total, sums = 0, self._sums or []
        while slot > 0:
            total += sums[slot - 1]
            slot &= slot - 1
        return total

    def add(self, child: OutlineNode[T]) -> None:
        """Append a child; its size is counted, the ancestors' sums are not touched."""
        if not isinstance(self.children, list) or self._sums is None:
            self.children, self._sums = [], []
        child.slot = len(self.children)
        self.children.append(child)
        index = child.slot + 1
        total, low, below = child.size, index & -index, index - 1
        while below > index - low:
            total += self._sums[below - 1]
            below &= below - 1
        self._sums.append(total)

    def take(self, children: list[OutlineNode[T]]) -> None:
        """Have these children and no others; the ancestors' sums are not touched."""
        sums = [child.size for child in children]
        for slot, child in enumerate(children):
            child.slot = slot
            above = (slot + 1) + (slot + 1 & -(slot + 1))
            if above <= len(sums):
                sums[above - 1] += sums[slot]
        self.children, self._sums = children, sums

    def grow(self, slot: int, rows: int) -> None:
        """The child at `slot` has `rows` more rows than before."""
        sums = self._sums
        if sums is None:
            return
        index = slot + 1
        while index <= len(sums):
            sums[index - 1] += rows
            index += index & -index

    def child_at(self, row: int) -> tuple[OutlineNode[T], int]:
        """Return the child that holds row `row` of all children's rows, and the row inside it."""
        sums, slot = self._sums or [], 0
        step = 1 << len(sums).bit_length()
        while step:
            index = slot + step
            if index <= len(sums) and sums[index - 1] <= row:
                slot, row = index, row - sums[index - 1]
            step >>= 1
        return self.children[slot], row

    def put_first(self, children: Sequence[OutlineNode[T]]) -> None:
        """Put children before the others; the ancestors' sums are not touched."""
        self.take([*children, *self.children])

    def clear(self) -> None:
        """Drop all children; the ancestors' sums are not touched."""
        self.children = ()
        self._sums = None


class Outline(Generic[T]):
    """The tree under an invisible root. Entries are appended to any parent, opened, closed and resized."""

    def __init__(self, root: T) -> None:
        self.root: OutlineNode[T] = OutlineNode(root, None, 0)
        self._found: tuple[OutlineNode[T], int, int] = (self.root, 0, 0)
        """The entry found last, its first row and the one behind its own: rows in sight are asked for one by one."""

    def __len__(self) -> int:
        return self.root.size

    def append(self, parent: OutlineNode[T] | None, item: T, lines: int = 1) -> OutlineNode[T]:
        """Add an entry after the last child of `parent` (None: at top level)."""
        above = parent or self.root
        node = OutlineNode(item, above, lines)
        above.add(node)
        if above.open:
            self._grown(above, lines)
        return node

    def put_first(self, items: Iterable[tuple[T, int]]) -> list[OutlineNode[T]]:
        """Put entries, each with its rows, before all others."""
        self._forget()
        nodes = [OutlineNode(item, self.root, lines) for item, lines in items]
        self.root.put_first(nodes)
        return nodes

    def clear(self, node: OutlineNode[T] | None = None) -> None:
        """Remove everything below `node` (None: everything)."""
        self._forget()
        node = node or self.root
        before = node.size
        node.clear()
        self._grown(node, node.size - before)

    def cut(self, parent: OutlineNode[T] | None, slot: int) -> None:
        """Remove the children of `parent` from `slot` on."""
        self._forget()
        node = parent or self.root
        kept, before = node.children[:slot], node.size
        node.clear()
        for child in kept:
            node.add(child)
        self._grown(node, node.size - before)

    def gather(self, children: Sequence[OutlineNode[T]], item: T) -> OutlineNode[T]:
        """Put some children of one entry into a new, closed entry, which stands where the first of them stood."""
        self._forget()
        above = children[0].parent or self.root
        siblings, before = list(above.children), above.size
        group = OutlineNode(item, above)
        group.open = False
        inside = {child.slot for child in children}
        above.clear()
        for child in children:
            child.parent = group
            group.add(child)
        first = min(inside)
        for slot, child in enumerate(siblings):
            if slot == first:
                above.add(group)
            elif slot not in inside:
                above.add(child)
        self._grown(above, above.size - before)
        return group

    def exchange(self, parent: OutlineNode[T], slots: set[int], item: T, lines: int) -> OutlineNode[T]:
        """Put one entry of `lines` rows where the first of some children stood, which are taken out."""
        self._forget()
        siblings, before = parent.children, parent.size
        node = OutlineNode(item, parent, lines)
        place = min(slots, default=len(siblings))
        kept = [child for child in siblings if child.slot not in slots]
        kept.insert(place, node)
        parent.take(kept)
        self._grown(parent, parent.size - before)
        return node

    def set_lines(self, node: OutlineNode[T], lines: int) -> None:
        rows, node.lines = lines - node.lines, lines
        self._grown(node, rows)

    def set_open(self, node: OutlineNode[T], is_open: bool) -> None:
        before, node.open = node.size, is_open
        self._grown(node, node.size - before)

    def at(self, row: int) -> tuple[OutlineNode[T], int]:
        """Return the entry that row `row` belongs to, and which of the entry's own rows it is."""
        node, first, end = self._found
        if first <= row < end:
            return node, row - first
        if not 0 <= row < len(self):
            raise IndexError(row)
        node, inside = self.root, row
        while inside >= node.lines:
            node, inside = node.child_at(inside - node.lines)
        self._found = (node, row - inside, row - inside + node.lines)
        return node, inside

    def row_of(self, node: OutlineNode[T]) -> int:
        """Return the first row of `node`; of the closed entry around it, if it is hidden."""
        row = 0
        while node.parent is not None:
            above = node.parent
            row = row + above.lines + above.before(node.slot) if above.open else 0
            node = above
        return row

    def walk(self) -> Iterator[OutlineNode[T]]:
        """Yield all entries, hidden ones too, in order."""
        todo = list(reversed(self.root.children))
        while todo:
            node = todo.pop()
            yield node
            todo.extend(reversed(node.children))

    def _grown(self, node: OutlineNode[T], rows: int) -> None:
        """`node` has `rows` more rows: tell the ancestors, as far as it is visible in them."""
        if rows:
            self._forget()
        while rows and node.parent is not None:
            node.parent.grow(node.slot, rows)
            node = node.parent
            if not node.open:
                return

    def _forget(self) -> None:
        """Rows stand elsewhere than before."""
        self._found = (self.root, 0, 0)
