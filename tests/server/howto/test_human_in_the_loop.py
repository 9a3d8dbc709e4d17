"""How to add breakpoints, edit state, review tool calls, travel in time, and wait for user input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from textual.widgets import TextArea

from studio_tui.domain.run import Phase
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.server.driven import Driven
from tests.server.howto.conftest import Cli, Open, message

pytestmark = pytest.mark.server

WEATHER = "what's the weather in sf"


def messages(api: httpx.Client, thread_id: str) -> list[dict[str, Any]]:
    """The thread's messages as the server keeps them."""
    found: list[dict[str, Any]] = api.get(f"/threads/{thread_id}/state").json()["values"]["messages"]
    return found


def next_of(api: httpx.Client, thread_id: str) -> list[str]:
    """The nodes that come next, as the server says."""
    found: list[str] = api.get(f"/threads/{thread_id}/state").json()["next"]
    return found


def checkpoints(api: httpx.Client, thread_id: str) -> int:
    """How many checkpoints the thread has."""
    return len(api.get(f"/threads/{thread_id}/history?limit=100").json())


def thread_of(it: Driven) -> str:
    """The open thread."""
    assert it.studio.app_state.thread_id is not None
    return it.studio.app_state.thread_id


async def paused(it: Driven, text: str, node: str) -> str:
    """Send a message and see that the thread stops before `node`; return the thread."""
    await it.say(text)
    assert await it.ends() is Phase.BREAKPOINT
    await it.panels()
    await it.sees(node)
    return thread_of(it)


async def goes_on(it: Driven, phase: Phase = Phase.DONE) -> None:
    """Press the key that continues a paused thread, and wait for the end of that run."""
    runs = len(it.studio.app_state.runs)
    await it.panels()
    await it.press("c")
    await it.until(lambda: len(it.studio.app_state.runs) > runs, "the continued run")
    assert await it.ends() is phase


async def edit(it: Driven, what: str, change: Callable[[Any], Any], as_node: str = "") -> None:
    """Open the state editor with its key, pick `what` to edit, rewrite it, look at the preview, apply."""
    await it.panels()
    await it.press("4", "g", "e")
    await it.sees("Edit what")
    await it.type(what)
    await it.press("enter")
    await it.until(lambda: isinstance(it.app.screen, EditScreen), "the edit screen")
    await it.until(lambda: bool(it.app.screen.query("#edit-area")), "the editor")
    area = it.app.screen.query_one("#edit-area", TextArea)
    value = change(json.loads(area.text) if area.text.strip() else None)
    area.focus()
    area.select_all()
    area.replace(json.dumps(value), *area.selection)
    await it.pilot.pause()
    if as_node:
        await it.press("ctrl+n")
        await it.until(lambda: not isinstance(it.app.screen, EditScreen), "the list of nodes")
        await it.type(as_node)
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, EditScreen), "the edit screen")
    await it.until(lambda: getattr(it.app.screen, "preview", None) is not None, "the preview")
    await it.press("ctrl+s")
    await it.sees("Applied.")


async def test_a_breakpoint_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await it.panel("2")
        await it.press("slash")
        await it.type("action")
        await it.press("enter", "b")
        await it.until(lambda: "action" in str(it.studio.app_state.breakpoints), "the breakpoint")
        thread_id = await paused(it, WEATHER, "action")
        assert next_of(api, thread_id) == ["action"]
        assert [item["type"] for item in messages(api, thread_id)] == ["human", "ai"]
        await goes_on(it)
        assert [item["type"] for item in messages(api, thread_id)] == ["human", "ai", "tool", "ai"]


def test_a_breakpoint_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    run = ("run", "agent", "--thread", thread_id, "--input", message(WEATHER), "--stream-mode", "updates")
    said = cli(*run, "--interrupt-before", "action", ends=5)
    assert "action" in said.err
    assert next_of(api, thread_id) == ["action"]
    said = cli("resume", thread_id)
    assert "I found this." in said.out
    assert [item["type"] for item in messages(api, thread_id)] == ["human", "ai", "tool", "ai"]


def other_city(ai: Any) -> Any:
    """The message with the arguments of its tool call changed."""
    ai["tool_calls"][0]["args"] = {"query": "current weather in Sidi Frej"}
    return ai


async def test_the_state_is_edited_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await it.command("break-before action")
        thread_id = await paused(it, WEATHER, "action")
        await edit(it, "messages[1]", other_city)
        assert len(messages(api, thread_id)) == 2, "the message is replaced by its id, not appended"
        await goes_on(it)
        assert "Sidi Frej" in messages(api, thread_id)[-2]["content"]
        await it.panel("5")
        await it.sees("Sidi Frej")


def test_the_state_is_edited_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    cli("run", "agent", "--thread", thread_id, "--input", message(WEATHER), "--interrupt-before", "action", ends=5)
    last = other_city(cli("state", thread_id, format="json").json["values"]["messages"][-1])
    cli("fork", thread_id, "--update", json.dumps({"messages": [last]}))
    assert len(messages(api, thread_id)) == 2
    cli("resume", thread_id)
    assert "Sidi Frej" in messages(api, thread_id)[-2]["content"]


REVIEW = "review_tool_calls"


def feedback(ai: dict[str, Any]) -> dict[str, Any]:
    """What a human writes instead of the tool's result."""
    return {
        "role": "tool",
        "content": "User requested changes: pass in the country as well",
        "name": "weather_search",
        "tool_call_id": ai["tool_calls"][0]["id"],
    }


