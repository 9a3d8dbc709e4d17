"""Reads a server's `/graph` answer, or the tasks of runs, into a `GraphSpec`. Total: never raises on odd input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import MOST_CHARACTERS, MOST_LEVELS, NodeId, TaskId, ancestors, is_drawable, node_path
from studio_tui.domain.run import TaskView
from studio_tui.jsonkit.value import Json, JsonObject, as_strings
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean

_SHOWN_PROBLEMS = 20
_EDGE_COUNT_LIMIT = 20_000
_ENDED = TaskId(END)


def graph_spec(json: Json) -> GraphSpec:
    """Return the topology in `json`; whatever cannot be drawn is left out and named in `problems`."""
    reader = _Reader()
    if not isinstance(json, dict):
        reader.problem(f"The server's graph is no JSON object but {_kind(json)}.")
        return reader.spec()
    reader.nodes_of(json.get("nodes"))
    reader.edges_of(json.get("edges"))
    return reader.spec()


def observed_spec(runs: Iterable[Sequence[TaskView | None]]) -> GraphSpec:
    """Return the topology that tasks of past runs show: who ran in which superstep after whom.

    `runs` holds the tasks of each run in order of start, None where the next ones did not follow, and a last one
    named END where the graph came to its end (`ended`). Edges are those between tasks of successive supersteps of
    one namespace, so parallel branches may show edges that the graph does not declare.
    """
    names: dict[NodeId, None] = {START: None}
    edges: dict[tuple[NodeId, NodeId], None] = {}
    for before, step in transitions(runs):
        names.update(dict.fromkeys(filter(is_drawable, step)))
        edges.update(dict.fromkeys((a, b) for a in before for b in step))
    # A task that ran a subgraph is drawn as the cluster of what ran inside it.
    clusters = {parent for name in names for parent in ancestors(name)}
    names.pop(END, None)
    names[END] = None  # the last one
    nodes = tuple(NodeSpec(name, short_name(name), "observed") for name in names if name not in clusters)
    known = {node.id for node in nodes}
    kept = tuple(EdgeSpec(a, b) for a, b in edges if a in known and b in known)
    return GraphSpec(nodes, kept, observed=True)


def transitions(runs: Iterable[Sequence[TaskView | None]]) -> Iterator[tuple[list[NodeId], list[NodeId]]]:
    """Yield the nodes of two successive supersteps of one namespace, for all of `runs` (as `observed_spec` takes them).

    What began a namespace comes after its `__start__`; after a gap nothing comes before.
    """
    for tasks in runs:
        for inside, steps in _supersteps(tasks).items():
            before = [node_path(inside, START)]
            for step in steps:
                if step:
                    yield before, step
                before = step


def ended() -> TaskView:
    """Return what stands at the end of a run's tasks where nothing was left to run."""
    return TaskView(_ENDED, END)


def short_name(node: NodeId) -> str:
    """Return the last segment of a node's path, or the whole id where that segment is empty."""
    return node.rpartition(":")[2] or node


def is_end(node: NodeId) -> bool:
    """Whether it is where a graph, or a subgraph, starts or ends: nothing runs there."""
    return short_name(node) in (START, END)


def _supersteps(tasks: Sequence[TaskView | None]) -> dict[tuple[str, ...], list[list[NodeId]]]:
    """Group tasks by namespace, then by superstep in order of appearance."""
    groups: dict[tuple[str, ...], list[list[NodeId]]] = {}
    last: dict[tuple[str, ...], int | None] = {}
    broken = False
    for task in tasks:
        if task is None:
            broken = True
            groups.setdefault((), [])
            for steps in groups.values():
                steps.append([])
            last.clear()
            continue
        if task.name == START or (task.name == END and task.id != _ENDED):
            continue
        # What goes on after a gap is not known to have begun there.
        steps = groups.setdefault(task.ns, [[]] if broken else [])
        if not steps or task.step is None or last.get(task.ns) != task.step:
            steps.append([])
        last[task.ns] = task.step
        node = node_path(task.ns, task.name)
        if node not in steps[-1]:
            steps[-1].append(node)
    return groups


