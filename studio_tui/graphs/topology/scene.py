"""What is to be drawn of a `GraphSpec`: boxes and edges after collapsing, merging and stacking. Knows no geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from enum import Enum, auto
from itertools import pairwise

from msgspec import Struct, field

from studio_tui.domain.graph import EdgeSpec, GraphSpec
from studio_tui.domain.ids import NodeId, ancestors
from studio_tui.graphs.topology.equivalent import EACH_OTHER, Equivalent, box_of, equivalent_nodes, range_name
from studio_tui.graphs.topology.spec import is_end, short_name
from studio_tui.graphs.topology.texts import NARROW, Limits, apart, labels_in
from studio_tui.text.cells import cut
from studio_tui.text.sanitize import clean

_MARK = " +"
"""Behind the name of a collapsed subgraph, because it can be opened."""
_ROWS = 8
"""Names of equivalent nodes in one column of their box."""

Path = tuple[str, ...]
Ends = tuple[NodeId, NodeId]
OrderMemo = dict[frozenset[Hashable], tuple[int, bool, frozenset[Hashable], dict[Path, list[list[list[Hashable]]]]]]
"""By what is in which level: the crossings, whether a line that is one for several edges is among them, the boxes with
a loop at their side, and the best orders of each level.

They do not depend on the style but for what stands below hubs.
"""


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
    """The edge's (source, target) in the drawn graph, before chains were folded into one box: of equivalent nodes,
    the first stands for all."""


class SceneBox(Struct, frozen=True):
    """One box: a node, a collapsed subgraph, equivalent nodes, or a chain of several of these (one row each).

    Equivalent nodes have one name together, or a row each.
    """

    id: NodeId
    path: Path
    """The clusters that hold it, outermost first."""
    members: tuple[NodeId, ...]
    names: tuple[str, ...]
    """Safe, cut names, one per member."""
    is_several: bool = False
    """It stands for equivalent nodes."""
    columns: int = 1
    """In so many columns the names stand, each filled from its top."""

    @property
    def rows(self) -> int:
        """How many rows of names there are."""
        return -(-len(self.names) // self.columns)

    @property
    def is_end(self) -> bool:
        """Whether it is a graph's start or end, which is no node that runs."""
        return len(self.members) == 1 and is_end(self.id)


