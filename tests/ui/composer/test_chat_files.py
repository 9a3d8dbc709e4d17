"""Files in the chat line: what stands below the line is what goes along, and nothing goes along that was not shown."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts
from studio_tui.core.inputs.files import Look, Read, look_at, read_files
from studio_tui.jsonkit.value import Json, as_list, as_object
from tests.ui.composer.composer_host import Host, chat_host, focused, typed
from tests.ui.conftest import Start
from tests.ui.harness import screen_text, wait_for_text, wait_until

NOTES = {"type": "text", "text": "File: notes.md\n\nalpha\n"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a few files."""
    place = tmp_path / "here"
    (place / "my dir").mkdir(parents=True)
    (place / "notes.md").write_text("alpha\n")
    (place / "my dir" / "two words.md").write_text("beta\n")
    (place / "[red]x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(34_000))
    monkeypatch.chdir(place)
    return place


def content(host: Host) -> Json:
    """The content of the only message of the only run that was asked for."""
    [request] = host.requests
    [message] = as_list(as_object(request.input)["messages"])
    return as_object(message)["content"]


async def mode(pilot: Pilot[None], name: str) -> None:
    """Go to a mode of the composer."""
    host = pilot.app
    assert isinstance(host, Host)
    while host.composer.state.mode != name:
        await pilot.press("ctrl+t")


async def test_a_file_is_shown_and_sent(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(110, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, 'see @notes.md, @[red]x.png and @"my dir/two words.md" me@example.org @@bob @ann')
        await wait_for_text(pilot, "+ notes.md text 6 B   + [red]x.png image/png 34.0 kB   + two words.md text 5 B")
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(host.requests), "a run")
        text, notes, image, words = as_list(content(host))
        assert as_object(text)["text"] == (
            'see @notes.md, @[red]x.png and @"my dir/two words.md" me@example.org @bob @ann'
        )
        assert notes == NOTES
        assert str(as_object(as_object(image)["image_url"])["url"]).startswith("data:image/png;base64,iVBORw0KGgo")
        assert as_object(words)["text"] == "File: two words.md\n\nbeta\n"
        await wait_until(pilot, lambda: host.composer.state.text() == "" and "+ notes.md" not in screen_text(host))
        await pilot.press("up")  # the history has the line, not the data
        await wait_until(pilot, lambda: host.composer.state.text().startswith("see @notes.md, "))
        await wait_for_text(pilot, "+ notes.md text 6 B")


async def test_a_line_in_one_burst_is_sent_with_its_file(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await pilot.press(*"@notes.md", "enter")
        await wait_until(pilot, lambda: bool(host.requests), "a run")
        assert content(host) == [{"type": "text", "text": "@notes.md"}, NOTES]


@pytest.mark.parametrize("word", ["@gone.png", "@./my", '@"my dir/', "@/dev/zero"])
async def test_what_cannot_be_sent_is_said_and_the_text_stays(tmp_path: Path, word: str) -> None:
    async with chat_host(tmp_path).run_test(size=(100, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, f"see {word}")
        await pilot.press("enter")
        await wait_for_text(pilot, "Not sent: ")
        assert (host.requests, host.composer.state.text()) == ([], f"see {word}")


async def test_what_only_looks_like_a_path_is_text_when_sent_once_more(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(140, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "ask @app.task and @notes.md")
        await pilot.press("enter")
        await wait_for_text(pilot, "Send once more to send it as text.")
        assert host.requests == []
        await typed(pilot, "!")  # another text is asked about anew
        await pilot.press("enter")
        await wait_for_text(pilot, "Send once more to send it as text.")
        assert host.requests == []
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(host.requests), "a run")
        assert content(host) == [{"type": "text", "text": "ask @app.task and @notes.md!"}, NOTES]


async def test_the_options_of_the_key_are_those_of_the_run(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "@notes.md")
        host.composer.submit(step="over", background=True)
        await wait_until(pilot, lambda: bool(host.requests), "a run")
        assert (host.requests[0].background, host.requests[0].step) == (True, "over")
        assert as_list(content(host))[1:] == [NOTES]


async def test_words_that_are_no_files_are_text(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "@ann @1.2 a@b.org")
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(host.requests), "a run")
        assert content(host) == "@ann @1.2 a@b.org"


async def test_pasted_text_shows_its_files_before_it_sends_them(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        host.post_message(events.Paste("hello\n@notes.md"))
        host.post_message(events.Key("enter", "\r"))  # before anybody can have seen what it names
        await wait_for_text(pilot, "this text came from elsewhere and names 1 file")
        await wait_for_text(pilot, "+ notes.md text 6 B")
        assert host.requests == []
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(host.requests), "a run")
        assert as_list(content(host))[1:] == [NOTES]


async def test_a_restored_draft_shows_its_files(tmp_path: Path) -> None:
    text = '{"touched": ["chat"], "chat": "old @notes.md", "base": {}}'
    Drafts(tmp_path / "drafts", program="99999-1").save(DraftKey("http://server", "a1", "t1"), Draft("chat", text))
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await wait_for_text(pilot, "old @notes.md")
        await wait_for_text(pilot, "+ notes.md text 6 B")
        assert host.requests == []


async def test_a_file_that_became_another_is_said_first(tmp_path: Path, folder: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(100, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "@notes.md")
        await wait_for_text(pilot, "+ notes.md text 6 B")
        (folder / "notes.md").write_text("x" * 50_000)
        await pilot.press("enter")
        await wait_for_text(pilot, "notes.md has changed since it was shown")
        await wait_for_text(pilot, "+ notes.md text 50.0 kB")
        assert host.requests == []
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(host.requests), "a run")


async def test_a_text_that_changes_while_a_slow_disk_reads_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def slow(*args: Any, **more: Any) -> Read:
        gate.wait(30)
        return read_files(*args, **more)

    monkeypatch.setattr("studio_tui.ui.composer.attached_files.read_files", slow)
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "@notes.md")
        await pilot.press("enter")
        await typed(pilot, " more")  # the loop runs, and takes keys
        gate.set()
        await wait_for_text(pilot, "Not sent: the text was changed")
        assert (host.requests, host.composer.state.text()) == ([], "@notes.md more")


async def test_what_is_no_longer_allowed_when_the_files_are_read_is_not_sent(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Read:
        begun.set()
        gate.wait(30)
        return read_files(*args, **more)

    monkeypatch.setattr("studio_tui.ui.composer.attached_files.read_files", slow)
    async with start() as it:
        await it.press(*"@notes.md", "enter")
        await it.until(begun.is_set, "reading")
        it.studio.app_state.readonly = True
        gate.set()
        await it.sees("Not sent. This session is read-only")
        assert not it.studio.called("start")
        assert it.app.studio_screen.composer.state.text() == "@notes.md"


async def test_tab_completes_a_path_and_elsewhere_goes_on(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "see @no")
        await pilot.press("tab")
        await wait_until(pilot, lambda: host.composer.state.text() == "see @notes.md")
        await typed(pilot, " @my")
        await pilot.press("tab")
        await wait_until(pilot, lambda: host.composer.state.text().endswith(' @"my dir/'))
        await pilot.press("tab")
        await wait_until(pilot, lambda: host.composer.state.text().endswith('@"my dir/two words.md"'))
        await wait_for_text(pilot, "+ notes.md text 6 B   + two words.md text 5 B")
        await typed(pilot, " @zz")
        await pilot.press("tab")
        await wait_for_text(pilot, "No file begins with zz.")
        assert host.composer.has_focus_within
        await typed(pilot, " ")
        await pilot.press("tab")
        await wait_until(pilot, lambda: not host.composer.has_focus_within, "the next field")


async def test_a_message_with_files_stays_in_the_chat_line(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "see @notes.md")
        await pilot.press("ctrl+t")
        await wait_for_text(pilot, "A message with files stays in the chat line")
        await mode(pilot, "chat")
        assert host.composer.state.text() == "see @notes.md"


async def test_plain_text_of_the_json_mode_names_no_file_in_the_chat_line(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await mode(pilot, "json")
        host.composer.editors.set_text('{"messages": [{"type": "human", "content": "@notes.md"}]}')
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        await mode(pilot, "chat")
        await pilot.press("up")
        await wait_until(pilot, lambda: host.composer.state.text() == "@@notes.md")
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(host.requests) == 2)
        assert host.requests[0].input == host.requests[1].input


async def test_keys_after_enter_are_the_next_message(start: Start) -> None:
    async with start() as it:
        await it.press(*"@notes.md", "enter", *"next")
        await it.until(lambda: bool(it.studio.called("start")), "a run")
        [request] = it.studio.called("start")
        [message] = as_list(request.input["messages"])
        assert as_list(as_object(message)["content"])[1] == NOTES
        await it.until(lambda: it.app.studio_screen.composer.state.text() == "next")


async def test_the_options_show_what_will_be_sent_without_its_data(start: Start) -> None:
    async with start(size=(120, 40)) as it:
        await it.type("@notes.md")
        await it.sees("+ notes.md text 6 B")
        shown = it.app.studio_screen.composer.previewed()
        [message] = as_list(as_object(shown)["messages"])
        assert as_list(as_object(message)["content"])[1:] == [
            {"type": "text", "text": "File: notes.md\n\n… 6 B of notes.md, read when it is sent …"}
        ]


async def test_files_of_an_older_text_are_not_said_to_be_sent(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*args: Any, **more: Any) -> Look:
        gate.wait(30)
        return look_at(*args, **more)

    async with start(size=(120, 40)) as it:
        await it.type("@notes.md")
        await it.sees("+ notes.md text 6 B")
        monkeypatch.setattr("studio_tui.ui.composer.attached_files.look_at", slow)
        await it.press("space", *"@[red]x.png")
        composer = it.app.studio_screen.composer
        await it.until(lambda: composer.state.text().endswith(".png"), "the text")
        assert "notes.md, read when it is sent" not in str(composer.previewed())
        assert "being looked at" in str(composer.previewed())
        gate.set()
        await it.until(lambda: "x.png, read when it is sent" in str(composer.previewed()), "both files")


async def test_a_hung_disk_holds_up_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    looks: list[int] = []

    def hangs(*_args: Any) -> Any:
        looks.append(1)
        gate.wait(30)
        return Look()

    monkeypatch.setattr("studio_tui.ui.composer.attached_files.look_at", hangs)
    monkeypatch.setattr("studio_tui.ui.composer.attached_files.LOOKING", 300.0)
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        await focused(pilot)
        await typed(pilot, "@/net/a.txt")
        await wait_until(pilot, lambda: bool(looks), "a look")
        await typed(pilot, " and @/net/b.txt and more")
        assert len(looks) == 1  # one at a time
        await pilot.press("ctrl+u")
        gate.set()
