"""The topology in other shapes: drawn text, SVG, Mermaid, Graphviz, JSON, and the layout behind the text."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count
from typing import Any

from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Picture, Rect
from studio_tui.graphs.topology.scene import clusters_of
from studio_tui.text.sanitize import clean, is_safe

FORMATS = ("text", "ascii", "svg", "mermaid", "dot", "json", "layout")

SEEN = "only seen"
"""The label of edges that ran though nobody declares them."""


def export(
    spec: GraphSpec, format: str, *, width: int, height: int, xray: bool | int | None = None, ascii: bool = False
) -> str:
    """Return `spec` in one of `FORMATS`, without a line break at the end.

    Text and layout are drawn for `width` x `height` cells and never wider, because lines would wrap, nor higher where
    anything fits: else what is least high is taken. SVG takes the room that it needs. A number as `xray` draws only so
    many levels of subgraphs open; `ascii` holds for layouts too.
    Raises ValueError for an unknown format.
    """
    if format == "mermaid":
        return mermaid(spec)
    if format == "dot":
        return dot(spec)
    if format == "json":
        return _dumps(as_json(spec), indent=2)
    if format not in FORMATS:
        raise ValueError(f"no such format: {format}")
    deep = frozenset(name for name in clusters_of(spec) if type(xray) is int and name.count(":") >= xray > 0)
    if format == "svg":
        from studio_tui.graphs.picture.svg import svg

        return svg(draw(spec, 0, 0, collapsed=deep))
    picture = _printed(spec, width, height, ascii or format == "ascii", deep)
    if format == "layout":
        return _dumps(layout(picture))
    return "\n".join(picture.rows)


def _printed(spec: GraphSpec, width: int, height: int, ascii: bool, deep: frozenset[NodeId]) -> Picture:
    """Return the picture for paper, which does not scroll: one that fits, or the least high.

    What folds nodes is tried after the list, which loses none.
    """
    ways: tuple[tuple[Collection[str] | None, DetailLevel | None], ...] = ((None, None), (None, "outline"), ((), None))
    found: list[Picture] = []
    for opened, level in ways:
        picture = draw(spec, width, height, ascii=ascii, collapsed=deep, scroll=False, opened=opened, level=level)
        found.append(picture)
        if picture.height <= height:
            return picture
    return min(found, key=lambda picture: picture.height)


def layout(picture: Picture) -> dict[str, Any]:
    """Return where everything stands in `picture`, in cells; a box of several appears once, under its first node."""
    return {
        "width": picture.width,
        "height": picture.height,
        "orientation": picture.orientation,
        "level": picture.level,
        "outline": picture.is_outline,
        "rows": list(picture.rows),
        "nodes": [
            {"id": node, "label": picture.labels.get(node, node), **_rect(rect)}
            for node, rect in picture.box_rects.items()
        ],
        "clusters": [{"id": node, **_rect(rect)} for node, rect in picture.cluster_rects.items()],
        "stacks": {head: list(members) for head, members in picture.stacks.items()},
        "equivalent": {head: list(members) for head, members in picture.equivalent.items()},
    }


def as_json(spec: GraphSpec) -> dict[str, Any]:
    """Return the topology in the shape of a server's answer."""
    nodes: list[dict[str, Any]] = []
    for node in spec.nodes:
        item: dict[str, Any] = {"id": node.id, "data": {"name": node.name}}
        if node.kind:
            item["type"] = node.kind
        if node.metadata:
            item["metadata"] = dict(node.metadata)
        nodes.append(item)
    return {"nodes": nodes, "edges": [_edge_json(edge) for edge in spec.edges]}


def mermaid(spec: GraphSpec) -> str:
    """Return a Mermaid flowchart; subgraphs become Mermaid subgraphs."""
    names = {node.id: f"n{index}" for index, node in enumerate(spec.nodes)}
    lines = ["flowchart TD"]
    start = 'subgraph c{number}["{name}"]'
    for depth, line in _nested(spec, _mermaid_node(spec, names), start, "end", _mermaid_text):
        lines.append("  " * (depth + 1) + line)
    for edge in spec.edges:
        arrow = "-.->" if edge.conditional else "-->"
        said = edge.label or (SEEN if edge.observed else "")
        label = f'|"{_mermaid_text(said)}"|' if said else ""
        lines.append(f"  {names[edge.source]} {arrow}{label} {names[edge.target]}")
    return "\n".join(lines)


