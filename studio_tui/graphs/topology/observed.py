"""What ran, laid over what is declared: which edges were taken, and which nobody declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studio_tui.domain.graph import EdgeSpec, GraphSpec
from studio_tui.domain.run import TaskView
from studio_tui.graphs.topology.scene import Ends
from studio_tui.graphs.topology.spec import observed_spec

LABEL = "observed"


def taken_edges(spec: GraphSpec, runs: Iterable[Sequence[TaskView | None]]) -> frozenset[Ends]:
    """Return the edges of `spec` that the tasks of `runs` can have followed."""
    declared = {(edge.source, edge.target) for edge in spec.edges}
    return frozenset(ends for ends in _observed(runs) if ends in declared)


def with_observed(spec: GraphSpec, runs: Iterable[Sequence[TaskView | None]]) -> GraphSpec:
    """Return `spec` with the edges that ran although it does not declare them.

    A node that a declared edge leads to from the superstep before is explained; only for the others an
    edge from each node of that superstep is added.
    """
    declared = {(edge.source, edge.target) for edge in spec.edges}
    nodes = {node.id for node in spec.nodes}
    seen = [ends for ends in _observed(runs) if ends[0] in nodes and ends[1] in nodes]
    explained = {target for source, target in seen if (source, target) in declared}
    extra = tuple(
        EdgeSpec(source, target, conditional=True, label=LABEL)
        for source, target in seen
        if (source, target) not in declared and target not in explained
    )
    return GraphSpec(spec.nodes, spec.edges + extra, spec.problems, spec.observed) if extra else spec


def _observed(runs: Iterable[Sequence[TaskView | None]]) -> list[Ends]:
    return [(edge.source, edge.target) for edge in observed_spec(runs).edges]
