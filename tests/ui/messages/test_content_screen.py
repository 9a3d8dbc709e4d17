"""A content block that is no text: reached by keys and clicks, saved, its link copied, its picture shown when asked."""

from __future__ import annotations

import asyncio
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.message.content import ContentPart, parts_of
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import Phase
from studio_tui.ui.kit.terminal import lending
from studio_tui.ui.kit.terminal.graphics import Graphics, Room
from studio_tui.ui.kit.terminal.notices import notices_text
from studio_tui.ui.messages import content_screen
from studio_tui.ui.messages.content_screen import ContentScreen
from studio_tui.ui.messages.panel import MessagesPanel
from tests.pictures import coded, jpeg, png
from tests.ui.conftest import Driven, Start

PICTURE = png()
LINK = "https://e.example/cat.png"
IMAGE = {"type": "image", "base64": coded(PICTURE), "mime_type": "image/png", "name": "../cat.png"}
PHOTO = {"type": "image", "base64": coded(jpeg()), "mime_type": "image/jpeg"}
NOTES = {"type": "file", "base64": coded(b"line one\nline two"), "mime_type": "text/plain", "name": "notes.txt"}
CALL: dict[str, Any] = {
    "type": "ai", "id": "a", "content": [{"type": "hologram", "x": 1}],
    "tool_calls": [{"id": "c", "name": "draw", "args": {}}],
}  # fmt: skip
CONVERSATION: list[Any] = [
    {"type": "human", "id": "h", "content": [
        {"type": "text", "text": "what is this?"}, IMAGE, {"type": "image_url", "image_url": LINK}, PHOTO, NOTES]},
    CALL,
    {"type": "tool", "id": "t", "tool_call_id": "c", "content": [
        {"type": "text", "text": "drawn"}, {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}]},
]  # fmt: skip


async def conversation(it: Driven) -> MessagesPanel:
    """Show the conversation, with the keys in its panel."""
    await it.panels()
    app_state = it.studio.app_state
    app_state.thread_id = app_state.threads.items[0].thread_id
    values: Any = {"messages": CONVERSATION}
    app_state.state = Checkpoint(app_state.thread_id, CheckpointId("1f0c4a22-6f03-6000"), values=values, step=3)
    app_state.touch(Slice.STATE, Slice.THREADS)
    await it.press("5", "g")
    panel = it.app.studio_screen.panel("messages")
    assert isinstance(panel, MessagesPanel)
    await it.until(lambda: len(panel._messages.entries) == 2 and panel.has_focus, "the conversation")
    return panel


async def opened(it: Driven, words: str) -> None:
    """Open the block whose row holds these words."""
    panel = await conversation(it)
    rows = [panel.rows.text(index) for index in range(len(panel.rows))]
    panel.move_to_row(next(number for number, text in enumerate(rows) if words in text))
    await it.press("enter")
    await it.until(lambda: isinstance(it.app.screen, ContentScreen) and it.app.screen.is_built, "the page")


async def test_every_block_is_reached_by_keys_and_by_click_and_shows_no_data(start: Start) -> None:
    async with start() as it:
        panel = await conversation(it)
        wanted = {"image · image/png": "64 × 48 pixels, PNG", "image → https": LINK, "image · image/jpeg": "640 × 480",
                  "file · text": "notes.txt", "hologram": '"x": 1', "audio": "audio/wav"}  # fmt: skip
        found: set[str] = set()
        for row in range(len(panel.rows)):
            name = next((name for name in wanted if name in panel.rows.text(row)), None)
            if name is not None:
                await it.until(lambda row=row: panel.row == row, "the row")  # type: ignore[misc]
                assert "enter: the" in panel.summary()
                await it.press("enter")
                await it.sees(wanted[name])
                assert isinstance(it.app.screen, ContentScreen)
                assert coded(PICTURE)[:100] not in it.screen
                found.add(name)
                await it.press("escape")
                await it.until(lambda: panel.has_focus and it.app.screen is it.app.studio_screen, "the conversation")
            await it.press("j")
        assert found == set(wanted)
        row = next(row for row in range(len(panel.rows)) if "audio" in panel.rows.text(row))
        panel.move_to_row(row)
        await it.pilot.click(panel, offset=(8, 1 + row - panel.port.top), times=2)
        await it.sees("kind     audio")


