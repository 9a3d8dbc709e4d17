"""Keys that arrive all at once: what is sent is what was typed, and nothing typed for an editor runs as a command."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from textual import events
from textual._compositor import Compositor
from textual.widgets import TextArea

from studio_tui.core.state.app_state import Slice
from studio_tui.core.timetravel.state_edit import EditDrafts
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.errors import ConflictError, UsageError
from studio_tui.ui.app import typeahead
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.kit.dialogs.picker import PickerDialog
from studio_tui.ui.runs.options_screen import RunOptionsScreen
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.ui.assistants.test_assistants import Managed
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.timetravel.time_fakes import TimeStudio, at_history
from tests.waiting import PATIENCE

FORM: Any = {"type": "object", "properties": {"name": {"type": "string"}, "city": {"type": "string"}}}
NAMES = {"\r": "enter", "\x13": "ctrl+s", "\t": "tab", "\x1b": "escape", "\x14": "ctrl+t", " ": "space", "/": "slash",
         ":": "colon", "{": "left_curly_bracket", "}": "right_curly_bracket", '"': "quotation_mark", "-": "minus",
         "[": "left_square_bracket", "]": "right_square_bracket", ",": "comma", "\x7f": "backspace",
         "\x11": "ctrl+q"}  # fmt: skip


def burst(it: Driven, text: str) -> None:
    """Have all keys of `text` arrive before the first one has had any effect."""
    for char in text:
        key = NAMES.get(char, char)
        it.app.post_message(events.Key(key, char if char.isprintable() else "\r" if char == "\r" else None))


def schemas(it: Driven, schema: Any) -> None:
    it.studio.app_state.schemas = Schemas("agent", input=schema)
    it.studio.app_state.touch(Slice.SCHEMAS)


async def sent(it: Driven, call: str) -> Any:
    await it.until(lambda: bool(it.studio.called(call)), call)
    assert len(it.studio.called(call)) == 1
    return it.studio.called(call)[0]


# -- each editor ------------------------------------------------------------------------------------------------


async def chat(it: Driven) -> None:
    await it.panels()
    burst(it, "ihello there\rnext")
    assert (await sent(it, "start")).input["messages"][0]["content"] == "hello there"
    await it.until(lambda: it.app.studio_screen.composer.state.text() == "next")


async def form(it: Driven) -> None:
    await it.panels()
    schemas(it, FORM)
    await it.until(lambda: it.app.studio_screen.composer.state.mode == "form")
    burst(it, "iAda\rRome\x13")
    assert (await sent(it, "start")).input == {"name": "Ada", "city": "Rome"}


async def json_text(it: Driven) -> None:
    await it.panels()
    schemas(it, {"type": "object"})
    composer = it.app.studio_screen.composer
    await it.until(lambda: not composer.state.has_chat)
    composer.editors.set_mode("json")
    area = composer.query_one("#composer-json", TextArea)
    await it.until(lambda: composer.state.mode == "json" and area.text == "{}")
    burst(it, 'i{"a": 1}\x13')
    assert (await sent(it, "start")).input == {"a": 1}


async def answer(it: Driven) -> None:
    await it.panels()
    it.studio.asks("When?")
    await it.until(lambda: it.app.studio_screen.dock.display)
    burst(it, "c\rtuesday\rn")
    assert await sent(it, "answer") == {"q1": "tuesday"}


async def answer_form(it: Driven) -> None:
    await it.panels()
    it.studio.asks(Interrupt("q1", "Who?", FORM))
    await it.until(lambda: it.app.studio_screen.dock.display)
    burst(it, "c\rAda\rRome\r")
    assert await sent(it, "answer") == {"q1": {"name": "Ada", "city": "Rome"}}


async def command(it: Driven) -> None:
    await it.panels()
    it.studio.asks("Go on?")
    await it.until(lambda: it.app.studio_screen.dock.display)
    burst(it, "Cyes\t\ttools\x13")
    assert await sent(it, "send_command") == {"resume": {"q1": "yes"}, "goto": "tools"}


async def prompt(it: Driven) -> None:
    await it.panels()
    burst(it, ":break tools after\r:break agent\r")
    await it.until(lambda: len(it.studio.app_state.breakpoints) == 2)


async def picker(it: Driven) -> None:
    await it.panels()
    burst(it, "Tstudio-light\r")
    await it.until(lambda: it.app.theme == "studio-light")


async def search(it: Driven) -> None:
    await it.panels()
    burst(it, "2/tools\rn")
    await it.until(lambda: it.app.studio_screen.graph.selected == "tools")
    assert it.app.studio_screen.graph.filter_text == "tools"
    assert not it.studio.called("step_over")


async def options(it: Driven) -> None:
    await it.panels()
    it.app.perform("run-options")
    await it.until(lambda: isinstance(it.app.screen, RunOptionsScreen))
    screen = it.app.screen
    assert isinstance(screen, RunOptionsScreen)
    await it.until(lambda: screen.query_one("#options-form").focus_field("/recursion_limit"))  # type: ignore[attr-defined]
    burst(it, "42\x13")
    await it.until(lambda: it.studio.app_state.next_run.recursion_limit == 42)


@pytest.mark.parametrize(
    "editor", [chat, form, json_text, answer, answer_form, command, prompt, picker, search, options]
)
async def test_one_burst_opens_fills_and_sends(start: Start, editor: Callable[[Driven], Awaitable[None]]) -> None:
    async with start() as it:
        await editor(it)


async def test_a_state_edit_is_written_as_typed_though_the_editor_opens_late(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = TimeStudio()
    studio.time.drafts = EditDrafts(tmp_path, lambda: "http://test")
    read = studio.time.drafts.of

    def slow(*what: Any) -> Any:
        asked.set()
        pause.wait(PATIENCE)
        return read(*what)

    asked, pause = threading.Event(), threading.Event()
    monkeypatch.setattr(studio.time.drafts, "of", slow)
    async with start(studio=studio) as it:
        await at_history(it, studio)
        burst(it, "ecount\r77")
        await it.until(asked.is_set, "the editor that opens")
        await it.pilot.pause()
        assert not it.app.query(PickerDialog)  # the keys behind e wait, and run no command, however long it takes
        pause.set()
        await it.until(lambda: isinstance(it.app.screen, EditScreen) and it.app.screen.area.text.endswith("77"))
        burst(it, "\x7f\x7f5\x13")
        ((edit, _head),) = [await sent(it, "apply_edit")]
        assert str(edit.changes["count"].value) == "45"  # the value stood there, the cursor behind it
        assert not studio.called("start")


async def test_keys_for_an_editor_that_does_not_open_run_no_command(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = TimeStudio()
    studio.time.drafts = EditDrafts(tmp_path, lambda: "http://test")

    def broken(*_what: Any) -> Any:
        raise UsageError("The drafts cannot be read")

    monkeypatch.setattr(studio.time.drafts, "of", broken)
    async with start(studio=studio) as it:
        await at_history(it, studio)
        burst(it, "ern\rq")
        await it.sees("typed ahead not taken")
        await it.until(lambda: not it.app.work.activities)
        assert it.app.is_running
        assert not studio.called("start")
        assert not studio.called("step_over")


async def test_escape_while_a_dialog_opens_leaves_none_that_nobody_listens_to(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.post_message(events.Key("ctrl+o", None))
        opens = it.app.typeahead
        while not (isinstance(it.app.screen, RunOptionsScreen) and opens._awaited is not None):  # noqa: ASYNC110
            await asyncio.sleep(0)  # not until(): it lets the app come to rest, and this is about the moment before
        it.app.post_message(events.Key("escape", None))
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the dialog is gone")
        await it.press("ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, RunOptionsScreen), "it opens again")
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "and closes")
        never = asyncio.Event()
        it.app.post_message(events.Key("S", "S"))
        while len(it.app.screen_stack) == 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        it.app.work.start(never.wait(), "reading")  # as a page does that comes
        it.app.post_message(events.Key("escape", None))
        await it.until(lambda: it.app.screen is it.app.studio_screen, "esc closes a page that is still read")
        never.set()


async def test_an_assistant_is_saved_as_typed(start: Start) -> None:
    studio = Managed()
    async with start(studio=studio) as it:
        await it.panels()
        burst(it, "aA")
        await it.until(lambda: isinstance(it.app.screen, AssistantFormScreen))
        burst(it, "quick\x13")
        await it.until(lambda: bool(studio.writes()))
        assert "quick" in json.dumps(studio.server.sent)


async def test_a_question_that_comes_up_while_typing_takes_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeahead, "GRACE", 3600.0)
    studio = FakeStudio()
    studio.fail["start"] = [ConflictError("The thread is busy")]
    gate = asyncio.Event()
    begin = studio.runs.start

    async def late(request: Any) -> Any:
        await gate.wait()
        return await begin(request)

    studio.runs.start = late  # type: ignore[method-assign]
    async with start(studio=studio) as it:
        await it.panels()
        burst(it, "ifirst\r")
        await it.until(lambda: it.app.studio_screen.composer.state.text() == "")
        await it.until(lambda: bool(it.app.work.activities))
        await it.type("sec")
        gate.set()
        await it.until(lambda: isinstance(it.app.screen, PickerDialog))
        burst(it, "ond\r")
        await it.sees("A question came up")
        assert isinstance(it.app.screen, PickerDialog)
        assert not [request for request in studio.called("start") if request.multitask != "reject"]
        await it.press("escape")
        await it.until(lambda: it.app.studio_screen.composer.state.text() == "sec")


@pytest.mark.parametrize("key", ["n", "N", "t"])
async def test_no_step_starts_a_thread_that_has_finished(start: Start, key: str) -> None:
    async with start(studio=TimeStudio()) as it:
        studio = it.studio
        assert isinstance(studio, TimeStudio)
        await it.until(lambda: it.app.studio_screen.area == "composer")
        await it.type("left over")
        await at_history(it, studio)
        assert studio.app_state.head is not None
        await it.press("2", "down", key)
        await it.sees("the thread has finished")
        assert not studio.called("start")
        burst(it, ":run step\r")
        await it.until(lambda: len(studio.called("start")) == 1)
        assert studio.called("start")[0].step == "over"


async def test_quitting_in_the_same_burst_as_typing_keeps_the_text(start: Start) -> None:
    async with start() as it:
        await it.panels()
        burst(it, "ikeep me")
        it.app.post_message(events.Key("ctrl+q", None))
        await it.until(lambda: it.app.return_code is not None or not it.app.is_running)
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.composer.state.text() == "keep me")


async def test_in_a_batch_nothing_is_rendered_and_after_it_what_has_changed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual renders the screen for each layout in a batch, as at the start, and throws that away."""
    rendered: list[object] = []
    render = Compositor.render_update

    def counted(compositor: Compositor, **more: Any) -> Any:
        rendered.append(compositor)
        return render(compositor, **more)

    async with start() as it:
        monkeypatch.setattr(Compositor, "render_update", counted)
        with it.app.batch_update():
            it.app.screen._compositor_refresh()
            assert rendered == []
        await it.until(lambda: it.app.screen._compositor in rendered, "a paint")


