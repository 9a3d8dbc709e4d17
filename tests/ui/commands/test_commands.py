"""Commands by key, prompt and palette: what they ask of the studio, and what they say when they cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_tui.core.state.app_state import HttpExchange, Slice
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, NodeId, RunId, ThreadId
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import UNSET, RunOptions
from studio_tui.domain.stream_mode import DEFAULT_MODES
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConflictError, NotFoundError, StudioError
from studio_tui.ui.app.palette import PaletteDialog
from studio_tui.ui.commands.completion import parse
from studio_tui.ui.contracts.command import READONLY
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, REVIEW, THREADS, FakeStudio


async def prompt(it: Driven, line: str) -> None:
    """Type a line at the `:` prompt."""
    await it.press("colon")
    await it.type(line)
    await it.press("enter")


async def test_words_that_a_command_does_not_take_are_not_passed_over(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.app.set_focus(None)
        await prompt(it, "background later")
        await it.sees(":background takes nothing behind it.")
        await prompt(it, "thread-status broken")
        await it.sees("Say one of all, idle, busy")
        assert not it.studio.called("start")
        assert not it.studio.called("set_thread_filter")


async def test_stop_asks_the_server_and_says_what_it_confirmed(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.running()
        await it.press("s")
        await it.until(lambda: it.studio.called("stop") == ["interrupt"])
        await it.sees("The server confirms: the run is cancelled")


async def test_rollback_needs_the_word(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.running()
        await prompt(it, "stop rollback")
        await it.sees("Roll the run back?")
        await it.type("yes")
        await it.press("enter")
        await it.sees("That is not rollback")
        assert not it.studio.called("stop")
        await it.press(*["backspace"] * 3)
        await it.type("rollback")
        await it.press("enter")
        await it.until(lambda: it.studio.called("stop") == ["rollback"])


async def test_a_command_that_cannot_run_says_why(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("s")
        await it.sees("Stop: no run is under way.")
        await it.press("c")
        await it.sees("Continue: no thread is open.")


async def test_readonly_refuses_every_writing_command_and_shows_it(start: Start) -> None:
    async with start() as it:
        it.studio.app_state.readonly = True
        it.studio.app_state.touch(Slice.CONNECTION)
        await it.sees("READONLY")
        await it.panels()
        it.studio.running()
        writing = [command for command in it.app.commands if command.mutates]
        assert {command.problem(it.app.context()) for command in writing} == {READONLY}
        palette = PaletteDialog(it.app.screen)
        it.app.push_screen(palette)
        await it.until(lambda: palette.is_mounted, "the palette")
        rows = {item.command.id: item.problem for item in palette._candidates}
        offered = [command for command in writing if command.id in rows]
        assert len(offered) > 15
        assert {rows[command.id] for command in offered} == {READONLY}
        palette.dismiss()
        await it.until(lambda: it.app.screen is it.app.studio_screen, "the Studio")
        for command in writing:
            it.app.perform(command.id)
        await it.sees("read-only")
        assert not {name for name, _ in it.studio.calls} & {"start", "stop", "continue_run", "answer", "reask"}


async def test_step_runs_one_superstep_and_continue_the_rest(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("tools")
        await it.sees("PAUSED before tools")
        await it.press("n")
        await it.until(lambda: len(it.studio.called("step_over")) == 1)
        assert it.studio.called("step_over")[0].input is UNSET
        it.studio.paused_at("tools")
        await it.press("c")
        await it.until(lambda: len(it.studio.called("continue_run")) == 1)
        assert it.studio.called("continue_run")[0]["command"] is None


async def test_a_busy_thread_offers_the_four_ways(start: Start) -> None:
    fake = FakeStudio()
    fake.fail["start"] = [ConflictError("The thread is busy with another run", "409", "")]
    async with start(studio=fake) as it:
        await it.type("again")
        await it.press("enter")
        await it.sees("The thread is busy with another run")
        assert it.screen.count("is busy") == 1
        for way in ("enqueue", "interrupt", "rollback", "reject"):
            assert way in it.screen
        await it.press("down", "enter")
        await it.until(lambda: len(fake.called("start")) == 2)
        assert fake.called("start")[1].multitask == "interrupt"


async def test_a_refused_run_gives_the_message_back(start: Start) -> None:
    fake = FakeStudio()
    fake.fail["start"] = [StudioError("The server did not accept the run", "422", "Check the input.")]
    async with start(studio=fake) as it:
        await it.type("precious words")
        await it.press("enter")
        await it.sees("The server did not accept the run")
        await it.sees("precious words")


async def test_an_unforeseen_exception_is_told_and_the_app_lives(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start() as it:
        await it.panels()

        async def broken(*_args: object, **_kwargs: object) -> None:
            raise ZeroDivisionError("[/foo] \x1b]52;c;x\x07")

        monkeypatch.setattr(it.studio.runs, "stop", broken)
        it.studio.running()
        await it.press("s")
        await it.sees("ZeroDivisionError")
        await it.press("1")
        assert it.app.studio_screen.active == "threads"


async def test_breakpoints_by_key_prompt_and_list(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "break tools")
        await it.until(lambda: it.studio.called("toggle_breakpoint") == [("tools", "before")])
        await prompt(it, "break nowhere")
        await it.sees("The graph has no node nowhere")


async def test_the_graphs_selected_node_gets_the_breakpoint(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("2")
        it.app.studio_screen.graph.select(it.studio.app_state.graph.nodes[2].id)  # type: ignore[union-attr]
        await it.press("b", "B")
        await it.until(lambda: len(it.studio.called("toggle_breakpoint")) == 2)
        assert it.studio.called("toggle_breakpoint") == [("tools", "before"), ("tools", "after")]


async def test_an_assistant_is_picked_by_searching_for_it(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("a")
        await it.sees("Careful reviewer")
        await it.press("slash")
        await it.type("caref")
        await it.press("enter", "enter")
        await it.until(lambda: it.studio.app_state.assistant_id == REVIEW.assistant_id)


async def test_prompt_completes_names_and_arguments(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("colon")
        await it.type("assi")
        await it.press("tab")
        await it.type(" ag")
        await it.press("tab")
        await it.sees("assistant agent")
        await it.press("enter")
        await it.until(lambda: it.studio.called("select_assistant")[-1:] == [AGENT.assistant_id])


async def test_prompt_recalls_and_reports_unknown_commands(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "nonsense")
        await it.sees("No command is called nonsense")
        await it.press("colon", "up")
        await it.sees(":nonsense")
        await it.press("escape")
        assert ":nonsense" not in it.screen


async def test_a_thread_opens_by_the_beginning_of_its_id(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "thread bbbb")
        await it.until(lambda: it.studio.called("open_thread") == [THREADS[1].thread_id])


async def test_an_unknown_thread_is_told(start: Start) -> None:
    fake = FakeStudio()
    async with start(studio=fake) as it:
        await it.panels()
        fake.fail["open_thread"] = [NotFoundError("ffff is no thread id", "Thread ids are UUIDs.", "Pick one (1).")]
        await prompt(it, "thread ffff")
        await it.sees("ffff is no thread id")


async def test_deleting_a_thread_needs_the_word(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("1", "D")
        await it.sees("Delete the thread?")
        await it.type("delete")
        await it.press("enter")
        await it.until(lambda: len(it.studio.called("delete_thread")) == 1)


async def test_stream_modes_are_chosen_by_prompt_and_sent(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "modes debug updates")
        await it.press("i")
        await it.type("hi")
        await it.press("enter")
        await it.until(lambda: bool(it.studio.called("start")))
        assert it.studio.called("start")[0].stream_modes == ("debug", "updates")


async def test_stream_modes_are_chosen_from_a_list(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "modes")
        await it.sees("the whole state after each step")
        await it.press("1", "enter")
        await it.until(lambda: "values" not in it.studio.app_state.next_run.stream_modes)
        assert set(it.studio.app_state.next_run.stream_modes) == set(DEFAULT_MODES) - {"values"}


async def test_a_background_run_is_not_followed_and_can_be_joined(start: Start) -> None:
    async with start() as it:
        await it.type("long job")
        await it.press("escape")
        await prompt(it, "background")
        await it.until(lambda: bool(it.studio.called("start")))
        assert it.studio.called("start")[0].background
        assert not it.studio.app_state.next_run.background
        live = RunInfo(RunId("dddd-1"), ThreadId("t"), AGENT.assistant_id, "running")
        it.studio.app_state.thread_runs = [live]
        await prompt(it, "join")
        await it.sees("dddd-1")
        await it.press("enter")
        await it.until(lambda: it.studio.called("join") == ["dddd-1"])


async def test_the_time_cursor_moves_and_marks(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("tools")
        await it.press("comma", "full_stop")
        assert it.studio.called("move_cursor") == [-1, 1]
        it.studio.app_state.cursor = CheckpointId("1f0")
        await it.press("m")
        await it.until(lambda: bool(it.studio.called("set_mark")))
        await it.sees("Marked: move, d shows the difference; :compare both.")  # whole beside what is going on
        await it.press("d")
        await it.until(lambda: it.app.studio_screen.panel("diff").display, "Diff")


async def test_a_past_checkpoint_is_named_in_the_top_row(start: Start) -> None:
    async with start() as it:
        it.studio.paused_at("tools")
        it.studio.app_state.cursor = CheckpointId("1f0")
        it.studio.app_state.state = Checkpoint(ThreadId("t"), CheckpointId("1f0"), step=2)
        it.studio.app_state.touch(Slice.STATE)
        await it.sees("◇ THE PAST · step 2 · esc esc = now")


async def test_the_help_lists_every_command_and_why_some_cannot_run(start: Start) -> None:
    async with start(size=(120, 140)) as it:
        await it.panels()
        await it.press("2", "question_mark")
        await it.sees("In ")
        await it.sees("not now:")
        await it.press("escape")
        await it.until(lambda: "not now" not in it.screen)


async def test_the_palette_runs_a_command(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) > 2, "the palette")
        await it.type("http log")
        await it.sees("Every request with status")
        await it.press("enter")
        await it.sees("HTTP log")


async def test_the_http_log_shows_a_request_whole_and_copies_curl(start: Start, tmp_path: Path) -> None:
    async with start() as it:
        await it.panels()
        line = "curl -H 'x-api-key: $KEY' http://127.0.0.1:2024/threads/search"
        exchange = HttpExchange(
            1, 1.0, "POST", "http://127.0.0.1:2024/threads/search?[/x]", 200, 0.012, 10, 900, curl=line
        )
        it.studio.app_state.http_log.append(exchange)
        await it.press("at")
        await it.sees("/threads/search?[/x]")
        await it.press("Y")
        await it.until(lambda: it.app.clipboard == line)
        await it.press("enter")
        await it.sees("as curl, key left out:")
        await it.press("escape", "escape")
        await it.sees("1 Threads")


async def test_yank_as_offers_spellings_of_what_is_open(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("tools")
        await it.press("4", "Y")
        await it.sees("studio-tui command")
        await it.type("command")
        await it.press("enter")
        thread = it.studio.app_state.thread_id
        await it.until(lambda: it.app.clipboard.startswith("studio-tui state"))
        assert it.app.clipboard == f"studio-tui state {thread} --base-url http://127.0.0.1:2024"


async def test_xray_theme_and_thread_filter(start: Start) -> None:
    async with start() as it:
        it.studio.app_state.touch(Slice.GRAPH)
        await it.pilot.pause()
        assert not it.studio.called("look_inside"), "nobody is at the graph"
        await it.panels()
        assert it.studio.called("look_inside")
        await it.press("x")
        await it.until(lambda: it.studio.called("load_graph") == [True])
        layout = it.app.studio_screen.graph.drawing.layout
        layout.collapsed = frozenset({NodeId("folded")})
        await it.press("x")
        await it.until(lambda: not layout.collapsed, "what somebody folded is opened")
        await it.press("x")
        await it.until(lambda: it.studio.called("load_graph") == [True, False])
        await prompt(it, "theme high-contrast")
        await it.until(lambda: it.app.theme == "high-contrast")
        await prompt(it, "thread-status interrupted")
        await it.until(lambda: it.studio.called("set_thread_filter") == ["interrupted"])


async def test_search_hides_rows_and_esc_brings_them_back(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await it.press("1", "slash")
        await it.type("weath")
        await it.until(lambda: "bbbb…0002" not in it.screen and "Weather" in it.screen)
        await it.press("enter", "escape")
        await it.sees("bbbb…0002")


async def test_slow_work_is_shown_and_esc_gives_it_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    async with start() as it:
        await it.panels()
        hang = asyncio.Event()
        monkeypatch.setattr(it.studio.runs, "join", lambda _run: hang.wait())
        it.studio.app_state.thread_id = THREADS[0].thread_id
        it.studio.app_state.thread_runs = [RunInfo(RunId("dddd"), ThreadId("t"), AGENT.assistant_id, "running")]
        await prompt(it, "join dddd")
        await it.sees("Follow a run…")
        await it.press("escape")
        await it.sees("Given up: Follow a run")


async def test_noticing_others_is_on_and_can_be_switched(start: Start) -> None:
    async with start() as it:
        await it.panels()
        assert it.studio.called("watch_others") == [True]
        await prompt(it, "live")
        await it.until(lambda: it.studio.called("watch_others") == [True, False])
        await it.sees("not noticed")


async def test_a_command_that_sets_says_it_and_never_removes(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    async with start() as it:
        await it.panels()
        monkeypatch.setattr(it.app, "tell", lambda text, *_severity: said.append(text))
        marks = it.studio.app_state.breakpoints
        for words, told in (
            ("break-before *", "set."), ("break-before *", "set already"), ("break-before * off", "removed"),
            ("break-after tools", "set."), ("break-after tools off", "removed"),
            ("break tools after off", "was not set"),
        ):  # fmt: skip
            it.app.perform(*parsed(it, words))
            await it.until(lambda told=told: bool(said) and told in said[-1])  # type: ignore[misc]
        assert not marks.items()
        it.app.perform(*parsed(it, "break tools"))
        await it.until(lambda: bool(marks.items()))
        it.studio.debugger.enable(NodeId("tools"), "before", False)  # as an earlier session left it
        it.app.perform(*parsed(it, "break tools"))
        await it.until(lambda: "is on again" in said[-1])
        assert marks.before == {"tools"}


async def test_what_an_option_was_set_to_can_be_taken_back(start: Start) -> None:
    async with start() as it:
        await it.panels()
        screen = it.app.studio_screen
        it.app.perform("multitask", "enqueue")
        assert it.studio.app_state.next_run.multitask == "enqueue"
        it.app.perform("multitask", "default")
        assert it.studio.app_state.next_run == RunOptions()
        for word, zoomed in (("on", True), ("on", True), ("off", False), ("", True), ("off", False)):
            it.app.perform("zoom", word)
            assert screen.zoomed is zoomed
        it.app.perform("zoom", "perhaps")
        await it.sees("Say on or off, not perhaps")


def told_last(it: Driven) -> str:
    return list(it.app._notifications)[-1].message


def parsed(it: Driven, line: str) -> tuple[str, str]:
    command, argument = parse(it.app.context(), line)
    assert command is not None
    return command.id, argument


@pytest.mark.parametrize(("panel", "at_once"), [("2", True), ("3", True), ("4", True), ("2", False), ("4", False)])
async def test_a_search_without_a_match_says_so(start: Start, panel: str, at_once: bool) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("tools")
        await it.press(panel)
        if at_once:
            await it.press("slash")
            await it.type("nosuch")
            await it.sees("nothing matches")
            await it.press("enter")
        else:
            found = it.app.studio_screen.panel(it.app.studio_screen.active)
            found.set_filter("nosuch")  # type: ignore[attr-defined]
            await it.press("n")
        await it.until(lambda: bool(it.app._notifications) and "Nothing matches “nosuch”" in told_last(it))
        assert not it.studio.called("step_over")


async def test_what_has_the_focus_is_shown(start: Start) -> None:
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        screen = it.app.studio_screen
        it.app.perform("zoom", "on")
        await it.until(lambda: not screen.composer.display)
        screen.composer.editors.focus_editor()
        screen.focus_keeper.keep_writing()
        screen.lay_out()
        await it.until(lambda: screen.area != "composer", "focus in a panel")
        it.studio.paused_at("tools")
        await it.press("n")
        await it.until(lambda: len(it.studio.called("step_over")) == 1)


async def test_the_top_row_names_keys_that_work_from_where_the_focus_is(start: Start) -> None:
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.area == "composer")
        it.studio.paused_at("tools")
        it.studio.running(Phase.BREAKPOINT)
        await it.sees("esc n step · esc c continue")
        await it.press("escape", "n")
        await it.until(lambda: len(it.studio.called("step_over")) == 1)
        it.studio.running(Phase.BREAKPOINT)
        await it.sees(" n step · c continue")
        assert "esc n" not in it.screen
