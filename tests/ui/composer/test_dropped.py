"""Whoever writes while something waits is told, in the border, what a new input takes from the thread."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import RunOptions
from studio_tui.text.sanitize import is_safe
from tests.ui.conftest import Start

SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_at_a_breakpoint_says_that_the_step_that_waits_is_dropped(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as it:
        await it.sees("Message to agent")
        composer = it.app.studio_screen.composer
        place = composer.region
        it.studio.paused_at("tools")
        await it.sees("╭─ A message starts anew and drops what waits: tools ─")
        assert composer.region == place
        it.studio.running(Phase.DONE, reconciled=True)
        it.studio.app_state.state = None
        it.studio.app_state.history.items.clear()
        it.studio.app_state.touch(Slice.STATE, Slice.HISTORY)
        await it.sees("Message to agent")


async def test_after_a_failure_it_is_what_failed_and_the_name_is_safe(start: Start) -> None:
    async with start() as it:
        it.studio.paused_at("no\x1b[2Jde\u202e")
        head = it.studio.app_state.head
        assert head is not None
        it.studio.running(Phase.FAILED, reconciled=True, base_id=head.checkpoint_id)
        it.studio.app_state.touch(Slice.STATE, Slice.RUN)
        await it.sees("A message starts anew and drops what failed: no")
        assert all(is_safe(line) for line in it.screen.splitlines())


async def test_a_run_without_a_thread_drops_nothing(start: Start) -> None:
    async with start() as it:
        it.studio.paused_at("tools")
        await it.sees("drops what waits: tools")
        it.studio.app_state.set_next_run(RunOptions(stateless=True))
        it.studio.app_state.touch(Slice.STATE)
        await it.sees("Message to agent")
