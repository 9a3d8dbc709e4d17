"""Random graphs as LangGraph users build them: chains, branches, loops, supervisors, fan-outs, nested subgraphs."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from msgspec.structs import replace

from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId

_NAMES = ("agent", "tools", "plan", "review", "grade", "write", "search", "merge", "route", "ask", "fetch", "check")
_ODD = (
    "计划",
    "検索エージェント",
    "🔧 tools",
    "👨‍👩‍👧 family",
    "étape",
    "a_name_that_is_longer_than_any_box_may_be",
    "x",
)
_LABELS = ("yes", "no", "retry", "done", "ok", "needs work", "再试", "multi-hop")


def random_graph(seed: int) -> GraphSpec:
    """Return the graph of `seed`: 1-14 nodes in up to three levels of subgraphs.

    One in three has observed edges, one in four starts and ends inside its subgraphs, as servers tell them.
    """
    spec = _Generator(Random(seed)).graph()
    if seed % 4 == 2:
        spec = _with_inner_ends(spec)
    if seed % 3 != 1:
        return spec
    random = Random(-seed)
    edges = (replace(e, observed=True, label=None) if random.random() < 0.3 else e for e in spec.edges)
    return GraphSpec(spec.nodes, tuple(edges))


def _with_inner_ends(spec: GraphSpec) -> GraphSpec:
    """Lead what enters an outermost subgraph to its start, and what leaves it from its end."""
    names = dict.fromkeys(node.id for node in spec.nodes)
    edges: dict[tuple[NodeId, NodeId], EdgeSpec] = {}
    for edge in spec.edges:
        source, target = edge.source, edge.target
        (left, _, _), (entered, _, _) = source.partition(":"), target.partition(":")
        if left == entered:
            edges.setdefault((source, target), edge)
            continue
        if ":" in target:
            first = NodeId(f"{entered}:{START}")
            edges.setdefault((first, target), EdgeSpec(first, target, edge.conditional))
            target = first
        if ":" in source:
            last = NodeId(f"{left}:{END}")
            edges.setdefault((source, last), EdgeSpec(source, last, edge.conditional, edge.label))
            source = last
        edges.setdefault((source, target), EdgeSpec(source, target, label=None if ":" in source else edge.label))
        names |= {source: None, target: None}
    return GraphSpec(tuple(NodeSpec(name, name.rpartition(":")[2]) for name in names), tuple(edges.values()))


class _Generator:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.names: dict[NodeId, None] = {}
        self.edges: dict[tuple[NodeId, NodeId], EdgeSpec] = {}

    def graph(self) -> GraphSpec:
        self._node(START)
        for number in range(self.random.randint(1, 12)):
            self._node(NodeId(self._place() + self._name(number)))
        self._node(END)
        inner = [name for name in self.names if name not in (START, END)]
        self._edge(START, inner[0])
        self._patterns(inner)
        for name in inner:
            if not any(source == name for source, _ in self.edges):
                self._edge(name, END)
        order = list(self.names)
        if self.random.random() < 0.3:
            self.random.shuffle(order)
        return GraphSpec(tuple(NodeSpec(name, name.rpartition(":")[2]) for name in order), tuple(self.edges.values()))

    def _name(self, number: int) -> str:
        pick = self.random.random()
        if pick < 0.1:
            return f"{self.random.choice(_ODD)}{number}"
        return f"{self.random.choice(_NAMES)}_{number}" if pick < 0.9 else f"n{number}"

    def _place(self) -> str:
        depth = self.random.choice((0, 0, 0, 0, 1, 1, 2, 3))
        return "".join(f"{'sub' if level else 'team'}{self.random.randint(0, 1)}:" for level in range(depth))

    def _node(self, name: NodeId) -> None:
        self.names[name] = None

    def _edge(self, source: NodeId, target: NodeId, *, conditional: bool = False) -> None:
        if target == START or source == END:
            return
        label = self.random.choice(_LABELS) if conditional and self.random.random() < 0.4 else None
        self.edges.setdefault((source, target), EdgeSpec(source, target, conditional, label))

    def _patterns(self, inner: list[NodeId]) -> None:
        random = self.random
        for before, after in pairwise(inner):
            if random.random() < 0.6:
                self._edge(before, after, conditional=random.random() < 0.2)
        for _ in range(random.randint(0, len(inner))):
            kind = random.random()
            node, other = random.choice(inner), random.choice(inner)
            if kind < 0.2:
                self._edge(node, node, conditional=random.random() < 0.7)
            elif kind < 0.45:
                self._edge(node, other, conditional=True)
                self._edge(other, node)
            elif kind < 0.6:
                for target in random.sample(inner, min(len(inner), random.randint(2, 5))):
                    self._edge(node, target, conditional=True)
            elif kind < 0.75:
                for source in random.sample(inner, min(len(inner), random.randint(2, 5))):
                    self._edge(source, node)
            elif kind < 0.85:
                for worker in random.sample(inner, min(len(inner), random.randint(3, 7))):
                    if worker != node:
                        self._edge(node, worker, conditional=True)
                        self._edge(worker, node)
            else:
                self._edge(node, random.choice([*inner, END]), conditional=random.random() < 0.5)


def with_copies(spec: GraphSpec, seed: int) -> GraphSpec:
    """Return `spec` with some nodes several times: beside each other, or each leading to each other one."""
    random = Random(seed)
    nodes, edges = list(spec.nodes), list(spec.edges)
    plain = [node.id for node in nodes if node.name not in (START, END)]
    for node in random.sample(plain, min(len(plain), 2)):
        if any(edge.source == edge.target == node for edge in edges):
            continue
        copies = [NodeId(f"{node}_{number}") for number in range(random.randint(1, 4))]
        mine = [edge for edge in edges if node in (edge.source, edge.target)]
        for copy in copies:
            nodes.insert(
                nodes.index(NodeSpec(node, node.rpartition(":")[2])) + 1, NodeSpec(copy, copy.rpartition(":")[2])
            )
            edges += [
                replace(edge, source=copy if edge.source == node else edge.source,
                        target=copy if edge.target == node else edge.target)
                for edge in mine
            ]  # fmt: skip
        if random.random() < 0.4:
            every, label = [node, *copies], random.choice((None, "over"))
            edges += [EdgeSpec(one, other, True, label) for one in every for other in every if one != other]
    return GraphSpec(tuple(nodes), tuple(edges))
