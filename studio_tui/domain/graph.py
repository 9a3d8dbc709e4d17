"""The topology of a graph as a server declares it, without any picture of it."""

from __future__ import annotations

from msgspec import Struct, field

from studio_tui.domain.ids import NodeId
from studio_tui.jsonkit.value import JsonObject

START = NodeId("__start__")
END = NodeId("__end__")


class NodeSpec(Struct, frozen=True):
    """One node: `id` is the path (`worker:draft`), `name` what is drawn."""

    id: NodeId
    name: str
    kind: str = ""
    """The server's `type`, or the empty string."""
    deferred: bool = False
    compiled_before: bool = False
    """The graph itself was compiled with a breakpoint before this node."""
    compiled_after: bool = False
    tools: tuple[str, ...] = ()
    metadata: JsonObject = field(default_factory=dict)

    @property
    def parent(self) -> NodeId | None:
        """The cluster that holds this node, or None at top level."""
        head, _, _ = self.id.rpartition(":")
        return NodeId(head) if head else None


class EdgeSpec(Struct, frozen=True):
    """One directed edge; `label` only when the server names the branch."""

    source: NodeId
    target: NodeId
    conditional: bool = False
    label: str | None = None
    observed: bool = False
    """Nobody declared it, but a run went this way."""


class GraphSpec(Struct, frozen=True):
    """Nodes in server order and edges; every edge's ends are in `nodes`."""

    nodes: tuple[NodeSpec, ...] = ()
    edges: tuple[EdgeSpec, ...] = ()
    problems: tuple[str, ...] = ()
    """What was odd in the server's answer, in words (safe text)."""
    observed: bool = False
    """True when the topology was built from what ran, because the server has none."""


class RememberedGraph(Struct, frozen=True):
    """What an earlier session saw of an assistant's graph; the server may know better by now."""

    assistant_id: str
    label: str
    """What the assistant was called (raw text)."""
    graph: GraphSpec