def with_country(ai: Any) -> Any:
    """The message with a fuller city in its tool call."""
    ai["tool_calls"][0]["args"] = {"city": "San Francisco, USA"}
    return ai


async def test_tool_calls_are_reviewed_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio(REVIEW) as it:
        await it.say("hi!")  # nothing to review
        assert await it.ends() is Phase.DONE
        thread_id = await paused(it, WEATHER, "human_review_node")
        await goes_on(it)  # as it is
        assert "Sunny in sf!" in messages(api, thread_id)[-1]["content"]
        await it.press("A")
        thread_id = await paused(it, WEATHER, "human_review_node")
        await edit(it, "messages[1]", with_country)  # with other arguments
        await goes_on(it)
        assert "Sunny in San Francisco, USA!" in messages(api, thread_id)[-1]["content"]
        await it.press("A")
        thread_id = await paused(it, WEATHER, "human_review_node")

        said = feedback(messages(api, thread_id)[-1])
        await edit(it, "append", lambda _: said, as_node="human_review_node")  # not at all, with feedback
        await goes_on(it, Phase.BREAKPOINT)  # the model calls again, and that call is reviewed too
        assert messages(api, thread_id)[-1]["tool_calls"][0]["args"] == {"city": "San Francisco, USA"}
        await goes_on(it)
        assert "Sunny in San Francisco, USA!" in messages(api, thread_id)[-1]["content"]


def test_tool_calls_are_reviewed_by_command_line(cli: Cli, api: httpx.Client) -> None:
    def stopped() -> str:
        thread_id = cli("threads", "new").out.strip()
        cli("run", REVIEW, "--thread", thread_id, "--input", message(WEATHER), ends=5)
        return thread_id

    assert "Hello!" in cli("run", REVIEW, "--input", message("hi!")).out
    assert "Sunny in sf!" in cli("resume", stopped()).out
    thread_id = stopped()
    last = with_country(cli("state", thread_id, format="json").json["values"]["messages"][-1])
    cli("fork", thread_id, "--update", json.dumps({"messages": [last]}))
    assert "Sunny in San Francisco, USA!" in cli("resume", thread_id).out
    thread_id = stopped()
    said = feedback(messages(api, thread_id)[-1])
    cli("fork", thread_id, "--update", json.dumps({"messages": [said]}), "--as-node", "human_review_node")
    cli("resume", thread_id, ends=5)
    assert "Sunny in San Francisco, USA!" in cli("resume", thread_id).out


async def test_time_travel_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await it.say(WEATHER)
        assert await it.ends() is Phase.DONE
        thread_id = thread_of(it)
        before = checkpoints(api, thread_id)
        await it.panels()
        await it.press("comma", "comma")
        await it.until(
            lambda: (state := it.studio.app_state.state) is not None and state.next == ("action",), "the past"
        )
        assert checkpoints(api, thread_id) == before, "looking back writes nothing"
        await it.press("R")
        await it.sees("Will run: action")
        runs = len(it.studio.app_state.runs)
        await it.press("y")
        await it.until(lambda: len(it.studio.app_state.runs) > runs, "the replay")
        assert await it.ends() is Phase.DONE
        await it.press("comma", "comma")
        await it.until(
            lambda: (state := it.studio.app_state.state) is not None and state.next == ("action",), "the past"
        )
        await edit(it, "messages[1]", other_city)
        await goes_on(it)
        assert "Sidi Frej" in messages(api, thread_id)[-2]["content"]


def test_time_travel_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    cli("run", "agent", "--thread", thread_id, "--input", message(WEATHER))
    history = cli("history", thread_id, format="json").json
    past = next(item for item in history if item["next"] == ["action"])
    at = past["checkpoint"]["checkpoint_id"]
    said = cli("fork", thread_id, "--at", at, "--run")
    assert "I found this." in said.out
    last = other_city(past["values"]["messages"][-1])
    said = cli("fork", thread_id, "--at", at, "--update", json.dumps({"messages": [last]}), "--run")
    assert "Sidi Frej" in said.out
    assert "Sidi Frej" in messages(api, thread_id)[-2]["content"]
    assert len(cli("history", thread_id, "--limit", "100", format="json").json) > len(history)


def place(ai: dict[str, Any]) -> dict[str, Any]:
    """Where the human is, as the answer to the model's question."""
    return {"role": "tool", "content": "san francisco", "name": "AskHuman", "tool_call_id": ai["tool_calls"][0]["id"]}


ASK = "Ask the user where they are, then look up the weather there"


async def test_user_input_is_waited_for_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio("ask_human") as it:
        thread_id = await paused(it, ASK, "ask_human")
        answer = place(messages(api, thread_id)[-1])
        await edit(it, "append", lambda _: answer, as_node="ask_human")
        await goes_on(it)
        assert "weather in san francisco" in messages(api, thread_id)[-1]["content"]


def test_user_input_is_waited_for_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    cli("run", "ask_human", "--thread", thread_id, "--input", message(ASK), ends=5)
    answer = place(messages(api, thread_id)[-1])
    cli("fork", thread_id, "--update", json.dumps({"messages": [answer]}), "--as-node", "ask_human")
    assert "weather in san francisco" in cli("resume", thread_id).out