async def test_enter_on_a_text_still_shows_the_whole_message_its_data_shortened(start: Start) -> None:
    async with start() as it:
        panel = await conversation(it)
        panel.move_to_row(0)
        await it.press("enter")
        await it.sees('"type": "human"')
        assert not isinstance(it.app.screen, ContentScreen)
        assert coded(jpeg())[:200] not in it.screen


async def save_as(it: Driven, path: Path) -> None:
    await it.press("s")
    await it.sees("a folder keeps the name")
    it.app.screen.query_one(Input).value = str(path)
    await it.press("enter")


async def test_a_block_is_saved_where_the_user_says_and_nothing_is_replaced_unasked(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with start() as it:
        await opened(it, "image · image/png")
        await it.press("s")
        await it.sees("out/cat.png")
        await it.press("enter")
        await it.sees("Saved:")
        assert (folder / "cat.png").read_bytes() == PICTURE
        assert stat.S_IMODE((folder / "cat.png").stat().st_mode) == 0o600
        other = folder / "other.png"
        other.write_bytes(b"mine")
        await save_as(it, other)
        await it.sees("exists already")
        await it.press("n")
        await it.sees("Nothing was saved.")
        assert other.read_bytes() == b"mine"
        await save_as(it, other)
        await it.sees("exists already")
        await it.press("y")
        await it.until(lambda: other.read_bytes() == PICTURE, "the file replaced")
        await it.press("s")
        it.app.screen.query_one(Input).value = str(folder / "oth")
        it.app.screen.query_one(Input).cursor_position = len(str(folder / "oth"))
        await it.press("tab")
        await it.until(lambda: it.app.screen.query_one(Input).value == str(other), "the path completed")
        await it.press("escape")
        await save_as(it, folder / "no" / "where.png")
        # Its path is long: where words stand depends on that.
        await it.until(lambda: "The folder" in notices_text(it.app), "the reason")
        assert "no does not exist." in notices_text(it.app).split("\n")[0]
        await it.press("escape")
        assert sorted(item.name for item in folder.iterdir()) == ["cat.png", "other.png"]


async def test_a_link_is_copied_and_never_fetched_or_saved(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(content_screen, "copy", lambda _app, text, _label: copied.append(text))
    async with start() as it:
        await opened(it, "image → https")
        before = list(it.studio.calls)
        await it.press("c")
        await it.until(lambda: copied == [LINK], "the link")
        await it.press("s")
        await it.sees("nothing is fetched")
        await it.press("p")
        await it.sees("no picture of its own")
        assert it.studio.calls == before


async def test_a_text_file_is_shown_and_no_key_waits_while_it_is_read(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[threading.Thread] = []
    decode = ContentPart.data

    def data(part: ContentPart) -> bytes | None:
        readers.append(threading.current_thread())
        return decode(part)

    async with start() as it:
        await opened(it, "notes.txt")
        monkeypatch.setattr(ContentPart, "data", data)
        await it.press("t")
        await it.sees("line two")
        assert readers
        assert threading.main_thread() not in readers


class Bare:
    """A bare terminal that shows a picture until a key is pressed."""

    def __init__(self) -> None:
        self.shown: list[bytes] = []
        self.key = asyncio.Event()

    def room(self) -> Room:
        return Room(80, 24)

    async def show(self, picture: bytes, _erase: bytes, words: str, _room: Room) -> None:
        assert "any key goes back" in words
        self.shown.append(picture)
        await self.key.wait()


@contextmanager
def lendable(it: Driven, monkeypatch: pytest.MonkeyPatch, graphics: Graphics) -> Iterator[Bare]:
    bare = Bare()
    monkeypatch.setattr(content_screen, "graphics_here", lambda _app: graphics)
    monkeypatch.setattr(content_screen, "terminal_of", lambda _app: bare)
    monkeypatch.setattr(it.app, "suspend", nullcontext)
    yield bare


async def test_a_run_goes_on_while_a_picture_is_shown_and_is_seen_after_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        with lendable(it, monkeypatch, Graphics(kitty=True)) as bare:
            await opened(it, "image · image/png")
            assert bare.shown == [], "nothing is drawn unasked"
            await it.press("p")
            await it.until(lambda: bool(bare.shown), "the picture")
            frames = it.app.clock.frames
            run = it.studio.running(Phase.RUNNING)
            run.messages["new"] = Message("new", "ai", "said meanwhile", streaming=True)
            it.studio.app_state.touch(Slice.MESSAGES)
            await it.until(lambda: it.app.clock.frames > frames, "the clock goes on")
            bare.key.set()
            await it.until(lambda: not it.app._batch_count, "the terminal taken back")
            frames = it.app.clock.frames
            await it.press("escape")
            await it.sees("said meanwhile")
            run.messages["more"] = Message("more", "ai", "and more", streaming=True)
            it.studio.app_state.touch(Slice.MESSAGES)
            await it.sees("and more")
            assert it.app.clock.frames > frames


async def test_where_the_terminal_shows_no_such_picture_the_reason_is_said(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as it:
        with lendable(it, monkeypatch, Graphics(kitty=True)) as bare:
            await opened(it, "image · image/jpeg")
            await it.sees("this terminal takes PNG, and this is JPEG")
            await it.press("p")
            await it.until(lambda: it.screen.count("takes PNG") > 1, "the reason told")
            assert bare.shown == []


@pytest.mark.parametrize("error", [OSError("gone"), asyncio.CancelledError()])
def test_a_lent_terminal_is_taken_back_whatever_happens(error: BaseException) -> None:
    steps: list[str] = []

    class App:
        @contextmanager
        def batch_update(self) -> Iterator[None]:
            yield

        @contextmanager
        def suspend(self) -> Iterator[None]:  # as Textual's: what follows the yield is not reached after an error
            steps.append("lent")
            yield
            steps.append("back")

    app: Any = App()
    with pytest.raises(type(error)), lending.lent(app):
        raise error
    assert steps == ["lent", "back"]


async def test_data_in_the_state_opens_and_is_saved_too(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = png(300, 200) + bytes(range(256)) * 8
    async with start() as it:
        await it.panels()
        app_state = it.studio.app_state
        app_state.thread_id = app_state.threads.items[0].thread_id
        values: Any = {"asked": [{"text": "look"}, IMAGE], "blob": coded(data)}
        app_state.state = Checkpoint(app_state.thread_id, CheckpointId("1f0c4a22-6f03-6000"), values=values, step=3)
        app_state.touch(Slice.STATE, Slice.THREADS)
        await it.press("4", "z", "g", "j")
        await it.sees("▾ asked")
        await it.press("j", "j")
        await it.sees(":block opens the image")
        it.app.perform("block")
        await it.sees("64 × 48 pixels")
        await it.press("escape")
        await it.press("h", "h", "j")
        await it.sees(":block opens the file")
        it.app.perform("block")
        await it.sees("300 × 200 pixels")
        await it.press("s")
        await it.sees("file.png")
        await it.press("enter")
        await it.sees("Saved:")
        assert (tmp_path / "file.png").read_bytes() == data
        await it.press("escape", "g")
        it.app.perform("block")
        await it.sees("Open block: the cursor")


async def test_a_page_that_is_closed_before_it_is_painted_takes_nothing_with_it(start: Start) -> None:
    async with start() as it:
        panel = await conversation(it)
        rows = [panel.rows.text(index) for index in range(len(panel.rows))]
        panel.move_to_row(next(number for number, text in enumerate(rows) if "image · image/png" in text))
        for _ in range(3):
            for key in ("enter", "escape"):
                it.app.post_message(events.Key(key, None))
            await it.pilot.resize_terminal(80, 24)
            await it.pilot.resize_terminal(120, 36)
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the conversation")
        [part] = parts_of([IMAGE])
        assert ContentScreen(part).serves(ContentScreen.KEYS[0]), "hints may be asked for before it is laid out"
        await it.press("enter")
        await it.sees("64 × 48 pixels")
