"""Which checkpoints a diff compares, in words."""

from __future__ import annotations

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.sanitize import clean_block


def compared(base: Checkpoint, state: Checkpoint) -> str:
    """Return the sentence for comparing `state` with `base`: its parent, or a checkpoint that the user marked."""
    is_parent = base.checkpoint_id is not None and base.checkpoint_id == state.parent_id
    elsewhere = "" if base.thread_id == state.thread_id else f" of thread {clean_block(base.thread_id[:8])}"
    other = "its parent" if is_parent else "the marked one"
    return f"{checkpoint_name(state)} against {other}, {checkpoint_name(base)}{elsewhere}"
