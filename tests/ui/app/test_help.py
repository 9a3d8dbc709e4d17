"""Help (`?`): what is told first, what stands together, and that nothing stands twice."""

from __future__ import annotations

import pytest

from studio_tui.text.spans import line_width, plain
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.app.help import _ROWS, HelpScreen, help_lines, laid_out
from tests.ui.conftest import Start

LISTS = ["list-next-row", "list-previous-row", "list-open-row"]


def test_keys_that_stand_in_one_row_are_of_commands_and_of_one_widget() -> None:
    registry = build_registry()
    ids = [command_id for _, *ids in _ROWS for command_id in ids]
    assert len(ids) == len(set(ids))
    for _, *together in _ROWS:
        assert len({registry[command_id].scope for command_id in together}) == 1


async def test_moving_keys_stand_in_few_rows_behind_the_others(start: Start) -> None:
    async with start() as it:
        lines = [plain(line) for line in help_lines(it.app.context(), "threads", [*LISTS, "thread-new"])]
    own = lines[lines.index("In threads") :]
    assert [line.split()[0] for line in own[1:4]] == ["enter", "A", "j"]
    assert own[3].split() == ["j", "down", "k", "up", "Go", "down", "a", "row,", "or", "up."]
    assert own[4] == ""


async def test_one_of_two_moving_keys_is_told_alone(start: Start) -> None:
    async with start() as it:
        lines = [plain(line) for line in help_lines(it.app.context(), "inbox", ["page-previous"])]
    own = lines[lines.index("In inbox") :]
    assert own[1].split(maxsplit=1) == ["N", "Go to the match before."]


@pytest.mark.parametrize("here", [[], ["input"], LISTS, [*LISTS, "input", "thread-new"]])
async def test_every_command_is_told_once(start: Start, here: list[str]) -> None:
    registry = list(build_registry())
    async with start() as it:
        lines = [plain(line) for line in help_lines(it.app.context(), "threads", here)]
    rows = [line for line in lines[lines.index("In threads") :] if line.startswith("  ")]
    assert len(rows) == len(registry) - sum(len(ids) - 1 for _, *ids in _ROWS)
    assert len([line for line in rows if "Write the input of the next run." in line]) == 1
    assert not any("`" in line for line in rows)


async def test_what_has_the_focus_comes_first_then_the_screen_then_what_works_anywhere(start: Start) -> None:
    async with start(size=(120, 80)) as it:
        await it.panels()
        await it.press("1", "question_mark")
        await it.sees("In threads")
        words = ("Open the row.", "Start afresh", "Go down a row, or up.", "│ Panels ", "│ General ")
        places = [it.screen.index(text) for text in words]
        assert places == sorted(places)


async def test_a_view_tells_its_keys_in_the_order_of_its_bar(start: Start) -> None:
    async with start(size=(120, 80)) as it:
        await it.panels()
        await it.press("I")
        await it.sees("/ Search")
        await it.press("question_mark")
        await it.sees("In Inbox")
        words = ("Answer yes", "Answer no: false", "Go to the thread's questions.", "Search for a text.",
                 "Clear the search, else go back.", "Go down a row, or up.", "│ General ")  # fmt: skip
        places = [it.screen.index(text) for text in words]
        assert places == sorted(places)
        assert it.screen.count("Answer no: false") == 1


async def test_a_view_with_a_bar_tells_what_a_key_does_there_instead_of_in_any_list(start: Start) -> None:
    async with start(size=(120, 80)) as it:
        await it.panels()
        await it.press("a", "question_mark")
        await it.sees("In assistants")
        assert it.screen.index("Run this assistant from now on") < it.screen.index("becomes a new version")
        assert "Open the row." not in it.screen


async def test_keys_that_the_focus_takes_are_not_told_for_what_they_do_elsewhere(start: Start) -> None:
    async with start(size=(120, 80)) as it:
        await it.press("f1")
        await it.sees("In composer")
        assert it.screen.index("Send the input, from") < it.screen.index("│ Panels ")
        assert it.screen.index("│ Panels ") < it.screen.index("Clear the search, close what is open")


async def test_what_people_want_to_do_comes_first_with_the_keys_in_force(start: Start) -> None:
    async with start(keys={"stop-now": "f7"}) as it:
        lines = [plain(line) for line in help_lines(it.app.context(), "threads", LISTS)]
    tasks = lines[1 : lines.index("")]
    for task, keys in (
        ("send a message", "i Write  enter Send"),
        ("stop a run", "f7 Stop, also while you type"),
        ("answer what the graph asks", "c Go to it  y Yes  n No"),
        ("go on step by step", "n Step"),
        ("stop before a node", "b Breakpoint"),
        ("go back in time", ", Older  . Newer"),
        ("change the state", "e Edit"),
        ("run again, or another way", "R Run again from here  f Fork"),
        ("compare two checkpoints", "m Mark one"),
        ("find a thread", "/ Find in it"),
        ("copy or export", "y Copy  Y As JSON, curl, Python"),
        ("use another server or assistant", "S Server  a Assistants"),
    ):
        assert keys in next(line for line in tasks if line.strip().startswith(task))


