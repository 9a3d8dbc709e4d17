"""What is declared of one node: its kind, edges, breakpoints, tools, the schema and the config that hold for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.form.checks import type_words
from studio_tui.domain.form.fields import Field, fields_of
from studio_tui.domain.form.run_options import settings_of
from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.topology.spec import is_end, short_name
from studio_tui.jsonkit.show import preview
from studio_tui.jsonkit.value import Json
from studio_tui.present.kit.sections import Entry, Section
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_NAME_CELLS = 14
_MOST_FIELDS = 60
_MOST_EDGES = 200
_MOST_CHOICES = 8
_Parts = tuple[tuple[str, Json], ...]


def fact(name: str, value: str, role: str = "value", *more: Span, leads_to: str = "") -> Entry:
    """Return a named fact; both texts are safe."""
    return Entry((Span(f"{name:<{_NAME_CELLS}} ", "key"), Span(value, role), *more), leads_to=leads_to)


def node_section(
    app_state: AppState, node_id: NodeId, spec: NodeSpec | None, members: int, *, equivalent: bool = False
) -> Section:
    """Return what the node is, or a box that stands for so many: a subgraph's, or that of `equivalent` nodes."""
    entries: list[Entry] = []
    if equivalent:
        entries.append(Entry((Span(f"{plural(members, 'node')} with the same edges, drawn as one box", "muted"),)))
        return Section("Nodes", tuple(entries))
    if app_state.remembered is not None:
        entries.append(Entry((Span("Remembered: the server has not told its graph yet.", "warn"),)))
    entries.append(fact("id", clean(node_id)))
    name = clean(spec.name) if spec is not None else ""
    if name and name != clean(short_name(node_id)):
        entries.append(fact("name", name))
    entries += _kind(app_state, node_id, spec, members)
    entries += _stops(app_state, node_id, spec)
    return Section("Node", tuple(entries))


def _kind(app_state: AppState, node_id: NodeId, spec: NodeSpec | None, members: int) -> Iterator[Entry]:
    if spec is None and not members:
        yield fact("declared", "no: it was only seen running", "warn")
    if spec is not None and spec.kind == "undeclared":
        yield fact("declared", "no: only edges name it", "warn")
    elif spec is not None and spec.kind:
        yield fact("kind", clean(spec.kind))
    inside = app_state.subgraphs
    if members:
        yield fact("holds", plural(members, "node"))
    elif inside is not None and node_id in inside.of:
        yield fact("runs", "a subgraph, which the graph can show opened")
    if spec is not None and spec.deferred:
        yield fact("deferred", "runs when everything else is done")


def _stops(app_state: AppState, node_id: NodeId, spec: NodeSpec | None) -> Iterator[Entry]:
    if is_end(node_id):
        return
    before, after = app_state.breakpoints.at(node_id)
    stops = []
    if before:
        stops.append("before it")
    if after:
        stops.append("after it")
    if spec is not None and spec.compiled_before:
        stops.append("before it, compiled into the graph")
    if spec is not None and spec.compiled_after:
        stops.append("after it, compiled into the graph")
    yield fact("stops", ", ".join(stops) or "nowhere", "node-breakpoint" if stops else "muted")


def edges_section(graph: GraphSpec, node_id: NodeId, within: Iterable[NodeId]) -> Section:
    """Return the edges in and out of a node; of a box with several nodes `within` those from and to others."""
    nodes = frozenset(within)
    alone = nodes == {node_id}
    into = [edge for edge in graph.edges if edge.target in nodes and (alone or edge.source not in nodes)]
    out = [edge for edge in graph.edges if edge.source in nodes and (alone or edge.target not in nodes)]
    box = None if alone else node_id
    return Section("Edges", (*_edges("from", into, box), *_edges("to", out, box)))


def _edges(word: str, edges: list[EdgeSpec], box: NodeId | None) -> Iterator[Entry]:
    for edge in edges[:_MOST_EDGES]:
        other = edge.source if word == "from" else edge.target
        kinds = ["itself"] if edge.source == edge.target else []
        kinds += ["only seen in runs"] if edge.observed else ["conditional"] if edge.conditional else []
        kinds += [f"“{clean(edge.label, 200)}”"] if edge.label else []
        if box is not None:
            own = (edge.target if word == "from" else edge.source).removeprefix(f"{box}:")
            kinds.append(f"{'into' if word == 'from' else 'from'} {clean(own)}")
        said = Span(f"  {', '.join(kinds)}", "muted")
        yield fact(word, clean(other), "value", *([said] if kinds else []), leads_to=other)
    if len(edges) > _MOST_EDGES:
        yield fact(word, f"and {len(edges) - _MOST_EDGES} more", "muted")
    if not edges:
        yield fact(word, "nothing", "muted")


def tools_section(spec: NodeSpec | None, seen: Mapping[str, tuple[int, int]]) -> Section | None:
    """Return the tools that the graph names for the node, and those that were `seen`: times called and answered."""
    named = spec.tools if spec is not None else ()
    entries = [fact("declared", clean(tool)) for tool in named]
    for tool, (called, answered) in seen.items():
        said = [f"called {called}×"] if called else []
        said += [f"answered {answered}×"] if answered else []
        entries.append(fact("seen", clean(tool, 200), "value", Span(f"  {', '.join(said)} by what it wrote", "muted")))
    return Section("Tools", tuple(entries)) if entries else None


