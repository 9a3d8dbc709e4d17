"""Names for the identifiers that servers hand out, so that they cannot be mixed up."""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid5

AssistantId = NewType("AssistantId", str)
ThreadId = NewType("ThreadId", str)
RunId = NewType("RunId", str)
CheckpointId = NewType("CheckpointId", str)
TaskId = NewType("TaskId", str)
NodeId = NewType("NodeId", str)
"""A node's path in the drawn graph: `tools`, or `worker:summarize:draft` inside subgraphs."""

Namespace = tuple[str, ...]
"""Segments `node:task_id` from the root graph inwards; the root is the empty tuple (PROTOCOL §8)."""

ROOT: Namespace = ()

MOST_LEVELS = 32
"""Subgraphs in each other that a graph is read with; what lies deeper is told as a problem of the graph."""
MOST_CHARACTERS = 1000
"""Of a node's path; a longer one is told as a problem of the graph."""

_GRAPH_IDS = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")


def default_assistant_id(graph_id: str) -> AssistantId:
    """Return the id that every server gives to the default assistant of `graph_id` (PROTOCOL §3)."""
    return AssistantId(str(uuid5(_GRAPH_IDS, graph_id)))


def is_uuid(text: str) -> bool:
    """Tell whether `text` is a UUID, the only form that may enter a request path."""
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) in (32, 36)


def parse_namespace(text: str) -> Namespace:
    """Split a `checkpoint_ns` (`level1:871f…|level2:33…`) into its segments."""
    return tuple(part for part in text.split("|") if part)


def join_namespace(namespace: Namespace) -> str:
    """Return the `checkpoint_ns` spelling of `namespace`."""
    return "|".join(namespace)


def namespace_nodes(namespace: Namespace) -> tuple[str, ...]:
    """Return the node names of `namespace` without task ids."""
    return tuple(segment.split(":", 1)[0] for segment in namespace)


def task_of(segment: str) -> TaskId:
    """Return the task that a segment `node:task_id` of a namespace names."""
    return TaskId(segment.partition(":")[2])


def is_drawable(node: NodeId) -> bool:
    """Tell whether a graph may hold a node of this path: most work on graphs grows with the length of paths."""
    return len(node) <= MOST_CHARACTERS and node.count(":") <= MOST_LEVELS


def ancestors(node: NodeId) -> list[NodeId]:
    """Return the nodes whose subgraphs hold `node`, the outermost first; of no path more than `MOST_LEVELS`."""
    parts = node.split(":", MOST_LEVELS + 1)[: MOST_LEVELS + 1]
    return [NodeId(":".join(parts[:count])) for count in range(1, len(parts))]


def node_path(namespace: Namespace, node: str) -> NodeId:
    """Return the drawn node that `node`, running in `namespace`, belongs to."""
    return NodeId(":".join((*namespace_nodes(namespace), node))) if namespace else NodeId(node)
