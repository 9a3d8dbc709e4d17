"""Which edges of a cyclic graph run against the flow: the loops that a human would name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

Pair = tuple[Hashable, Hashable]
_ROOT = ("root",)


def back_edges(nodes: Sequence[Hashable], edges: Sequence[Pair], entries: Sequence[Hashable]) -> set[int]:
    """Return the indices of the edges to reverse so that no cycle is left.

    First those whose head dominates their tail (natural loops: the same set in whatever order the edges
    come), then, for what is still cyclic, those that close a cycle in a depth-first walk in node order.
    """
    following: dict[Hashable, list[tuple[Hashable, int]]] = defaultdict(list)
    for index, (tail, head) in enumerate(edges):
        following[tail].append((head, index))
    if _is_acyclic(nodes, edges):
        return set()
    parent = _dominators(nodes, following, entries)
    back = {index for index, (tail, head) in enumerate(edges) if _dominates(parent, head, tail)}
    _close_rest([*entries, *nodes], following, back)
    return back


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
    starts: Sequence[Hashable], following: Mapping[Hashable, list[tuple[Hashable, int]]], back: set[int]
) -> None:
    """Add to `back` the edges that still close a cycle."""
    open_nodes: set[Hashable] = set()
    done: set[Hashable] = set()
    for start in starts:
        if start in done:
            continue
        stack: list[tuple[Hashable, Iterator[tuple[Hashable, int]]]] = [(start, iter(following.get(start, ())))]
        open_nodes.add(start)
        while stack:
            node, rest = stack[-1]
            for head, index in rest:
                if index in back or head in done:
                    continue
                if head in open_nodes:
                    back.add(index)
                    continue
                open_nodes.add(head)
                stack.append((head, iter(following.get(head, ()))))
                break
            else:
                stack.pop()
                open_nodes.discard(node)
                done.add(node)
