"""The graph in one line, for where a conversation has the room: nodes in the order of the flow, with what happens."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from studio_tui.domain.graph import EdgeSpec, GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.present.graph.mark import IDLE, NodeMark
from studio_tui.text.fmt import duration
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width

_ROLES = ("idle", "running", "done", "error", "paused")
MOST_NODES = 40
"""Of a larger graph only the first ones are looked at: they do not fit in a line anyway."""


def strip_line(spec: GraphSpec, marks: Mapping[NodeId, NodeMark], cells: int, signs: Glyphs, *, ascii: bool) -> Line:
    """Return the nodes with their states and the edges between neighbours; cut around what runs or waits."""
    nodes = [node.id for node in spec.nodes[:MOST_NODES] if ":" not in node.id]  # none of a subgraph
    parts = [_node(node, marks.get(node, IDLE), signs) for node in nodes]
    joints = [_joint(spec, left, right, ascii=ascii) for left, right in pairwise(nodes)]
    busy = next((at for at, node in enumerate(nodes) if marks.get(node, IDLE).status in ("running", "paused")), 0)
    first = 0
    while first < busy and _wide(parts[first : busy + 1], joints[first:busy]) > cells - 2:
        first += 1
    line: list[Span] = [Span("…", "muted")] if first else []
    for at in range(first, len(nodes)):
        more = [*([joints[at - 1]] if at > first else []), *parts[at]]
        room = cells - line_width((*line, *more))
        if room < (2 if at < len(nodes) - 1 else 0):
            line.append(Span(" …", "muted"))
            break
        line += more
    return tuple(line)


def _wide(parts: list[list[Span]], joints: list[Span]) -> int:
    return sum(line_width(part) for part in parts) + line_width(joints)


def _node(node: NodeId, mark: NodeMark, signs: Glyphs) -> list[Span]:
    role = f"node-{mark.status}" if mark.status in _ROLES else "muted"
    said: list[str] = [clean(node, 24)]
    if mark.status != "idle":
        said.append(str(getattr(signs, mark.status)))
    if mark.visits > 1:
        said.append(mark.count(signs))
    elif mark.seconds is not None and mark.status == "done":
        said.append(f"{signs.at_most if mark.at_most else ''}{duration(mark.seconds)}")
    return [Span(" ".join(said), role)]


def _joint(spec: GraphSpec, left: NodeId, right: NodeId, *, ascii: bool) -> Span:
    on = next((edge for edge in spec.edges if (edge.source, edge.target) == (left, right)), None)
    back = next((edge for edge in spec.edges if (edge.source, edge.target) == (right, left)), None)
    if ascii:
        return Span(" <-> " if on and back else " --> " if on else " <-- " if back else "  ", "edge")
    if on and back:
        return Span(f" ◄{_dash(on)}► ", "edge")
    if on:
        return Span(f" {_dash(on)}► ", "edge")
    return Span(f" ◄{_dash(back)} " if back else "  ", "edge")


def _dash(edge: EdgeSpec) -> str:
    return "┄" if edge.conditional else "─"
