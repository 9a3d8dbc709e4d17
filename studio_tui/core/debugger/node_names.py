"""Which nodes a graph has, by the names that breakpoints and jumps use, and what a wrong name may have meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from studio_tui.domain.breakpoint import ALL
from studio_tui.domain.graph import END, START, GraphSpec
from studio_tui.errors import UsageError
from studio_tui.text.fmt import plural
from studio_tui.text.sanitize import clean

_SHOWN = 24


def node_names(graph: GraphSpec) -> list[str]:
    """Return the nodes that a run can stop at, in drawing order; those that hold subgraphs too."""
    names: dict[str, None] = {}
    for node in graph.nodes:
        if node.id in (START, END):
            continue
        parts = node.id.split(":")
        for count in range(1, len(parts) + 1):
            if parts[count - 1] not in (START, END):
                names[":".join(parts[:count])] = None
    return list(names)


def unknown_nodes(graph: GraphSpec, wanted: Iterable[str]) -> list[str]:
    """Return those names that no node has. Inside a subgraph that the graph does not show, every name may be right."""
    names = node_names(graph)
    opened = {name.rpartition(":")[0] for name in names}
    return [name for name in wanted if name != ALL and name not in names and not _may_be(name, names, opened)]


def no_such_node(name: str, graph: GraphSpec, *, consequence: str = "") -> UsageError:
    """Return the error for a name that no node has, with the names there are."""
    names = node_names(graph)
    near = get_close_matches(name, names, 1, 0.6)
    listed = ", ".join(clean(item, 60) for item in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    detail = f"It has {plural(len(names), 'node')}: {listed}{more}." if names else "It has no nodes."
    hint = f"Did you mean {clean(near[0], 60)}?" if near else "Name one of these; inside subgraphs: sub:node."
    return UsageError(f"The graph has no node {clean(name, 80)}", f"{detail} {consequence}".rstrip(), hint)


def _may_be(name: str, names: list[str], opened: set[str]) -> bool:
    outer = name.rpartition(":")[0]
    while outer:
        if outer in names:
            return outer not in opened
        outer = outer.rpartition(":")[0]
    return False
