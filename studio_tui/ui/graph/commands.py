"""The graph's view: subgraphs, observed edges, size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.present.graph.drawing import OBSERVED
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import SWITCH, has_assistant, wanted
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.screens.commands import ViewCommands

if TYPE_CHECKING:
    from studio_tui.ui.graph.panel import GraphView


def _panel(ctx: CommandContext) -> GraphView:
    from studio_tui.ui.graph.panel import GraphView

    return ctx.screen.part(GraphView)


def _has_graph(ctx: CommandContext) -> str | None:
    return has_assistant(ctx) or (None if ctx.app_state.graph else "no graph is loaded")


def _can_open(ctx: CommandContext) -> str | None:
    """Subgraphs must be there, as far as it is known: a graph is looked into when somebody comes to it."""
    app_state = ctx.app_state
    inner = app_state.inner_graph if not app_state.xray else None
    known = inner[1].nodes if inner is not None and inner[0] == app_state.assistant_id else ()
    without = known and not any(":" in node.id for node in known)
    return has_assistant(ctx) or ("this graph has no subgraphs" if without else None)


async def _xray(ctx: CommandContext) -> None:
    """Open all subgraphs, also those that somebody folded or that had no room; where all are open, none."""
    from studio_tui.graphs.topology.scene import clusters_of
    from studio_tui.present.graph.layout import EVERY

    graph, is_on = _panel(ctx), ctx.app_state.xray
    layout = graph.drawing.layout
    on = wanted(ctx, is_on and not layout.collapsed and not layout.closed)
    if on and is_on:
        graph.fold(None)
    elif on is not None and on != is_on:
        layout.opening = EVERY if on else None
        await ctx.studio.assistants.load_graph(xray=on)
        if on and (opened := ctx.app_state.graph) is not None and not clusters_of(opened):
            ctx.services.tell("This graph has no subgraphs.")


def _observed(ctx: CommandContext) -> None:
    graph, word = _panel(ctx), ctx.argument.strip()
    place = OBSERVED.index(graph.drawing.observed)
    wished = OBSERVED[(place + 1) % len(OBSERVED)] if not word else "edges" if word == "on" else word
    found = next((one for one in OBSERVED if one == wished), None)
    if found is None:
        ctx.services.tell(f"Say off, edges, visits or time, not {clean(word, 40)}.", "warning")
    elif found != graph.drawing.observed:
        graph.observe(found)  # the border says what is shown: a notice would lie on the picture


def _is_drawn(ctx: CommandContext) -> str | None:
    return None if _panel(ctx).drawing.layout.spec.nodes else "there is no graph yet"


async def _export(ctx: CommandContext) -> None:
    from studio_tui.ui.graph.exporting import export_graph

    await export_graph(ctx)


def _formats(_ctx: CommandContext) -> list[str]:
    from studio_tui.present.graph.exporting import EXPORT_FORMATS

    return [each.name for each in EXPORT_FORMATS]


_in_panel = ViewCommands("graph", "Graph panel", hidden=True)
PANEL = (
    _in_panel("node-above", "Node above", "Go to the node above.", "k", "up", does="go('up')"),
    _in_panel("node-below", "Node below", "Go to the node below.", "j", "down", does="go('down')"),
    _in_panel("node-to-the-left", "Node to the left", "Go to the node to the left.", "h", "left", does="go('left')"),
    _in_panel("node-to-the-right", "Node to the right", "Go to the node to the right.", "l", "right",
              does="go('right')"),
    _in_panel("first-node", "First node", "Go to the first node.", "g", "home", does="end(0)"),
    _in_panel("last-node", "Last node", "Go to the last node.", "G", "end", does="end(-1)"),
    _in_panel("scroll-up", "Scroll up", "Scroll up.", "pageup", "ctrl+u", does="page(-1)"),
    _in_panel("scroll-down", "Scroll down", "Scroll down.", "pagedown", "ctrl+d", does="page(1)"),
    _in_panel("open-node", "Open node", "Show everything that is known of the node.", "enter", does="open"),
    _in_panel("collapse-or-expand-subgraph", "Open or fold",
              "Open the box under the cursor (`+`, `×`), or fold what is open around it.", "space", does="fold"),
)  # fmt: skip


def commands() -> list[Command]:
    return [
        Command("xray", "Subgraphs", "Open all subgraphs, or none.", _xray, ("x",), "Graph", short="Xray",
                argument="[on|off]", complete=lambda _ctx: list(SWITCH), available=_can_open, in_place=""),
        Command(
            "observed", "What was observed", "Show which edges were taken, then how often nodes ran, then how long.",
            _observed, ("O",), "Graph", short="Seen", argument="[off|edges|visits|time]",
            complete=lambda _ctx: list(OBSERVED),
            available=_has_graph,
        ),
        Command(
            "zoom-in", "Larger", "Draw the graph larger.", lambda ctx: _panel(ctx).zoom(1),
            ("plus", "equals_sign"), "Graph", available=_has_graph, in_place="",
        ),
        Command(
            "zoom-out", "Smaller", "Draw the graph smaller.", lambda ctx: _panel(ctx).zoom(-1), ("minus",), "Graph",
            available=_has_graph, in_place="",
        ),
        Command(
            "fit", "Fit", "Fit the graph into its panel.", lambda ctx: _panel(ctx).fit(), ("0",), "Graph",
            available=_has_graph, in_place="",
        ),
        Command(
            "export-graph", "Export graph", "Write the graph as text, SVG, Mermaid, DOT or JSON, or copy it.",
            _export, ("p",), "Graph", short="Export", opens=True, argument="[FORMAT [PATH|copy]]", complete=_formats,
            available=_is_drawn, in_place="",
        ),
        *PANEL,
    ]  # fmt: skip
