"""A graph taken out of the screen: the formats that it can be written in, and the text of what is drawn."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from msgspec import Struct

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import Picture
from studio_tui.graphs.topology.observed import with_observed
from studio_tui.present.graph.paint import Paint
from studio_tui.present.graph.source import observed_runs
from studio_tui.text.cells import wrap
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import plain

_NARROW = 76
"""Cells that a line of words has at least."""
_LATER = "What boxes hold was read later than what is drawn, and the graph was another by then."


class ExportFormat(Struct, frozen=True):
    """One format that a graph can be written in."""

    name: str
    """What it is called at the prompt."""
    label: str
    detail: str
    ending: str
    """Of the file."""
    drawn: bool = False
    """It is the picture on the screen: there must be one."""


EXPORT_FORMATS = (
    ExportFormat("marks", "Text as on the screen", "with what ran and waits", "txt", drawn=True),
    ExportFormat("screen", "Text without marks", "the drawing on the screen", "txt", drawn=True),
    ExportFormat("text", "Text, the whole graph", "every node, however large", "txt"),
    ExportFormat("svg", "SVG", "for browsers and documents", "svg"),
    ExportFormat("mermaid", "Mermaid", "for Markdown and notebooks", "mmd"),
    ExportFormat("dot", "Graphviz DOT", "for dot and its kin", "dot"),
    ExportFormat("json", "JSON", "nodes and edges as the server tells them", "json"),
)


def without_cursor(paint: Paint) -> Paint:
    """Return a copy without what only the screen shows; it shares no cache, so another thread may paint it."""
    return replace(paint, selected=None, found=(), touching=())


def drawn_text(paint: Paint, whole: GraphSpec, *, marks: bool, later: bool = False) -> str:
    """Return the picture as it is drawn; below it the nodes of the `whole` graph that have no place in it, by box.

    `later`: that was read when the graph was already another.
    """
    picture = paint.picture
    rows = [plain(paint.line(row)).rstrip() for row in range(picture.height)] if marks else list(picture.rows)
    margin = min((len(row) - len(row.lstrip()) for row in rows if row), default=0)
    rows = [row[margin:] for row in rows]
    folded = folded_in(picture, [node.id for node in whole.nodes])
    held = [f"{clean(box) or 'not drawn'} holds {', '.join(map(clean, nodes))}" for box, nodes in folded.items()]
    if held and later:
        held.append(_LATER)
    told = [row for line in held for row in wrap(line, max(_NARROW, picture.width))]
    return "\n".join([*rows, *(["", *told] if told else [])])


def folded_in(picture: Picture, nodes: Collection[NodeId]) -> dict[str, list[NodeId]]:
    """Return the nodes that have no place of their own in the picture, by the box that holds them; empty: none does."""
    found: dict[str, list[NodeId]] = {}
    for node in nodes:
        if node not in picture.node_rects:
            found.setdefault(picture.holder(node) or "", []).append(node)
    return found


def lacks_insides(app_state: AppState, drawn: GraphSpec) -> bool:
    """Whether nobody has read what is inside of the subgraphs of the graph that is drawn."""
    inner = app_state.inner_graph
    read = inner is not None and inner[0] == app_state.assistant_id
    return app_state.graph is not None and not (read or app_state.xray or drawn.observed)


def is_of_two_readings(app_state: AppState, drawn: GraphSpec) -> bool:
    """Whether the insides of subgraphs were read when the graph was already another than the one that is drawn."""
    whole, graph = whole_graph(app_state, drawn, observing=False), app_state.graph
    return graph is not None and whole is not drawn and _outside(whole) != _outside(graph)


def _outside(spec: GraphSpec) -> set[str]:
    return {node.id.partition(":")[0] for node in spec.nodes}


def whole_graph(app_state: AppState, drawn: GraphSpec, *, observing: bool) -> GraphSpec:
    """Return the graph with the insides of its subgraphs, where the server has told them, however it is drawn.

    All of it is of one reading, which may be a later one than what is drawn (`is_of_two_readings`).
    """
    inner = app_state.inner_graph
    if inner is None or inner[0] != app_state.assistant_id or app_state.xray or drawn.observed:
        return drawn
    return with_observed(inner[1], observed_runs(app_state)) if observing else inner[1]


def file_name(graph: str, export_format: ExportFormat) -> str:
    """Return the name that is proposed for a file: letters, digits, `-`, `_` and `.` of the graph's own name."""
    kept = re.sub(r"[^A-Za-z0-9_.-]+", "-", graph[:200]).strip("-.")[:60]
    return f"{kept or 'graph'}.{export_format.ending}"
