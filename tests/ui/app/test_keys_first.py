"""A key goes before what streams in: it waits for no frame, and what it does is painted at once."""

from __future__ import annotations

import pytest

from studio_tui.core.connection import right_of_way
from studio_tui.core.state.app_state import Slice
from studio_tui.ui.app import key_turn
from tests.ui.conftest import Driven, Start
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key has the right of way until it has had its effect, on the busiest machine."""
    monkeypatch.setattr(right_of_way, "LONGEST", 10 * PATIENCE)
    monkeypatch.setattr(key_turn, "HELD", 10 * PATIENCE)


async def settled(it: Driven) -> None:
    way = it.studio.right_of_way
    await it.until(lambda: it.app.typeahead._task is None and not way.taken, "the key's whole effect")


async def test_while_a_key_waits_no_frame_is_drawn_or_painted(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await settled(it)
        it.app.turn.begin()
        frames, painted = it.app.clock.frames, []
        it.app.post_display_hook = lambda: painted.append(1)  # type: ignore[method-assign]
        it.studio.app_state.touch(*Slice)
        it.app.studio_screen.refresh()
        for _ in range(20):
            await it.pilot.pause(0.002)
        assert it.app.clock.frames == frames
        assert not painted
        it.app.turn.end()
        await it.until(lambda: it.app.clock.frames > frames and bool(painted), "the frame that waited")


async def test_what_a_key_does_is_painted_without_waiting_for_textuals_beat(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        await it.panels()
        await settled(it)
        beat = it.app.studio_screen._update_timer
        await it.until(lambda: not beat._active.is_set(), "a screen that is painted")
        happened: list[str] = []
        monkeypatch.setattr(beat, "resume", lambda: happened.append("waits for the beat"))
        it.app.post_display_hook = lambda: happened.append("painted")  # type: ignore[method-assign]
        await it.press("l")
        await it.until(lambda: bool(happened), "something to paint")
        assert happened[0] == "painted"


async def test_a_key_that_does_nothing_gives_the_right_of_way_back(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("f9")
        await settled(it)


async def test_a_key_that_is_not_taken_gives_the_right_of_way_back(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await settled(it)
        it.app.typeahead.focus_moved("It is gone", PATIENCE)
        it.app.turn.arrives()
        await it.press("j")
        assert not it.studio.right_of_way.taken


async def test_keys_that_never_end_leave_some_time_to_frames(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    async with start() as it:
        await it.panels()
        await settled(it)
        monkeypatch.setattr(key_turn, "monotonic", lambda: now[0])
        monkeypatch.setattr(key_turn, "HELD", 0.3)
        turn, waited = it.app.turn, []
        for _ in range(700):  # keys that are 5 ms apart, none of which has its effect before the next
            turn.arrives()
            turn.begin()
            waited.append(turn.waiting)
            now[0] += 0.005
        turn.end()
        assert waited[0]
        assert waited.count(False) >= 90
        assert not any(all(waited[at : at + 65]) for at in range(600))
        turn.begin()
        assert turn.waiting  # the first of others
        turn.end()
