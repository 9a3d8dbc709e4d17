"""Structurally equivalent nodes, which their edges do not tell apart: workers of a fan-out, agents of a swarm.

Either they have the same predecessors and successors and know each other not at all, or each of them leads to each
other one as well. One box and one line can stand for all of them without anything being lost but their names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from studio_tui.domain.graph import END, START
from studio_tui.domain.ids import NodeId
from studio_tui.text.cells import cut, width

EACH_OTHER = "each other"
"""What the line says that stands for those from each of them to each other one."""
_BOTH_NAMES = 22
"""Cells up to which the first and the last name stand whole."""
_NAME = 18
_TELLING = 3
"""Characters that names begin with in common from which the last one is shown without them."""


class _Line(Protocol):
    """What is looked at of an edge; two lines of one look cannot be told apart."""

    @property
    def source(self) -> NodeId: ...
    @property
    def target(self) -> NodeId: ...
    @property
    def stroke(self) -> object: ...
    @property
    def label(self) -> str: ...


class Equivalent(Struct, frozen=True):
    """Equivalent nodes of one level."""

    members: tuple[NodeId, ...]
    """In server order."""
    linked: bool
    """Each leads to each other one."""

    def members_in(self, names: Collection[str]) -> bool:
        """Whether any of them is named."""
        return any(member in names for member in self.members)


_Neighbour = tuple[NodeId, object, str]
"""A node's other end of a line, and the line's look."""


def equivalent_nodes(
    leaves: Sequence[NodeId], lines: Iterable[_Line], clusters: Collection[NodeId]
) -> list[Equivalent]:
    """Return all sets of two and more equivalent nodes; no node is in two, none of `clusters` in any.

    Nodes without edges are not looked at, nor those that lead to themselves: nothing says that those belong together.
    """
    into: dict[NodeId, set[_Neighbour]] = defaultdict(set)
    out: dict[NodeId, set[_Neighbour]] = defaultdict(set)
    for line in lines:
        out[line.source].add((line.target, line.stroke, line.label))
        into[line.target].add((line.source, line.stroke, line.label))
    apart: dict[object, list[NodeId]] = defaultdict(list)
    linked: dict[object, list[NodeId]] = defaultdict(list)
    for leaf in leaves:
        level, _, name = leaf.rpartition(":")
        mine, ours = into[leaf], out[leaf]
        if name in (START, END) or leaf in clusters or not (mine or ours):
            continue
        if any(other == leaf for other, _, _ in ours):
            continue
        apart[level, frozenset(mine), frozenset(ours)].append(leaf)
        # With itself among its neighbours each of them has the same ones.
        for look in {(stroke, label) for other, stroke, label in ours if (other, stroke, label) in mine}:
            itself = {(leaf, *look)}
            linked[level, frozenset(mine | itself), frozenset(ours | itself)].append(leaf)
    found = [(False, each) for each in apart.values()] + [(True, each) for each in linked.values()]
    return [Equivalent(tuple(members), is_linked) for is_linked, members in found if len(members) > 1]


def range_name(names: Sequence[str], *, follow: bool) -> str:
    """Return the text of a box for nodes with such (safe) names, in server order: `check_00 … check_23 ×24`.

    `follow` says that no other node stands between them; else the first and the last would promise too much.
    """
    first, last, count = names[0], names[-1], len(names)
    if not follow:
        return f"{cut(first, _NAME)} and {count - 1} more"
    if width(first) + width(last) > _BOTH_NAMES:
        last = cut(_end(last, names), _NAME)
    return f"{cut(first, _BOTH_NAMES)} … {last} ×{count}"


def _end(name: str, names: Sequence[str]) -> str:
    """Return the end of a long name, from where it differs from others, but for numbers, which stay whole."""
    same = 0
    while same < len(name) and all(each[same : same + 1] == name[same] for each in names):
        same += 1
    while same and name[same - 1].isdigit():
        same -= 1
    return name[same:] if _TELLING <= same < len(name) else name


def box_of(equivalent: Mapping[NodeId, Collection[NodeId]]) -> dict[NodeId, NodeId]:
    """Return the box of every node that stands in one with others; boxes go by their first node."""
    return {member: head for head, members in equivalent.items() for member in members}
