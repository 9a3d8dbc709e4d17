"""Breakpoints, the graph's view, and the answers to an interrupt."""

from __future__ import annotations

from collections.abc import Callable

from studio_tui.model.graph import END, START
from studio_tui.model.ids import NodeId
from studio_tui.session.breakpoints import ALL, When
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.context import Context, has_assistant
from studio_tui.ui.commands.registry import Command
from studio_tui.ui.screens.picker import Choice, PickerDialog


def _node_names(ctx: Context) -> list[str]:
    graph = ctx.store.graph
    nodes = [clean(node.id) for node in graph.nodes if node.id not in (START, END)] if graph else []
    return ["*", *nodes]


def _selected_node(ctx: Context) -> NodeId | None:
    if ctx.screen.active == "timeline":
        picked = ctx.screen.picked_node
        if picked is not None:
            return picked
    return ctx.screen.graph.selected


def _break_reason(ctx: Context) -> str | None:
    return has_assistant(ctx)


def _break(when: When) -> Callable[[Context], None]:
    def toggle(ctx: Context) -> None:
        node = NodeId(ctx.argument.strip()) if ctx.argument.strip() else _selected_node(ctx)
        if node is None:
            ctx.app.tell("Select a node in the graph first (2, then the arrow keys).", "warning")
            return
        graph = ctx.store.graph
        if node != ALL and graph is not None and all(node != spec.id for spec in graph.nodes):
            ctx.app.tell(f"The graph has no node {clean(node)}.", "warning")
            return
        if node in (START, END):
            ctx.app.tell("Nothing runs at the start or the end; choose another node.", "warning")
            return
        is_set = ctx.studio.toggle_breakpoint(node, when)
        where = "every node" if node == ALL else clean(node)
        ctx.app.tell(f"Breakpoint {when} {where} {'set' if is_set else 'removed'}.")

    return toggle


async def _list(ctx: Context) -> None:
    marks = ctx.store.breakpoints
    choices = [
        *(Choice(f"before {node}", clean(node), "stops before it") for node in sorted(marks.before)),
        *(Choice(f"after {node}", clean(node), "stops after it") for node in sorted(marks.after)),
    ]
    dialog = PickerDialog("Breakpoints: enter removes one", choices, empty="None. Select a node and press b.")
    picked = await ctx.app.ask(dialog)
    if picked:
        when, _, node = picked.partition(" ")
        ctx.studio.toggle_breakpoint(NodeId(node), "before" if when == "before" else "after")


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
        Command(
            "break-before", "Break before", "Stop runs before the selected node; again to remove.", _break("before"),
            ("b",), "Debug", short="Break", argument="NODE", words=("break",), complete=_node_names,
            available=_break_reason,
        ),
        Command(
            "break-after", "Break after", "Stop runs after the selected node; again to remove.", _break("after"),
            ("B",), "Debug", argument="NODE", complete=_node_names, available=_break_reason,
        ),
        Command("breakpoints", "Breakpoints", "List them, and remove some.", _list, ("ctrl+b",), "Debug"),
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
