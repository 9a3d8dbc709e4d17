"""What is folded into boxes where not everything fits: first what loses least."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.graphs.topology.scene import alike_in, clusters_of

_MANY = 12
"""Nodes of a fan-out that are alike from which they are folded before subgraphs are."""
FEW = 4
"""Nodes that are alike from which they can be folded at all. So many that all lead to each other are many: their lines
say nothing that the box does not."""


def more_folded(
    spec: GraphSpec, folded: frozenset[NodeId], opened: Collection[str] | None
) -> Iterator[tuple[frozenset[NodeId], bool]]:
    """Yield what is folded, and then more and more: many nodes that are alike, the deepest subgraphs, few nodes.

    With it comes whether that is of use although it does not fit: few nodes are folded only where everything fits then.
    Nothing is folded of or around what is in `opened`, and nothing more at all if that is None.
    """
    yield folded, True
    if opened is None:
        return
    kept = {name for each in opened for name in (*ancestors(NodeId(each)), each)}
    clusters = [name for name in clusters_of(spec) if name not in kept]
    steps = [folded]
    for depth in sorted({name.count(":") for name in clusters}, reverse=True):
        more = folded | {name for name in clusters if name.count(":") >= depth}
        if more != steps[-1]:
            steps.append(more)
    few: list[frozenset[NodeId]] = []
    for step in steps:
        if step != folded:
            yield step, True
        found = [each for each in alike_in(spec, step) if kept.isdisjoint(each.members)]
        every = step | {each.members[0] for each in found if len(each.members) >= FEW}
        many = step | {each.members[0] for each in found if len(each.members) >= (FEW if each.linked else _MANY)}
        if many != step:
            yield many, True
        if every != many:
            few.append(every)
    yield from ((step, False) for step in few)
