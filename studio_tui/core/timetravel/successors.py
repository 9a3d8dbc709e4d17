"""What follows a node in a graph, at one level of its subgraphs, as far as the drawn edges tell. Pure."""

from __future__ import annotations

from msgspec import Struct

from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec
from studio_tui.domain.ids import Namespace, namespace_nodes


class Successors(Struct, frozen=True):
    """Where a node leads: possible next nodes, and whether all of them surely follow."""

    names: tuple[str, ...]
    certain: bool


class GraphLevel(Struct, frozen=True):
    """One graph or subgraph: its nodes and the edges between them, by plain names; leaving it is `__end__`."""

    nodes: tuple[str, ...]
    edges: tuple[EdgeSpec, ...]
    subgraphs: frozenset[str]

    def successors(self, node: str) -> Successors | None:
        """Return what comes after `node`; None for a node that is not there."""
        if node not in self.nodes and node != START:
            return None
        leaving = [edge for edge in self.edges if edge.source == node]
        names = tuple(dict.fromkeys(str(edge.target) for edge in leaving))
        sure = bool(leaving) and not any(edge.conditional for edge in leaving)
        return Successors(names, sure and not any(self._may_wait(name) for name in names))

    def _may_wait(self, node: str) -> bool:
        """Whether `node` has several sure predecessors: it then runs after one of them, or waits for all."""
        if node == END:
            return False
        sources = {edge.source for edge in self.edges if edge.target == node and not edge.conditional}
        return len(sources - {START}) > 1


def level_of(graph: GraphSpec | None, ns: Namespace = ()) -> GraphLevel | None:
    """Return the level of `graph` that namespace `ns` runs in; None where the graph does not show it."""
    if graph is None or graph.observed:
        return None
    prefix = "".join(f"{name}:" for name in namespace_nodes(ns))
    inside = [node.id for node in graph.nodes if node.id.startswith(prefix)]
    names = tuple(dict.fromkeys(name for name in (_local(item, prefix) for item in inside) if name not in (START, END)))
    if not names:
        return None
    subgraphs = frozenset(_local(item, prefix) for item in inside if ":" in item[len(prefix) :])
    edges = [made for edge in graph.edges if (made := _edge(edge, prefix)) is not None]
    return GraphLevel(names, tuple(dict.fromkeys(edges)), subgraphs)


def _edge(edge: EdgeSpec, prefix: str) -> EdgeSpec | None:
    """The edge as seen at this level; None for edges elsewhere, or within one node of it."""
    starts, ends = edge.source.startswith(prefix), edge.target.startswith(prefix)
    if not starts and not ends:
        return None
    source = _local(edge.source, prefix) if starts else START
    target = _local(edge.target, prefix) if ends else END
    deeper = ":" in edge.source[len(prefix) :] and ":" in edge.target[len(prefix) :]
    if source == target and (deeper or source in (START, END)):
        return None
    return EdgeSpec(type(edge.source)(source), type(edge.target)(target), edge.conditional)


def _local(node: str, prefix: str) -> str:
    return node[len(prefix) :].split(":", 1)[0]
