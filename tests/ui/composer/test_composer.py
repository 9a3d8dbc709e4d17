"""The composer by keys: three modes over one input, sending, the editor, large and hostile texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from studio_tui.core.inputs.run_input import Mode
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.run_request import RunOptions
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.jsonkit.value import Json
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.composer.editors import LargeNote
from studio_tui.ui.kit.text_inputs import MOST_WRAPPED, JsonArea
from tests.recordings import recorded_schema
from tests.ui.composer.composer_host import Host, chat_host, focused, form_host, paste, typed
from tests.ui.harness import screen_text, wait_for_text, wait_until, widget_text

HELLO = {"messages": [{"type": "human", "content": "hi"}]}


async def test_enter_sends_the_message_and_empties_the_line(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == HELLO
        assert host.composer.state.text() == ""


async def test_the_line_takes_four_rows_or_fewer_and_grows(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        assert host.composer.outer_size.height == 3
        await typed(pilot, "a")
        for key in ("shift+enter", "alt+enter", "ctrl+j"):
            await pilot.press(key, "b")
        await pilot.press("\\", "enter", "c")
        await wait_until(pilot, lambda: host.composer.state.text() == "a\nb\nb\nb\nc")
        await wait_until(pilot, lambda: host.composer.outer_size.height == 7)
        assert host.requests == []


async def test_while_the_schemas_are_awaited_the_line_says_that_another_input_may_come(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        assert "being read" not in widget_text(host.composer)
        host.composer.for_schema(None, "slow graph")
        await wait_until(pilot, lambda: "what this graph takes is still being read" in widget_text(host.composer))
        host.composer.for_schema(Schemas(input=recorded_schema("py", "chat")), "slow graph")
        await wait_until(pilot, lambda: "being read" not in widget_text(host.composer))


async def test_schemas_that_cannot_be_read_are_named_with_the_reason_and_json_is_offered(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(100, 20)) as pilot:
        host = await focused(pilot)
        host.composer.for_schema(Schemas(problem="The server failed (500)"), "broken graph")
        await wait_for_text(pilot, "The server failed (500)")
        text = widget_text(host.composer)
        assert "JSON (^t) works" in text
        assert "being read" not in text
        host.composer.for_schema(Schemas(), "graph without a schema")
        await wait_until(pilot, lambda: "500" not in widget_text(host.composer))
        assert "being read" not in widget_text(host.composer)


async def test_form_stays_with_the_reason_when_its_schemas_cannot_be_read_again(tmp_path: Path) -> None:
    known = Schemas(input={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
    async with chat_host(tmp_path).run_test(size=(100, 20)) as pilot:
        host = await focused(pilot)
        host.composer.for_schema(known, "graph")
        await wait_for_text(pilot, "city")
        host.composer.for_schema(replace(known, problem="The server failed (500)"), "graph")
        await wait_for_text(pilot, "The form is as it was read before: The server failed (500)")
        assert "city" in widget_text(host.composer)


async def test_schemas_that_are_read_again_leave_the_cursor_where_it_is(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "ac")
        await pilot.press("left")
        host.composer.for_schema(Schemas(input=recorded_schema("py", "chat")), "travel_agent")
        await pilot.press("b")
        await wait_until(pilot, lambda: host.composer.state.text() == "abc")


async def test_nothing_is_not_sent(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await pilot.press("enter")
        await wait_for_text(pilot, "Type a message first.")
        assert host.requests == []


async def test_modes_carry_the_input_over(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "hi")
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: host.composer.state.mode == "form")
        await wait_until(pilot, lambda: "hi" in widget_text(host.composer))
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: host.composer.state.mode == "json")
        assert json.loads(host.composer.state.text()) == HELLO
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: host.composer.state.mode == "chat")
        assert host.composer.state.text() == "hi"
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == HELLO


async def test_the_chat_line_keeps_what_else_the_json_holds(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode("json")
        host.composer.editors.set_text(json.dumps({**HELLO, "topic": "cats"}))
        host.composer.editors.set_mode("chat")
        await wait_for_text(pilot, "also sends topic")
        host.composer.submit()
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == {**HELLO, "topic": "cats"}


async def test_json_problems_show_while_typing_and_never_block(tmp_path: Path) -> None:
    async with form_host(tmp_path, recorded_schema("py", "io")).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: host.composer.state.mode == "json")
        assert json.loads(host.composer.state.text()) == {"question": "hi"}
        await pilot.press("x")
        await wait_for_text(pilot, "Line 3, column 2: there is text after the end of the value")
        await pilot.press("ctrl+s")
        await wait_for_text(pilot, "Not sent: line 3, column 2")
        assert host.requests == []
        await pilot.press("backspace")
        await wait_until(pilot, lambda: "column 2" not in screen_text(host))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == {"question": "hi"}


async def test_broken_json_is_not_lost_by_looking_at_the_form(tmp_path: Path) -> None:
    async with form_host(tmp_path, recorded_schema("py", "io")).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode("json")
        host.composer.editors.set_text('{"question": "half')
        host.composer.editors.set_mode("form")
        await wait_for_text(pilot, "The JSON does not parse")
        host.composer.editors.set_mode("json")
        assert host.composer.state.text() == '{"question": "half'


async def test_a_form_with_problems_is_not_sent_and_points_at_them(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        host = await focused(pilot)
        await pilot.press("ctrl+s")
        await wait_for_text(pilot, "Not sent: topic: Required.")
        assert host.requests == []
        assert "! Required" not in widget_text(host.composer)
        assert all(f"{name}*!" in screen_text(host) for name in ("topic", "kind", "city"))


@pytest.mark.parametrize("width", [80, 58])
async def test_neither_a_walk_through_the_fields_nor_wrong_values_change_a_row(tmp_path: Path, width: int) -> None:
    async with form_host(tmp_path).run_test(size=(width, 30)) as pilot:
        host = await focused(pilot)
        before = host.composer.outer_size.height
        heights: set[int] = set()
        for key in ("down", "down", "down", "x", "y", "down", "up", "up", "ctrl+s", "down", "escape"):
            await pilot.press(key)
            await pilot.pause()
            heights.add(host.composer.outer_size.height)
        await wait_for_text(pilot, "n!")
        assert heights == {before}


async def test_a_form_in_error_that_has_not_the_focus_says_why_in_its_border(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await pilot.press("down", "down", "down", "x", "escape")
        await wait_until(pilot, lambda: not host.composer.has_focus_within, "the panels")
        await wait_until(pilot, lambda: "! n: " in widget_text(host.composer).split("\n")[-1], "the reason")


async def test_a_whole_form_by_keys(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        host = await focused(pilot)
        await pilot.press("c", "a", "t", "s", "enter", "right", "down", "n", "down", "7", "tab")
        await pilot.press("R", "o", "m", "e", "down", "down", "s")
        await wait_for_text(pilot, "query")
        await wait_until(pilot, lambda: host.focused is not None and type(host.focused).__name__ == "ChoiceField")
        await pilot.press("down", "q", "ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == {
            "topic": "cats",
            "kind": "short",
            "deep": False,
            "n": 7,
            "address": {"city": "Rome"},
            "tool": {"query": "q"},
        }


async def test_a_scalar_input_is_one_field(tmp_path: Path) -> None:
    async with form_host(tmp_path, recorded_schema("py", "func")).run_test(size=(60, 20)) as pilot:
        host = await focused(pilot)
        await pilot.press("4", "2", "enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == 42


async def test_blocked_sending_says_why_and_typing_goes_on(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        app_state = AppState(
            schemas=Schemas(input=recorded_schema("py", "chat")),
            readonly=True,
            server=ServerInfo("http://x", ServerKind.PYTHON),
            assistant_id=AssistantId("a"),
        )
        host.composer.draw(app_state, frozenset(Slice))
        await typed(pilot, "hi")
        await pilot.press("enter")
        await wait_for_text(pilot, "Not sent. This session is read-only")
        assert host.requests == []
        assert host.composer.state.text() == "hi"
        app_state.readonly = False
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)


async def test_whether_sending_is_off_is_asked_when_a_key_asks_not_when_it_was_drawn(tmp_path: Path) -> None:
    """On a busy machine the frame with the news of the connection comes after the enter that it allows."""
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        app_state = AppState(schemas=Schemas(input=recorded_schema("py", "chat")))
        host.composer.draw(app_state, frozenset(Slice))
        await wait_for_text(pilot, "Not connected to a server yet.")
        await typed(pilot, "hi")
        app_state.server = ServerInfo("http://x", ServerKind.PYTHON)
        app_state.assistant_id = AssistantId("a")
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(host.requests) == 1)


async def test_escape_goes_back_to_the_panel(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await pilot.press("escape")
        await wait_until(pilot, lambda: host.focused is host.query_one("#above"))


async def test_an_editor_that_is_still_being_shown_does_not_fetch_back_who_left(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode("json")
        host.composer.action_leave()  # the key came before the next paint
        await pilot.pause()
        await pilot.pause()
        assert host.focused is host.query_one("#above")


@pytest.mark.parametrize("mode", ["chat", "json", "form"])
async def test_who_leaves_right_after_an_editor_was_given_the_focus_stays_away(tmp_path: Path, mode: Mode) -> None:
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode(mode)
        await pilot.pause()
        await pilot.press("escape")
        host.composer.editors.focus_editor()  # a form is there at last and takes its place
        host.composer.action_leave()  # the key that was waiting meanwhile
        await pilot.pause()
        await pilot.pause()
        assert host.focused is host.query_one("#above")


async def test_the_editor_gets_the_text_and_gives_it_back(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "draft")
        await pilot.press("ctrl+e")
        await wait_until(pilot, lambda: host.editors == [("draft", ".md")])
        host.composer.editors.set_text("better\ndraft\n")
        assert host.composer.state.text() == "better\ndraft"
        host.composer.editors.set_mode("json")
        host.composer.editors.action_open_editor()
        await wait_until(pilot, lambda: len(host.editors) == 2)
        assert host.editors[1][1] == ".json"
        assert json.loads(host.editors[1][0])["messages"][0]["content"] == "better\ndraft"


async def test_the_editor_edits_the_field_of_a_form(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(80, 30)) as pilot:
        host = await focused(pilot)
        await pilot.press("c", "a", "t")
        await wait_until(pilot, lambda: host.composer.state.texts.get("/topic") == "cat")
        await pilot.press("ctrl+e")
        await wait_until(pilot, lambda: host.editors == [("cat", ".md")])
        host.composer.editors.set_text("dog\n")
        assert host.composer.state.texts["/topic"] == "dog"
        await wait_for_text(pilot, "dog")


async def test_options_go_with_the_run_and_are_shown(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        app_state = AppState(
            schemas=Schemas(input=recorded_schema("py", "chat")),
            server=ServerInfo("http://x", ServerKind.PYTHON),
            assistant_id=AssistantId("a"),
            next_run=RunOptions(stream_modes=("debug",), recursion_limit=5),
        )
        host.composer.draw(app_state, frozenset(Slice))
        await wait_for_text(pilot, "options: debug · recursion_limit 5")
        await typed(pilot, "hi")
        await pilot.press("enter", "ctrl+o")
        await wait_until(pilot, lambda: host.performed == ["run-options"])
        assert host.requests[0].stream_modes == ("debug",)
        assert host.requests[0].recursion_limit == 5


async def test_a_large_paste_is_held_and_can_be_sent_edited_and_removed(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "see ")
        await paste(pilot, "x" * 1_000_000)
        await wait_for_text(pilot, "1.0 MB of text, too large to edit here.")
        await wait_until(pilot, lambda: isinstance(host.focused, LargeNote))
        assert len(host.composer.state.text()) == 1_000_004
        await pilot.press("backspace")
        await wait_for_text(pilot, "Press backspace once more")
        assert len(host.composer.state.text()) == 1_000_004
        await pilot.press("ctrl+e")
        await wait_until(pilot, lambda: len(host.editors) == 1)
        host.composer.editors.set_text("y" * (MOST_WRAPPED + 1))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == {"messages": [{"type": "human", "content": "y" * (MOST_WRAPPED + 1)}]}
        await wait_until(pilot, lambda: host.composer.state.text() == "" and not host.query_one(LargeNote).display)


async def test_a_large_paste_is_sent_as_a_small_one_would_be(tmp_path: Path) -> None:
    lines = "a line\x1b[2J\r" * 20_000  # terminals paste carriage returns
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await paste(pilot, lines)
        await wait_for_text(pilot, "too large to edit here.")
        await wait_for_text(pilot, "20 000 control characters in this text became visible")
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: len(host.requests) == 1)
        content = "a line␛[2J\n" * 20_000
        assert host.requests[0].input == {"messages": [{"type": "human", "content": content}]}


async def test_steering_characters_of_a_paste_become_visible(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 20)) as pilot:
        host = await focused(pilot)
        await paste(pilot, "a\x1b]52;c;eA==\x07\u202eb\r\nc")
        await wait_until(pilot, lambda: host.composer.state.text() == "a␛]52;c;eA==␇<U+202E>b\nc")
        await wait_for_text(pilot, "3 control characters in this text became visible")


async def test_steering_characters_in_json_stay_what_they_are_as_escapes(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode("json")
        host.composer.editors.set_text('{"messages": "a\\u001b[2J\\u202e"}')
        host.composer.submit()
        await wait_until(pilot, lambda: len(host.requests) == 1)
        assert host.requests[0].input == {"messages": "a\x1b[2J\u202e"}


HOSTILE = "[/foo]\x1b[2J\x9b1m\u202e[@click=app.quit]x[/]"


async def test_hostile_names_are_shown_as_text_and_break_nothing(tmp_path: Path) -> None:
    evil: Json = {
        "type": "object",
        "title": HOSTILE,
        "required": [HOSTILE],
        "properties": {
            HOSTILE: {"type": "string", "description": HOSTILE, "title": HOSTILE, "default": HOSTILE},
            "pick": {"enum": [HOSTILE, "fine"]},
            "pattern": {"type": "string", "pattern": HOSTILE},
            "tool": {"oneOf": [{"title": HOSTILE, "type": "object", "properties": {"x": {}}}, {"type": "string"}]},
        },
    }
    async with Host(tmp_path, Schemas(input=evil), HOSTILE).run_test(size=(100, 30)) as pilot:
        host = await focused(pilot)
        host.composer.editors.set_mode("form")
        await wait_for_text(pilot, "[/foo]␛[2J")
        await pilot.press("ctrl+s", "down", "right", "down", "a", "down", "right")
        await pilot.pause()
        shown = screen_text(host)
        assert is_safe(shown)
        host.composer.submit()
        await wait_until(pilot, lambda: len(host.requests) == 1 or "Not sent" in screen_text(host))
        host.composer.editors.set_mode("json")
        host.composer.say(HOSTILE)
        await pilot.pause()
        assert is_safe(screen_text(host))


@pytest.mark.parametrize("size", [(80, 24), (40, 20), (20, 8)])
async def test_narrow_screens_keep_the_input_usable(tmp_path: Path, size: tuple[int, int]) -> None:
    async with form_host(tmp_path).run_test(size=size) as pilot:
        host = await focused(pilot)
        modes: tuple[Mode, ...] = ("form", "json")
        for mode in modes:
            host.composer.editors.set_mode(mode)
            composer = host.composer
            await wait_until(pilot, lambda: host.composer.has_focus_within)
            assert composer.region.bottom <= size[1]
            assert composer.outer_size.height <= size[1]


async def test_the_chat_line_looks_like_this(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 12)) as pilot:
        host = await focused(pilot)
        await typed(pilot, "what's the weather in sf")
        await wait_for_text(pilot, "@ File")
        assert widget_text(host.composer).split("\n") == [
            "╭─ Message to travel_agent ────────────────────────────────────────────────────╮",
            "│ › what's the weather in sf                                                   │",
            "╰───────────────────────  chat   form   JSON   @ File  ^f History  ^e Editor  ─╯",
        ]


async def test_the_form_looks_like_this(tmp_path: Path) -> None:
    async with form_host(tmp_path).run_test(size=(60, 30)) as pilot:
        host = await focused(pilot)
        await wait_for_text(pilot, "What the report is about")
        assert widget_text(host.composer).split("\n") == [
            "╭─ Input for report ───────────────────────────────────────╮",
            "│ topic*    text                                           │",
            "│ kind*     not set   short   long                         │",
            "│ deep      default: yes   yes   no                        │",
            "│ n         default: 3                                     │",
            "│ address                                                  │",
            "│   city*   text                                           │",
            "│   zip     text                                           │",
            "│ tool      not set   Search   Calc                        │",
            "│ tags      list, one text per line (alt+enter)            │",
            "╰──────────────  form   JSON  · What the report is about  ─╯",
        ]


async def test_a_click_on_a_mode_in_the_border_picks_it(tmp_path: Path) -> None:
    async with chat_host(tmp_path).run_test(size=(80, 24)) as pilot:
        host = await focused(pilot)
        await wait_until(pilot, lambda: "@ File" in widget_text(host.composer))
        row = widget_text(host.composer).split("\n")[-1]
        await pilot.click(host.composer, offset=(row.index("JSON") + 1, host.composer.outer_size.height - 1))
        await wait_until(pilot, lambda: host.composer.state.mode == "json")
        await wait_until(pilot, lambda: isinstance(host.focused, JsonArea))


async def test_a_low_screen_grants_more_rows_to_a_form_with_the_focus(tmp_path: Path) -> None:
    host = form_host(tmp_path)
    host.stylesheet.add_source("#composer { max-height: 3; &:focus-within { max-height: 7; } }")
    async with host.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: host.composer.outer_size.height == 3, "one row of the form")
        await focused(pilot)
        await wait_until(pilot, lambda: host.composer.outer_size.height == 7, "five rows of the form")
