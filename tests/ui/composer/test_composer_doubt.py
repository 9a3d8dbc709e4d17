"""A chat line before it is known what the graph takes: it waits a moment, or says so, and is never lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import AssistantId, CheckpointId, ThreadId
from studio_tui.domain.server import ServerInfo
from studio_tui.jsonkit.value import Json
from studio_tui.ui.composer import composer
from tests.recordings import recorded_schema
from tests.ui.composer.composer_host import Host, focused, typed
from tests.ui.harness import screen_text, wait_for_text, wait_until

HELLO = {"messages": [{"type": "human", "content": "hi"}]}


@pytest.mark.parametrize("schemas", [Schemas(problem="500"), Schemas()])
async def test_without_schemas_chat_says_what_it_would_send_and_sends_it_when_asked_again(
    tmp_path: Path, schemas: Schemas
) -> None:
    async with Host(tmp_path, schemas).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        assert host.composer.state.modes() == ("chat", "json")
        await typed(pilot, "h")
        await pilot.press("enter")
        await wait_for_text(pilot, "its input is unknown")
        await pilot.press("i", "enter")  # what was asked about was another text
        await wait_for_text(pilot, "its input is unknown")
        assert host.requests == []
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == HELLO


@pytest.mark.parametrize(("graph", "sent"), [("chat", [HELLO]), ("io", [])])
async def test_a_chat_line_waits_a_moment_until_it_is_known_what_the_graph_takes(
    tmp_path: Path, graph: str, sent: list[Json]
) -> None:
    async with Host(tmp_path, None).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("enter")
        assert host.requests == []
        host.composer.for_schema(Schemas(input=recorded_schema("py", graph)), "travel_agent")
        await wait_until(pilot, lambda: bool(host.requests) or "takes no messages" in screen_text(host))
        assert [item.input for item in host.requests] == sent


async def test_what_waits_to_be_sent_goes_along_where_its_text_goes_and_to_no_other_thread(tmp_path: Path) -> None:
    known = Schemas(input=recorded_schema("py", "chat"))
    async with Host(tmp_path, None).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        here = partial(host.composer.set_target, "http://server", "a1")
        here("t2")
        await typed(pilot, "hi")
        host.composer.submit()
        here("t3")
        host.composer.for_schema(known, "travel_agent")
        await wait_until(pilot, lambda: not host.composer._awaiting)
        assert (host.requests, host.composer.state.text()) == ([], "")
        here("t2")
        await wait_until(pilot, lambda: host.composer.state.text() == "hi")
        host.composer.for_schema(None, "travel_agent")
        here("")
        await typed(pilot, "new")
        host.composer.submit()
        here("made")  # a thread was made for it: the text goes along
        host.composer.for_schema(known, "travel_agent")
        await wait_until(pilot, lambda: len(host.requests) == 1)


async def test_schemas_that_come_before_the_wait_for_them_begins_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composer, "PATIENCE", 600.0)
    async with Host(tmp_path, None).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        host.composer.submit()
        host.composer.for_schema(Schemas(input=recorded_schema("py", "chat")), "travel_agent")
        await wait_until(pilot, lambda: len(host.requests) == 1)


async def test_a_chat_line_is_not_sent_while_it_is_not_known_what_the_graph_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composer, "PATIENCE", 0.01)
    async with Host(tmp_path, None).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("enter", "enter", "enter")
        await wait_for_text(pilot, "still being read")
        host.composer.for_schema(Schemas(input=recorded_schema("py", "chat")), "travel_agent")
        await wait_until(pilot, lambda: "still being read" not in screen_text(host))
        assert (host.requests, host.composer.state.text()) == ([], "hi")
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == HELLO


async def test_a_thread_that_shows_messages_takes_one_before_the_schemas_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composer, "PATIENCE", 0.01)
    app_state = AppState()
    app_state.server, app_state.assistant_id = ServerInfo("http://x"), AssistantId("a")
    app_state.assistants.items = [Assistant(AssistantId("a"), "g", "slow graph")]
    app_state.thread_id = ThreadId("t")
    async with Host(tmp_path, None).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        app_state.state = Checkpoint(ThreadId("t"), CheckpointId("1f0"), values={"count": 1})
        host.composer.draw(app_state, frozenset())
        host.composer.editors.set_text("hi")
        await pilot.press("enter")
        await wait_for_text(pilot, "still being read")
        assert host.requests == []
        app_state.state = Checkpoint(ThreadId("t"), CheckpointId("1f0"), values={"messages": []})
        host.composer.draw(app_state, frozenset())
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(host.requests))
        assert host.requests[0].input == HELLO
        app_state.schemas = Schemas(problem="The server failed (500).")
        host.composer.draw(app_state, frozenset())
        await wait_for_text(pilot, "JSON (^t) and chat work.")
        app_state.state = Checkpoint(ThreadId("t"), CheckpointId("1f0"), values={"count": 1})
        host.composer.draw(app_state, frozenset())
        await wait_for_text(pilot, "works, chat asks")


async def test_late_schemas_leave_what_was_typed_in_sight(
    tmp_path: Path,
) -> None:
    async with Host(tmp_path, None).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        host.composer.for_schema(Schemas(input=recorded_schema("py", "io")), "io")
        await wait_for_text(pilot, "takes no messages")
        assert (host.composer.state.mode, host.composer.state.text()) == ("chat", "hi")
        await pilot.press("enter")
        host.composer.for_schema(Schemas(input=recorded_schema("py", "chat")), "chat")
        await wait_until(pilot, lambda: "takes no messages" not in screen_text(host))
        assert (host.composer.state.mode, host.composer.state.text()) == ("chat", "hi")
        assert host.requests == []


async def test_a_text_that_was_to_be_sent_and_was_put_away_says_so(tmp_path: Path) -> None:
    async with Host(tmp_path, None).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("enter", "enter")
        await wait_for_text(pilot, "Sent once, as soon as it is known")
        host.composer.set_target("http://server", "another")
        host.composer.for_schema(Schemas(input=recorded_schema("py", "chat")), "travel_agent")
        await wait_for_text(pilot, "Not sent: another thread or assistant was opened first")
        assert host.requests == []
