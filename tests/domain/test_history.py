"""What is known of a thread's checkpoints, of which only some are loaded."""

from __future__ import annotations

import pytest

from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.ids import CheckpointId, ThreadId

THREAD = ThreadId("t")


@pytest.mark.parametrize(
    ("step", "parent", "first"), [(-1, None, True), (-1, "1f0", False), (3, None, False), (None, None, False)]
)
def test_the_first_checkpoint_is_known_by_its_step_and_by_having_no_parent(
    step: int | None, parent: str | None, first: bool
) -> None:
    history = History(THREAD, complete=False)
    assert not history.reaches_the_first
    above = CheckpointId(parent) if parent else None
    history.merge([Checkpoint(THREAD, CheckpointId("1f1"), step=step, parent_id=above)])
    assert history.reaches_the_first is first
