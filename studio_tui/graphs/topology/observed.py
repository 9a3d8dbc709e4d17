"""What ran, laid over what is declared: which edges were taken, and which nobody declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from studio_tui.domain.graph import END, EdgeSpec, GraphSpec
from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.domain.run import TaskView
from studio_tui.graphs.topology.scene import Ends
from studio_tui.graphs.topology.spec import is_end, transitions

Runs = Iterable[Sequence[TaskView | None]]


def taken_edges(spec: GraphSpec, runs: Runs) -> frozenset[Ends]:
    """Return the edges of `spec` that the tasks of `runs` can have followed.

    A step from or to a node with a subgraph takes the edges from and to what is inside of it, as far as that ran.
    """
    steps, ran = _steps_and_nodes(runs)
    return frozenset(
        (edge.source, edge.target)
        for edge in spec.edges
        if not steps.isdisjoint(_between(edge)) and all(end in ran or is_end(end) for end in (edge.source, edge.target))
    )


def with_observed(spec: GraphSpec, runs: Runs) -> GraphSpec:
    """Return `spec` with the edges that ran although it does not declare them.

    Each step from one superstep to the next is looked at by itself: a node that a declared edge leads to from the
    superstep before is explained there; to the others an edge is added from each node of that superstep. A deferred
    node waits for others, so a declared edge from any node that ran before explains it.
    """
    nodes = {node.id: node for node in spec.nodes}
    declared = {ends for edge in spec.edges for ends in _between(edge)}
    extra: dict[Ends, None] = {}
    ran: set[NodeId] = set()
    for before, step in transitions(runs):
        ran.update(before)
        for target in step:
            known = nodes.get(target)
            sources = ran if known is not None and known.deferred else before
            if known is None or any((source, target) in declared for source in sources):
                continue
            extra.update(((source, target), None) for source in before if source in nodes)
    added = tuple(EdgeSpec(*ends, conditional=True, observed=True) for ends in extra)
    return GraphSpec(spec.nodes, spec.edges + added, spec.problems, spec.observed) if added else spec


def _steps_and_nodes(runs: Runs) -> tuple[set[Ends], set[NodeId]]:
    seen = list(transitions(runs))
    ran = {node for _, step in seen for node in step}
    steps = {(a, b) for before, step in seen for a in before for b in step}
    # What ran last inside of a node led to the end of its subgraph, where the graph went on from that node, or that led
    # to the end of the subgraph around it in the same way.
    last = {step[0].rpartition(":")[0]: step for _, step in seen}
    left = [*{node for before, _ in seen for node in before if node in last}]
    for node in left:
        steps.update((inner, NodeId(f"{node}:{END}")) for inner in last[node])
        left += [inner for inner in last[node] if inner in last and inner not in left]
    return steps, ran


def _between(edge: EdgeSpec) -> Iterator[Ends]:
    """Yield the ends of an edge as runs may name them: themselves, or a cluster around them."""
    return product([*ancestors(edge.source), edge.source], [*ancestors(edge.target), edge.target])
