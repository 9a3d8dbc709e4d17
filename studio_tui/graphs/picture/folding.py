"""What is folded into boxes where not everything fits: first what loses least."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.graphs.picture.picture import Folds
from studio_tui.graphs.topology.scene import clusters_of, equivalent_in

_MANY = 12
"""Equivalent nodes of a fan-out from which they are folded before subgraphs are."""
FEW = 4
"""Equivalent nodes from which they can be folded at all. So many that all lead to each other are many: their lines
say nothing that the box does not."""


def more_folded(
    spec: GraphSpec, folded: frozenset[NodeId], opened: Collection[str] | None, *, most: bool = True
) -> Iterator[tuple[Folds, bool]]:
    """Yield what is folded, and, if `most`, then more and more, with whether that is of use where it does not fit.

    Nodes that lead to each other are listed in one box from the beginning: no drawing of their lines says more. Where
    not everything fits, all equivalent nodes are; then they lose their rows if they are many, subgraphs are folded,
    the deepest first, and at last few nodes lose their rows, if everything fits then. Nothing is done to what is in
    `opened` or around it, and nothing at all if that is None.
    """
    if opened is None:
        yield Folds(folded), True
        return
    kept = {name for each in opened for name in (*ancestors(NodeId(each)), each)}
    few: list[Folds] = []
    for step in _with_subgraphs(spec, folded, kept) if most else [folded]:
        found = [each for each in equivalent_in(spec, step) if not each.members_in(kept) and len(each.members) >= FEW]
        linked = frozenset(each.members[0] for each in found if each.linked)
        every = frozenset(each.members[0] for each in found)
        many = frozenset(each.members[0] for each in found if each.linked or len(each.members) >= _MANY)
        yield Folds(step, linked), True
        if not most:
            return
        if every != linked:
            yield Folds(step, every), True
        if many:
            yield Folds(step | many, every - many), True
        if every != many:
            few.append(Folds(step | every))
    yield from ((each, False) for each in few)


def _with_subgraphs(spec: GraphSpec, folded: frozenset[NodeId], kept: Collection[str]) -> Iterator[frozenset[NodeId]]:
    """Yield what is folded, and then more and more subgraphs with it."""
    yield folded
    clusters = [name for name in clusters_of(spec) if name not in kept]
    last = folded
    for depth in sorted({name.count(":") for name in clusters}, reverse=True):
        more = folded | {name for name in clusters if name.count(":") >= depth}
        if more != last:
            yield more
        last = more
