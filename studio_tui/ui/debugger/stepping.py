"""Stepping: over, into, out, to a node; a thread that never ran begins with what is typed in the composer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from studio_tui.domain.ids import NodeId
from studio_tui.domain.position import innermost
from studio_tui.domain.run_request import Step
from studio_tui.text.sanitize import clean
from studio_tui.ui.commands.conditions import has_assistant, is_paused, no_run
from studio_tui.ui.contracts.command import Command, CommandContext
from studio_tui.ui.contracts.panel import Searchable
from studio_tui.ui.debugger.breaking import known_node, node_names


def _searching(ctx: CommandContext) -> bool:
    """While a search is active, n and N go to matches, as in less and vim."""
    return isinstance(ctx.panel, Searchable) and bool(ctx.panel.filter_text)


def _steppable(ctx: CommandContext) -> str | None:
    reason = has_assistant(ctx) or no_run(ctx)
    if reason is None and ctx.app_state.position.questions:
        return "the graph asks a question: answer it with c"
    return reason


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
    node = NodeId(ctx.argument.strip()) if ctx.argument.strip() else ctx.screen.selected_node
    if node is None:
        ctx.services.tell("Select a node in the graph first (2, then the arrow keys).", "warning")
    elif not known_node(ctx, node) or node == "*":
        ctx.services.tell(f"No run can be stopped before {clean(node)}.", "warning")
    else:
        await ctx.services.runs.step("", until=node)


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
            _run_to, ("t",), "Run", short="Run to", mutates=True, argument="NODE", complete=node_names,
            available=_steppable,
        ),
    ]  # fmt: skip
