"""Who begins is told what to do first, in the place where it is done; gone for ever after the first run."""

from __future__ import annotations

import pytest

from studio_tui.client.target import Target
from studio_tui.ui.studio.footer import Footer
from tests.ui.conftest import Start


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_who_has_never_sent_anything_is_told_what_to_do_first(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.sees("Type a message, enter sends · esc then 1 to 8: panels")
        assert it.screen.count("enter") == 2, "here and among the keys"
        await it.press("escape")
        await it.until(lambda: "Type a message" in it.screen and "esc then" not in it.screen, "keys of a panel only")
        await it.press("i")
        await it.sees("Type a message, enter sends · esc then 1 to 8: panels")


async def test_it_is_gone_after_the_first_run_and_at_every_later_start(start: Start) -> None:
    async with start() as it:
        await it.sees("enter sends · esc then")
        await it.type("hello")
        await it.press("enter")
        await it.until(lambda: bool(it.studio.called("start")), "a run")
        await it.until(lambda: "Type a message" in it.screen and "enter sends" not in it.screen, "the ordinary words")
    async with start() as it:
        await it.sees("Type a message")
        assert "enter sends" not in it.screen


async def test_the_keys_in_force_are_told(start: Start) -> None:
    async with start(size=(108, 36), keys={"composer-leave": "f9", "help": "f8"}) as it:
        await it.sees("Type a message, enter sends · f9 then 1 to 8: panels · f8 help · ^p commands")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_read_only_composer_offers_no_sending_and_is_as_high(start: Start, size: tuple[int, int]) -> None:
    places = []
    for readonly in (False, True):
        async with start(size=size, target=Target("http://127.0.0.1:2024", readonly=readonly)) as it:
            await it.sees("What you type is kept here" if readonly else "Type a message")
            await it.sees("This session is read-only; nothing is sent." if readonly else "@ File")
            places.append(it.app.studio_screen.composer.region)
            sends = [hint for hint in it.app.studio_screen.query_one(Footer).hints() if hint.word == "Send"]
            assert [hint.able for hint in sends] == [not readonly]
            assert "Type a message" not in it.screen if readonly else True
    assert places[0] == places[1]
