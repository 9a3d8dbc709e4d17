"""Every editor of the product: what is typed there when the program is ended is there again at the next start.

The server is one that `dev` starts: its port is another one each time.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, TextArea

from studio_tui.client.target import Target
from studio_tui.config.private_store import write_private
from studio_tui.core.timetravel.state_edit import EditDrafts
from studio_tui.ui.crons.cron_dialog import CronDialog
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, PromptDialog
from studio_tui.ui.runs.options_screen import RunOptionsScreen
from studio_tui.ui.timetravel.edit_screen import EditScreen
from tests.ui.app.test_bursts import FORM, schemas
from tests.ui.assistants.test_assistants import Managed, form, opened
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import FakeStudio
from tests.ui.timetravel.time_fakes import THREAD, TimeStudio, at_history, in_editor

WORDS = "4711"
_PORTS: Iterator[int] = count(20_000)


@dataclass(frozen=True)
class Editor:
    """How to come to an editor, and how to leave it by its own key; None where leaving keeps the text as well."""

    open: Callable[[Driven], Awaitable[None]]
    studio: type[FakeStudio] = FakeStudio
    gives_up: str | None = None


async def chat(it: Driven) -> None:
    await it.panels()
    await it.press("i")


async def form_of_input(it: Driven) -> None:
    await it.panels()
    schemas(it, FORM)
    await it.until(lambda: it.app.studio_screen.composer.state.mode == "form")
    await it.press("i")


async def json_of_input(it: Driven) -> None:
    await it.panels()
    schemas(it, {"type": "object"})
    composer = it.app.studio_screen.composer
    await it.until(lambda: not composer.state.has_chat)
    composer.editors.set_mode("json")
    await it.press("i")


async def answer(it: Driven) -> None:
    await it.panels()
    it.studio.asks("When?")
    await it.until(lambda: it.app.studio_screen.dock.display)
    await it.press("c", "enter")


async def command(it: Driven) -> None:
    await it.panels()
    it.studio.asks("Go on?")
    await it.press("C")
    await it.sees("resume")


async def state(it: Driven) -> None:
    studio = it.studio
    assert isinstance(studio, TimeStudio)
    await at_history(it, studio)
    if studio.time.drafts.of(THREAD).typed:
        await it.press("e")
        await it.until(lambda: isinstance(it.app.screen, EditScreen))
    else:
        (await in_editor(it)).area.focus()


async def assistant(it: Driven) -> None:
    await opened(it)
    await it.press("e")
    await form(it)
    await it.press("down", "down", "down")


async def options(it: Driven) -> None:
    await it.panels()
    it.app.perform("run-options")
    await it.until(lambda: isinstance(it.app.screen, RunOptionsScreen))
    screen = it.app.screen
    await it.until(lambda: screen.query_one("#options-form").focus_field("/recursion_limit"))  # type: ignore[attr-defined]


async def cron(it: Driven) -> None:
    from studio_tui.core.crons import CronDraft

    async def create(_: CronDraft) -> None:
        raise AssertionError

    await it.panels()
    draft = CronDraft(assistant_id=it.studio.app_state.assistants.items[0].assistant_id)
    it.app.push_screen(CronDialog(draft, it.studio.app_state.assistants.items, create))
    await it.sees("New cron")


async def prompt(it: Driven) -> None:
    await it.panels()
    it.app.push_screen(PromptDialog("Rename the thread", "Title of 1234:", "old"))
    await it.until(lambda: isinstance(it.app.focused, Input))


async def checked_prompt(it: Driven) -> None:
    await it.panels()
    it.app.push_screen(CheckedPrompt("New item", "Namespace and key:", "users/", int))
    await it.until(lambda: isinstance(it.app.focused, Input))


EDITORS = {
    "chat": Editor(chat),
    "form": Editor(form_of_input),
    "json": Editor(json_of_input),
    "answer": Editor(answer),
    "command": Editor(command),
    "state": Editor(state, TimeStudio),
    "assistant": Editor(assistant, Managed),
    "cron": Editor(cron),
    "options": Editor(options, gives_up="escape"),
    "prompt": Editor(prompt, gives_up="escape"),
    "checked prompt": Editor(checked_prompt, gives_up="escape"),
}
"""Not among them: `:` and search lines (a command, not a text), URL and header (may be secret; never on disk), and
$EDITOR, whose file stays where it is."""


def typed(it: Driven) -> str:
    focused: Any = it.app.focused
    return str(focused.value if isinstance(focused, Input) else focused.text if isinstance(focused, TextArea) else "")


def on_disk(folder: Path) -> bool:
    return any(WORDS in path.read_text() for path in folder.rglob("*.draft.json"))


@pytest.mark.parametrize("name", EDITORS)
async def test_what_is_typed_in_any_editor_is_there_again_at_the_next_start(
    start: Start, tmp_path: Path, name: str
) -> None:
    editor = EDITORS[name]

    def session() -> Any:
        studio = editor.studio()
        if isinstance(studio, TimeStudio):
            server = lambda: studio.app_state.server.lasting_name if studio.app_state.server else ""  # noqa: E731
            studio.time.drafts = EditDrafts(tmp_path / "edits", server)
        target = Target(f"http://127.0.0.1:{next(_PORTS)}", place="local /my/project")
        return start(studio=studio, target=target)

    async with session() as it:
        await editor.open(it)
        await it.type(WORDS)
        await it.until(lambda: WORDS in typed(it), "typed")
        assert it.app.save_all_drafts() == []
        assert on_disk(tmp_path)
    async with session() as it:
        await editor.open(it)
        await it.until(lambda: WORDS in typed(it) or WORDS in it.screen, "the text is back")
        if editor.gives_up is not None:
            await it.press(editor.gives_up)
            await it.until(lambda: it.app.screen is it.app.studio_screen)
            assert not on_disk(tmp_path)


@pytest.mark.parametrize("name", ["chat", "form", "json", "answer", "command", "assistant", "cron", "options"])
async def test_what_is_typed_is_written_beside_the_loop(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    writers: set[threading.Thread] = set()

    def write(path: Path, text: str) -> None:
        writers.add(threading.current_thread())
        write_private(path, text)

    async with start(studio=EDITORS[name].studio()) as it:
        await EDITORS[name].open(it)
        monkeypatch.setattr("studio_tui.config.private_store.write_private", write)
        await it.type(WORDS)
        await it.until(lambda: on_disk(tmp_path), "a draft on disk")
        assert threading.main_thread() not in writers


async def test_an_answered_prompt_leaves_no_draft(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        await prompt(it)
        await it.type(WORDS)
        await it.press("enter")
        await it.until(lambda: it.app.screen is it.app.studio_screen)
        assert it.app.save_all_drafts() == []
        assert not on_disk(tmp_path)
