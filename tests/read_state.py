"""What tests read off the program's state that the program itself never asks."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId, NodeId


def paused_at(app_state: AppState) -> tuple[NodeId, ...]:
    """Return the drawn nodes at which the open thread waits, those of subgraphs included."""
    position = app_state.position
    return position.nodes if position.is_paused else ()


def branch_tips(history: History) -> list[CheckpointId]:
    """Return the checkpoints that nothing came out of, newest first."""
    parents = {item.parent_id for item in history.items}
    return [item.checkpoint_id for item in history.items if item.checkpoint_id and item.checkpoint_id not in parents]


def branch_of(history: History, tip: CheckpointId) -> list[Checkpoint]:
    """Return the checkpoints from `tip` back to its root, as far as they are loaded, newest first."""
    found: list[Checkpoint] = []
    current: CheckpointId | None = tip
    while current in history.by_id:
        found.append(history.by_id[current])
        current = found[-1].parent_id
    return found
