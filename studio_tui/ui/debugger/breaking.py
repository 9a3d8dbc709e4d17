"""Breakpoints: set and remove them on a node, list them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from studio_tui.core.debugger.node_names import no_such_node, unknown_nodes
from studio_tui.domain.breakpoint import ALL, When
from studio_tui.domain.graph import END, START
from studio_tui.domain.ids import NodeId
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import has_assistant
from studio_tui.ui.contracts.command import Command, CommandContext, act

INSIDE = "It is inside a subgraph: this program has to stop the run there, so quick nodes may slip through."


def node_names(ctx: CommandContext) -> list[str]:
    """Return what can be named as a node: those of the graph, and `*` for all."""
    graph = ctx.app_state.graph
    nodes = [clean(node.id) for node in graph.nodes if node.id not in (START, END)] if graph else []
    return ["*", *nodes]


def known_node(ctx: CommandContext, node: NodeId) -> bool:
    """Tell whether a run could stop at a node; of collapsed subgraphs only the outermost name is known."""
    graph = ctx.app_state.graph
    if graph is None or node == ALL:
        return True
    if node in (START, END):
        return False
    ids = {spec.id for spec in graph.nodes}
    opened = any(known.startswith(f"{node.partition(':')[0]}:") for known in ids)
    return node in ids or (":" in node and not opened and node.partition(":")[0] in ids)


def _break(when: When) -> Callable[[CommandContext], Awaitable[None]]:
    async def act(ctx: CommandContext) -> None:
        words = ctx.argument.split()
        asked = _asked(words[1:], when)
        node = NodeId(words[0]) if words else ctx.screen.selected_node
        if node is None:
            ctx.services.tell("Select a node in the graph first (2, then the arrow keys).", "warning")
        elif asked is None:
            ctx.services.tell(
                "Say :break NODE, :break NODE before, :break NODE after; off behind it removes it.", "warning"
            )
        elif node in (START, END):
            ctx.services.tell("Nothing runs at the start or the end; choose another node.", "warning")
        elif asked[1] and not is_set(ctx, node, asked[0]) and (why := _ignored(ctx, node) or await _unknown(ctx, node)):
            ctx.services.tell(why, "warning")
        elif words:
            _put(ctx, node, *asked)
        else:
            _toggle(ctx, node, when)

    return act


def _asked(words: list[str], when: When) -> tuple[When, bool] | None:
    """Return the side that is meant, and whether the breakpoint is to be there; None for what nobody understands."""
    wanted = True
    if words[-1:] in (["off"], ["on"]):
        wanted, words = words[-1] == "on", words[:-1]
    if words not in ([], ["before"], ["after"]):
        return None
    side: When = "after" if words == ["after"] else "before" if words == ["before"] else when
    return side, wanted


def _put(ctx: CommandContext, node: NodeId, when: When, wanted: bool) -> None:
    """Do what was typed: said again it changes nothing, also for a breakpoint that an earlier session set."""
    kept = next((item for item in ctx.app_state.breakpoints.items() if (item.node, item.when) == (node, when)), None)
    if not wanted:
        ctx.studio.debugger.remove(node, when)
        done = "removed" if kept is not None else "was not set"
    elif kept is None:
        ctx.studio.debugger.toggle(node, when)
        done = "set"
    elif kept.enabled:
        done = "is set already; off behind it removes it"
    else:
        ctx.studio.debugger.enable(node, when, True)
        done = "is on again"
    _tell(ctx, node, when, done, on=wanted)


def is_set(ctx: CommandContext, node: NodeId, when: When) -> bool:
    """Tell whether there is such a breakpoint, on or off; taking it away needs no node."""
    return any((item.node, item.when) == (node, when) for item in ctx.app_state.breakpoints.items())


def _ignored(ctx: CommandContext, node: NodeId) -> str:
    """Why the server would not stop there, or empty; inside subgraphs this program stops the run itself."""
    server = ctx.app_state.server
    can = server.can("run_breakpoints") if server is not None and ":" not in node else None
    return f"Not set: {can.reason}" if can is not None and not can.works else ""


async def _unknown(ctx: CommandContext, node: NodeId) -> str:
    """Why a run could never stop there, or empty: the shown graph may be folded, or not be there yet."""
    if node == ALL or (ctx.app_state.graph is not None and any(item.id == node for item in ctx.app_state.graph.nodes)):
        return ""
    try:
        graph = await ctx.studio.assistants.opened_graph()
    except StudioError as error:
        return f"Not set: whether there is a node {clean(node)} could not be checked. {error}"
    if not graph.nodes or not unknown_nodes(graph, [node]):
        return ""
    wrong = no_such_node(node, graph)
    return f"{wrong.title}. {wrong.detail} {wrong.hint}"


def _toggle(ctx: CommandContext, node: NodeId, when: When) -> None:
    on = ctx.studio.debugger.toggle(node, when)
    _tell(ctx, node, when, "set" if on else "removed", on=on)


def _tell(ctx: CommandContext, node: NodeId, when: When, done: str, *, on: bool) -> None:
    where = "every node of the root graph" if node == ALL else clean(node)
    inside = f" {INSIDE}" if on and ":" in node else ""
    ctx.services.tell(f"Breakpoint {when} {where} {done}.{inside}")


async def _list(ctx: CommandContext) -> None:
    from studio_tui.ui.debugger.breakpoints_dialog import BreakpointsDialog

    node = await ctx.services.ask(BreakpointsDialog(ctx.studio))
    if node is None:
        return
    if ":" in node and not ctx.app_state.xray:
        await ctx.studio.assistants.load_graph(xray=True)
    ctx.screen.select_node(node)


def _break_words(ctx: CommandContext) -> list[str]:
    return [*node_names(ctx), "before", "after", "off"]


_in_dialog_keys = partial(Command, group="Breakpoints", scope="breakpoints", hidden=True)
DIALOG_KEYS = (
    _in_dialog_keys(
        "breakpoint-switch", "Switch", "Switch the breakpoint on or off.", act("switch"), ("space",), everywhere=True
    ),
    _in_dialog_keys("breakpoint-remove", "Remove", "Remove the breakpoint.", act("remove"), ("D", "delete")),
    _in_dialog_keys(
        "breakpoint-go", "Go to the node", "Go to the node in the graph.", act("jump"), ("enter",), everywhere=True
    ),
    _in_dialog_keys("breakpoint-down", "Next", "Go down a row.", act("move(1)"), ("j",)),
    _in_dialog_keys("breakpoint-up", "Before", "Go up a row.", act("move(-1)"), ("k",)),
)


def commands() -> list[Command]:
    return [
        Command(
            "break-before", "Break before", "Stop runs before a node; the key again or off removes it.",
            _break("before"), ("b",), "Debug", short="Break", argument="NODE [before|after] [off]", words=("break",),
            complete=_break_words, available=has_assistant,
        ),
        Command(
            "break-after", "Break after", "Stop runs after a node; the key again or off removes it.", _break("after"),
            ("B",), "Debug", argument="NODE [off]", complete=_break_words, available=has_assistant,
        ),
        Command(
            "breakpoints", "Breakpoints", "List them: switch on and off, remove, go to the node.", _list, ("ctrl+b",),
            "Debug", available=has_assistant,
        ),
        *DIALOG_KEYS,
    ]  # fmt: skip
