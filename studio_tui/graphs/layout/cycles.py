"""Which edges of a cyclic graph run against the flow: the loops that a human would name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

Pair = tuple[Hashable, Hashable]
_ROOT = ("root",)
_WALKED = 200_000
"""Edges to walk along at most to find the best way into a loop; of large ones only some are tried."""


def back_edges(
    nodes: Sequence[Hashable], edges: Sequence[Pair], entries: Sequence[Hashable], solid: Collection[int]
) -> frozenset[int]:
    """Return the indices of the edges to reverse so that no cycle is left.

    First those whose head dominates their tail (natural loops: the same set in whatever order the edges
    come), then, for what is still cyclic, the fewest of the edges `solid`, which a reader follows first.
    """
    return _back_edges(tuple(nodes), tuple(edges), tuple(entries), frozenset(solid))


@lru_cache(maxsize=32)  # The choice of a picture asks for every style of the same graph.
def _back_edges(
    nodes: tuple[Hashable, ...], edges: tuple[Pair, ...], entries: tuple[Hashable, ...], solid: frozenset[int]
) -> frozenset[int]:
    following: dict[Hashable, list[tuple[Hashable, int]]] = defaultdict(list)
    for index, (tail, head) in enumerate(edges):
        following[tail].append((head, index))
    if _is_acyclic(nodes, edges):
        return frozenset()
    parent = _dominators(nodes, following, entries)
    back = {index for index, (tail, head) in enumerate(edges) if _dominates(parent, head, tail)}
    _close_rest(nodes, entries, following, back, solid)
    return frozenset(back)


def _is_acyclic(nodes: Sequence[Hashable], edges: Sequence[Pair]) -> bool:
    waiting: dict[Hashable, int] = dict.fromkeys(nodes, 0)
    following: dict[Hashable, list[Hashable]] = defaultdict(list)
    for tail, head in edges:
        waiting[head] += 1
        following[tail].append(head)
    ready = [node for node in nodes if not waiting[node]]
    seen = 0
    while ready:
        seen += 1
        for head in following[ready.pop()]:
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    return seen == len(nodes)


def _dominators(
    nodes: Sequence[Hashable], following: Mapping[Hashable, list[tuple[Hashable, int]]], entries: Sequence[Hashable]
) -> dict[Hashable, Hashable]:
    """Return every node's immediate dominator under a common root; unreachable parts hang off that root."""
    import networkx  # Takes 100 ms, which only a graph with cycles is worth.

    dominators_of: Any = networkx.immediate_dominators
    graph: Any = networkx.DiGraph()
    graph.add_nodes_from([_ROOT, *nodes])
    graph.add_edges_from((tail, head) for tail, heads in following.items() for head, _ in heads)
    reached: set[Hashable] = set()
    for start in [*entries, *nodes]:
        if start in reached:
            continue
        graph.add_edge(_ROOT, start)
        todo = [start]
        while todo:
            node = todo.pop()
            if node not in reached:
                reached.add(node)
                todo.extend(head for head, _ in following.get(node, ()))
    parent: dict[Hashable, Hashable] = dict(dominators_of(graph, _ROOT))
    parent.pop(_ROOT, None)
    return parent


def _dominates(parent: Mapping[Hashable, Hashable], node: Hashable, other: Hashable) -> bool:
    walker: Hashable = other
    while walker in parent:
        if walker == node:
            return True
        walker = parent[walker]
    return False


def _close_rest(
    nodes: Sequence[Hashable],
    starts: Collection[Hashable],
    following: Mapping[Hashable, list[tuple[Hashable, int]]],
    back: set[int],
    solid: Collection[int],
) -> None:
    """Add to `back` what still closes cycles: loops with several ways in, of which any may be the first.

    The way in is taken that turns round the fewest solid edges, then the fewest edges, then the first one.
    """
    import networkx

    graph: Any = networkx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((a, b) for a, heads in following.items() for b, index in heads if index not in back)
    place = {node: number for number, node in enumerate(nodes)}
    for component in networkx.strongly_connected_components(graph):
        if len(component) == 1:
            continue
        inside = sorted(component, key=place.__getitem__)
        entered = {b for a, b in graph.edges if b in component and a not in component} | component & set(starts)
        roots = [root for root in inside if root in entered or not entered]
        most = max(1, _WALKED // sum(len(following.get(node, ())) for node in inside))
        tried = [_closing(root, component, following, back, solid) for root in roots[:most]]
        back |= min(tried, key=lambda found: (len(found & set(solid)), len(found)))


def _closing(
    root: Hashable,
    component: Collection[Hashable],
    following: Mapping[Hashable, list[tuple[Hashable, int]]],
    back: Collection[int],
    solid: Collection[int],
) -> set[int]:
    """Return the edges inside a component that close a cycle in a depth-first walk from `root`, solid edges first."""

    def ways(node: Hashable) -> Iterator[tuple[Hashable, int]]:
        inside = [way for way in following.get(node, ()) if way[0] in component and way[1] not in back]
        return iter(sorted(inside, key=lambda way: way[1] not in solid))

    found: set[int] = set()
    open_nodes, done = {root}, set[Hashable]()
    stack = [(root, ways(root))]
    while stack:
        node, rest = stack[-1]
        for head, index in rest:
            if head in done:
                continue
            if head in open_nodes:
                found.add(index)
                continue
            open_nodes.add(head)
            stack.append((head, ways(head)))
            break
        else:
            stack.pop()
            open_nodes.discard(node)
            done.add(node)
    return found
