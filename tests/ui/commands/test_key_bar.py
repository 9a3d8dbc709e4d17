"""The bottom row: keys of where the user is and of what the thread is doing, clicks in it, one grammar everywhere."""

from __future__ import annotations

import re
from itertools import product
from typing import get_args

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import Phase
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.spans import line_width, plain
from studio_tui.ui.assistants.commands import BAR
from studio_tui.ui.commands.bars import FOLD, TYPING, Situation, State, bar, urgent, words
from studio_tui.ui.commands.key_bar import always, key_hints
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.kit.key_line import KeyHint, key_line, key_rows, read_hints
from tests.hygiene.test_keys import AREAS
from tests.ui.conftest import Driven, Start

ENTRY = re.compile(r" (?P<key>\S+(?: \S+)?) (?P<word>[A-Z$][^ ]*(?: [^ ]+)*) ")
"""One blank before and behind, a key as people read it, a word with a capital letter."""


def footer(it: Driven) -> str:
    """The bottom row as it is shown."""
    return it.screen.splitlines()[-1]


async def test_the_key_bar_fits_eighty_columns_with_whole_words(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        it.studio.running(Phase.RUNNING)
        ctx = it.app.context()
        for area, state in product((*sorted(AREAS), "assistants"), get_args(State)):
            now, typing = Situation(state), area in TYPING
            ids, said = (BAR, dict[str, str]()) if area == "assistants" else (bar(area, now), words(area, now))
            left, right = key_hints(ctx, ids, said, typing=typing), always(ctx, typing=typing)
            line, _ = key_line(left, 80, right)
            assert line_width(line) == 80, (area, state)
            assert plain(line).rstrip().endswith("^p Commands"), (area, state)
            names = {command.short or command.title for command in it.app.commands} | set(said.values())
            shown = [ENTRY.fullmatch(f" {entry} ") for entry in re.split(" {2,}", plain(line).strip())]
            assert all(found is not None and found["word"] in names for found in shown), (area, state, plain(line))
            assert 3 <= len(shown) <= 13, (area, state, plain(line))
            assert not typing or all(len(found["key"]) > 1 for found in shown if found), (area, state, plain(line))


@pytest.mark.parametrize("area", sorted(AREAS))
def test_while_a_run_streams_the_key_that_stops_it_comes_before_all_but_sending(area: str) -> None:
    if area in ("dock", "answer"):
        return  # nobody asks while a run streams
    ids = bar(area, Situation("live"))
    assert ids.index("stop-now") == (1 if area == "composer" else 0)


@pytest.mark.parametrize(
    ("area", "state", "first"),
    [
        ("graph", "paused", ("step", "continue")),
        ("messages", "asks", ("continue",)),
        ("threads", "asks", ("list-open-row",)),
        ("graph", "failed", ("rerun", "edit", "whole-error")),
        ("timeline", "failed", ("rerun", "edit", "whole-error")),
        ("state", "failed", ("rerun", "edit", "whole-error")),
        ("history", "past", ("rerun", "edit", "fork", "undo", "redo", "mark")),
        ("state", "idle", ("edit", "fork", "rerun", "undo", "redo", "older", "diff", "raw")),
        ("timeline", "paused", ("step", "continue", "step-in", "edit", "fork", "undo", "redo")),
        ("timeline", "idle", ("rerun", "edit", "fork")),
    ],
)
def test_the_next_thing_to_do_comes_first(area: str, state: State, first: tuple[str, ...]) -> None:
    assert bar(area, Situation(state))[: len(first)] == first
    if area == "graph":
        now = Situation(state, folding="Open")
        assert words(area, now)[FOLD] == "Open"
        assert FOLD in bar(area, now)
        assert FOLD not in bar(area, Situation(state))
    if area == "history":
        marked = Situation(state, diff_seen=True, other_base="parent", marked=True)
        assert (bar(area, marked)[0], words(area, marked)["mark"]) == ("mark", "Unmark")


def test_what_a_thread_that_is_gone_refuses_comes_first_no_more() -> None:
    paused = Situation("paused", gone=True)
    assert not urgent(paused)
    assert not {"step", "continue"} & set(bar("messages", paused))
    assert urgent(Situation("failed", gone=True)) == ("whole-error",)
    assert urgent(Situation("asks", gone=True)) == ("continue",), "a question can still be read"


def test_esc_is_told_where_it_does_something_and_says_what() -> None:
    assert "back" not in bar("graph", Situation())
    for now, word in (
        (Situation("past"), "Now"),
        (Situation(search=True), "Clear search"),
        (Situation(zoomed=True), "Unzoom"),
        (Situation("past", search=True), "Clear search"),
    ):
        assert bar("state", now)[-1] == "back"
        assert words("state", now)["back"] == word


def test_while_a_search_is_active_n_and_its_other_key_are_told_to_go_to_matches() -> None:
    for state in get_args(State):
        now = Situation(state, search=True)
        for area in ("messages", "graph", "timeline"):
            assert bar(area, now).count("step") == 1
            assert "step-in" not in bar(area, now)
            assert words(area, now)["step"] == "Matches"
    assert bar("messages", Situation("live", search=True))[:2] == ("stop-now", "step")
    assert bar("threads", Situation(search=True))[:4] == ("list-open-row", "thread-rename", "delete", "step")
    assert "step" not in words("graph", Situation("paused"))


async def test_an_empty_list_offers_nothing_to_open_and_a_search_that_was_cleared_no_clearing(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        await it.panels()
        await it.press("1")
        await it.until(lambda: "enter Open" in it.screen, "the threads")
        keys = it.app.studio_screen.keys
        assert "Open" in {hint.word for hint in keys.hints() if hint.able}
        await it.press("slash", "x", "enter")
        await it.sees("esc Clear search")
        assert " n N Matches " in it.screen
        await it.press("escape")
        assert "Clear search" not in it.screen
        await it.press("slash", "x", "escape")
        assert "Clear search" not in it.screen
        it.studio.app_state.threads.items, it.studio.app_state.threads.loaded = [], True
        it.studio.app_state.touch(Slice.THREADS)
        await it.sees("No threads yet")
        assert not {"Open", "Delete", "Copy"} & {hint.word for hint in keys.hints() if hint.able}


async def test_the_row_follows_the_run_whatever_has_the_focus(start: Start) -> None:
    async with start() as it:
        assert "Stop" not in footer(it)
        it.studio.running(Phase.RUNNING)
        it.app.app_state.touch(Slice.RUN)
        await it.sees("^g Stop")
        assert footer(it).split()[:4] == ["enter", "Send", "^g", "Stop"]
        await it.press("escape")
        await it.until(lambda: footer(it).startswith(" ^g Stop"), "stop first in a panel")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_after_a_failure_the_row_begins_with_what_can_be_done_about_it(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as it:
        await it.panels()
        it.studio.running(Phase.FAILED, reconciled=True)
        it.app.app_state.touch(Slice.RUN, Slice.STATE)
        for key in "2345":
            await it.press(key)
            await it.until(lambda: footer(it).startswith(" R Run again  e Edit state  E Whole error  "), "what to do")


async def test_a_run_is_stopped_while_its_successor_is_typed(start: Start) -> None:
    async with start() as it:
        it.studio.running(Phase.RUNNING)
        await it.type("and then")
        await it.press("ctrl+g")
        await it.until(lambda: bool(it.studio.called("stop")), "the run is stopped")
        assert it.app.studio_screen.composer.state.chat == "and then"


async def test_the_past_tells_its_keys_and_the_way_back(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.app_state.cursor = CheckpointId("1ef")
        it.app.app_state.touch(Slice.STATE)
        await it.press("4")
        await it.until(lambda: "esc Now" in footer(it), "the way back to now")


async def test_a_click_in_the_key_bar_runs_the_command(start: Start) -> None:
    async with start() as it:
        await it.pilot.click(offset=(footer(it).index("Help"), 35))
        await it.sees("In composer")


def test_what_finds_no_room_is_left_out_whole_but_not_the_way_back() -> None:
    left = [KeyHint("a", "Apple"), KeyHint("b", "Banana"), KeyHint("esc", "Back", id="back")]
    line, _ = key_line(left, 30, [KeyHint("f1", "Help")])
    assert plain(line) == " a Apple  esc Back     f1 Help"


def test_the_search_stays_as_well_and_gives_way_to_the_way_back_only() -> None:
    left = [KeyHint("a", "Apple"), KeyHint("/", "Find", id="filter"), KeyHint("esc", "Back", id="page-back")]
    assert plain(key_line(left, 28)[0]) == " a Apple  / Find  esc Back  "
    assert plain(key_line(left, 20)[0]) == " / Find  esc Back   "
    assert plain(key_line(left, 12)[0]) == " esc Back   "


def test_a_click_on_the_second_of_two_keys_runs_that() -> None:
    line, spots = key_line([KeyHint(", .", "Time", id="older", last_id="newer")], 12)
    assert [(plain(line)[start:end], name) for start, end, name in spots] == [(" , ", "older"), (". Time ", "newer")]


def test_keys_of_a_dialog_are_broken_between_entries_only() -> None:
    hints = [KeyHint("enter", "Choose it"), KeyHint("D", "Remove it"), KeyHint("esc", "Back")]
    assert [plain(row) for row in key_rows(hints, 24)] == ["enter Choose it", "D Remove it  esc Back"]


async def test_a_template_is_read_with_the_keys_in_force(start: Start) -> None:
    async with start(keys={"page-back": "f9"}) as it:
        hints = read_hints(it.app.commands, "enter Take it  {page-next} {page-previous} Matches  {page-back} Back")
    assert [(hint.keys, hint.word, hint.id) for hint in hints] == [
        ("enter", "Take it", ""), ("n N", "Matches", ""), ("f9", "Back", "page-back"),
    ]  # fmt: skip
    assert shown_key("escape") == "esc"


async def test_the_row_of_a_question_takes_the_words_of_the_question(start: Start) -> None:
    asked: JsonObject = {
        "action_request": {"action": "buy", "args": {"what": "laptop"}},
        "config": {"allow_accept": True, "allow_ignore": True, "allow_respond": True, "allow_edit": False},
    }
    async with start() as it:
        await it.panels()
        it.studio.asks(asked)
        it.app.perform("continue")
        await it.until(lambda: it.app.studio_screen.area == "dock", "the question has the focus")
        assert footer(it).split()[:6] == ["y", "Accept", "n", "Ignore", "enter", "Respond"]
        assert "Edit" not in footer(it)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_zoom_is_told_with_its_way_back_as_long_as_it_lasts(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        await it.press("2", "z")
        await it.until(lambda: " esc Unzoom " in footer(it), "the way back")
        await it.press("escape")
        await it.until(lambda: "Unzoom" not in footer(it), "gone")
        await it.press("z")
        await it.until(lambda: " esc Unzoom " in footer(it), "the way back")
        await it.press("z")
        await it.until(lambda: "Unzoom" not in footer(it), "gone")
