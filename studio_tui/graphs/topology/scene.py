"""What is to be drawn of a `GraphSpec`: boxes and edges after collapsing, merging and stacking. Knows no geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from enum import Enum, auto
from itertools import pairwise

from msgspec import Struct, field

from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec
from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.graphs.topology.spec import short_name
from studio_tui.text.cells import cut
from studio_tui.text.sanitize import clean

NAME_CELLS = 24
LABEL_CELLS = 16

Path = tuple[str, ...]
Ends = tuple[NodeId, NodeId]
OrderMemo = dict[tuple[Path, frozenset[Hashable]], list[list[list[Hashable]]]]
"""The best orders of levels without subgraphs, which do not depend on the style but for what stands below hubs."""


class Stroke(Enum):
    """How the line of an edge is drawn."""

    SOLID = auto()
    """The server declares it, and it is always taken."""
    DASHED = auto()
    """Declared as one of several that may be taken."""
    OBSERVED = auto()
    """Nobody declares it, but a run went this way."""


class Edge(Struct, frozen=True, eq=False):
    """One drawn edge between boxes; `label` is safe text, or empty. Equal only to itself."""

    source: NodeId
    target: NodeId
    stroke: Stroke
    label: str
    ends: Ends
    """The edge's (source, target) in the drawn graph, before chains were folded into one box."""


class SceneBox(Struct, frozen=True):
    """One box: a node, a collapsed subgraph, or a chain of several nodes (one row each)."""

    id: NodeId
    path: Path
    """The clusters that hold it, outermost first."""
    members: tuple[NodeId, ...]
    names: tuple[str, ...]
    """Safe, cut names, one per member."""

    @property
    def is_end(self) -> bool:
        """Whether it is a graph's start or end, which is no node that runs."""
        return len(self.members) == 1 and short_name(self.id) in (START, END)


class Scene(Struct, frozen=True):
    """Boxes in server order, edges in order of their ends."""

    boxes: tuple[SceneBox, ...]
    edges: tuple[Edge, ...]
    chain_edges: tuple[Edge, ...] = ()
    """Edges inside chain boxes."""
    stacks: Mapping[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    collapsed: frozenset[NodeId] = frozenset()
    """The collapsed clusters that stand in the drawing as a box."""


def clusters_of(spec: GraphSpec) -> list[NodeId]:
    """Return the ids of all clusters of `spec`, parents before children, in server order."""
    found: dict[NodeId, None] = {}
    for node in spec.nodes:
        found.update(dict.fromkeys(ancestors(node.id)))
    return list(found)


def visible_in(node: NodeId, collapsed: Collection[str]) -> NodeId:
    """Return the box that shows `node`: itself, or the outermost collapsed cluster around it."""
    around = ancestors(node) if collapsed else []
    return next((ancestor for ancestor in around if ancestor in collapsed), node)


def scene_of(spec: GraphSpec, collapsed: Collection[str] = (), *, stacked: bool = False) -> Scene:
    """Return what to draw of `spec`; `stacked` folds plain chains into one box each."""
    shown = {node.id: visible_in(node.id, collapsed) for node in spec.nodes}
    leaves = list(dict.fromkeys(shown.values()))
    edges = _merged(spec.edges, shown, {leaf: place for place, leaf in enumerate(leaves)})
    hidden = frozenset(shown[node.id] for node in spec.nodes if shown[node.id] != node.id)
    if not stacked:
        return Scene(tuple(_box(leaf, (leaf,), hidden) for leaf in leaves), edges, collapsed=hidden)
    chains = _chains(leaves, edges)
    head = {member: chain[0] for chain in chains.values() for member in chain}
    inner = {ends for chain in chains.values() for ends in pairwise(chain)}
    outer = tuple(
        Edge(head.get(e.source, e.source), head.get(e.target, e.target), e.stroke, e.label, e.ends)
        for e in edges
        if e.ends not in inner
    )
    boxes = tuple(_box(leaf, chains.get(leaf, (leaf,)), hidden) for leaf in leaves if head.get(leaf, leaf) == leaf)
    return Scene(boxes, outer, tuple(e for e in edges if e.ends in inner), chains, hidden)


def name_of(node: NodeId, collapsed: Collection[NodeId] = ()) -> str:
    """Return the text of `node`'s box; a collapsed cluster is marked, because it can be opened."""
    mark = " +" if node in collapsed else ""
    return cut(clean(short_name(node)), NAME_CELLS - len(mark)) + mark


def _box(head: NodeId, members: tuple[NodeId, ...], collapsed: Collection[NodeId]) -> SceneBox:
    names = tuple(name_of(member, collapsed) for member in members)
    return SceneBox(head, tuple(head.split(":")[:-1]), members, names)


def _merged(
    edges: tuple[EdgeSpec, ...], shown: Mapping[NodeId, NodeId], places: Mapping[NodeId, int]
) -> tuple[Edge, ...]:
    """Map edges to visible boxes and join parallel ones; the result does not depend on their order."""
    strokes: dict[Ends, set[Stroke]] = defaultdict(set)
    labels: dict[Ends, set[str]] = defaultdict(set)
    for edge in edges:
        ends = (shown[edge.source], shown[edge.target])
        if ends[0] == ends[1] and not edge.source == edge.target == ends[0]:
            continue  # It lies inside a collapsed subgraph.
        strokes[ends].add(_stroke(edge))
        if edge.label:
            labels[ends].add(clean(edge.label))
    order = sorted(strokes, key=lambda ends: (places[ends[0]], places[ends[1]]))
    return tuple(
        Edge(*ends, weakest(strokes[ends]), cut(",".join(sorted(labels[ends])), LABEL_CELLS), ends) for ends in order
    )


def _stroke(edge: EdgeSpec) -> Stroke:
    return Stroke.OBSERVED if edge.observed else Stroke.DASHED if edge.conditional else Stroke.SOLID


def weakest(strokes: Collection[Stroke]) -> Stroke:
    """Return how one line for several edges is drawn: observed only if all are, solid only if no declared one may."""
    declared = [stroke for stroke in strokes if stroke is not Stroke.OBSERVED]
    if not declared:
        return Stroke.OBSERVED
    return Stroke.DASHED if Stroke.DASHED in declared else Stroke.SOLID


def _chains(leaves: list[NodeId], edges: tuple[Edge, ...]) -> dict[NodeId, tuple[NodeId, ...]]:
    """Return maximal chains of plain edges with one way out of the first and one way into the second node."""
    outgoing: dict[NodeId, list[Edge]] = defaultdict(list)
    incoming: dict[NodeId, int] = defaultdict(int)
    for edge in edges:
        outgoing[edge.source].append(edge)
        incoming[edge.target] += 1
    following: dict[NodeId, NodeId] = {}
    for leaf in leaves:
        if len(outgoing[leaf]) != 1:
            continue
        edge = outgoing[leaf][0]
        plain = edge.stroke is Stroke.SOLID and not edge.label and leaf != edge.target and incoming[edge.target] == 1
        if plain and leaf.rpartition(":")[0] == edge.target.rpartition(":")[0]:
            following[leaf] = edge.target
    chains: dict[NodeId, tuple[NodeId, ...]] = {}
    for leaf in leaves:
        if leaf in following and leaf not in following.values():
            chain = [leaf]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            chains[leaf] = tuple(chain)
    return chains