async def test_tasks_break_between_keys_in_a_narrow_terminal(start: Start) -> None:
    async with start(size=(80, 24)) as it:
        lines = {cells: [plain(line) for line in help_lines(it.app.context(), "threads", LISTS, cells)]
                 for cells in (76, 56, 40)}  # fmt: skip
    for cells, every in lines.items():
        tasks = every[1 : every.index("")]
        assert all(len(line) <= cells for line in tasks)
        assert "Send" in " ".join(tasks[:2])
        second = next(line for line in tasks[1:] if "esc" in line)
        assert second.split()[-2:] == ["esc", "Panels"]
        assert any("b Breakpoint" in line for line in tasks), "no entry is broken"


async def test_other_commands_are_sorted_by_their_keys(start: Start) -> None:
    async with start() as it:
        lines = [plain(line) for line in help_lines(it.app.context(), "threads", LISTS)]
    time = lines[lines.index("Time") + 1 :]
    keys = [line.split()[0] for line in time[: time.index("")]]
    assert keys[:8] == [",", ".", "<", ">", "d", "e", "f", "m"]
    assert keys[-1].startswith(":")


async def test_on_a_wide_screen_commands_stand_in_two_columns_and_none_is_cut(start: Start) -> None:
    async with start() as it:
        lines = list(help_lines(it.app.context(), "graph", ["go-graph", *LISTS], 216))
    alone, beside = (list(laid_out(lines, cells)) for cells in (149, 216))
    assert len(beside) < 0.75 * len(alone)
    assert max(map(line_width, beside)) <= 216
    words = [" ".join(sorted(" ".join(plain(row) for row in rows).split())) for rows in (alone, beside)]
    assert words[0] == words[1], "all of it, once"
    general = [plain(row) for row in beside]
    first = general[general.index("General") + 1]
    assert first.startswith("  ")
    assert first[111] != " ", "the second column begins at one place"
    borders = [row for row in map(plain, alone) if "Move the border of this panel" in row]
    assert [row.split("  ")[1] for row in borders] == ["^left ^right ^up ^down"]


async def test_help_is_searched_and_the_text_stays_in_sight(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("question_mark")
        await it.sees("What you want to do")
        page = it.app.screen
        assert isinstance(page, HelpScreen)
        assert {"zoom-in", "zoom-out", "fit", "observed", "export-graph"} <= set(page._here), "all keys of the graph"
        await it.press("slash")
        await it.type("breakpoint")
        await it.press("enter")
        await it.sees("/breakpoint")
        await it.press("escape")
        await it.pilot.resize_terminal(60, 16)
        await it.press("g")
        await it.sees("│       i Write  enter Send")  # laid out anew
        await it.pilot.resize_terminal(120, 36)
        await it.press("g")
        await it.sees("send a message                   i Write  enter Send")  # beside each other again


async def test_a_form_that_fills_the_screen_is_called_by_its_name_and_left_by_nobody_else(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("ctrl+o")
        await it.sees("For the runs of ")
        form = it.app.screen
        await it.press("f1")
        await it.sees("In Run options")
        page = it.app.screen
        it.app.perform("go-timeline")
        await it.sees("leave Run options first.")
        assert it.app.screen is page, "nothing happens below a form, and no page over it goes for that"
        it.app.pop_screen()
        assert it.app.screen is form


async def test_over_a_page_http_log_and_prompt_work_and_what_belongs_to_the_studio_leads_back_to_it(
    start: Start,
) -> None:
    async with start(size=(120, 36)) as it:
        await it.panels()
        await it.press("w")
        await it.sees("› Threads")
        await it.press("at")
        await it.sees("› HTTP log")
        await it.press("at", "question_mark")
        await it.sees("In Threads")
        page = it.app.screen
        assert isinstance(page, HelpScreen)
        lines = [plain(line) for line in help_lines(it.app.context(), "Threads", page._here, works=page._works)]
        places = [
            next(at for at, line in enumerate(lines) if words in line)
            for words in (
                "Every request with status",
                "In the studio: Panels",
                "Move the focus on",
                "In the studio: Run",
                "Elsewhere: ",
            )
        ]
        assert places == sorted(places)
        assert "Panels" not in lines
        await it.press("escape", "colon")
        await it.type("inbox")
        await it.press("enter")
        await it.sees("› Inbox")
        await it.press("l")  # its page stands over that of the threads
        await it.press("colon")
        await it.type("go-timeline")
        await it.press("enter")
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        assert it.app.studio_screen.active == "timeline"
