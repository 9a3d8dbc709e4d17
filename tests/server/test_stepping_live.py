"""Stepping, breakpoints and continuing against a real development server: what ran, where it stopped, what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from studio_tui.client.target import Target
from studio_tui.config.paths import find_paths
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import NodeId
from studio_tui.domain.run import Note, Phase, RunState, TaskStatus
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.errors import UsageError
from studio_tui.local import LocalServer
from studio_tui.local.launch import demo_launch
from tests.read_state import paused_at
from tests.server.counting_proxy import CountingProxy

pytestmark = pytest.mark.server

TRIP = RunRequest(input={"destination": "Lisbon"})
QUOTE = NodeId("bookings:payment:quote_total")
HURRIED, CALM = "0", "1"


@pytest.fixture(scope="module")
def calm_server() -> Iterator[str]:
    """Nodes take their time here: only those can be stopped in the middle."""
    import asyncio
    import os

    local = LocalServer(demo_launch(find_paths(), {**os.environ, "STUDIO_TUI_DEMO_PACE": CALM}), None)
    yield asyncio.run(local.start())
    asyncio.run(local.stop())


@pytest.fixture
async def studio(server: str, tmp_path: Path) -> AsyncIterator[Studio]:
    made = Studio(state_dir=tmp_path)
    await made.connect(Target(server))
    yield made
    await made.aclose()


@pytest.fixture
async def calm(calm_server: str) -> AsyncIterator[Studio]:
    made = Studio()
    await made.connect(Target(calm_server))
    yield made
    await made.aclose()


def ran(run: RunState) -> list[str]:
    """Names of the tasks that ran to their end, in order."""
    return [task.name for task in run.tasks.values() if task.status is TaskStatus.DONE]


def notes(studio: Studio) -> list[str]:
    return [notice.title for notice in studio.app_state.notices]


async def test_stepping_over_a_loop_lands_on_every_superstep_once(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.debugger.step("over", RunRequest(input={"count": 10, "seconds": 0}))
    run = await studio.runs.wait()
    seen, places = [ran(run)], [paused_at(studio.app_state)]
    while run.phase is Phase.BREAKPOINT:
        await studio.debugger.step("over")
        run = await studio.runs.wait()
        seen.append(ran(run))
        places.append(paused_at(studio.app_state))
    assert seen == [["prepare"], *[["tick"]] * 10, ["liftoff"]]
    assert places == [("tick",)] * 10 + [("liftoff",), ()]
    assert run.phase is Phase.DONE
    assert not studio.app_state.notices
    with pytest.raises(UsageError, match="not paused"):
        await studio.debugger.step("over")


async def test_going_back_with_the_cursor_executes_nothing(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.debugger.step("over", RunRequest(input={"count": 3, "seconds": 0}))
    await studio.runs.wait()
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    before = await studio.connection.call(lambda client: client.runs(thread_id))
    checkpoints = len(studio.app_state.history.items)
    studio.history.move(-1)
    studio.history.move(-1)
    assert studio.app_state.cursor is not None
    assert paused_at(studio.app_state) == ("tick",)
    studio.history.move(2)
    assert await studio.connection.call(lambda client: client.runs(thread_id)) == before
    history = await studio.connection.call(lambda client: client.history(thread_id))
    assert len(history) == checkpoints


async def test_stepping_into_over_and_out_of_subgraphs_two_deep(calm: Studio) -> None:
    await calm.assistants.select("trip_planner")
    await calm.debugger.step("over", TRIP)
    await calm.runs.wait()
    assert paused_at(calm.app_state) == ("bookings",)
    with pytest.raises(UsageError, match="not paused inside"):
        await calm.debugger.step("out")
    await calm.debugger.step("into")
    run = await calm.runs.wait()
    assert run.phase is Phase.BREAKPOINT
    assert paused_at(calm.app_state) == ("bookings:reserve_flight", "bookings:reserve_hotel")
    assert {task.name for task in run.tasks.values() if task.status is TaskStatus.INTERRUPTED} == {
        "bookings", "reserve_flight", "reserve_hotel",
    }  # fmt: skip
    assert not any(task.error for task in run.tasks.values())
    await calm.debugger.step("over")
    run = await calm.runs.wait()
    assert sorted(ran(run)) == ["reserve_flight", "reserve_hotel"]
    assert paused_at(calm.app_state) == (QUOTE,)
    await calm.debugger.step("into")
    run = await calm.runs.wait()
    assert (run.phase, ran(run)) == (Phase.INTERRUPT, ["quote_total"])
    with pytest.raises(UsageError, match="waits for an answer"):
        await calm.debugger.step("over")
    (question,) = run.interrupts.values()
    await calm.interrupts.answer({question.key: {"approved": True}}, request=RunRequest(input=UNSET, step="over"))
    run = await calm.runs.wait()
    assert run.phase is Phase.BREAKPOINT
    assert paused_at(calm.app_state) == ("bookings:payment:charge_card",)
    await calm.debugger.step("out")
    run = await calm.runs.wait()
    assert "charge_card" in ran(run)
    assert paused_at(calm.app_state) == ("send_itinerary",)
    await calm.debugger.step("over")
    assert (await calm.runs.wait()).phase is Phase.DONE
    assert paused_at(calm.app_state) == ()
    assert calm.app_state.state is not None
    assert calm.app_state.state.values["receipt"]["status"] == "paid"  # type: ignore[call-overload, index]


async def test_stepping_through_a_fan_out(calm: Studio) -> None:
    await calm.assistants.select("research_report")
    await calm.debugger.step("", RunRequest(input={"question": "trains", "topics": 2}), until="research_topic")
    run = await calm.runs.wait()
    assert (run.phase, ran(run)) == (Phase.BREAKPOINT, ["plan"])
    assert paused_at(calm.app_state) == ("research_topic",)
    await calm.debugger.step("into")
    run = await calm.runs.wait()
    assert paused_at(calm.app_state) == ("research_topic:search_sources",)
    assert sum(task.status is TaskStatus.INTERRUPTED for task in run.tasks.values()) == 4
    await calm.debugger.step("out")
    run = await calm.runs.wait()
    assert run.phase is Phase.BREAKPOINT
    assert ran(run).count("research_topic") == 2
    assert paused_at(calm.app_state) == ("write_report",)
    await calm.runs.continue_run()
    run = await calm.runs.wait()
    assert run.phase is Phase.DONE
    assert calm.app_state.state is not None
    assert len(calm.app_state.state.values["sections"]) == 2  # type: ignore[call-overload, arg-type, index]


async def test_a_breakpoint_two_subgraphs_deep_stops_and_continuing_goes_past_it(calm: Studio) -> None:
    await calm.assistants.select("trip_planner")
    calm.debugger.toggle(QUOTE, "before")
    await calm.runs.start(TRIP)
    run = await calm.runs.wait()
    assert run.phase is Phase.BREAKPOINT
    assert paused_at(calm.app_state) == (QUOTE,)
    said = next(notice for notice in calm.app_state.notices if notice.key == "halt")
    assert said.title == "Paused inside bookings:payment, before quote_total"
    assert "runs again when you continue" in said.detail
    assert isinstance(run.timeline[-1], Note)
    assert run.timeline[-1].text == f"breakpoint: {QUOTE}"
    thread_id = run.thread_id
    assert thread_id is not None
    truth = await calm.connection.call(lambda client: client.state(thread_id, subgraphs=True))
    inner = truth.tasks[0].subgraph.tasks[0].subgraph  # type: ignore[union-attr]
    assert inner is not None
    assert inner.next == ("quote_total",)
    await calm.runs.continue_run()
    run = await calm.runs.wait()
    assert run.phase is Phase.INTERRUPT
    assert "quote_total" in ran(run)
    assert paused_at(calm.app_state) == ("bookings:payment:authorize_payment",)


async def test_a_breakpoint_in_a_subgraph_that_was_too_quick_is_told(studio: Studio) -> None:
    await studio.assistants.select("trip_planner")
    studio.debugger.toggle(NodeId("bookings:reserve_flight"), "before")
    await studio.runs.start(TRIP)
    run = await studio.runs.wait()
    finished = "reserve_flight" in ran(run)
    told = [notice for notice in studio.app_state.notices if notice.key == "halt"]
    assert len(told) == 1
    if run.phase is Phase.BREAKPOINT and not finished:
        assert told[0].title.startswith("Paused inside bookings")
    else:
        assert finished
        assert told[0].title.startswith(("Stopped too late", "The graph asks"))
    assert paused_at(studio.app_state)
    assert run.phase in (Phase.BREAKPOINT, Phase.INTERRUPT)


async def test_running_to_a_node_stops_before_it_each_time_round(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    await studio.debugger.step("", RunRequest(input={"count": 4, "seconds": 0}), until="liftoff")
    run = await studio.runs.wait()
    assert (run.phase, ran(run)) == (Phase.BREAKPOINT, ["prepare", *["tick"] * 4])
    assert paused_at(studio.app_state) == ("liftoff",)
    await studio.debugger.step("", until="prepare")
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert notes(studio) == ["The run ended without reaching prepare"]
    await studio.threads.new()
    await studio.debugger.step("", RunRequest(input={"count": 2, "seconds": 0}), until="tick")
    await studio.runs.wait()
    await studio.debugger.step("", until="tick")
    assert ran(await studio.runs.wait()) == ["tick"]
    assert paused_at(studio.app_state) == ("tick",)


async def test_breakpoints_on_the_way_stop_a_run_to_a_node(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    studio.debugger.toggle(NodeId("tick"), "before")
    await studio.debugger.step("", RunRequest(input={"count": 2, "seconds": 0}), until="liftoff")
    assert ran(await studio.runs.wait()) == ["prepare"]
    assert notes(studio) == ["Paused at tick, on the way to liftoff"]
    studio.debugger.enable(NodeId("tick"), "before", False)
    await studio.debugger.step("", until="liftoff")
    assert ran(await studio.runs.wait()) == ["tick", "tick"]


async def test_pauses_and_questions_are_told_apart(studio: Studio) -> None:
    await studio.assistants.select("expense_approval")
    studio.debugger.toggle(NodeId("human_review"), "before")
    await studio.runs.start(RunRequest(input={"amount": 1240, "purpose": "monitor"}))
    run = await studio.runs.wait()
    assert run.phase is Phase.BREAKPOINT
    assert not run.interrupts
    assert paused_at(studio.app_state) == ("human_review",)
    await studio.runs.continue_run()
    run = await studio.runs.wait()
    assert run.phase is Phase.INTERRUPT
    assert len(run.interrupts) == 1
    assert paused_at(studio.app_state) == ("human_review",)


async def test_breakpoints_survive_the_program_per_server_and_graph(server: str, tmp_path: Path) -> None:
    first = Studio(state_dir=tmp_path)
    await first.connect(Target(server))
    await first.assistants.select("long_countdown")
    first.debugger.toggle(NodeId("tick"), "before")
    first.debugger.toggle(NodeId("liftoff"), "after")
    first.debugger.enable(NodeId("liftoff"), "after", False)
    await first.aclose()
    second = Studio(state_dir=tmp_path)
    try:
        await second.connect(Target(server))
        await second.assistants.select("trip_planner")
        assert not second.app_state.breakpoints.items()
        await second.assistants.select("long_countdown")
        assert second.app_state.breakpoints.before == {"tick"}
        assert second.app_state.breakpoints.off_after == {"liftoff"}
        await second.runs.start(RunRequest(input={"count": 2, "seconds": 0}))
        run = await second.runs.wait()
        assert (run.phase, ran(run)) == (Phase.BREAKPOINT, ["prepare"])
    finally:
        await second.aclose()


async def test_every_step_and_every_continue_sends_one_run(server: str) -> None:
    proxy = CountingProxy(server)
    studio = Studio()
    try:
        await studio.connect(Target(await proxy.open()))
        await studio.assistants.select("long_countdown")
        studio.debugger.toggle(NodeId("tick"), "before")
        await studio.runs.start(RunRequest(input={"count": 4, "seconds": 0}))
        await studio.runs.wait()
        assert proxy.count("/runs/stream", "POST") == 1
        for number in range(2, 4):
            await studio.runs.continue_run()
            assert ran(await studio.runs.wait()) == ["tick"]
            assert proxy.count("/runs/stream", "POST") == number
        await studio.debugger.step("over")
        await studio.runs.wait()
        assert proxy.count("/runs/stream", "POST") == 4
        thread_id = studio.app_state.thread_id
        assert thread_id is not None
        assert len(await studio.connection.call(lambda client: client.runs(thread_id))) == 4
    finally:
        await studio.aclose()
        await proxy.close()


async def test_continuing_after_an_edit_does_not_stop_at_the_same_place(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    studio.debugger.toggle(NodeId("tick"), "before")
    await studio.runs.start(RunRequest(input={"count": 4, "seconds": 0}))
    await studio.runs.wait()
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await studio.connection.call(lambda client: client.update_state(thread_id, {"remaining": 1}))
    await studio.runs.continue_run()
    run = await studio.runs.wait()
    assert ran(run) == ["tick", "liftoff"]
    assert run.phase is Phase.DONE
