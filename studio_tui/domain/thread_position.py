"""How a thread stands: running, paused, asking, failed or done, and what is next. Decided here and nowhere else."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.ids import CheckpointId, NodeId
from studio_tui.domain.position import paused_nodes
from studio_tui.domain.run import CheckpointMark, Phase, RunState

INFERRED = " (inferred)"
"""Stands behind nodes that follow from the drawn edges, where the server leaves them out."""


class Standing(StrEnum):
    """How a thread stands."""

    NEW = "new"
    """It has no checkpoint yet."""
    RUNNING = "running"
    PAUSED = "paused"
    """It goes on without input: a breakpoint, a cut off task, an edit or a fork."""
    ASKING = "asking"
    """The graph asks a human."""
    FAILED = "failed"
    """Its last run failed there; where a task is left, it can be run again."""
    DONE = "done"
    """Nothing is next."""
    UNKNOWN = "unknown"
    """Its state could not be read after the last run."""


class ThreadPosition(Struct, frozen=True):
    """Where a thread stands; `nodes` are drawn ones, innermost subgraphs included, `next` those of the root graph."""

    standing: Standing = Standing.NEW
    nodes: tuple[NodeId, ...] = ()
    next: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    """Drawn nodes that the server leaves out of its state, because they wait behind a join."""
    inferred: bool = False
    """The hidden nodes are inferred; no server named them."""
    questions: tuple[Interrupt, ...] = ()
    can_continue: bool = False
    """Whether a run without input goes on from here."""

    @property
    def is_paused(self) -> bool:
        """Whether it waits to be continued or answered."""
        return self.standing in (Standing.PAUSED, Standing.ASKING)

    def words(self, node: str) -> str:
        """Return a node's name (raw), with the word that marks it as inferred where it is."""
        return node + INFERRED if self.inferred and node in self.hidden else node

    @property
    def places(self) -> tuple[str, ...]:
        """The nodes in words (raw); what waits without a name is said so."""
        if not self.nodes and self.can_continue and self.is_paused:
            return ("a node that the server does not name",)
        return tuple(self.words(node) for node in self.nodes)


def thread_position(head: Checkpoint | None, run: RunState | None) -> ThreadPosition:
    """Decide how a thread stands: `head` is its newest state with what is hidden revealed, `run` its newest run."""
    if run is not None and run.phase.is_live:
        return ThreadPosition(Standing.RUNNING, next=head.next if head is not None else ())
    if run is not None and is_ahead(run, head):
        return _from_stream(run)
    if head is None or (head.checkpoint_id is None and not head.values and not head.is_unfinished):
        failed = run is not None and run.phase is Phase.FAILED
        return ThreadPosition(Standing.FAILED if failed else Standing.NEW)
    questions = head.pending_interrupts
    failed = run is not None and run.phase is Phase.FAILED and ends_on(run, head)
    if questions:
        standing = Standing.ASKING
    elif failed:
        standing = Standing.FAILED
    else:
        standing = Standing.PAUSED if head.is_unfinished else Standing.DONE
    hidden, inferred = _hidden(head)
    nodes = paused_nodes(head)
    return ThreadPosition(standing, nodes, head.next, hidden, inferred, questions, head.is_unfinished)


def waits_after(run: RunState, position: ThreadPosition) -> bool:
    """Tell whether a run was cut short and its thread waits to go on: that it waits says more, now and later."""
    return run.phase is Phase.CANCELLED and position.is_paused


def ends_on(run: RunState, head: Checkpoint | None) -> bool:
    """Tell whether the thread's head is what the run left: nobody edited, forked or ran on since."""
    if run.deleted:
        return False
    if head is None or head.checkpoint_id is None:
        return True
    if head.checkpoint_id in run.checkpoints:
        return True
    newest = _newest_checkpoint(run)
    if newest is not None:
        return head.checkpoint_id < newest  # the run went on beyond what is known of the head
    if run.run_id is not None and head.run_id == run.run_id and head.source != "update":
        return True
    if run.base_id is not None:
        return head.checkpoint_id <= run.base_id
    return head.source not in ("update", "fork") or (head.created_at or 0.0) <= (run.started_at or 0.0)


def is_ahead(run: RunState, head: Checkpoint | None) -> bool:
    """Tell whether a run that ended is not in `head` yet: its state could not be read."""
    if run.reconciled or run.from_history or run.phase.is_live or run.stateless:
        return False
    return ends_on(run, head)


def _newest_checkpoint(run: RunState) -> CheckpointId | None:
    """Return the newest checkpoint of the root graph that the run is known to have made."""
    marks = (mark for mark in run.checkpoints.values() if not mark.ns)
    newest = max((mark.checkpoint_id for mark in marks if mark.checkpoint_id is not None), default=None)
    earlier = run.earlier.newest_mark if run.earlier is not None else None
    return newest if earlier is None or (newest is not None and newest > earlier) else earlier


def last_told(run: RunState) -> CheckpointMark | None:
    """Return the checkpoint of the root graph that the run's stream announced last."""
    return next((mark for mark in reversed(run.checkpoints.values()) if not mark.ns and mark.streamed), None)


def _from_stream(run: RunState) -> ThreadPosition:
    """What the stream alone tells of an ended run, when its state cannot be read."""
    questions = tuple(run.interrupts.values())
    mark = last_told(run)
    following = mark.next if mark is not None else ()
    nodes = tuple(NodeId(name) for name in following)
    if questions:
        asking = tuple(dict.fromkeys(NodeId(item.node) for item in questions if item.node))
        return ThreadPosition(Standing.ASKING, asking or nodes, following, questions=questions, can_continue=True)
    if run.phase is Phase.FAILED:
        return ThreadPosition(Standing.FAILED, nodes, following, can_continue=bool(following))
    if run.phase.is_paused:
        return ThreadPosition(Standing.PAUSED, nodes, following, can_continue=True)
    return ThreadPosition(Standing.UNKNOWN, next=following)


def _hidden(head: Checkpoint, prefix: str = "") -> tuple[frozenset[str], bool]:
    found = {prefix + name for name in head.hidden}
    inferred = head.inferred
    for task in head.tasks:
        if task.subgraph is not None and not task.has_result:
            names, inner = _hidden(task.subgraph, f"{prefix}{task.name}:")
            found |= names
            inferred = inferred or inner
    return frozenset(found), inferred
