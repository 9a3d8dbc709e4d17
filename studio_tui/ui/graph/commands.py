"""The graph's view: subgraphs, observed edges, size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio_tui.ui.commands.conditions import SWITCH, has_assistant, wanted
from studio_tui.ui.contracts.command import Command, CommandContext, act

if TYPE_CHECKING:
    from studio_tui.ui.graph.panel import GraphView


def _panel(ctx: CommandContext) -> GraphView:
    from studio_tui.ui.graph.panel import GraphView

    return ctx.screen.part(GraphView)


def _has_graph(ctx: CommandContext) -> str | None:
    return has_assistant(ctx) or (None if ctx.app_state.graph else "no graph is loaded")


async def _xray(ctx: CommandContext) -> None:
    on = wanted(ctx, ctx.app_state.xray)
    if on is not None and on != ctx.app_state.xray:
        await ctx.studio.assistants.load_graph(xray=on)


def _observed(ctx: CommandContext) -> None:
    graph = _panel(ctx)
    on = wanted(ctx, graph.observed)
    if on is not None and on != graph.observed:
        graph.toggle_observed()


_in_panel = partial(Command, group="Graph panel", scope="graph", hidden=True)
PANEL = (
    _in_panel("graph-node-above", "Node above", "Go to the node above.", act("go('up')"), ("k", "up")),
    _in_panel("graph-node-below", "Node below", "Go to the node below.", act("go('down')"), ("j", "down")),
    _in_panel(
        "graph-node-to-the-left", "Node to the left", "Go to the node to the left.", act("go('left')"), ("h", "left")
    ),
    _in_panel(
        "graph-node-to-the-right",
        "Node to the right",
        "Go to the node to the right.",
        act("go('right')"),
        ("l", "right"),
    ),
    _in_panel("graph-first-node", "First node", "Go to the first node.", act("end(0)"), ("g", "home")),
    _in_panel("graph-last-node", "Last node", "Go to the last node.", act("end(-1)"), ("G", "end")),
    _in_panel("graph-scroll-up", "Scroll up", "Scroll up.", act("page(-1)"), ("pageup", "ctrl+u")),
    _in_panel("graph-scroll-down", "Scroll down", "Scroll down.", act("page(1)"), ("pagedown", "ctrl+d")),
    _in_panel("graph-open-node", "Open node", "Show everything that is known of the node.", act("open"), ("enter",)),
    _in_panel(
        "graph-collapse-or-expand-subgraph",
        "Fold subgraph",
        "Collapse or expand the subgraph.",
        act("fold"),
        ("space",),
    ),
)


def commands() -> list[Command]:
    return [
        Command("xray", "Subgraphs", "Expand or collapse subgraphs.", _xray, ("x",), "Graph", short="Xray",
                argument="[on|off]", complete=lambda _ctx: list(SWITCH), available=has_assistant),
        Command(
            "observed", "Observed edges", "Dim edges that were never taken, add those that nobody declared.",
            _observed, ("O",), "Graph", argument="[on|off]", complete=lambda _ctx: list(SWITCH), available=_has_graph,
        ),
        Command(
            "zoom-in", "Larger", "Draw the graph larger.", lambda ctx: _panel(ctx).zoom_in(),
            ("plus", "equals_sign"), "Graph", available=_has_graph,
        ),
        Command(
            "zoom-out", "Smaller", "Draw the graph smaller.", lambda ctx: _panel(ctx).zoom_out(), ("minus",), "Graph",
            available=_has_graph,
        ),
        Command(
            "fit", "Fit", "Fit the graph into its panel.", lambda ctx: _panel(ctx).fit(), ("0",), "Graph",
            available=_has_graph,
        ),
        *PANEL,
    ]  # fmt: skip
