"""What happens to a second message while the first is answered: enqueue, interrupt, rollback, reject."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from studio_tui.domain.run import Phase
from tests.server.driven import Driven
from tests.server.howto.conftest import Cli, Open, message

pytestmark = pytest.mark.server

FIRST, SECOND = "search slowly", "and hello"


def said_by_humans(api: httpx.Client, thread_id: str) -> list[str]:
    """What humans said on the thread, as the server keeps it."""
    values = api.get(f"/threads/{thread_id}/state").json()["values"] or {}
    return [item["content"] for item in values.get("messages", ()) if item["type"] == "human"]


def statuses(api: httpx.Client, thread_id: str) -> list[str]:
    """How the thread's runs ended, oldest first."""
    return [run["status"] for run in reversed(api.get(f"/threads/{thread_id}/runs").json())]


async def first_message(it: Driven) -> str:
    """Send the first message and wait until its slow tool runs; return the thread."""
    await it.say(FIRST)
    await it.until(
        lambda: (
            (run := it.studio.app_state.run) is not None and any(task.name == "action" for task in run.tasks.values())
        ),
        "the slow tool",
    )
    assert it.studio.app_state.thread_id is not None
    return it.studio.app_state.thread_id


async def both_over(it: Driven, api: httpx.Client, thread_id: str) -> None:
    """Wait until nothing runs any more, on the server and on the screen."""
    await it.until(lambda: not {"pending", "running"} & set(statuses(api, thread_id)), "the end of all runs")
    assert await it.ends() in (Phase.DONE, Phase.CANCELLED)


EXPECTED: dict[str, tuple[list[str], list[str]]] = {
    "enqueue": (["success", "success"], [FIRST, SECOND]),
    "interrupt": (["interrupted", "success"], [FIRST, SECOND]),
    "rollback": (["success"], [SECOND]),
}
"""Strategy: how the server's runs ended, and what of the humans' words stays in the state."""


@pytest.mark.parametrize("strategy", EXPECTED)
async def test_a_second_message_by_keys(studio: Open, api: httpx.Client, strategy: str) -> None:
    async with studio() as it:
        await it.command(f"multitask {strategy}")
        thread_id = await first_message(it)
        await it.say(SECOND)
        await it.until(lambda: SECOND in str(said_by_humans(api, thread_id)), "the second message in the state")
        await both_over(it, api, thread_id)
        assert (statuses(api, thread_id), said_by_humans(api, thread_id)) == EXPECTED[strategy]
        await it.panel("5")
        number = len(EXPECTED[strategy][1])
        await it.sees(f"number {number}; no prompt")
        assert FIRST in it.text or strategy == "rollback"


async def test_a_rejected_message_by_keys_is_kept_and_a_choice_is_offered(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await it.command("multitask reject")
        thread_id = await first_message(it)
        await it.say(SECOND)
        await it.sees("busy")
        await it.press("escape")
        assert await it.ends() is Phase.DONE
        assert statuses(api, thread_id) == ["success"]
        assert said_by_humans(api, thread_id) == [FIRST]
        assert SECOND in it.text, "what was not sent is still in the composer"


def started(cli: Cli, api: httpx.Client) -> str:
    """Start the first run in the background and wait until its slow tool runs; return the thread."""
    thread_id = cli("threads", "new").out.strip()
    cli("run", "agent", "--thread", thread_id, "--input", message(FIRST), "--background")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        state: Any = api.get(f"/threads/{thread_id}/state").json()
        if state["next"] == ["action"]:
            return thread_id
        time.sleep(0.02)
    raise AssertionError("the first run never came to its tool")


@pytest.mark.parametrize("strategy", EXPECTED)
def test_a_second_message_by_command_line(cli: Cli, api: httpx.Client, strategy: str) -> None:
    thread_id = started(cli, api)
    said = cli("run", "agent", "--thread", thread_id, "--input", message(SECOND), "--multitask", strategy)
    assert "message number" in said.out
    assert (statuses(api, thread_id), said_by_humans(api, thread_id)) == EXPECTED[strategy]


def test_a_rejected_message_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = started(cli, api)
    said = cli("run", "agent", "--thread", thread_id, "--input", message(SECOND), "--multitask", "reject", ends=1)
    assert "busy" in said.err or "running" in said.err
    cli("tail", thread_id)
    assert (statuses(api, thread_id), said_by_humans(api, thread_id)) == (["success"], [FIRST])
