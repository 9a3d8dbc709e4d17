"""Whoever writes while something waits is told, in the border, what a new input takes from the thread."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import RunOptions
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import Span, plain
from studio_tui.ui.composer.border import dropped, noted, title, with_note
from tests.ui.conftest import Start

SIZES = [((80, 24), "A message starts anew and drops"), ((160, 45), "A message drops")]


@pytest.mark.parametrize(("size", "words"), SIZES)
async def test_a_message_at_a_breakpoint_says_that_the_step_that_waits_is_dropped(
    start: Start, size: tuple[int, int], words: str
) -> None:
    async with start(size=size) as it:
        await it.sees("Message to agent")
        composer = it.app.studio_screen.composer
        place = composer.region
        it.studio.paused_at("tools")
        await it.sees(f"╭─ {words} what waits: tools ─")
        assert composer.region == place
        it.studio.running(Phase.DONE, reconciled=True)
        it.studio.app_state.state = None
        it.studio.app_state.history.items.clear()
        it.studio.app_state.touch(Slice.STATE, Slice.HISTORY)
        await it.sees("Message to agent")


def test_a_title_says_what_it_has_to_say_in_few_cells_and_is_cut_last() -> None:
    past = Checkpoint(ThreadId("t"), CheckpointId("1f0"), step=2)
    assert title("chat", "agent", past, cells=48) == "Send from here: a message branches off at step 2"
    assert title("chat", "agent", past, cells=47) == "From here: a message branches off at step 2"
    assert title("form", "agent", past, cells=30) == "Branches off at step 2"
    assert title("form", "agent", None, "what failed: load", cells=30) == "Drops what failed: load"
    assert title("form", "agent", None, "what failed: load", cells=12) == "Drops what …"


def test_what_is_set_for_the_run_and_what_hinders_it_stand_beside_what_a_field_is_for() -> None:
    field, wrong = (Span("How many", "muted"),), (Span("! Must be 1 or more.", "err"),)
    options, offline = (Span("options: debug", "muted"),), (Span("Not connected.", "warn"),)
    assert plain(noted((), field, options, 60)) == "options: debug · How many"
    assert plain(noted((), field, options, 16)) == "options… · How many"
    assert plain(noted((), field, offline, 60)) == "Not connected. · How many"
    assert plain(noted((), wrong, offline, 60)) == "! Must be 1 or more. · Not connected."
    assert plain(noted((Span("Not sent: 1.", "err"),), field, offline, 60)) == "Not sent: 1. · How many"
    assert plain(noted((), (), options, 60)) == "options: debug"
    modes = (Span(" form ", "muted"), Span(" "))
    assert plain(with_note(modes, field, 60, "")[0]) == " form  · How many "


async def test_after_a_failure_it_is_what_failed_and_the_name_is_safe(start: Start) -> None:
    async with start() as it:
        it.studio.paused_at("no\x1b[2Jde\u202e")
        head = it.studio.app_state.head
        assert head is not None
        it.studio.running(Phase.FAILED, reconciled=True, base_id=head.checkpoint_id)
        it.studio.app_state.touch(Slice.STATE, Slice.RUN)
        await it.sees("A message drops what failed: no")
        assert all(is_safe(line) for line in it.screen.splitlines())


async def test_a_run_without_a_thread_drops_nothing(start: Start) -> None:
    async with start() as it:
        it.studio.paused_at("tools")
        await it.sees("drops what waits: tools")
        it.studio.app_state.set_next_run(RunOptions(stateless=True))
        it.studio.app_state.touch(Slice.STATE)
        await it.sees("Message to agent")
        it.studio.app_state.set_next_run(RunOptions())
        assert dropped(it.studio.app_state) == "what waits: tools"
        it.studio.app_state.thread_gone = True
        assert not dropped(it.studio.app_state), "nor where the thread is gone, and nothing is sent"
