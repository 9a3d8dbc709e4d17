"""After a fork, an edit and an undo every panel shows the head that a real server has, not the last run's end."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_tui.domain.run import Phase
from studio_tui.jsonkit.value import as_list, as_object
from studio_tui.ui.messages.panel import MessagesPanel
from tests.server.driven import Driven, driven

pytestmark = pytest.mark.server


def messages_shown(it: Driven) -> int:
    return sum(1 + len(entry.results) for entry in it.app.studio_screen.query_one(MessagesPanel)._messages.entries)


async def agree(it: Driven) -> int:
    """Wait until the panel shows as many messages as the server has; return the number."""
    head = await it.truth()
    number = len(as_list(as_object(head.values).get("messages")))
    await it.until(lambda: messages_shown(it) == number, f"{number} messages")
    return number


async def test_every_panel_shows_the_head_after_fork_and_undo(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path) as it:
        await it.type("what is the weather in Rome")
        await it.press("enter")
        assert await it.ends() is Phase.DONE
        whole = await agree(it)
        assert whole > 2
        await it.panels()
        early = next(item for item in it.studio.app_state.history.items if item.next == ("agent",) and item.step == 0)
        assert early.checkpoint_id is not None
        await it.studio.time.branching.fork(early.checkpoint_id, None, run=False)
        assert await agree(it) == 1
        await it.until(lambda: "DONE" not in it.text.splitlines()[0], "no DONE")
        await it.sees("PAUSED before agent")
        await it.studio.time.branching.restore("undo")
        assert await agree(it) == whole
        await it.until(lambda: "PAUSED before" not in it.text, "no pause")
        assert "DONE" in it.text.splitlines()[0]