class Scene(Struct, frozen=True):
    """Boxes in server order, edges in order of their ends."""

    boxes: tuple[SceneBox, ...]
    edges: tuple[Edge, ...]
    chain_edges: tuple[Edge, ...] = ()
    """Edges inside chain boxes."""
    stacks: Mapping[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    collapsed: frozenset[NodeId] = frozenset()
    """The boxes that can be opened: collapsed clusters, and equivalent nodes under one name."""
    equivalent: Mapping[NodeId, tuple[NodeId, ...]] = field(default_factory=dict)
    """Equivalent nodes that share a box: the first, and all of them."""
    names: Mapping[NodeId, str] = field(default_factory=dict)
    """Safe, cut names of all nodes and subgraphs, drawn or not."""


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


def scene_of(
    spec: GraphSpec,
    collapsed: Collection[str] = (),
    listed: Collection[str] = (),
    *,
    stacked: bool = False,
    limits: Limits = NARROW,
) -> Scene:
    """Return what to draw of `spec`; `stacked` folds plain chains into one box each.

    `collapsed` names subgraphs, and any of several equivalent nodes: all those share one box, which says how many they
    are. So do those of which `listed` names any, but with a row each. Texts take at most the cells of `limits`.
    """
    leaves, edges, hidden = _visible(spec, collapsed, limits)
    names = _names(spec, hidden, limits.name)
    equivalent: dict[NodeId, tuple[NodeId, ...]] = {}
    texts: dict[NodeId, str] = {}
    rows: dict[NodeId, tuple[NodeId, ...]] = {}
    if listed or not hidden.issuperset(name for name in leaves if name in collapsed):
        for each in equivalent_nodes(leaves, edges, hidden):
            if not each.members_in(collapsed) and not each.members_in(listed):
                continue
            equivalent[each.members[0]] = each.members
            if each.members_in(collapsed):
                texts[each.members[0]] = _range(each, leaves)
            else:
                rows[each.members[0]] = each.members
        shown = box_of(equivalent)
        leaves = [leaf for leaf in leaves if shown.get(leaf, leaf) == leaf]
        edges = _of_boxes(edges, shown, limits.label)
    opened = hidden | texts.keys()
    if not stacked:
        boxes = tuple(_box(leaf, rows.get(leaf, (leaf,)), names, texts, several=leaf in equivalent) for leaf in leaves)
        return Scene(boxes, edges, (), {}, opened, equivalent, names)
    chains = _chains(leaves, edges, rows)
    head = {member: chain[0] for chain in chains.values() for member in chain}
    inner = {ends for chain in chains.values() for ends in pairwise(chain)}
    outer = tuple(
        Edge(head.get(e.source, e.source), head.get(e.target, e.target), e.stroke, e.label, e.ends)
        for e in edges
        if e.ends not in inner
    )
    boxes = tuple(
        _box(leaf, members, names, texts, several=leaf in equivalent and leaf not in chains)
        for leaf in leaves
        if head.get(leaf, leaf) == leaf
        for members in (rows.get(leaf) or chains.get(leaf, (leaf,)),)
    )
    return Scene(boxes, outer, tuple(e for e in edges if e.ends in inner), chains, opened, equivalent, names)


def equivalent_in(spec: GraphSpec, collapsed: Collection[str] = ()) -> list[Equivalent]:
    """Return the equivalent nodes where `collapsed` subgraphs are boxes."""
    leaves, edges, hidden = _visible(spec, collapsed)
    return equivalent_nodes(leaves, edges, hidden)


def _visible(
    spec: GraphSpec, collapsed: Collection[str], limits: Limits = NARROW
) -> tuple[list[NodeId], tuple[Edge, ...], frozenset[NodeId]]:
    """Return boxes, edges between them, and which boxes are collapsed subgraphs."""
    shown = {node.id: visible_in(node.id, collapsed) for node in spec.nodes}
    leaves = list(dict.fromkeys(shown.values()))
    edges = _merged(spec.edges, shown, {leaf: place for place, leaf in enumerate(leaves)}, limits.label)
    return leaves, edges, frozenset(shown[node.id] for node in spec.nodes if shown[node.id] != node.id)


def _range(equivalent: Equivalent, leaves: list[NodeId]) -> str:
    first = leaves.index(equivalent.members[0])
    follow = leaves[first : first + len(equivalent.members)] == list(equivalent.members)
    return range_name([clean(short_name(member)) for member in equivalent.members], follow=follow)


def _of_boxes(edges: tuple[Edge, ...], shown: Mapping[NodeId, NodeId], cells: int) -> tuple[Edge, ...]:
    """Draw edges from and to equivalent nodes once; those among them become a self-loop that says so."""
    found: dict[Ends, Edge] = {}
    for edge in edges:
        ends = (shown.get(edge.source, edge.source), shown.get(edge.target, edge.target))
        label = edge.label
        if ends[0] == ends[1] and edge.source != edge.target:
            label = cut(f"{EACH_OTHER}: {label}" if label else EACH_OTHER, cells)
        found.setdefault(ends, Edge(*ends, edge.stroke, label, ends))
    return tuple(found.values())


def _names(spec: GraphSpec, collapsed: Collection[NodeId], cells: int) -> dict[NodeId, str]:
    """Return the names of all nodes and subgraphs; they do not depend on what else is collapsed."""
    full = {name: clean(short_name(name)) for name in (*clusters_of(spec), *(node.id for node in spec.nodes))}
    shown = apart(full.values(), cells)
    marked = apart(full.values(), cells - len(_MARK)) if collapsed else {}
    return {name: marked[text] + _MARK if name in collapsed else shown[text] for name, text in full.items()}


def _box(
    head: NodeId,
    members: tuple[NodeId, ...],
    shown: Mapping[NodeId, str],
    texts: Mapping[NodeId, str],
    *,
    several: bool,
) -> SceneBox:
    """Return a box; `shown` are the names of nodes, `texts` those of nodes that stand for several."""
    names = tuple(texts.get(member) or shown[member] for member in members)
    columns = -(-len(names) // _ROWS) if several else 1
    return SceneBox(head, tuple(head.split(":")[:-1]), members, names, several, columns)


def _merged(
    edges: tuple[EdgeSpec, ...], shown: Mapping[NodeId, NodeId], places: Mapping[NodeId, int], cells: int
) -> tuple[Edge, ...]:
    """Map edges to visible boxes and join parallel ones; the result does not depend on their order."""
    strokes: dict[Ends, set[Stroke]] = defaultdict(set)
    labels: dict[Ends, set[str]] = defaultdict(set)
    for edge in edges:
        ends = (shown[edge.source], shown[edge.target])
        if ends[0] == ends[1] and not edge.source == edge.target == ends[0]:
            continue  # It lies inside a collapsed subgraph.
        strokes[ends].add(_stroke(edge))
        if edge.label and (label := clean(edge.label).strip()):  # a blank at its end would be a gap in a line
            labels[ends].add(label)
    order = sorted(strokes, key=lambda ends: (places[ends[0]], places[ends[1]]))
    texts = {ends: ",".join(sorted(found)) for ends, found in labels.items()}
    said = labels_in(sorted(set(texts.values())), cells) | {"": ""}
    return tuple(Edge(*ends, weakest(strokes[ends]), said[texts.get(ends, "")], ends) for ends in order)


def _stroke(edge: EdgeSpec) -> Stroke:
    return Stroke.OBSERVED if edge.observed else Stroke.DASHED if edge.conditional else Stroke.SOLID


def weakest(strokes: Collection[Stroke]) -> Stroke:
    """Return how one line for several edges is drawn: observed only if all are, solid only if no declared one may."""
    declared = [stroke for stroke in strokes if stroke is not Stroke.OBSERVED]
    if not declared:
        return Stroke.OBSERVED
    return Stroke.DASHED if Stroke.DASHED in declared else Stroke.SOLID


def _chains(
    leaves: list[NodeId], edges: tuple[Edge, ...], apart: Collection[NodeId]
) -> dict[NodeId, tuple[NodeId, ...]]:
    """Return maximal chains of plain edges with one way out of the first and one way into the second node.

    None holds a box that is `apart`, because it has several rows already.
    """
    outgoing: dict[NodeId, list[Edge]] = defaultdict(list)
    incoming: dict[NodeId, int] = defaultdict(int)
    for edge in edges:
        outgoing[edge.source].append(edge)
        incoming[edge.target] += 1
    following: dict[NodeId, NodeId] = {}
    for leaf in leaves:
        if len(outgoing[leaf]) != 1 or leaf in apart or outgoing[leaf][0].target in apart:
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
