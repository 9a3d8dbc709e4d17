"""What the composer keeps: drafts through a crash, inputs sent before, values between runs and threads."""

from __future__ import annotations

from pathlib import Path

from studio_tui.core.inputs.drafts import DraftKey, Drafts
from studio_tui.domain.assistant import Schemas
from studio_tui.jsonkit.value import Json, as_object
from studio_tui.ui.kit.dialogs.picker import PickerDialog
from studio_tui.ui.kit.forms.form import SchemaForm
from studio_tui.ui.kit.text_inputs import TextField
from tests.recordings import recorded_schema
from tests.ui.composer.composer_host import RICH, chat_host, focused, form_host, typed
from tests.ui.harness import wait_for_text, wait_until

HELLO = {"messages": [{"type": "human", "content": "hi"}]}


async def test_history_walks_back_and_forth_to_what_was_being_typed(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        for text in ("one", "two"):
            await typed(pilot, text)
            await pilot.press("enter")
        await typed(pilot, "half")
        await pilot.press("up")
        await wait_until(pilot, lambda: host.composer.state.text() == "two")
        await pilot.press("ctrl+up")
        await wait_until(pilot, lambda: host.composer.state.text() == "one")
        await wait_for_text(pilot, "Input 2 of 2 from the history")
        await pilot.press("ctrl+down")
        await wait_until(pilot, lambda: host.composer.state.text() == "two")
        await pilot.press("down")
        await wait_until(pilot, lambda: host.composer.state.text() == "half")


async def test_history_is_searched_and_survives_a_restart(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        for text in ("weather in rome", "flights"):
            await typed(pilot, text)
            await pilot.press("enter")
        await wait_until(pilot, lambda: len(list((tmp_path / "history").glob("*.json"))) == 1)
        await host.workers.wait_for_complete()
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await host.workers.wait_for_complete()
        await pilot.press("ctrl+f")
        await wait_until(pilot, lambda: isinstance(host.screen, PickerDialog))
        await pilot.press("r", "o", "m", "enter")
        await wait_until(pilot, lambda: host.screen is host.screen_stack[0] and len(host.screen_stack) == 1)
        assert host.composer.state.text() == "weather in rome"


def draft_text(folder: Path, key: DraftKey) -> str:
    draft = Drafts(folder / "drafts").load(key)
    return draft.text if draft is not None else ""


async def test_a_draft_is_on_disk_soon_and_comes_back(tmp_path: Path) -> None:
    key = DraftKey("http://server", "a1", "t1")
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "half a thought")
        # Not the orderly end of the program: what counts is what a killed one leaves behind.
        await wait_until(pilot, lambda: "half a thought" in draft_text(tmp_path, key), within=5)
        host.composer.drafts.keeper.save = lambda: True  # type: ignore[method-assign]
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await wait_until(pilot, lambda: host.composer.state.text() == "half a thought")
        await pilot.press("enter")
        await wait_until(pilot, lambda: Drafts(tmp_path / "drafts").load(key) is None)


async def test_drafts_of_form_and_json_come_back_in_their_mode(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        await focused(pilot)
        await pilot.press("c", "a", "t")
        await wait_for_text(pilot, "cat")
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        await wait_for_text(pilot, "cat")
        host = await focused(pilot)
        host.composer.editors.set_mode("json")
        host.composer.editors.set_text('{"broken')
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        await wait_for_text(pilot, '{"broken')


async def test_every_thread_has_its_own_draft_and_a_new_one_takes_the_text_along(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "for t1")
        host.composer.set_target("http://server", "a1", "t2")
        assert host.composer.state.text() == ""
        host.composer.set_target("http://server", "a1", "t1")
        await wait_until(pilot, lambda: host.composer.state.text() == "for t1")
        host.composer.set_target("http://server", "a1", "")
        await typed(pilot, "next")
        host.composer.set_target("http://server", "a1", "made-by-the-run")
        await host.workers.wait_for_complete()
        assert host.composer.state.text() == "next"
        assert draft_text(tmp_path, DraftKey("http://server", "a1", "")) == ""
        assert "next" in draft_text(tmp_path, DraftKey("http://server", "a1", "made-by-the-run"))


async def test_a_run_that_could_not_start_gives_the_message_back(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("enter")
        host.composer.history.restore_unsent()
        assert host.composer.state.text() == "hi"
        await wait_until(pilot, lambda: host.query_one("#composer-line", TextField).text == "hi")


async def test_messages_leave_the_form_when_sent_and_other_values_stay(tmp_path: Path) -> None:
    fields: Json = {"messages": schema_part("py", "chat"), "topic": {"type": "string"}}
    full: Json = {"type": "object", "properties": fields, "$defs": as_object(recorded_schema("py", "chat"))["$defs"]}
    async with form_host(tmp_path, full).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode("form")
        await wait_until(pilot, lambda: host.query_one(SchemaForm).focus_field("/messages"))
        await pilot.press("h", "i", "enter", "c", "a", "t", "enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == {**HELLO, "topic": "cat"}
        await wait_until(pilot, lambda: host.composer.state.texts == {"/topic": "cat"})
        await wait_until(pilot, lambda: host.composer.has_focus_within)


def schema_part(server: str, graph: str) -> Json:
    return as_object(as_object(recorded_schema(server, graph))["properties"])["messages"]


async def test_a_message_sent_from_the_form_is_a_message_in_the_history(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: host.composer.state.mode == "form")
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        host.composer.editors.set_mode("chat")
        host.composer.history.older()
        assert (host.composer.state.mode, host.composer.state.text()) == ("chat", "hi")


async def test_another_assistant_starts_with_its_own_form_and_the_old_one_keeps_its_draft(tmp_path: Path) -> None:
    async with form_host(tmp_path, recorded_schema("py", "io")).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await pilot.press("w", "h", "y")
        await wait_until(pilot, lambda: host.composer.state.texts == {"/question": "why"})
        host.composer.set_target("http://server", "a2", "t9")
        host.composer.for_schema(Schemas(input=RICH), "report")
        await wait_for_text(pilot, "topic*")
        assert host.composer.state.texts == {}
        host.composer.set_target("http://server", "a1", "t1")
        host.composer.for_schema(Schemas(input=recorded_schema("py", "io")), "io")
        await wait_until(pilot, lambda: host.composer.state.texts == {"/question": "why"})


async def test_values_of_a_sent_form_stay_for_a_run_on_another_thread(tmp_path: Path) -> None:
    async with form_host(tmp_path, recorded_schema("py", "io")).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await pilot.press("w", "h", "y", "ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        host.composer.set_target("http://server", "a1", "t2")
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 2)
        assert host.requests[1].input == {"question": "why"}


async def test_a_whole_value_takes_the_place_of_the_suggested_one_and_never_of_what_was_typed(tmp_path: Path) -> None:
    async with form_host(tmp_path, recorded_schema("py", "io")).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: host.composer.state.mode == "json")
        await pilot.press(*'{"a":1}')
        await wait_until(pilot, lambda: host.composer.state.text() == '{"a":1}')
        await pilot.press(*"{2}")
        await wait_until(pilot, lambda: host.composer.state.text() == '{"a":1}{2}')
