"""The message form: several messages of any role, seen as JSON before they are sent, never lost before that."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual import events

from studio_tui.config.private_store import write_private
from studio_tui.core.inputs.files import Look, look_at
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.errors import ServerError
from studio_tui.jsonkit.value import Json
from studio_tui.ui.composer.message_dialog import MessageDialog
from studio_tui.ui.kit import twice
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import THREADS


async def opened(it: Driven) -> None:
    """Open the form from the composer."""
    await it.press("ctrl+n")
    await it.until(lambda: isinstance(it.app.screen, MessageDialog) and not it.app.screen.focus_pending, "the form")
    await it.sees('"content": ""')


async def sent(it: Driven, count: int = 1) -> Json:
    """The input of the newest run."""
    await it.until(lambda: len(it.studio.called("start")) == count, "a run")
    value: Json = it.studio.called("start")[-1].input
    return value


def holds(it: Driven, tool_calls: Json) -> None:
    """Open a thread whose state has calls of an AI message."""
    message: Json = {"type": "ai", "content": "", "tool_calls": tool_calls}
    it.studio.app_state.thread_id = ThreadId(THREADS[0].thread_id)
    it.studio.app_state.state = Checkpoint(
        THREADS[0].thread_id, checkpoint_id=CheckpointId("c1"), values={"messages": [message]}
    )


async def test_several_messages_of_any_role_are_sent_as_shown(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b.md").write_text("alpha")
    monkeypatch.chdir(tmp_path)
    async with start(size=(120, 50)) as it:
        holds(it, [{"id": "call_1", "name": "search", "args": {}}])
        await opened(it)
        await it.type("be brief")
        await it.press("up", "s", "ctrl+n")
        await it.type("result")
        await it.press("up", "t", "down")
        await it.sees("call_1 (search)")
        await it.press("right", "ctrl+n")
        await it.type("see @this")
        await it.press("tab")
        await it.type("a b.md")
        await it.sees("1 system   2 tool   3 human")
        await it.sees("5 B of a b.md, read when it is sent")
        await it.sees('"tool_call_id": "call_1"')
        assert not it.studio.called("start")
        await it.press("ctrl+s")
        assert await sent(it) == {
            "messages": [
                {"type": "system", "content": "be brief"},
                {"type": "tool", "content": "result", "tool_call_id": "call_1"},
                {
                    "type": "human",
                    "content": [
                        {"type": "text", "text": "see @this"},
                        {"type": "text", "text": "File: a b.md\n\nalpha"},
                    ],
                },
            ]
        }
        await opened(it)
        await it.sees("1 human")  # what was sent is no draft any more


async def test_the_chat_line_is_the_first_message_and_stays_until_it_is_sent(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("alpha")
    monkeypatch.chdir(tmp_path)
    async with start(size=(100, 40)) as it:
        composer = it.app.studio_screen.composer
        await it.panels()
        await it.press("i")
        await it.type("look at @./a.md")
        await it.press("ctrl+n")
        await it.sees('"text": "look at @./a.md"')
        await it.sees("5 B of a.md, read when it is sent")
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, MessageDialog), "the studio")
        assert composer.state.text() == "look at @./a.md"
        await it.press("ctrl+n")  # not twice
        await it.sees('"text": "look at @./a.md"')
        assert "2 human" not in it.screen
        await it.press("ctrl+n")
        await it.type("second")
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, MessageDialog), "the studio")
        await it.press("ctrl+n")
        await it.sees("1 human   2 human")
        await it.sees("5 B of a.md, read when it is sent")
        await it.press("ctrl+s")
        value = await sent(it)
        assert isinstance(value, dict)
        assert [item["content"] for item in value["messages"]] == [
            [{"type": "text", "text": "look at @./a.md"}, {"type": "text", "text": "File: a.md\n\nalpha"}],
            "second",
        ]
        await it.until(lambda: composer.state.text() == "", "an empty line")


async def test_a_chat_line_that_is_taken_out_of_the_form_is_not_lost(start: Start) -> None:
    async with start(size=(100, 40)) as it:
        await it.panels()
        await it.press("i")
        await it.type("mine")
        await it.press("ctrl+n")
        await it.sees('"content": "mine"')
        await it.press("ctrl+n")
        await it.type("sent")
        await it.press("alt+p", "ctrl+d", "ctrl+d", "ctrl+s")
        assert await sent(it) == {"messages": [{"type": "human", "content": "sent"}]}
        assert it.app.studio_screen.composer.state.text() == "mine"


async def test_the_draft_outlives_leaving_and_a_refusal(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await opened(it)
        await it.type("keep me")
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, MessageDialog), "the studio")
        it.studio.fail["start"] = [ServerError("The server failed", "500")]
        await it.press("ctrl+n")
        await it.sees('"content": "keep me"')
        await it.press("ctrl+s")
        await it.until(lambda: bool(it.studio.called("start")), "a try")
        await it.press("ctrl+n")
        await it.sees('"content": "keep me"')
    async with start(size=(80, 24)) as it:  # another program, later
        await it.press("ctrl+n")
        await it.sees('"content": "keep me"')


async def test_nothing_is_sent_that_is_not_whole(start: Start) -> None:
    async with start(size=(120, 40)) as it:
        await opened(it)
        await it.press("ctrl+s")
        await it.sees("Write a text, or name a file.")
        await it.press("tab")
        await it.type("/dev/zero")
        await it.press("ctrl+s")
        await it.sees("Not sent: /dev/zero is a pipe, a device or a socket, not a file.")
        assert not it.studio.called("start")


async def test_files_of_a_kept_draft_are_shown_before_they_are_sent(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("alpha")
    monkeypatch.chdir(tmp_path)
    gate = threading.Event()

    def slow(*args: Any) -> Look:
        gate.wait(30)
        return look_at(*args)

    async with start(size=(120, 40)) as it:
        await opened(it)
        await it.press("tab")
        await it.type("a.md")
        await it.press("escape")
        monkeypatch.setattr("studio_tui.ui.composer.message_dialog.look_at", slow)
        monkeypatch.setattr("studio_tui.ui.composer.message_dialog.LOOKING", 300.0)
        await it.press("ctrl+n", "ctrl+s")  # nobody has seen what was kept
        await it.sees("Not sent yet: what was kept names files.")
        gate.set()
        await it.sees("5 B of a.md, read when it is sent")
        assert not it.studio.called("start")
        await it.press("ctrl+s")
        assert await sent(it) == {
            "messages": [{"type": "human", "content": [{"type": "text", "text": "File: a.md\n\nalpha"}]}]
        }


async def test_pastes_that_cannot_be_taken_as_they_are_are_told(start: Start) -> None:
    async with start(size=(120, 40)) as it:
        await opened(it)
        it.app.post_message(events.Paste("a\x1b[31mb"))
        await it.sees("1 control character in this text became visible")
        await it.sees('"content": "a␛[31mb"')
        it.app.post_message(events.Paste("x" * 40_000))
        await it.sees("This paste is too large for a field")


async def test_a_message_with_words_is_removed_when_asked_twice(start: Start) -> None:
    async with start(size=(120, 40)) as it:
        await opened(it)
        await it.type("one")
        await it.press("ctrl+n")
        await it.type("two")
        await it.press("ctrl+d")
        await it.sees("Press ^d once more")
        await it.press("ctrl+d")
        await it.until(lambda: '"two"' not in it.screen and '"one"' in it.screen, "one message")
        await it.press("ctrl+n", "alt+p")
        await it.type("!")
        await it.sees('"one!"')


async def test_a_second_press_counts_for_the_message_that_was_asked_about(start: Start) -> None:
    async with start(size=(120, 40)) as it:
        await opened(it)
        await it.type("one")
        await it.press("ctrl+n")
        await it.type("two")
        await it.press("ctrl+d", "alt+p", "ctrl+d")
        await it.sees("Press ^d once more")
        await it.sees('"one"')
        await it.sees('"two"')


async def test_everything_is_cleared_when_asked_twice(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start(size=(120, 40)) as it:
        await opened(it)
        await it.type("one")
        await it.press("ctrl+r")
        await it.sees("Press ^r once more")
        monkeypatch.setattr(twice, "HELD", 3600.0)
        await it.press("ctrl+r")
        await it.sees("Two presses so close together count as one: ^r again, a little later.")
        await it.sees('"one"')
        monkeypatch.setattr(twice, "HELD", 0.0)
        await it.press("ctrl+r")
        await it.until(lambda: '"content": ""' in it.screen, "an empty form")


async def test_the_draft_is_written_beside_the_loop(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    writers: list[threading.Thread] = []

    def write(path: Path, text: str) -> None:
        writers.append(threading.current_thread())
        write_private(path, text)

    async with start(size=(120, 40)) as it:
        await opened(it)
        monkeypatch.setattr("studio_tui.config.private_store.write_private", write)
        await it.type("keep me")
        await it.until(lambda: bool(writers), "a draft on disk")
        assert threading.main_thread() not in writers


async def test_files_behind_a_refused_message_are_still_shown_and_checked(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("alpha")
    monkeypatch.chdir(tmp_path)
    async with start(size=(120, 50)) as it:
        await opened(it)
        await it.press("tab")
        await it.type("a.md")
        await it.press("ctrl+n", "tab")
        await it.type("b.md")
        await it.sees("5 B of b.md, read when it is sent")
        for name in ("a.md", "b.md"):
            (tmp_path / name).write_text("x" * 4000)
        await it.press("ctrl+s")
        await it.sees("a.md has changed since it was shown")
        await it.sees("5 B of b.md, read when it is sent")
        await it.press("ctrl+s")
        await it.sees("b.md has changed since it was shown")
        await it.sees("4.0 kB of a.md, read when it is sent")
        assert not it.studio.called("start")
        await it.press("ctrl+s")
        await sent(it)


async def test_a_graph_without_messages_says_so(start: Start) -> None:
    async with start() as it:
        it.studio.app_state.schemas = Schemas(
            "agent", input={"type": "object", "properties": {"n": {"type": "integer"}}}
        )
        it.studio.app_state.touch(Slice.SCHEMAS)
        await it.until(lambda: it.app.studio_screen.composer.state.mode == "form", "its form")
        await it.press("ctrl+n")
        await it.sees("this graph's input has no list of messages")


async def test_a_second_press_of_the_key_that_sends_does_not_send_what_is_typed_below(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("i")
        await it.type("my draft")
        await it.press("ctrl+n")
        await it.sees('"content": "my draft"')
        await it.press("ctrl+r", "ctrl+r")
        await it.sees('"content": ""')
        await it.type("form")
        await it.press("ctrl+s", "ctrl+s", "ctrl+s")
        assert await sent(it) == {"messages": [{"type": "human", "content": "form"}]}
        await it.press("f1")
        await it.until(lambda: len(it.app.screen_stack) > 2, "the help")
        assert len(it.studio.called("start")) == 1