class _Reader(Struct):
    nodes: dict[NodeId, NodeSpec] = field(default_factory=dict)
    edges: dict[tuple[NodeId, NodeId, bool, str | None], EdgeSpec] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    numbered: dict[NodeId, NodeId] = field(default_factory=dict)
    """Names of the nodes whose ids are mere numbers, by those numbers: runs and breakpoints know names only."""

    def problem(self, text: str) -> None:
        self.problems.append(text)

    def spec(self) -> GraphSpec:
        problems = self.problems
        if len(problems) > _SHOWN_PROBLEMS:
            rest = len(problems) - _SHOWN_PROBLEMS
            problems = [*problems[:_SHOWN_PROBLEMS], f"{plural(rest, 'more problem')} of this kind."]
        return GraphSpec(tuple(self.nodes.values()), tuple(self.edges.values()), tuple(problems))

    def nodes_of(self, json: Json) -> None:
        if not isinstance(json, list):
            self.problem(f"The graph's nodes are no list but {_kind(json)}.")
            return
        self.numbered = _numbered(json)
        for place, item in enumerate(json):
            node = _node(item, self.numbered)
            if node is None:
                self.problem(f"Node {place} has no id and is left out.")
            elif not is_drawable(node.id):
                self.problem(f"Node {place}, {_named(node.id)}, {_too_much(node.id)} and is left out.")
            elif node.id in self.nodes:
                self.problem(f"Node {_named(node.id)} is declared twice; the first one is drawn.")
            else:
                self.nodes[node.id] = node

    def edges_of(self, json: Json) -> None:
        if not isinstance(json, list):
            self.problem(f"The graph's edges are no list but {_kind(json)}.")
            return
        if len(json) > _EDGE_COUNT_LIMIT:
            self.problem(f"Only the first {_EDGE_COUNT_LIMIT} of {len(json)} edges are drawn.")
        for place, item in enumerate(json[:_EDGE_COUNT_LIMIT]):
            edge = _edge(item)
            if edge is None:
                self.problem(f"Edge {place} has no source or no target and is left out.")
                continue
            edge = replace(
                edge,
                source=self.numbered.get(edge.source, edge.source),
                target=self.numbered.get(edge.target, edge.target),
            )
            ends = edge.source, edge.target
            if not all(map(is_drawable, ends)):
                self.problem(f"Edge {place} ends at a node that is left out, and is left out as well.")
                continue
            for end in ends:
                if end not in self.nodes:
                    self.problem(f"An edge names the node {_named(end)}, which is not declared; it is drawn as well.")
                    self.nodes[end] = NodeSpec(end, short_name(end), "undeclared")
            self.edges.setdefault((edge.source, edge.target, edge.conditional, edge.label), edge)


def _numbered(nodes: Sequence[Json]) -> dict[NodeId, NodeId]:
    """Return the names of nodes with a number for an id, where no other node has that name."""
    names = {}
    taken = Counter(_id(node.get("id")) for node in nodes if isinstance(node, dict))
    for node in nodes:
        name = _data_name(node) if isinstance(node, dict) and _is_number(node.get("id")) else ""
        if isinstance(node, dict) and name:
            names[NodeId(str(node["id"]))] = NodeId(name)
    taken.update(names.values())
    return {number: name for number, name in names.items() if taken[name] == 1}


def _is_number(identifier: Json) -> bool:
    return isinstance(identifier, int) and not isinstance(identifier, bool)


def _data_name(node: JsonObject) -> str:
    """Return the name that a node's data tells (`"__start__"`, or `{"name": "plan"}`), or an empty text."""
    data = node.get("data")
    name = data.get("name") if isinstance(data, dict) else data
    return name if isinstance(name, str) else ""


def _node(json: Json, numbered: Mapping[NodeId, NodeId]) -> NodeSpec | None:
    if isinstance(json, str | int) and not isinstance(json, bool):
        json = {"id": json}
    if not isinstance(json, dict):
        return None
    identifier = _id(json.get("id"))
    if identifier is None:
        return None
    name = _data_name(json) if _is_number(json.get("id")) else ""
    identifier = numbered.get(identifier, identifier)
    metadata = _metadata(json)
    stops = metadata.get("__interrupt")
    stops = stops if isinstance(stops, str) else ""
    tools = metadata.get("__tools")
    kind = json.get("type")
    return NodeSpec(
        identifier,
        name or short_name(identifier),
        kind if isinstance(kind, str) else "",
        deferred=metadata.get("defer") is True,
        compiled_before="before" in stops,
        compiled_after="after" in stops,
        tools=as_strings(tools),
        metadata=metadata,
    )


def _metadata(json: JsonObject) -> JsonObject:
    data = json.get("data")
    for holder in (json, data if isinstance(data, dict) else {}):
        metadata = holder.get("metadata")
        if isinstance(metadata, dict) and metadata:
            return metadata
    return {}


def _edge(json: Json) -> EdgeSpec | None:
    if isinstance(json, list) and len(json) == 2:
        json = {"source": json[0], "target": json[1]}
    if not isinstance(json, dict):
        return None
    source, target = _id(json.get("source")), _id(json.get("target"))
    if source is None or target is None:
        return None
    label = json.get("data")
    text = label if isinstance(label, str) and label else None
    return EdgeSpec(source, target, json.get("conditional") is True, text)


def _id(json: Json) -> NodeId | None:
    if isinstance(json, bool):
        return None
    if isinstance(json, int):
        return NodeId(str(json))
    return NodeId(json) if isinstance(json, str) and json else None


def _named(node: NodeId) -> str:
    return f"“{clean(node, 60)}”"


def _too_much(node: NodeId) -> str:
    """Say why a node is not drawable."""
    if len(node) > MOST_CHARACTERS:
        return f"has an id of more than {MOST_CHARACTERS} characters"
    return f"lies in more than {MOST_LEVELS} subgraphs"


def _kind(json: Json) -> str:
    if json is None:
        return "missing"
    return {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}.get(type(json), "a number")