def config_section(app_state: AppState, node_ids: Iterable[NodeId]) -> Section | None:
    """Return the settings of the assistant that the graph binds to the node, then those that any node may read.

    A setting is bound by `langgraph_nodes` in its schema; one that is bound to other nodes only is left out.
    """
    settings = settings_of(app_state.schemas, app_state.assistant)
    if settings is None:
        return None
    names = {name for node in node_ids for name in (node, short_name(node))}
    fields = fields_of(settings.schema).root.children
    bound = [field for field in fields if names.intersection(field.nodes)]
    free = [field for field in fields if not field.nodes]
    entries = [_setting(field, settings.own, "steers it") for field in bound]
    entries += [_setting(field, settings.own, "") for field in free[:_MOST_FIELDS]]
    if not entries:
        return None
    others = len(fields) - len(bound) - len(free)
    if others:
        entries.append(Entry((Span(f"{others} more: they steer other nodes only.", "muted"),)))
    if not bound:
        entries.append(Entry((Span("The graph does not say which node reads which.", "muted"),)))
    where = "context" if settings.where == "context" else "config.configurable"
    return Section("Config of the assistant", tuple(entries), note=(Span(where, "muted"),), folded=not bound)


def _setting(field: Field, own: Mapping[str, Json], steers: str) -> Entry:
    """Return a setting with the value that runs get: the assistant's, else the default of the graph."""
    kept: object = UNSET
    said = steers
    if field.name in own:
        kept = own[field.name]
        shown: Line = preview(kept, 80)
    elif field.default is not None:
        kept, shown = field.default, preview(field.default, 80)
        said = ", ".join(filter(None, ("default", steers)))
    else:
        shown = (Span("not set", "muted"),)
    words = ", ".join(filter(None, (said, _words(field))))
    about = f"  {words}" + (f": {clean(field.description, 400)}" if field.description else "")
    line = (Span(f"{clean(field.name, 60):<{_NAME_CELLS}} ", "key"), *shown, Span(about, "muted"))
    return Entry(line) if kept is UNSET else Entry(line, value=kept)  # type: ignore[arg-type]


def schema_sections(app_state: AppState, node_id: NodeId, *, is_subgraph: bool) -> Iterator[Section]:
    """Yield the schema of the state that the node works on: the graph's, or that of the subgraph it stands in.

    A box of a subgraph has its own; `__start__` takes the input, `__end__` gives the output.
    """
    inside = node_id if is_subgraph else NodeId(node_id.rpartition(":")[0])
    name = short_name(node_id)
    if inside:
        found = app_state.subgraphs
        title = f"Schema of the subgraph {clean(inside, 60)}"
        if found is None:
            yield _said(title, "reading …")
        elif inside not in found.of:
            yield _said(title, found.problem or "the server tells none", "warn" if found.problem else "muted")
        else:
            yield from _schema(title, _parts(found.of[inside], name))
        return
    schemas = app_state.schemas
    title = "Schema of the graph"
    if schemas is None:
        yield _said(title, "reading …")
    elif schemas.problem and schemas.effective_input is None:
        yield _said(title, schemas.problem, "warn")
    else:
        yield from _schema(title, _parts(schemas, name))


def _said(title: str, words: str, role: str = "muted") -> Section:
    return Section(title, (Entry((Span(words, role),)),))


def _parts(schemas: Schemas, name: str) -> _Parts:
    """Return the schemas that matter at a node, the one that it works on first."""
    parts = {"state": schemas.state, "input": schemas.input, "output": schemas.output}
    first = {START: "input", END: "output"}.get(NodeId(name), "state")
    order = dict.fromkeys((first, "state", "input", "output"))
    return tuple((part, parts[part]) for part in order if parts[part] is not None)


def _schema(title: str, parts: _Parts) -> Iterator[Section]:
    if not parts:
        yield _said(title, "the server tells none")
        return
    what, schema = parts[0]
    root = fields_of(schema).root
    whole = fact(what, _words(root))  # of a graph that takes no object
    entries = [_channel(field) for field in root.children[:_MOST_FIELDS]] or [whole]
    if len(root.children) > _MOST_FIELDS:
        entries.append(fact("", plural(len(root.children) - _MOST_FIELDS, "more field"), "muted"))
    note = {"state": "its state; which part a node reads is not told"}.get(what, f"its {what}")
    yield Section(title, tuple(entries), note=(Span(note, "muted"),))
    yield Section(f"{title}, as JSON", value=dict(parts), folded=True)


def _channel(field: Field) -> Entry:
    kind = _words(field)
    more = ", required" if field.required else ""
    about = f"  {clean(field.description, 400)}" if field.description else ""
    return Entry((
        Span(f"{clean(field.name, 60):<{_NAME_CELLS}} ", "key"), Span(kind, "value"), Span(more, "muted"),
        Span(about, "muted"),
    ))  # fmt: skip


def _words(field: Field) -> str:
    """Say what a field holds, as a schema does: there is nothing to type here."""
    if field.kind == "messages":
        return "messages"
    if field.kind == "list":
        return f"list of {_words(field.item)}" if field.item is not None else "list"
    if field.kind == "choice":
        names = [clean(choice.label, 30) for choice in field.choices[:_MOST_CHOICES]]
        return f"one of {', '.join(names)}{' …' if len(field.choices) > _MOST_CHOICES else ''}"
    if field.kind == "group":
        names = [clean(child.name, 30) for child in field.children[:_MOST_CHOICES]]
        return f"object: {', '.join(names)}{' …' if len(field.children) > _MOST_CHOICES else ''}"
    return {"json": "any JSON", "const": "constant"}.get(field.kind, type_words(field) or field.kind)


def metadata_section(spec: NodeSpec | None) -> Section | None:
    """Return what the graph keeps with the node besides what is shown elsewhere."""
    if spec is None:
        return None
    kept = {
        name: value
        for name, value in spec.metadata.items()
        if not (name.strip("_") == "tools" and json.dumps(value) == json.dumps(list(spec.tools)))
    }
    return Section("Metadata", value=kept) if kept else None