async def test_keys_are_read_at_any_moment_while_another_has_its_effect(start: Start) -> None:
    async with start() as it:
        await it.panels()
        early = it.app.typeahead
        keys = [events.Key("j", "j") for _ in range(10)]
        for key in keys:
            early.arrives(key)

        def read_one(frame: FrameType, what: str, _: object) -> Any:
            if frame.f_code.co_filename == typeahead.__file__:
                early.arrives(events.Key("k", "k"))  # the thread that reads may do so between any two lines
                return read_one
            return None

        before = sys.gettrace()
        sys.settrace(read_one)
        try:
            early.admit(keys[5])
        finally:
            sys.settrace(before)
        assert early.arriving[0] is keys[6]
        early.end()


async def test_a_long_line_that_comes_key_by_key_changes_the_text_a_few_times_only(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a paste over a link that does not mark it: each change wraps the line anew. Enter in it is enter."""
    changed: list[str] = []
    edit = TextArea.edit

    def counted(area: TextArea, change: Any) -> Any:
        changed.append(change.text)
        return edit(area, change)

    monkeypatch.setattr(TextArea, "edit", counted)
    line = "".join(f"word{number} " for number in range(300)) + "end"
    async with start() as it:
        burst(it, f"{line}\rand more")
        await it.until(
            lambda: bool(it.studio.called("start")) and it.app.studio_screen.composer.state.text() == "and more"
        )
        assert line in json.dumps(it.studio.called("start")[0].input)
        assert len(it.studio.called("start")) == 1
        assert len(changed) < 40
