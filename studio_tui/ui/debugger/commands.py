"""Breakpoints: set and remove them on a node, list them. Stepping: over, into, out, to a node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from studio_tui.core.debugger.node_names import no_such_node, node_names, unknown_nodes
from studio_tui.domain.breakpoint import ALL, Breakpoint, When
from studio_tui.domain.graph import END, START
from studio_tui.domain.ids import NodeId
from studio_tui.domain.position import innermost
from studio_tui.domain.run_request import Step
from studio_tui.domain.thread_position import Standing
from studio_tui.errors import StudioError
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import has_assistant, is_paused, no_run, off_the_list, still_there
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Searchable
from studio_tui.ui.screens.commands import ViewCommands

INSIDE = "It is inside a subgraph: this program has to stop the run there, so quick nodes may slip through."


def _node_names(ctx: CommandContext) -> list[str]:
    graph = ctx.app_state.graph
    return [ALL, *(clean(name) for name in node_names(graph))] if graph is not None else [ALL]


def _meant(ctx: CommandContext, name: str) -> NodeId | None:
    """Return the node that is named, else the one under the cursor; says what to do where there is none."""
    node = NodeId(name) if name else ctx.screen.selected_node
    if node is None:
        way = ctx.services.commands.hint(
            "({go-graph}, then the arrow keys; {graph-collapse-or-expand-subgraph} opens a box of several)"
        )
        ctx.services.tell(f"Select a node in the graph first {way}.", "warning")
    return node


# -- breakpoints ------------------------------------------------------------------------------------------------


def _break(when: When) -> Callable[[CommandContext], Awaitable[None]]:
    async def act(ctx: CommandContext) -> None:
        words = ctx.argument.split()
        asked = _asked(words[1:], when)
        node = _meant(ctx, words[0] if words else "")
        if node is None:
            return
        if asked is None:
            say = "Say :break NODE, :break NODE before, :break NODE after; off behind it removes it."
            ctx.services.tell(say, "warning")
            return
        side, wanted = asked
        there = next(
            (item for item in ctx.app_state.breakpoints.items() if (item.node, item.when) == (node, side)), None
        )
        why = await _why_not(ctx, node) if wanted and there is None else ""  # taking one away needs no node
        if why:
            ctx.services.tell(why, "warning")
        elif words:
            _put(ctx, node, side, there, wanted=wanted)
        else:
            on = ctx.studio.debugger.toggle(node, when)
            _tell(ctx, node, when, "set" if on else "removed", on=on)

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


def _put(ctx: CommandContext, node: NodeId, when: When, there: Breakpoint | None, *, wanted: bool) -> None:
    """Do what was typed: said again it changes nothing, also for a breakpoint that an earlier session set."""
    if not wanted:
        ctx.studio.debugger.remove(node, when)
        done = "removed" if there is not None else "was not set"
    elif there is None:
        ctx.studio.debugger.toggle(node, when)
        done = "set"
    elif there.enabled:
        done = "is set already; off behind it removes it"
    else:
        ctx.studio.debugger.enable(node, when, True)
        done = "is on again"
    _tell(ctx, node, when, done, on=wanted)


async def _why_not(ctx: CommandContext, node: NodeId) -> str:
    """Why a run would never stop there, or empty: the shown graph may be folded, or not be there yet."""
    if node in (START, END):
        return "Nothing runs at the start or the end; choose another node."
    server, graph = ctx.app_state.server, ctx.app_state.graph
    can = server.can("run_breakpoints") if server is not None and ":" not in node else None
    if can is not None and not can.works:  # inside subgraphs this program stops the run itself
        return f"Not set: {can.reason}"
    if node == ALL or (graph is not None and any(item.id == node for item in graph.nodes)):
        return ""
    try:
        graph = await ctx.studio.assistants.opened_graph()
    except StudioError as error:
        return f"Not set: whether there is a node {clean(node)} could not be checked. {error}"
    if not graph.nodes or not unknown_nodes(graph, [node]):
        return ""
    wrong = no_such_node(node, graph)
    return f"{wrong.title}. {wrong.detail} {ctx.services.commands.told(wrong.hint)}"


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
    return [*_node_names(ctx), "before", "after", "off"]


# -- stepping: a thread that never ran begins with what is typed in the composer --------------------------------


def _searching(ctx: CommandContext) -> bool:
    """While a search is active, n and N go to matches, as in less and vim."""
    return isinstance(ctx.panel, Searchable) and bool(ctx.panel.filter_text)


def _steppable(ctx: CommandContext) -> str | None:
    reason = has_assistant(ctx) or still_there(ctx) or no_run(ctx)
    if reason is None and ctx.app_state.position.questions:
        return ctx.services.commands.hint("the graph asks a question: answer it with {continue}")
    if reason is None and ctx.app_state.position.standing is Standing.DONE:
        return ctx.services.commands.hint("nothing to step: the thread has finished. {run} runs the composer's input")
    return reason or off_the_list(ctx)


def _step_reason(ctx: CommandContext) -> str | None:
    return None if _searching(ctx) else _steppable(ctx)


def _out_reason(ctx: CommandContext) -> str | None:
    head = ctx.app_state.head
    reason = _steppable(ctx) or is_paused(ctx)
    if reason is None and (head is None or not innermost(head)):
        return "the thread is not paused inside a subgraph"
    return reason


def _step(step: Step, match: str = "") -> Callable[[CommandContext], Awaitable[None]]:
    async def run(ctx: CommandContext) -> None:
        if match and _searching(ctx):
            ctx.services.perform(match)
        else:
            await ctx.services.runs.step(step)

    return run


async def _run_to(ctx: CommandContext) -> None:
    node, graph = _meant(ctx, ctx.argument.strip()), ctx.app_state.graph
    if node == ALL or (node is not None and graph is not None and unknown_nodes(graph, [node])):
        ctx.services.tell(f"No run can be stopped before {clean(node)}.", "warning")
    elif node is not None:
        await ctx.services.runs.step("", until=node)


_row = ViewCommands("breakpoint", "Breakpoints", "breakpoints", hidden=True)
DIALOG_KEYS = (
    _row("switch", "Switch", "Switch the breakpoint on or off.", "space", everywhere=True),
    _row("remove", "Remove", "Remove the breakpoint.", "D", "delete"),
    _row("go", "Go to the node", "Go to the node in the graph.", "enter", does="jump", everywhere=True),
)


def commands() -> list[Command]:
    return [
        Command(
            "step", "Step", "Run one superstep, of the subgraph while paused in one; or start a new thread with one.",
            _step("over", "filter-next"), ("n",), "Run", mutates=True, available=_step_reason,
        ),
        Command(
            "step-in", "Step into", "Run to the first task inside the subgraph that comes next.",
            _step("into", "filter-previous"), ("N",), "Run", mutates=True, available=_step_reason,
        ),
        Command(
            "step-out", "Step out", "Run until the subgraph that the thread is paused in has finished.",
            _step("out"), ("o",), "Run", mutates=True, available=_out_reason,
        ),
        Command(
            "run-to", "Run to node", "Run until the selected node is next; breakpoints on the way stop it too.",
            _run_to, ("t",), "Run", short="Run to", mutates=True, argument="NODE", complete=_node_names,
            available=_steppable, in_place="",
        ),
        Command(
            "break-before", "Break before", "Stop runs before a node; the key again or off removes it.",
            _break("before"), ("b",), "Debug", short="Break", argument="NODE [before|after] [off]",
            words=("break", "breakpoint"), complete=_break_words, available=has_assistant, in_place="",
        ),
        Command(
            "break-after", "Break after", "Stop runs after a node; the key again or off removes it.", _break("after"),
            ("B",), "Debug", argument="NODE [off]", complete=_break_words, available=has_assistant, in_place="",
        ),
        Command(
            "breakpoints", "Breakpoints", "List them: switch on and off, remove, go to the node.", _list, ("ctrl+b",),
            "Debug", available=has_assistant,
        ),
        *DIALOG_KEYS,
    ]  # fmt: skip
