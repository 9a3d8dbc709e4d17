"""The graph's view, and the answers to an interrupt."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.ui.commands.context import Context, has_assistant
from studio_tui.ui.commands.registry import Command


def _graph(method: str) -> Callable[[Context], None]:
    return lambda ctx: getattr(ctx.screen.graph, method)()


def _has_graph(ctx: Context) -> str | None:
    return has_assistant(ctx) or (None if ctx.store.graph else "no graph is loaded")


async def _xray(ctx: Context) -> None:
    await ctx.studio.load_graph(xray=not ctx.store.xray)


def _xray_reason(ctx: Context) -> str | None:
    return has_assistant(ctx)


def _in_dialog(_ctx: Context) -> str | None:
    return "only while the question is shown: press c"


def _none(_ctx: Context) -> None:
    return None


def commands() -> list[Command]:
    """Return the commands of this group."""
    return [
        Command("xray", "Subgraphs", "Expand or collapse subgraphs.", _xray, ("x",), "Graph", short="Xray",
                available=_xray_reason),
        Command(
            "observed", "Observed edges", "Dim edges that were never taken, add those that nobody declared.",
            _graph("toggle_observed"), ("O",), "Graph", available=_has_graph,
        ),
        Command("zoom-in", "Larger", "Draw the graph larger.", _graph("zoom_in"), ("plus", "equals_sign"), "Graph",
                available=_has_graph),
        Command("zoom-out", "Smaller", "Draw the graph smaller.", _graph("zoom_out"), ("minus",), "Graph",
                available=_has_graph),
        Command("fit", "Fit", "Fit the graph into its panel.", _graph("fit"), ("0",), "Graph", available=_has_graph),
        Command("approve", "Approve", "Answer true to the question.", _none, ("y",), "Question", scope="dialog",
                available=_in_dialog),
        Command("reject", "Reject", "Answer false to the question.", _none, ("n",), "Question", scope="dialog",
                available=_in_dialog),
        Command("resume", "Answer", "Send what is typed, as JSON if it is JSON.", _none, ("enter",), "Question",
                scope="dialog", available=_in_dialog),
        Command("resume-edit", "Edit", "Edit the question's value and send it back.", _none, ("e",), "Question",
                scope="dialog", available=_in_dialog),
    ]  # fmt: skip
