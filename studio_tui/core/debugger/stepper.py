"""Turns a step (over, into, out, to a node) into what the server is asked and what is watched for. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from studio_tui.core.debugger.subgraph_stops import SubgraphStop
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.breakpoint import Breakpoints
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ROOT, Namespace, NodeId, namespace_nodes
from studio_tui.domain.position import innermost, pending_tasks
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.stream_mode import StreamMode, Tells, telling
from studio_tui.errors import UnsupportedError, UsageError
from studio_tui.text.hint import Hint

Stops = tuple[str, ...] | Literal["*"]


def is_step(request: RunRequest) -> bool:
    """Tell whether the run is to stop by itself."""
    return bool(request.step or request.until)


def check_step(request: RunRequest, head: Checkpoint | None, server: ServerInfo) -> None:
    """Raise UsageError or UnsupportedError when the thread cannot be stepped as asked."""
    can = server.can("run_breakpoints")
    if not can.works:
        raise UnsupportedError("This server cannot step", can.reason, Hint("Run it whole, or stop it ({stop})."))
    if request.input is not UNSET:
        if request.step == "out":
            raise UsageError("A new run is in no subgraph yet", "", "Step into one first.")
        return
    if head is None or not head.is_unfinished:
        raise UsageError("The thread is not paused", "There is nothing to step.", "Write an input, then step.")
    if head.pending_interrupts and request.command is None:
        node = head.pending_interrupts[0].node or "The graph"
        raise UsageError(
            "The thread waits for an answer", f"{node} asks, and no step gets past it.", Hint("Answer it ({continue}).")
        )
    if request.step == "out" and not innermost(head):
        raise UsageError(
            "The thread is not paused inside a subgraph", "", Hint("Continue ({continue}), or step over ({step}).")
        )


def for_server(request: RunRequest, head: Checkpoint | None, marks: Breakpoints) -> RunRequest:
    """Return the request with the breakpoints and stream modes that its step needs."""
    place = _place(request, head)
    if request.step in ("over", "into") or (request.step == "out" and len(place) > 1):
        request = replace(request, interrupt_after="*")  # where the subgraph is left, the server stops
    elif request.step == "out" and request.interrupt_after != "*":
        root = namespace_nodes(place)[:1]
        request = replace(request, interrupt_after=tuple(dict.fromkeys((*request.interrupt_after, *root))))
    if request.until and ":" not in request.until and request.interrupt_before != "*":
        names = tuple(dict.fromkeys((*request.interrupt_before, request.until)))
        request = replace(request, interrupt_before=names)
    blind = not watch_for(request, head, marks).looks_inside
    before, after = _root_nodes(request.interrupt_before), _root_nodes(request.interrupt_after)
    request = replace(request, interrupt_before=before, interrupt_after=after)
    if not blind and not telling(Tells.TASKS) & set(request.stream_modes):
        request = replace(request, stream_modes=(*request.stream_modes, StreamMode.TASKS))
    return request


def watch_for(request: RunRequest, head: Checkpoint | None, marks: Breakpoints) -> SubgraphStop:
    """Return what to look for in the run's stream: its step's end, and breakpoints inside subgraphs."""
    place = _place(request, head)
    goal = NodeId(request.until) if request.until else None
    pending = pending_tasks(head) if head is not None and _continues(request) else []
    before = marks.inside("before") | _inner_nodes(request.interrupt_before)
    if goal is not None and ":" in goal:
        before |= {goal}
    return SubgraphStop(
        before=before,
        after=marks.inside("after") | _inner_nodes(request.interrupt_after),
        frame=place if request.step == "over" else place[:-1] if request.step == "out" else ROOT,
        inside=request.step == "into",
        goal=goal,
        seen=frozenset(item.id for item in pending if not item.hidden),
        waiting=frozenset((item.ns, item.node) for item in pending if item.hidden),
    )


def _root_nodes(names: Stops) -> Stops:
    """Without nodes of subgraphs: servers do not know them, and say nothing."""
    return "*" if names == "*" else tuple(name for name in names if ":" not in name)


def _inner_nodes(names: Stops) -> frozenset[NodeId]:
    return frozenset(NodeId(name) for name in names if ":" in name)


def _place(request: RunRequest, head: Checkpoint | None) -> Namespace:
    return innermost(head) if head is not None and _continues(request) else ROOT


def _continues(request: RunRequest) -> bool:
    """Whether the run goes on where the thread is paused, and so begins with the tasks that it is paused at."""
    return request.input is UNSET and request.checkpoint is None and not request.stateless


def warn_of_breakpoints(app_state: AppState, server: ServerInfo, request: RunRequest) -> None:
    """Tell beforehand which breakpoints will not stop this run."""
    can = server.can("run_breakpoints")
    wanted = request.interrupt_before or request.interrupt_after or len(app_state.breakpoints)
    if wanted and not can.works:
        title, hint = "Breakpoints do not work on this server", "The run will not stop at them."
        app_state.tell(title, can.reason, hint, severity="warning", key="bp")
    blind = request.background or request.stateless
    if blind and watch_for(request, app_state.head, app_state.breakpoints).looks_inside:
        title = "This run does not stop inside subgraphs"
        detail = "Only a run on a thread that is followed here can be stopped there."
        app_state.tell(title, detail, severity="warning", key="bp")
