"""The palette: found by what people call things, with keys and reasons, no two rows alike, and the focus comes back."""

from __future__ import annotations

import sys

import pytest
from msgspec.structs import replace

from studio_tui.domain.ids import AssistantId
from studio_tui.domain.run import Phase
from studio_tui.text.sanitize import is_safe
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.app.help import _TASKS
from studio_tui.ui.app.palette import PaletteList
from studio_tui.ui.commands.finding import Candidate, find, titled_apart
from studio_tui.ui.commands.synonyms import SYNONYMS
from studio_tui.ui.contracts.command import GENERAL
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, REVIEW, FakeStudio

REGISTRY = build_registry()
OFFERED = [item for item in REGISTRY if item.offered(frozenset()) and item.id not in ("palette", "command")]
CANDIDATES = [
    Candidate(item, titled_apart(OFFERED)[item.id], item.help, "not now" if item.mutates else "") for item in OFFERED
]

VERBS = {
    "resume": {"continue", "resume"}, "answer": {"resume"}, "cancel": {"stop"}, "kill": {"stop"}, "abort": {"stop"},
    "time travel": {"older", "history", "edit"}, "rewind": {"history", "older"}, "history": {"history"},
    "export": {"yank-as", "screenshot", "export-graph"}, "save": {"yank-as", "screenshot"},
    "breakpoint": {"break-before", "breakpoints"}, "pause": {"break-before"}, "step": {"step"}, "next": {"step"},
    "continue": {"continue"}, "replay": {"rerun"}, "retry": {"rerun"}, "branch": {"fork"}, "chat": {"go-messages"},
    "log": {"server-log", "http-log"}, "curl": {"yank-as"}, "profile": {"server"}, "quit": {"quit"}, "exit": {"quit"},
    "search": {"filter"}, "find": {"filter"}, "screenshot": {"screenshot"}, "theme": {"theme"}, "colour": {"theme"},
    "color": {"theme"}, "edit": {"edit"}, "fork": {"fork"}, "undo": {"undo"}, "compare": {"compare", "diff"},
    "send": {"input", "run"}, "stop": {"stop"}, "connect": {"server"}, "new chat": {"thread-new"},
    "model": {"run-options"}, "temperature": {"run-options"}, "timeout": {"run-options"}, "limit": {"run-options"},
    "config": {"run-options"}, "recursion": {"run-options"}, "context": {"run-options"},
    "approve": {"approve"}, "memory": {"store"}, "schedule": {"crons"}, "subgraph": {"xray", "step-in"},
}  # fmt: skip
"""What a newcomer types, and what is to be among the first three rows."""


TASKS = {
    "input": "send, write, send message, write message", "stop": "stop, stop run, cancel, cancel run, abort",
    "break-before": "breakpoint, break, set breakpoint, add breakpoint", "step": "step, next, single step",
    "continue": "continue, go on, unpause", "resume": "answer, answer question, resume, reply",
    "edit": "edit, edit state, change state, set state", "fork": "fork, branch off, fork checkpoint",
    "rerun": "replay, retry, run again, rerun", "older": "go back, rewind, step back, earlier",
    "history": "history, checkpoints, past", "compare": "compare, compare checkpoints", "newer": "forward",
    "back": "now",
    "assistants": "assistants, versions, agents, diff versions, compare versions", "undo": "undo, revert",
    "assistant": "choose assistant, switch assistant, change assistant", "server": "server, change server, connect",
    "threads": "all threads, sort", "thread-new": "new thread, new chat", "yank-as": "copy as", "yank": "copy",
    "export-graph": "export graph, mermaid",
}  # fmt: skip
"""A newcomer's tasks, and within two words what they would type: the command is the first that is found."""


def test_each_task_of_a_newcomer_is_first_within_two_words_and_help_has_its_key() -> None:
    free = [Candidate(item.command, item.title, item.help) for item in CANDIDATES]
    first = {(name, typed): find(free, typed)[:1] for name, said in TASKS.items() for typed in said.split(", ")}
    other = {wanted: row[0].candidate.command.id if row else "" for wanted, row in first.items()
             if not row or row[0].candidate.command.id != wanted[0]}  # fmt: skip
    assert other == {}
    told = " ".join(template for _, template in _TASKS)
    assert all(f"{{{name}}}" in told or f":{name}" in told for name in TASKS if name != "assistant")


@pytest.mark.parametrize("typed", VERBS)
def test_a_newcomers_word_finds_its_command_in_the_first_three_rows_of_its_section(typed: str) -> None:
    rows = find(CANDIDATES, typed)
    found = [[row.candidate.command.id for row in rows if row.section == name][:3] for name in ("Now", "Not now")]
    assert VERBS[typed] & {*found[0], *found[1]}, found


