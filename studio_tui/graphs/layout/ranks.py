"""Layers of an acyclic graph: longest paths, then every node is moved to where its edges are shortest."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Sequence

Pair = tuple[Hashable, Hashable]


def layers_of(
    nodes: Sequence[Hashable], edges: Sequence[Pair], first: Collection[Hashable], last: Collection[Hashable]
) -> dict[Hashable, int]:
    """Return the layer of every node; `first` stand in layer 0 alone, `last` below all others."""
    above: dict[Hashable, list[Hashable]] = defaultdict(list)
    below: dict[Hashable, list[Hashable]] = defaultdict(list)
    for tail, head in edges:
        below[tail].append(head)
        above[head].append(tail)
    order = _topological(nodes, above, below)
    start = 1 if first else 0
    layer: dict[Hashable, int] = {}
    for node in order:
        layer[node] = 0 if node in first else max([start, *(layer[tail] + 1 for tail in above[node])])
    movable = [node for node in order if node not in first and node not in last]
    _shorten(movable, layer, above, below)
    end = max((layer[node] for node in nodes if node not in last), default=-1) + 1
    for node in last:
        layer[node] = end
    return layer


def _topological(
    nodes: Sequence[Hashable], above: dict[Hashable, list[Hashable]], below: dict[Hashable, list[Hashable]]
) -> list[Hashable]:
    waiting = {node: len(above[node]) for node in nodes}
    ready = deque(node for node in nodes if not waiting[node])
    order: list[Hashable] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for head in below[node]:
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    assert len(order) == len(nodes), "the graph still has a cycle"
    return order


def _shorten(
    order: Sequence[Hashable],
    layer: dict[Hashable, int],
    above: dict[Hashable, list[Hashable]],
    below: dict[Hashable, list[Hashable]],
) -> None:
    """Move nodes with more edges downwards than upwards as far down as they go, until nothing moves."""
    for _ in range(4):
        moved = False
        for node in reversed(order):
            if not below[node] or len(below[node]) <= len(above[node]):
                continue
            lowest = min(layer[head] for head in below[node]) - 1
            if lowest > layer[node]:
                layer[node] = lowest
                moved = True
        if not moved:
            return
