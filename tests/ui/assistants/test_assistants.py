"""The assistants view and its form by keys: what is seen, what is sent, what is kept."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import TextArea

from studio_tui.core.assistants.versions import AssistantVersions, Versions
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.ids import AssistantId, default_assistant_id
from studio_tui.errors import ConnectError, RejectedError
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.app.help import HelpScreen
from studio_tui.ui.assistants.assistants_screen import AssistantsScreen
from studio_tui.ui.assistants.differences import DiffScreen, ReviewDialog
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.assistants.lists import VersionsView
from studio_tui.wire.decode import assistant_of
from tests.core.assistants.assistant_fakes import AssistantServer
from tests.server.driven import driven
from tests.synthetic import Synthetic
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.kit.test_drag_select import drag

HOSTILE = "[/foo]\x1b]52;c;x\x07\x9b2J\u202e[@click=app.quit]x[/]\x00\ud800日本"
SCHEMA = Schemas(
    "agent",
    context={
        "type": "object",
        "properties": {
            "model": {"enum": ["small", "large"], "default": "small"},
            "words": {"type": "integer", "minimum": 10, "maximum": 300},
            "prompt": {"type": "string", "langgraph_type": "prompt"},
        },
    },
)
MINE = "33333333-3333-4333-8333-333333333333"


class Managed(FakeStudio):
    """A fake studio over a server that keeps assistants: `agent` with its default, and one called mine."""

    def __init__(self) -> None:
        super().__init__()
        self.server = AssistantServer(graphs_schemas=SCHEMA)
        default = default_assistant_id("agent")
        self._add(default, name="agent", metadata={"created_by": "system"})
        self._add(MINE, name="mine", context={"model": "small"})
        self.versions = AssistantVersions(
            lambda fn: fn(self.server), lambda: FAMILIES[self.server.kind], put=self._reread, gone=self._reread
        )

    def _add(self, assistant_id: str, **fields: Any) -> None:
        row = {"assistant_id": assistant_id, "graph_id": "agent", "version": 1, "config": {}, "context": {},
               "metadata": {}, "description": None, "created_at": "2026-01-02T03:04:05+00:00",
               "updated_at": "2026-01-02T03:04:05+00:00", **fields}  # fmt: skip
        self.server.rows[assistant_id], self.server.versions[assistant_id] = row, [dict(row)]

    def _reread(self, _changed: object = None) -> None:
        self.app_state.assistants.items = [item for row in self.server.rows.values() if (item := assistant_of(row))]
        self.app_state.touch(Slice.ASSISTANTS)

    async def connect(self, target: Any, *, expected: str = "") -> Any:
        info = await super().connect(target, expected=expected)
        self._reread()
        return info

    def writes(self) -> list[str]:
        """What was sent to the server, in order."""
        return [what for what, _ in self.server.sent]


async def opened(it: Driven) -> AssistantsScreen:
    await it.panels()
    await it.press("a")
    await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the view")
    screen = it.app.screen
    assert isinstance(screen, AssistantsScreen)
    await it.press("g", "j")
    await it.until(lambda: "─ mine ─" in it.screen and "Reading" not in it.screen, "the details")
    return screen


async def form(it: Driven) -> AssistantFormScreen:
    await it.until(lambda: isinstance(it.app.screen, AssistantFormScreen), "the form")
    screen = it.app.screen
    assert isinstance(screen, AssistantFormScreen)
    await it.until(lambda: isinstance(it.app.focused, TextArea), "the focus in the form")
    return screen


def test_what_is_about_a_panel_or_its_cursor_says_what_it_is_over_a_page() -> None:
    words = r"\b(this (panel|checkpoint|branch)|under the cursor|(this|the) selected)\b"
    general = [item for item in build_registry() if item.scope == "studio" and item.in_place is None]
    loose = {item.id for item in general if re.search(words, f"{item.title} {item.help}")}
    assert loose - {"go-state", "go-diff", "branch-prev", "branch-next"} == set()


async def test_enter_uses_an_assistant_and_marks_defaults(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio, size=(80, 24)) as it:
        screen = await opened(it)
        assert " c Copy " in it.screen.splitlines()[-1]
        # The palette copies what is under the cursor of the page, and keeps off what is not in sight.
        it.app.perform("yank")
        await it.until(lambda: "mine" in it.app.clipboard, "the copy")
        it.app.perform("yank-as")
        await it.sees("Copy as: only in the studio")
        assert it.app.screen is screen
        it.app.perform("filter")
        await it.sees("enter Keep  esc Clear  !text Hides  ~text Regex")
        await it.press("escape")
        it.app.studio_screen.show_panel("history")
        await it.press("enter")
        await it.until(lambda: studio.app_state.assistant_id == MINE, "the choice")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        await it.until(lambda: it.app.studio_screen.active == "messages", "where one writes")
        await it.until(lambda: " i Input " in it.screen.splitlines()[-1], "the key that writes")


async def test_bad_values_are_told_at_the_field_and_nothing_is_sent(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("A")
        await form(it)
        await it.press("ctrl+s")
        await it.sees(": Required.")
        await it.type("second")
        await it.press("down", "down", "down")
        await it.type("5")
        await it.sees("Must be from 10 to 300.")
        await it.press("ctrl+s")
        await it.sees("Not saved: ")
        assert "Must be from 10 to 300." in it.screen
        assert studio.writes() == []
        await it.type("0")
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the list")
        await it.sees("second")
        assert studio.server.sent == [
            ("create", {"name": "second", "config": {}, "metadata": {}, "context": {"words": 50}})
        ]


async def test_an_edit_shows_its_differences_before_it_is_sent_whole(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("e")
        await form(it)
        await it.press("ctrl+s")
        await it.sees("Nothing is changed yet.")
        await it.press("down", "down", "down")
        await it.type("50")
        await it.sees("against version 1: +context.words")
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, ReviewDialog), "the review")
        await it.sees("+ context.words  50")
        assert "y saves this; against version 1" in it.screen
        assert studio.writes() == []
        await it.press("y")
        await it.sees("Version 2 of mine is saved.")
        assert studio.server.rows[MINE]["context"] == {"model": "small", "words": 50}
        await it.sees("v2")


async def test_a_refusal_stands_at_the_form_and_the_draft_survives(start: Start) -> None:
    studio = Managed()
    studio.server.errors = [RejectedError("The server did not accept this", "words: too clever", status=422)]
    async with start(studio=studio, size=(80, 24)) as it:
        await opened(it)
        await it.press("e")
        await form(it)
        await it.press("down", "down", "down")
        await it.type("50")
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, ReviewDialog), "the review")
        await it.press("y")
        await it.sees("Not saved: The server did not accept this words: too clever")
        assert "against version 1: +context.words" in it.screen
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the list")
        await it.press("e")
        await form(it)
        await it.sees("What you typed before is back")
        assert "against version 1: +context.words" in it.screen
        await it.press("ctrl+r")
        await it.sees("Press ^r once more")
        assert "against version 1: +context.words" in it.screen
        await it.press("ctrl+r")
        await it.sees("same as version 1")
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the list")
        assert studio.writes() == []


async def test_a_version_saved_meanwhile_is_compared_with_not_overwritten(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("e")
        await form(it)
        await it.press("down", "down", "down")
        await it.type("50")
        await studio.server.update_assistant(MINE, {"description": "theirs"})
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, ReviewDialog), "the review")
        await it.press("y")
        await it.sees("Version 2 became current meanwhile")
        await it.sees("against version 2: ~description +context.words")
        assert studio.writes() == ["update"]


async def test_json_mode_tells_where_the_text_is_wrong(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("e")
        await form(it)
        await it.press("ctrl+t")
        await it.sees('"context": {')
        await it.press("x")
        await it.press("ctrl+s")
        await it.sees("line 9, column 2: there is text after the end of the value.")
        await it.press("backspace", "ctrl+t")
        await it.sees("same as version 1")
        assert studio.writes() == []


async def test_versions_are_compared_and_set_by_key(start: Start) -> None:
    studio = Managed()
    await studio.server.update_assistant(MINE, {"context": {"model": "large", "prompt": "p"}})
    await studio.server.update_assistant(MINE, {"description": "three"})
    studio.server.sent.clear()
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("v")
        await it.until(lambda: isinstance(it.app.focused, VersionsView), "the versions")
        versions = it.app.screen.query_one(VersionsView)
        await it.until(lambda: versions.size.height == max(3, len(versions.rows)), "no rows that are empty")
        await it.press("g", "space", "G", "d")
        await it.until(lambda: isinstance(it.app.screen, DiffScreen), "the differences")
        await it.sees("version 3 (")
        await it.sees("+ context.prompt")  # from the older to the newer, whichever is marked
        await it.press("escape", "g", "space", "G", "d")
        await it.sees("from version 1 to version 2")  # nothing is marked, and there is none before the oldest
        await it.press("escape", "s")
        await it.sees("Version 4, a copy of version 1")
        assert studio.server.rows[MINE]["version"] == 1
        assert studio.server.rows[MINE]["context"] == {"model": "small"}
        await it.sees("► v1")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_bottom_row_has_the_keys_of_versions_while_they_are_in_use(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(studio=Managed(), size=size) as it:
        await opened(it)
        await it.sees("enter Use")
        await it.sees(" c Copy ")
        assert size[0] < 100 or " v Versions " in it.screen  # where there are several, the details say it too
        await it.press("v")
        await it.sees(" d Diff  s Set current  space Mark  ")
        await it.sees("esc Back")
        assert "enter Use" not in it.screen
        screen = it.app.screen
        assert isinstance(screen, AssistantsScreen)
        able = {hint.id for hint in screen.key_hints() if hint.able}
        assert not able & {"assistant-diff", "assistant-current"}  # there is one version only
        assert "assistant-use" in able
        await it.press("v")
        await it.sees(" enter Use ")


async def test_one_versions_settings_are_sent_with_the_next_runs(start: Start) -> None:
    studio = Managed()
    await studio.server.update_assistant(MINE, {"context": {"model": "large", "prompt": "p"}})
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("v", "G", "r")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        await it.sees("The next runs send the settings of version 1")
        assert it.studio.app_state.next_run.context == {"model": "small"}
        assert "Not unset: prompt" in it.screen
        await it.until(lambda: it.app.studio_screen.area == "composer", "the composer")
        await it.panels()
        await it.press("a")
        await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the view")
        await it.press("g", "j", "j", "r")
        await it.until(lambda: it.studio.app_state.next_run.context == {}, "the assistant's own settings")


async def test_deleting_says_how_many_versions_go_and_wants_the_word(start: Start) -> None:
    studio = Managed()
    await studio.server.update_assistant(MINE, {"description": "two"})
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("D")
        await it.sees("mine with 2 versions is deleted")
        await it.type("x")
        await it.press("enter")
        await it.sees("That is not delete: type the whole word delete")
        assert "Type delete and press enter:" in it.screen
        await it.press("backspace")
        await it.type("delete")
        await it.press("enter")
        await it.sees("mine is deleted, 2 versions.")
        assert MINE not in studio.server.rows
        await it.press("c")
        await it.sees("Name of the copy:")


async def test_help_shows_every_key_and_readonly_sessions_only_look(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        await opened(it)
        studio.app_state.readonly = True
        await it.press("e")
        await it.sees("Edit: this session is read-only")
        await it.press("question_mark")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen), "help")
        for words in (
            "In assistants",
            "Make an assistant of a graph.",
            "Make a version the current one.",
            "becomes a new version",
        ):
            assert words in it.screen
        assert studio.writes() == []


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_hostile_names_are_shown_as_text(start: Start, size: tuple[int, int]) -> None:
    studio = Managed()
    studio.server.rows[MINE] |= {"name": HOSTILE, "description": HOSTILE, "graph_id": HOSTILE, "metadata": {HOSTILE: HOSTILE}}  # fmt: skip  # noqa: E501
    studio.server.versions[MINE] = [dict(studio.server.rows[MINE])]
    async with start(studio=studio, size=size) as it:
        await it.panels()
        await it.press("a")
        await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the view")
        for keys in (("g", "enter", "enter", "j"), ("G",), ("v",), ("enter",), ("escape", "d"), ("e",), ("escape",), ("D",)):  # fmt: skip  # noqa: E501
            await it.press(*keys)
            await it.until(lambda: not it.app.work.shown, "idle")
            assert not {"\x1b", "\x9b", "\u202e", "\x07", "\x00"} & set(it.screen)
        await it.press("escape")
        assert it.app.is_running


async def test_the_default_assistant_of_a_graph_is_its_heading_and_the_others_are_folded_below_it(start: Start) -> None:
    studio = Managed()
    studio._add("40333333-3333-4333-8333-333333333333", name="other one")
    async with start(studio=studio) as it:
        await opened(it)
        (head,) = [line for line in it.screen.splitlines() if "default" in line and "agent" in line]
        assert "agent  and 2 others     default" in head
        await it.press("space")
        await it.until(lambda: "other one" not in it.screen)
        await it.press("enter")
        await it.until(lambda: studio.app_state.assistant is not None and studio.app_state.assistant.is_default)


async def test_search_and_order(start: Start) -> None:
    studio = Managed()
    for number in range(5):
        studio._add(f"4{number}333333-3333-4333-8333-333333333333", name=f"other {number}")
    async with start(studio=studio) as it:
        await opened(it)
        await it.press("o")
        await it.sees("newest first")
        await it.press("slash")
        await it.type("other 3")
        await it.sees("1 of 7 assistants")
        await it.press("enter", "tab")
        await it.sees("esc Back")  # to the list, with its search
        await it.press("escape")
        await it.sees("esc Clear search")
        await it.press("v")
        await it.sees("esc Back")
        await it.press("v", "enter")
        await it.until(lambda: studio.app_state.assistant is not None and studio.app_state.assistant.name == "other 3")


async def test_two_thousand_assistants_of_a_server_open_at_once_and_a_search_reads_those_behind_them(
    tmp_path: Path,
) -> None:
    server = Synthetic(assistants=2600)
    base_url = await server.start()
    try:
        async with driven(base_url, tmp_path, assistant="load") as it:
            await it.until(lambda: bool(it.app.studio_screen.query("FieldRow TextField")), "the form")
            await it.panels()
            await it.press("a")
            await it.sees("2 001 assistants and more")
            assert len(it.app.screen.query("*")) < 40
            await it.press("slash", *"assistant", "space", *"2599")
            await it.sees("1 of 2 600 assistants")
            await it.press("enter", "escape", "G")
            await it.sees("2 600 assistants")
    finally:
        await server.stop()


async def test_a_slow_reading_of_the_versions_does_not_take_the_place_of_what_a_save_made(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        screen = await opened(it)
        older = await studio.versions.read(AssistantId(MINE))
        let_go = asyncio.Event()
        read = studio.versions.read

        async def slow(assistant_id: AssistantId) -> Versions:
            monkeypatch.setattr(studio.versions, "read", read)
            await let_go.wait()
            return older

        monkeypatch.setattr(studio.versions, "read", slow)
        reading = asyncio.ensure_future(screen.known.read(AssistantId(MINE)))
        await it.until(lambda: studio.versions.read == read, "the reading has begun")
        await it.press("e")
        await form(it)
        await it.press("down", "down", "down")
        await it.type("50")
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, ReviewDialog), "the review")
        await it.press("y")
        await it.sees("Version 2 of mine is saved.")
        let_go.set()
        assert (await reading).newest == 2  # what was asked for before the save counts no more
        await it.pilot.pause()
        shown = screen.known.shown
        assert shown is not None
        assert shown.newest == 2
        assert "v2" in it.screen


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_versions_that_cannot_be_read_say_why_and_are_read_again_when_asked(
    start: Start, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    studio = Managed()
    async with start(studio=studio, size=size) as it:
        await opened(it)
        read = studio.versions.read
        asked: list[str] = []

        async def failing(assistant_id: AssistantId) -> Versions:
            asked.append(assistant_id)
            raise ConnectError("No answer")

        monkeypatch.setattr(studio.versions, "read", failing)
        await it.press("ctrl+r")
        await it.until(lambda: asked == [MINE] and not it.app.work.shown, "a reading that failed")
        await it.press("k")
        await it.until(lambda: len(asked) == 2, "those of the other one")
        await it.sees("The versions could not be read: No answer")
        assert "Reading the versions" not in it.screen
        await it.pilot.pause()
        assert len(asked) == 2  # nobody asks again by itself
        monkeypatch.setattr(studio.versions, "read", read)
        await it.press("ctrl+r")
        await it.until(lambda: "could not be read" not in it.screen and "created_by" in it.screen, "the content")


async def test_esc_takes_a_selection_of_text_back_before_it_leaves(start: Start) -> None:
    async with start(studio=Managed(), size=(120, 36)) as it:
        screen = await opened(it)
        await drag(it.pilot, screen.assistants, (0, 0), (6, 1))
        assert screen.assistants.drag.text
        await it.press("escape")
        await it.until(lambda: not screen.assistants.drag.text, "nothing selected")
        assert it.app.screen is screen
