"""Management views on servers that lack things: greyed out with the reason, never an error."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.server import Capability, ServerInfo, ServerKind
from tests.ui.conftest import Start
from tests.ui.fakes import FakeStudio


@pytest.mark.parametrize(("key", "capability", "title"), [("J", "crons", "Crons"), ("M", "store", "Store")])
async def test_what_a_server_lacks_says_why(start: Start, key: str, capability: str, title: str) -> None:
    fake = FakeStudio()
    async with start(studio=fake) as it:
        lacking = {capability: Capability(False, "This server cannot do that.")}
        fake.store.server = ServerInfo("http://x", ServerKind.JAVASCRIPT, capabilities=lacking)
        fake.store.touch(Slice.CONNECTION)
        await it.panels()
        depth = len(it.app.screen_stack)
        await it.press(key)
        await it.sees(f"{title}: this server cannot do that.")
        assert len(it.app.screen_stack) == depth


async def test_a_bad_filter_at_the_prompt_opens_nothing(start: Start) -> None:
    async with start() as it:
        await it.panels()
        depth = len(it.app.screen_stack)
        it.app.perform("threads", "status=open")
        await it.sees("No status is called open")
        assert len(it.app.screen_stack) == depth
