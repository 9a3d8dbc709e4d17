"""Stepping and breakpoints by keys and prompt, and where the screen says that the thread is paused."""

from __future__ import annotations

import pytest

from studio_tui.core.state.app_state import Slice
from studio_tui.domain.checkpoint import Checkpoint, Task
from studio_tui.domain.graph import GraphSpec, NodeSpec
from studio_tui.domain.ids import CheckpointId, NodeId, TaskId
from studio_tui.domain.run import Note, Phase
from studio_tui.domain.run_request import UNSET
from studio_tui.domain.server import Capability
from studio_tui.errors import UsageError
from tests.ui.conftest import Driven, Start


async def prompt(it: Driven, text: str) -> None:
    await it.press("colon")
    await it.type(text)
    await it.press("enter")


def pause_inside(it: Driven) -> None:
    it.studio.paused_at("tools")
    head = it.studio.app_state.state
    assert head is not None
    inner = Checkpoint(head.thread_id, next=("search",), tasks=(Task(TaskId("2"), "search"),))
    whole = Checkpoint(
        head.thread_id, CheckpointId("1f1"), next=("tools",), tasks=(Task(TaskId("1"), "tools", subgraph=inner),)
    )
    it.studio.app_state.state = whole
    it.studio.app_state.history.merge([whole])
    it.studio.app_state.touch(Slice.STATE, Slice.HISTORY)


@pytest.mark.parametrize(("key", "method"), [("n", "step_over"), ("N", "step_into"), ("o", "step_out")])
async def test_a_paused_thread_is_stepped_by_its_key(start: Start, key: str, method: str) -> None:
    async with start() as it:
        await it.panels()
        pause_inside(it)
        await it.sees("PAUSED before tools:search")
        await it.press(key)
        await it.until(lambda: len(it.studio.called(method)) == 1)
        assert it.studio.called(method)[0].input is UNSET
        assert not it.studio.called("start")


async def test_stepping_without_a_pause_starts_with_the_composers_input(start: Start) -> None:
    async with start() as it:
        await it.until(lambda: it.app.studio_screen.composer.has_focus_within)
        await it.type("hello")
        await it.panels()
        await it.press("n")
        await it.until(lambda: len(it.studio.called("start")) == 1)
        request = it.studio.called("start")[0]
        assert request.step == "over"
        assert request.input is not UNSET
        assert "hello" in str(request.input)


async def test_why_a_step_is_refused_is_said(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("tools")
        it.studio.app_state.thread_gone = True
        for key, what in (("n", "Step"), ("c", "Continue"), ("f", "Fork")):
            await it.press(key)
            await it.sees(f"{what}: the thread is not on the server")
        assert not it.studio.called("start")
        it.studio.app_state.thread_gone = False
        it.studio.running()
        await it.press("n")
        await it.sees("a run is under way")
        it.studio.asks("Pay?")
        await it.press("N")
        await it.sees("the graph asks a question")
        it.studio.paused_at("tools")
        await it.press("o")
        await it.sees("not paused inside a subgraph")


async def test_an_error_of_a_step_is_told(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("tools")
        it.studio.fail["step_over"] = [UsageError("No step today", "", "Rest.")]
        await it.press("n")
        await it.sees("No step today")


async def test_run_to_the_selected_or_named_node(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.paused_at("agent")
        it.app.studio_screen.graph.select(NodeId("tools"))
        await it.press("2", "t")
        await it.until(lambda: len(it.studio.called("run_to")) == 1)
        assert it.studio.called("run_to")[0][0] == "tools"
        it.studio.paused_at("agent")
        await prompt(it, "run-to nowhere")
        await it.sees("No run can be stopped before nowhere")
        assert len(it.studio.called("run_to")) == 1


async def test_run_to_a_node_that_holds_a_subgraph_while_its_nodes_are_shown(start: Start) -> None:
    async with start() as it:
        await it.panels()
        it.studio.app_state.graph = GraphSpec((NodeSpec(NodeId("team:draft"), "draft"),))
        it.studio.paused_at("agent")
        await prompt(it, "run-to team")
        await it.until(lambda: [node for node, _ in it.studio.called("run_to")] == ["team"])


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_list_switches_removes_and_jumps(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        await it.panels()
        await prompt(it, "break tools after")
        await prompt(it, "break agent")
        await prompt(it, "break tools:search before")
        marks = it.studio.app_state.breakpoints
        await it.until(lambda: len(marks) == 3)
        await it.press("ctrl+b")
        await it.sees("inside a subgraph")
        await it.press("space")
        await it.sees("[ ] before agent")
        assert marks.off_before == {"agent"}
        await it.press("space", "j", "D")
        await it.until(lambda: not marks.after)
        assert marks.before == {"agent", "tools:search"}
        await it.press("k", "enter")
        await it.until(lambda: it.app.studio_screen.active == "graph")
        assert it.app.studio_screen.graph.selected == "agent"


async def test_the_prompt_says_what_it_does_not_understand(start: Start) -> None:
    async with start() as it:
        await it.panels()
        await prompt(it, "break tools during")
        await it.sees("Say :break NODE")
        await prompt(it, "break __start__")
        await it.sees("Nothing runs at the start")
        assert not it.studio.app_state.breakpoints.items()


async def test_graph_and_timeline_mark_where_the_thread_is_paused(start: Start) -> None:
    async with start() as it:
        await it.panels()
        pause_inside(it)
        run = it.studio.app_state.run
        assert run is not None
        run.timeline.append(Note("paused", "breakpoint: tools:search", 1_700_000_000.0))
        it.studio.app_state.touch(Slice.RUN, Slice.TASKS)
        await it.sees("‖ paused before tools:search")
        it.studio.running(Phase.RUNNING)
        await it.until(lambda: "‖ paused before" not in it.screen)


async def test_a_breakpoint_that_no_node_has_is_not_set_and_the_nodes_are_named(start: Start) -> None:
    async with start() as it:
        await it.panels()
        for command in ("break-before", "break-after"):
            await prompt(it, f"{command} toolz")
            await it.sees("Did you mean tools?")
        await it.sees("agent")
        assert not it.studio.called("toggle_breakpoint")
        it.studio.app_state.breakpoints.toggle(NodeId("gone"), "before")
        await prompt(it, "break-before gone off")  # one that a changed graph left behind can be taken away
        await it.until(lambda: not it.studio.app_state.breakpoints.items())


async def test_where_the_server_ignores_breakpoints_none_is_set(start: Start) -> None:
    async with start() as it:
        await it.panels()
        assert it.studio.app_state.server is not None
        it.studio.app_state.server.capabilities["run_breakpoints"] = Capability(False, "It ignores them.")
        await prompt(it, "break-before tools")
        await it.sees("Not set: It ignores them.")
        assert not it.studio.app_state.breakpoints.items()
