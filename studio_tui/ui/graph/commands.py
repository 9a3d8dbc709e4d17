"""The graph's view: subgraphs, observed edges, size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.ui.commands.conditions import SWITCH, has_assistant, wanted
from studio_tui.ui.contracts.command import Command, CommandContext

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


def _xray_reason(ctx: CommandContext) -> str | None:
    return has_assistant(ctx)


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command("xray", "Subgraphs", "Expand or collapse subgraphs.", _xray, ("x",), "Graph", short="Xray",
                argument="[on|off]", complete=lambda _ctx: list(SWITCH), available=_xray_reason),
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
    ]  # fmt: skip
