"""How to create agents with configuration, and how to run several agents on the same thread.

How to version assistants is walked in `tests/server/test_assistants_live.py`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from studio_tui.domain.run import Phase
from tests.server.howto.conftest import Cli, Open, message
from tests.server.howto.test_human_in_the_loop import messages, thread_of

pytestmark = pytest.mark.server


@pytest.fixture
def name(api: httpx.Client) -> Iterator[str]:
    """A name for an assistant that is deleted afterwards."""
    chosen = f"openai_assistant {uuid.uuid4().hex[:6]}"
    yield chosen
    for found in api.post("/assistants/search", json={"limit": 100}).json():
        if found["name"] == chosen:
            api.delete(f"/assistants/{found['assistant_id']}")


async def test_an_agent_is_configured_by_keys(studio: Open, api: httpx.Client, name: str) -> None:
    async with studio() as it:
        await it.panels()
        await it.press("a")
        await it.sees("agent")
        await it.press("A")
        await it.sees("Graph of the new assistant")
        await it.type("agent")
        await it.press("enter")
        await it.sees("name*")
        await it.type(name)
        await it.press("down", "down")
        await it.type("o")  # openai
        await it.press("ctrl+s")
        await it.sees("is made.")
        [made] = [item for item in it.studio.app_state.assistants.items if item.name == name]
        stored = api.get(f"/assistants/{made.assistant_id}").json()  # noqa: ASYNC212
        assert stored["context"] == {"model_name": "openai"}
        await it.press("r")
        await it.until(lambda: it.app.studio_screen.area == "composer", "the composer")
        await it.say("hello")
        assert await it.ends() is Phase.DONE
        assert messages(api, thread_of(it))[-1]["name"] == "openai"


def test_an_agent_is_configured_by_command_line(cli: Cli, name: str) -> None:
    config = json.dumps({"configurable": {"model_name": "openai"}})
    cli("assistants", "create", "agent", "--name", name, "--config", config)
    said = cli("run", name, "--input", message("hello"), format="json")
    assert said.json["values"]["messages"][-1]["name"] == "openai"
    said = cli("run", "agent", "--input", message("hello"), format="json")
    assert said.json["values"]["messages"][-1]["name"] == "anthropic"


async def test_two_agents_on_one_thread_by_keys(studio: Open, api: httpx.Client, name: str) -> None:
    made = {"graph_id": "agent", "name": name, "context": {"model_name": "openai"}}
    _ = api.post("/assistants", json=made).json()  # noqa: ASYNC212
    async with studio(name) as it:
        await it.say("who made you?")
        assert await it.ends() is Phase.DONE
        thread_id = thread_of(it)
        default = next(
            item for item in it.studio.app_state.assistants.items if item.is_default and item.graph_id == "agent"
        )
        await it.command(f"assistant {default.assistant_id}")
        await it.until(lambda: it.studio.app_state.assistant_id == default.assistant_id, "the default assistant")
        assert thread_of(it) == thread_id
        runs = len(it.studio.app_state.runs)
        await it.say("and you?")
        await it.until(lambda: len(it.studio.app_state.runs) > runs, "the second run")
        assert await it.ends() is Phase.DONE
        assert [item["name"] for item in messages(api, thread_id) if item["type"] == "ai"] == ["openai", "anthropic"]
        assert "your message number 2" in messages(api, thread_id)[-1]["content"]


def test_two_agents_on_one_thread_by_command_line(cli: Cli, api: httpx.Client, name: str) -> None:
    cli("assistants", "create", "agent", "--name", name, "--context", '{"model_name": "openai"}')
    thread_id = cli("threads", "new").out.strip()
    cli("run", name, "--thread", thread_id, "--input", message("who made you?"))
    cli("run", "agent", "--thread", thread_id, "--input", message("and you?"))
    assert [item["name"] for item in messages(api, thread_id) if item["type"] == "ai"] == ["openai", "anthropic"]
    assert "your message number 2" in messages(api, thread_id)[-1]["content"]