def test_a_title_comes_before_a_word_and_a_word_before_what_people_also_say() -> None:
    ids = [row.candidate.command.id for row in find(CANDIDATES, "theme")]
    assert ids[0] == "theme"
    free = [Candidate(item.command, item.title, item.help) for item in CANDIDATES]
    ids = [row.candidate.command.id for row in find(free, "go to")]
    assert ids[0] == "go-threads"
    step = [row.candidate.command.id for row in find(free, "step")]
    assert step[:3] == ["step", "step-in", "step-out"]


def test_a_few_letters_find_a_title_that_nothing_else_begins_with() -> None:
    assert find(CANDIDATES, "httlg")[0].candidate.command.id == "http-log"
    assert find(CANDIDATES, "xqzv") == []


def test_nothing_typed_gives_what_was_used_last_then_the_panels_own_and_navigation_last() -> None:
    free = [Candidate(item.command, item.title, item.help) for item in CANDIDATES]
    ids = [row.candidate.command.id for row in find(free, "", ("fork", "yank"))]
    assert ids[:2] == ["fork", "yank"]
    assert sorted(ids) == sorted(item.command.id for item in CANDIDATES)
    assert {REGISTRY[name].group for name in ids[-8:]} == {"Panels"}


def test_no_two_rows_of_the_palette_have_the_same_words() -> None:
    for scopes in ({"threads", "threads-list"}, {"store", "store-list"}, {"runs", "runs-list"}, {"assistants"}, set()):
        here = frozenset(item.id for item in REGISTRY if item.scope in scopes)
        titles = list(titled_apart([item for item in REGISTRY if item.offered(here)]).values())
        assert len(titles) == len(set(titles))


def test_every_command_has_words_that_people_call_it_by_and_every_word_a_command() -> None:
    assert set(SYNONYMS) <= set(REGISTRY.commands)
    general = {item.id for item in REGISTRY if item.scope in GENERAL and not item.hidden}
    assert not general - set(SYNONYMS)
    assert all(words == words.lower() for words in SYNONYMS.values())


async def opened(it: Driven) -> None:
    """Open it and wait until its rows are there."""
    await it.press("ctrl+p")
    await it.sees("Commands ─")
    await it.sees("enter Run")


