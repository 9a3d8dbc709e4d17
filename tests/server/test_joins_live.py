"""Threads that wait behind a join edge, on a real server that hides it from every state (PROTOCOL §17)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from studio_tui.cli.main import main
from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from studio_tui.core.timetravel.edits import Edit, KeyChange
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import NodeId, ThreadId
from studio_tui.domain.run import Phase, RunState, TaskStatus
from studio_tui.domain.run_request import UNSET, RunRequest
from studio_tui.domain.thread_position import Standing
from studio_tui.errors import UsageError
from tests.read_state import paused_at
from tests.server.app_server import app_server

pytestmark = pytest.mark.server

NAMES = ("diamond", "uneven", "mixed", "asking", "nested", "failing", "masked")
BEFORE_D = RunRequest(input={"log": ["in"]}, interrupt_before=("d",))
D = (NodeId("d"),)


@pytest.fixture(scope="module")
def joins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_server("joins", NAMES, tmp_path_factory.mktemp("joins")) as url:
        yield url


@pytest.fixture
async def studio(joins: str, tmp_path: Path) -> AsyncIterator[Studio]:
    made = Studio(state_dir=tmp_path)
    await made.connect(Target(joins))
    yield made
    await made.aclose()


async def ran(studio: Studio, graph: str, request: RunRequest = BEFORE_D) -> RunState:
    await studio.assistants.select(graph)
    await studio.assistants.load_graph(xray=True)
    await studio.runs.start(request)
    return await studio.runs.wait()


async def reopened(studio: Studio) -> None:
    """Open the thread as another session would: nothing streamed is known there."""
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    await studio.threads.new()
    await studio.threads.open(thread_id)
    await studio.assistants.load_graph(xray=True)


def finished(run: RunState) -> list[str]:
    return [task.name for task in run.tasks.values() if task.status is TaskStatus.DONE]


async def told(studio: Studio) -> Checkpoint:
    """The head as the server tells it."""
    thread_id = studio.app_state.thread_id
    return await studio.connection.call(lambda client: client.state(thread_id or ThreadId("")))


@pytest.mark.parametrize(("graph", "nodes"), [("diamond", {"d"}), ("uneven", {"d"}), ("mixed", {"d", "e"})])
async def test_a_thread_that_waits_behind_a_join_is_paused_there(studio: Studio, graph: str, nodes: set[str]) -> None:
    run = await ran(studio, graph)
    assert "d" not in (await told(studio)).next
    assert run.phase is Phase.BREAKPOINT
    assert set(paused_at(studio.app_state)) == nodes
    assert not studio.app_state.position.inferred
    await reopened(studio)
    position = studio.app_state.position
    assert (position.standing, set(position.nodes), position.inferred) == (Standing.PAUSED, nodes, True)
    assert "d (inferred)" in position.places
    assert studio.app_state.run is not None
    assert studio.app_state.run.phase is Phase.BREAKPOINT
    await studio.runs.continue_run()
    run = await studio.runs.wait()
    assert run.phase is Phase.DONE
    assert "a" not in finished(run)
    assert "d" in finished(run)
    assert studio.app_state.position.standing is Standing.DONE


async def test_a_step_goes_past_the_join_and_begins_no_new_turn(studio: Studio) -> None:
    await ran(studio, "diamond")
    await reopened(studio)
    await studio.debugger.step("over", RunRequest(input={"log": ["again"]}))
    run = await studio.runs.wait()
    assert finished(run) == ["d"]
    assert paused_at(studio.app_state) == (NodeId("e"),)
    head = await told(studio)
    assert head.values == {"log": ["in", "a", "b", "c", "d"]}
    await reopened(studio)
    assert [item.next for item in studio.app_state.history.items][:3] == [("e",), ("d",), ("b", "c")]


async def test_a_question_behind_a_join_is_asked_and_answered(studio: Studio) -> None:
    await ran(studio, "asking", RunRequest(input={"log": ["in"]}))
    await reopened(studio)
    position = studio.app_state.position
    assert (position.standing, position.nodes) == (Standing.ASKING, D)
    (question,) = position.questions
    assert question.node == "d"
    await studio.interrupts.answer({question.key: "yes"}, asked=position.questions)
    run = await studio.runs.wait()
    assert run.phase is Phase.DONE
    assert (await told(studio)).values["answer"] == "yes"  # type: ignore[index, call-overload]


async def test_a_join_inside_a_subgraph_is_named(studio: Studio) -> None:
    await ran(studio, "nested", RunRequest(input={"log": ["in"]}))
    assert paused_at(studio.app_state) == (NodeId("inner:d"),)
    await reopened(studio)
    assert studio.app_state.position.places == ("inner:d (inferred)",)
    (question,) = studio.app_state.position.questions
    assert question.node == "d"


async def test_a_step_to_a_question_is_told_as_asking_when_the_thread_is_opened_again(studio: Studio) -> None:
    await ran(studio, "asking")
    await studio.debugger.step("over", RunRequest(input=UNSET))  # it asks at once, and so writes no checkpoint
    assert (await studio.runs.wait()).phase is Phase.INTERRUPT
    await reopened(studio)
    first, second = studio.app_state.runs
    assert (first.phase, second.phase, len(second.interrupts)) == (Phase.BREAKPOINT, Phase.INTERRUPT, 1)
    assert studio.app_state.position.standing is Standing.ASKING


async def test_a_subgraph_that_is_next_has_not_begun_whatever_joins_it_has(studio: Studio) -> None:
    await ran(studio, "nested", RunRequest(input={"log": ["in"]}, interrupt_before=("inner",)))
    await reopened(studio)
    assert studio.app_state.position.places == ("inner",)


async def test_edits_in_the_name_of_every_source_leave_the_join_waiting(studio: Studio) -> None:
    await ran(studio, "diamond", RunRequest(input={"log": ["in"]}, interrupt_before=("b", "c")))
    for node in ("b", "c"):
        head = studio.app_state.head
        assert head is not None
        edit = Edit(head.ref, changes={"log": KeyChange([f"by hand {node}"], "update")}, as_node=node)
        if node == "b":
            assert any("`c`" in note and "not run" in note for note in (await studio.time.editing.preview(edit)).notes)
        await studio.time.editing.apply(edit, expected_head=head.checkpoint_id)
    thread = await studio.connection.call(lambda client: client.thread(studio.app_state.thread_id or ThreadId("")))
    assert thread.status == "idle"
    assert studio.app_state.position.places == ("d (inferred)",)
    await reopened(studio)
    assert studio.app_state.position.places == ("d (inferred)",)
    await studio.runs.continue_run()
    assert finished(await studio.runs.wait()) == ["d", "e"]


async def test_a_finished_thread_is_not_taken_for_a_waiting_one(studio: Studio) -> None:
    await ran(studio, "diamond", RunRequest(input={"log": ["in"]}))
    await reopened(studio)
    assert studio.app_state.position.standing is Standing.DONE
    with pytest.raises(UsageError, match="not paused"):
        await studio.debugger.step("over", RunRequest(input=UNSET))


async def test_a_fork_of_a_waiting_thread_waits_too(studio: Studio) -> None:
    await ran(studio, "diamond")
    head = studio.app_state.head
    assert head is not None
    assert head.checkpoint_id is not None
    made = await studio.time.branching.fork(head.checkpoint_id, None, run=False)
    assert made.next == ("d",)
    assert studio.app_state.position.places == ("d (inferred)",)
    await studio.runs.continue_run()
    assert finished(await studio.runs.wait()) == ["d", "e"]


def test_the_command_line_says_so_with_words_and_exit_codes(joins: str, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--base-url", joins])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    words = ("run", "diamond", "--input", '{"log": ["in"]}', "--interrupt-before", "d")
    for modes in ((), ("--stream-mode", "values")):
        code, out, err = call(*words, *modes, "--format", "json")
        outcome = json.loads(out)
        assert (code, outcome["phase"], outcome["next"]) == (5, "breakpoint", ["d"])
        assert "paused at d" in err
    thread_id = outcome["thread_id"]
    assert "next    d (inferred)" in call("state", thread_id)[1]
    assert "next    d (inferred)" in call("threads", "show", thread_id)[1]
    assert json.loads(call("state", thread_id, "--format", "json")[1])["waits"] == {"next": ["d"], "inferred": ["d"]}
    code, _, err = call("resume", thread_id)
    assert (code, "done after" in err) == (0, True)
    assert call("resume", thread_id)[0] == 4
