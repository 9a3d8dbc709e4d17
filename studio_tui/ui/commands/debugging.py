"""Breakpoints, the time cursor, the graph's view, and the answers to an interrupt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio_tui.model.graph import END, START
from studio_tui.model.ids import NodeId
from studio_tui.session.breakpoints import ALL, When
from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.context import Context, has_assistant, has_thread
from studio_tui.ui.commands.registry import Command
from studio_tui.ui.screens.picker import Choice, PickerDialog

if TYPE_CHECKING:
    from studio_tui.session.store import Store


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


def _move(delta: int) -> Callable[[Context], None]:
    return lambda ctx: ctx.studio.move_cursor(delta)


def _has_history(ctx: Context) -> str | None:
    return has_thread(ctx) or (None if ctx.store.history.items else "this thread has no checkpoints yet")


async def _mark(ctx: Context) -> None:
    await ctx.studio.set_mark()
    mark = ctx.store.mark
    ctx.app.tell(f"Checkpoint {short_id(mark, 13)} is marked: Diff compares with it." if mark else "Mark removed.")


async def _at(ctx: Context) -> None:
    wanted = ctx.argument.strip()
    if wanted in ("", "head"):
        await ctx.studio.select_checkpoint(None)
        return
    found = [item.checkpoint_id for item in ctx.store.history.items if (item.checkpoint_id or "").startswith(wanted)]
    if len(found) == 1:
        await ctx.studio.select_checkpoint(found[0])
    else:
        what = "No loaded checkpoint starts" if not found else f"{len(found)} checkpoints start"
        ctx.app.tell(f"{what} with {clean(wanted)}.", "warning")


def _graph(method: str) -> Callable[[Context], None]:
    return lambda ctx: getattr(ctx.screen.graph, method)()


def _has_graph(ctx: Context) -> str | None:
    return has_assistant(ctx) or (None if ctx.store.graph else "no graph is loaded")


async def _xray(ctx: Context) -> None:
    await ctx.studio.load_graph(xray=not ctx.store.xray)


def _xray_reason(ctx: Context) -> str | None:
    return has_assistant(ctx)


def _checkpoints(store: Store) -> list[str]:
    return ["head", *(item.checkpoint_id or "" for item in store.history.items[:200])]


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
        Command(
            "older", "Older", "Move the time cursor one checkpoint back; nothing executes.", _move(-1), ("comma",),
            "Time", available=_has_history,
        ),
        Command(
            "newer", "Newer", "Move the time cursor one checkpoint forward; nothing executes.", _move(1),
            ("full_stop",), "Time", available=_has_history,
        ),
        Command(
            "at", "Go to checkpoint", "Put the time cursor on a checkpoint, or back on the head.", _at, (), "Time",
            argument="CHECKPOINT", complete=lambda ctx: _checkpoints(ctx.store), available=_has_history,
        ),
        Command(
            "mark", "Mark", "Mark the checkpoint for comparison; again to remove.", _mark, ("m",), "Time",
            available=_has_history,
        ),
        Command(
            "diff", "Diff", "Show what the checkpoint changed, against its parent or the mark.",
            lambda ctx: ctx.screen.show_panel("diff"), ("d",), "Time",
        ),
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