async def test_a_row_tells_its_key_at_once_and_why_it_cannot_be_used(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await opened(it)
        await it.type("stop")
        row = next(line for line in it.screen.splitlines() if "no run is under way" in line)
        assert "Stop" in row
        assert "Not now" in it.screen
        rows = [line.strip("│ ") for line in it.screen.splitlines()]
        assert any(line.endswith(" s") and "no run is under way" in line for line in rows)


async def test_what_can_be_done_is_first_and_enter_on_what_was_meant_but_cannot_says_why(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await opened(it)
        await it.type("stop")
        await it.press("enter")
        await it.sees("Not now: no run is under way.")
        assert it.studio.called("stop") == []
        await it.press(*["backspace"] * 4)
        await it.type("sort")
        await it.sees("▌Threads view")
        assert [row.strip(" │╭╮╰╯─") for row in it.screen.splitlines() if "ow   " in row][:1] == ["Now"]
        assert "go to the assistants" not in it.screen
        await it.press(*["backspace"] * 4)
        await it.type("continue")  # nothing waits, and something else is called so as well
        await it.sees("▌")
        await it.press("enter")
        await it.sees("Not now: no thread is open.")
        await it.press(*["backspace"] * 8)
        await it.type("http log")
        await it.sees("Every request with status")
        await it.press("enter")
        await it.sees("HTTP log ─")


async def test_what_was_typed_before_enter_counts_and_the_run_is_stopped(start: Start) -> None:
    async with start() as it:
        it.studio.running(Phase.RUNNING)
        await opened(it)
        await it.press(*"cancel", "enter")
        await it.until(lambda: bool(it.studio.called("stop")), "the run is stopped")


async def test_esc_gives_the_focus_back(start: Start) -> None:
    async with start() as it:
        await it.type("half a sen")
        before = it.app.focused
        await opened(it)
        await it.press("escape")
        await it.until(lambda: it.app.focused is before, "the focus is where it was")
        await it.type("tence")
        await it.sees("half a sentence")


async def test_what_was_used_stands_first_the_next_time(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await opened(it)
        await it.type("smaller")
        await it.press("enter")
        await it.until(lambda: it.app.screen is it.app.studio_screen)
        await opened(it)
        rows = [line for line in it.screen.splitlines() if "Smaller" in line or "New thread" in line]
        assert "Smaller" in rows[0]


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (160, 45)])
async def test_it_floats_and_fits_any_terminal(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await opened(it)
        lines = it.screen.splitlines()
        top = next(line for line in lines if "Commands ─" in line)
        left, right = top.index("╭─ Commands"), top.index("╮", top.index("╭─ Commands"))
        assert right - left == {60: 56, 80: 75, 160: 111}[size[0]]  # reasons have what room there is
        assert abs(left - (size[0] - 1 - right)) <= 1
        assert any(line[left:right].endswith("▐ ") for line in lines)  # more follow
        found = it.app.screen.query_one(PaletteList)
        strips = [list(found.render_line(y)) for y in range(4)]
        grounds = [strip[-1].style.bgcolor if strip[-1].style else None for strip in strips if strip[-1].text == "▐"]
        assert any(strip[0].text == "▌" for strip in strips)
        assert grounds
        assert grounds == grounds[:1] * len(grounds), "the bar has its own colour on the cursor's row too"
        await it.press("pagedown", "pagedown")
        await it.sees("▌")


async def test_a_click_runs_a_row(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await opened(it)
        await it.type("http log")
        await it.sees("Every request with status")
        lines = it.screen.splitlines()
        y = next(at for at, line in enumerate(lines) if "HTTP log" in line and "@" in line)
        await it.pilot.click(offset=(lines[y].index("HTTP log"), y))
        await it.sees("HTTP log ─")


async def test_assistants_and_threads_are_found_by_name_and_nothing_is_read_for_it(start: Start) -> None:
    studio = FakeStudio()
    evil = replace(REVIEW, assistant_id=AssistantId("3333"), name="evil\x1b[31m[bold]\u202e one", graph_id="other")
    async with start(studio=studio) as it:
        await it.panels()
        told = replace(REVIEW, description="Refunds\x1b[31m and invoices")
        studio.app_state.assistants.items = [AGENT, told, evil]
        await opened(it)
        assert "Use assistant" not in it.screen
        asked = len(studio.calls)
        await it.type("evil")
        await it.sees("Use assistant evil")
        assert is_safe(it.screen.replace("\n", " "))
        await it.press(*["backspace"] * 4)
        await it.type("weather")
        await it.sees("Open thread Weather")
        await it.press(*["backspace"] * 7)
        await it.type("invoices")
        await it.sees("Use assistant Careful reviewer")
        assert is_safe(it.screen.replace("\n", " ")), "what it is for is a server's text"
        await it.press(*["backspace"] * 8)
        await it.type("careful")
        await it.sees("Use assistant Careful reviewer")
        await it.sees("Graph review, version 3")
        assert len(studio.calls) == asked
        await it.press("enter")
        await it.until(lambda: studio.called("select_assistant")[-1:] == [REVIEW.assistant_id], "it is chosen")


async def test_a_name_of_any_length_costs_no_more_than_its_beginning(start: Start) -> None:
    studio = FakeStudio()
    huge = replace(REVIEW, assistant_id=AssistantId("3333"), name="w" * 100_000 + " needle", graph_id="other")
    async with start(studio=studio) as it:
        await it.panels()
        studio.app_state.assistants.items = [AGENT, REVIEW, huge]
        await opened(it)
        await it.type("wwww")
        await it.sees("Use assistant wwww")
        await it.press(*["backspace"] * 4)
        await it.type("needle")
        await it.sees("Nothing")
        await it.press("escape")
        await it.type(":assistant ")
        await it.sees(f" {REVIEW.name}")
        assert "wwww" not in it.screen, "nobody types it; it is chosen in the list"


async def test_the_assistant_in_use_is_not_offered_again_and_words_of_commands_list_no_assistants(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await opened(it)
        await it.type("use agent")
        await it.sees("it is in use")
        await it.press(*["backspace"] * 9)
        await it.type("assistant")
        await it.sees("Choose the assistant, and with it the graph")
        assert "Use assistant" not in it.screen


async def test_opening_it_imports_no_screen(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = "studio_tui.ui.assistants.assistants_screen"
    monkeypatch.delitem(sys.modules, screen, raising=False)
    async with start() as it:
        await it.panels()
        await opened(it)
        assert screen not in sys.modules


def test_what_is_done_with_one_of_many_lists_them_before_the_dead_end() -> None:
    use, opened = REGISTRY["assistant"], REGISTRY["thread"]
    many = [
        Candidate(use, "Use assistant agent", "", "", "1", "agent agent"),
        Candidate(use, "Use assistant pirate", "", "", "2", "pirate agent"),
        Candidate(opened, "Open thread A trip", "", "", "3", "A trip"),
    ]
    stuck = [Candidate(item.command, item.title, item.help, "go to the assistants first") for item in CANDIDATES]
    for typed in ("use", "use assistant"):
        titles = [row.candidate.title for row in find([*stuck, *many], typed)]
        assert titles[:2] == ["Use assistant agent", "Use assistant pirate"], typed
    assert [row.candidate.title for row in find(many, "open")] == ["Open thread A trip"]
    assert not find(many, "us")