def dot(spec: GraphSpec) -> str:
    """Return a Graphviz digraph; subgraphs become clusters."""
    names = _dot_names(spec)
    texts = {node.id: f"{names[node.id]} [label={_dot_text(node.name)}];" for node in spec.nodes}
    lines = ["digraph {", "  node [shape=box];"]
    for depth, line in _nested(spec, texts, 'subgraph "cluster_{number}" {{ label={name};', "}", _dot_text):
        lines.append("  " * (depth + 1) + line)
    for edge in spec.edges:
        attributes = ["style=dotted"] if edge.observed else ["style=dashed"] if edge.conditional else []
        attributes += [f"label={_dot_text(edge.label)}"] if edge.label else []
        suffix = f" [{', '.join(attributes)}]" if attributes else ""
        lines.append(f"  {names[edge.source]} -> {names[edge.target]}{suffix};")
    return "\n".join([*lines, "}"])


def _dot_names(spec: GraphSpec) -> dict[NodeId, str]:
    """Return what the nodes are called in DOT: their ids, with a number where two look the same there."""
    taken: set[str] = set()
    names: dict[NodeId, str] = {}
    for node in spec.nodes:
        told = names[node.id] = next(
            text
            for number in count(1)
            if (text := _dot_text(node.id if number == 1 else f"{node.id} #{number}")) not in taken
        )
        taken.add(told)
    return names


def _nested(
    spec: GraphSpec, texts: Mapping[NodeId, str], start: str, end: str, written: Callable[[str], str]
) -> list[tuple[int, str]]:
    """Return (depth, line) of all nodes inside the brackets of their clusters; `written` spells a cluster's name."""
    numbers = {cluster: number for number, cluster in enumerate(clusters_of(spec))}
    nodes: dict[str, list[NodeId]] = defaultdict(list)
    clusters: dict[str, list[NodeId]] = defaultdict(list)
    for node in spec.nodes:
        nodes[node.parent or ""].append(node.id)
    for cluster in numbers:
        clusters[cluster.rpartition(":")[0]].append(cluster)

    def inside(parent: str, depth: int) -> Iterator[tuple[int, str]]:
        yield from ((depth, texts[node]) for node in nodes[parent])
        for cluster in clusters[parent]:
            name = written(cluster.rpartition(":")[2] or cluster)
            yield depth, start.format(number=numbers[cluster], name=name)
            if cluster:  # Without a name it holds what is outside of all.
                yield from inside(cluster, depth + 1)
            yield depth, end

    return list(inside("", 0))


def _mermaid_node(spec: GraphSpec, names: Mapping[NodeId, str]) -> dict[NodeId, str]:
    texts = {}
    for node in spec.nodes:
        left, right = ("([", "])") if node.name in (START, END) else ("[", "]")
        texts[node.id] = f'{names[node.id]}{left}"{_mermaid_text(node.name)}"{right}'
    return texts


_MERMAID = str.maketrans({
    "#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;",
})  # fmt: skip
"""What ends a text of Mermaid's, or is markup in it."""


def _mermaid_text(text: str) -> str:
    return clean(text).translate(_MERMAID)


def _dot_text(text: str) -> str:
    escaped = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _edge_json(edge: EdgeSpec) -> dict[str, Any]:
    item: dict[str, Any] = {"source": edge.source, "target": edge.target}
    if edge.label is not None:
        item["data"] = edge.label
    if edge.conditional:
        item["conditional"] = True
    if edge.observed:
        item["observed"] = True  # no server says so: a run went this way
    return item


def _dumps(value: Any, indent: int | None = None) -> str:
    """Return JSON that a terminal may show: ids stay raw, so what could drive the terminal is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if is_safe(text) else json.dumps(value, indent=indent)


def _rect(rect: Rect) -> dict[str, int]:
    return {"x": rect.x, "y": rect.y, "w": rect.width, "h": rect.height}
