"""What was typed is kept whatever ends the program: before there is an assistant, and while keys still wait."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from textual import events

from studio_tui.config.paths import Paths
from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts, early_key
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.server import ServerInfo
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.app.typeahead import TypeAhead
from studio_tui.ui.contracts.options import UiOptions
from tests.ui.app.test_bursts import burst
from tests.ui.conftest import TARGET, Driven, Start
from tests.ui.fakes import AGENT, FakeStudio

FORM: Any = {"type": "object", "properties": {"name": {"type": "string"}}}


class NeverThere(FakeStudio):
    """A server that does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()

    async def connect(self, target: Any, *, expected: str = "") -> ServerInfo:
        await self.answers.wait()
        return await super().connect(target, expected=expected)


def text(it: Driven) -> str:
    return it.app.studio_screen.composer.state.text()


def drafts(folder: Path) -> list[str]:
    return [json.loads(json.loads(path.read_text())["text"])["chat"] for path in folder.glob("state/drafts/*.json")]


async def typed_early(it: Driven, words: str) -> None:
    await it.until(lambda: it.app.studio_screen.area == "composer")
    await it.type(words)
    await it.until(lambda: text(it) == words)


async def test_text_typed_before_there_is_an_assistant_comes_back(start: Start, tmp_path: Path) -> None:
    async with start(studio=NeverThere(), ready=False) as it:
        await typed_early(it, "too early")
        assert it.app.save_all_drafts() == []
        assert drafts(tmp_path) == ["too early"]
    async with start(studio=NeverThere(), ready=False) as it:
        await it.until(lambda: text(it) == "too early")
    studio = NeverThere()
    async with start(studio=studio, ready=False) as it:
        studio.answers.set()
        await it.until(lambda: studio.app_state.assistant_id is not None)
        await it.until(lambda: text(it) == "too early")
        early = Drafts(tmp_path / "state" / "drafts")
        await it.until(lambda: early.find(early_key(TARGET.base_url)) is None)
        await it.press("enter")
        await it.until(lambda: bool(studio.called("start")))
    assert drafts(tmp_path) == []


async def test_early_text_overwrites_no_draft_of_the_assistant(start: Start, tmp_path: Path) -> None:
    older = json.dumps({"touched": ["chat"], "chat": "older", "base": {}})
    key = DraftKey(TARGET.base_url, AGENT.assistant_id)
    assert Drafts(tmp_path / "state" / "drafts", program="1-1").save(key, Draft("chat", older))
    studio = NeverThere()
    async with start(studio=studio, ready=False) as it:
        await typed_early(it, "newer")
        studio.answers.set()
        await it.until(lambda: studio.app_state.assistant_id is not None and not it.app.work.activities)
        assert text(it) == "newer"
    assert sorted(drafts(tmp_path)) == ["newer", "older"]


async def test_early_text_stays_in_sight_for_a_graph_without_messages_and_is_not_sent(start: Start) -> None:
    studio = NeverThere()
    async with start(studio=studio, ready=False) as it:
        await typed_early(it, "my words")
        studio.answers.set()
        await it.until(lambda: studio.app_state.assistant_id is not None and not it.app.work.activities)
        studio.app_state.schemas = Schemas("agent", input=FORM)
        studio.app_state.touch(Slice.SCHEMAS)
        await it.sees("takes no messages")
        assert "my words" in it.screen
        await it.press("enter")
        await it.sees("Not sent")
        assert not studio.called("start")
        await it.press("ctrl+t")
        await it.until(lambda: it.app.studio_screen.composer.state.mode == "form")
        assert "my words" not in json.dumps(it.app.studio_screen.composer.state.texts)
        composer = it.app.studio_screen.composer
        while composer.state.mode != "chat":
            await it.press("ctrl+t")
        assert text(it) == "my words"


async def test_keys_that_wait_when_the_terminal_goes_are_in_the_draft(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        for char in "all of it":
            it.app.typeahead.arrives(events.Key("space" if char == " " else char, char))
        it.app.typeahead.arrives(events.Key("ctrl+s", None))
        it.app.typeahead.arrives(events.Key("x", "x"))
        assert it.app.save_all_drafts() == []
        assert drafts(tmp_path) == ["all of it"]
        assert it.app.save_all_drafts() == []
        assert drafts(tmp_path) == ["all of it"]
        await it.pilot.pause()
        assert not it.studio.called("start")


async def test_what_waits_in_the_queues_of_app_and_editor_is_kept_in_order(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        await typed_early(it, "a")
        line = it.app.studio_screen.composer.editors.line
        for char in "bc":
            line._message_queue.put_nowait(events.Key(char, char))
        it.app.typeahead._queue.append(events.Paste("def"))
        it.app.typeahead.arrives(events.Key("g", "g"))
        it.app.save_all_drafts()
        await it.pilot.pause()
        it.app.save_all_drafts()
        assert drafts(tmp_path) == ["abcdefg"]


async def test_what_is_typed_after_the_key_to_quit_is_for_the_shell(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        await typed_early(it, "mine")
        burst(it, "\x11ls")
        await it.until(lambda: it.app.return_code is not None or not it.app.is_running)
    assert drafts(tmp_path) == ["mine"]


async def test_a_key_before_the_first_screen_is_for_its_first_field(start: Start) -> None:
    async with start(studio=NeverThere(), ready=False) as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        it.app.typeahead = ahead = TypeAhead(it.app)
        stack = it.app._screen_stacks["_default"]
        mine = stack.pop()
        assert not ahead.admit(events.Key("q", "q"))
        stack.append(mine)
        await it.until(lambda: text(it) == "q")


def test_keys_of_a_program_that_ends_before_its_first_screen_are_kept(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "config", tmp_path / "state", tmp_path / "project.toml")
    app = StudioApp(NeverThere(), UiOptions(target=TARGET, paths=paths))
    for char in "soon":
        app.typeahead.arrives(events.Key(char, char))
    assert app.save_all_drafts() == []
    assert drafts(tmp_path) == ["soon"]
