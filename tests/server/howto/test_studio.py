"""The how-tos of the studio itself: invoking, threads, local and remote deployments, authentication, `dev`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from studio_tui.config.paths import find_paths
from studio_tui.domain.run import Phase
from tests.pty.terminal import Terminal, program
from tests.server.howto.conftest import APP, Cli, Open, copied, message
from tests.server.howto.test_human_in_the_loop import edit, messages, thread_of
from tests.shared_server import SharedServer, session_folder

pytestmark = pytest.mark.server


async def test_an_assistant_is_invoked_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio("ask_human") as it:
        await it.panels()
        await it.press("a")
        await it.sees("review_tool_calls")
        await it.press("slash")
        await it.type("review")
        await it.press("enter", "enter")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        await it.panel("2")
        await it.sees("human_review_node")
        await it.say("hi!")
        assert await it.ends() is Phase.DONE
        await it.panel("5")
        await it.sees("How can I help?")
        await it.panel("4")
        await it.sees("messages")
        state = it.studio.app_state.state
        assert state is not None
        assert [item["content"] for item in messages(api, thread_of(it))] == ["hi!", "Hello! How can I help?"]


def test_an_assistant_is_invoked_by_command_line(cli: Cli) -> None:
    assert "human_review_node" in cli("graph", "review_tool_calls").out
    settings = json.dumps({"system_prompt": "a prompt of this run"})
    said = cli("run", "agent", "--input", message("hello"), "--context", settings)
    assert "a prompt of this run" in said.out


async def test_threads_are_viewed_made_edited_and_forked_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await it.say("hello")
        assert await it.ends() is Phase.DONE
        first = thread_of(it)
        await it.panels()
        await it.press("A")
        await it.until(lambda: it.studio.app_state.thread_id is None, "a new thread")
        await it.command(f"thread {first}")
        await it.until(lambda: it.studio.app_state.thread_id == first, "the first thread")
        await it.panel("4")
        await it.sees("values")
        await it.press("comma")  # before the agent ran
        await it.until(
            lambda: (state := it.studio.app_state.state) is not None and state.next == ("agent",), "the past"
        )

        def other_words(human: Any) -> Any:
            return {**human, "content": "good morning"}

        await edit(it, "messages[0]", other_words)
        runs = len(it.studio.app_state.runs)
        await it.press("c")
        await it.until(lambda: len(it.studio.app_state.runs) > runs, "the run of the fork")
        assert await it.ends() is Phase.DONE
        assert messages(api, first)[0]["content"] == "good morning"
        assert "good morning" in messages(api, first)[-1]["content"]


def test_threads_are_viewed_made_edited_and_forked_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    cli("run", "agent", "--thread", thread_id, "--input", message("hello"))
    assert thread_id in [item["thread_id"] for item in cli("threads", "ls", "--limit", "100", format="json").json]
    assert "hello" in cli("state", thread_id).out
    past = next(item for item in cli("history", thread_id, format="json").json if item["next"] == ["agent"])
    other = {**past["values"]["messages"][0], "content": "good morning"}
    at = past["checkpoint"]["checkpoint_id"]
    said = cli("fork", thread_id, "--at", at, "--update", json.dumps({"messages": [other]}), "--run")
    assert "good morning" in said.out
    assert messages(api, thread_id)[0]["content"] == "good morning"


def studio_url(base_url: str) -> str:
    """The address that `langgraph dev` prints for the studio in the browser."""
    return f"https://smith.example.com/studio/?baseUrl={quote(base_url, safe=':/')}"


async def test_a_local_deployment_is_tested_by_keys(studio: Open, howto_server: str) -> None:
    async with studio() as it:
        await it.command(f"server {studio_url(howto_server)}")
        await it.until(lambda: it.studio.app_state.server is not None and not it.app.work.activities, "the server")
        await it.say("hello")
        assert await it.ends() is Phase.DONE
        await it.panel("5")
        await it.sees("number 1; no prompt")


def test_a_local_deployment_is_tested_by_command_line(cli: Cli, howto_server: str) -> None:
    said = cli("run", "agent", "--input", message("hello"), base_url=studio_url(howto_server))
    assert "message number 1" in said.out


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL, with a path, of a server that wants a key or a token."""
    from studio_tui.local import project_server

    shared = session_folder(tmp_path_factory)

    def make() -> Any:
        folder = copied("auth_app", shared)
        shutil.copy(APP / "agent.py", folder)
        return project_server(folder, find_paths())

    with SharedServer(shared, "howto-deployment", make) as base_url:
        yield base_url


def at_the_prompt(*arguments: str, tmp_path: Path, **env: str) -> Terminal:
    """The real program in a terminal, with a home of its own."""
    places = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    return Terminal(program(*arguments), env={**places, **env})


def says(term: Terminal, text: str) -> None:
    """Write before the server has answered, and send when the graph is there."""
    term.sees("Type a message")
    term.type(text)
    term.sees("action")
    term.type("\r")
    term.sees("DONE")


def test_a_remote_deployment_is_tested_by_keys(deployment: str, tmp_path: Path) -> None:
    key = {"LANGGRAPH_API_KEY": "a-deployments-key"}
    with at_the_prompt("--base-url", deployment, "--assistant", "agent", tmp_path=tmp_path, **key) as term:
        says(term, "hello")
        term.sees("number 1; no prompt")
        assert b"a-deployments-key" not in term.written
        term.type("\x11")
        assert term.ends() == 0


def test_a_remote_deployment_is_tested_by_command_line(
    deployment: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("run", "agent", "--input", message("hello"), base_url=deployment, ends=3)
    monkeypatch.setenv("LANGGRAPH_API_KEY", "a-deployments-key")
    said = cli("run", "agent", "--input", message("hello"), base_url=deployment)
    assert "message number 1" in said.out


TOKEN = "Authorization: Bearer alices-token"


def test_custom_authentication_by_keys(deployment: str, tmp_path: Path) -> None:
    arguments = ("--base-url", deployment, "--assistant", "agent", "--header", TOKEN)
    with at_the_prompt(*arguments, tmp_path=tmp_path) as term:
        says(term, "hello")
        term.sees("number 1; no prompt")
        assert b"alices-token" not in term.written
        term.type("\x11")
        assert term.ends() == 0


def test_custom_authentication_by_command_line(deployment: str, cli: Cli) -> None:
    said = cli("threads", "ls", base_url=deployment, ends=3)
    assert "401" in said.err or "not authorised" in said.err.lower()
    mine = cli("threads", "new", "--header", TOKEN, base_url=deployment).out.strip()
    cli("run", "agent", "--thread", mine, "--input", message("hello"), "--header", TOKEN, base_url=deployment)
    bob = ("--header", "Authorization: Bearer bobs-token")
    assert mine not in cli("threads", "ls", *bob, base_url=deployment).out
    cli("state", mine, *bob, base_url=deployment, ends=4)


def test_a_local_agent_is_followed_while_it_is_written_by_keys_and_command_line(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.move(copied("app", tmp_path), project)
    with at_the_prompt("dev", str(project), tmp_path=tmp_path) as term:
        says(term, "hello")
        term.sees("number 1; no prompt")
        source = (project / "agent.py").read_text()
        (project / "agent.py").write_text(source.replace('"action"', '"lookup"'))
        term.sees("lookup")
        term.type("weather please\r")
        term.sees("I found this.")
        term.type("\x11")
        assert term.ends() == 0
