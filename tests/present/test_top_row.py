"""The top row: where one is and what happens. It gives up what matters least when there is no room."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import AssistantId, CheckpointId, RunId, TaskId, ThreadId
from studio_tui.domain.run import Phase, RunError, RunState, TaskStatus, TaskView
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.domain.thread import Thread
from studio_tui.present.top.happening import failure_of
from studio_tui.present.top.row import thread_name, top_row
from studio_tui.text.glyphs import UNICODE
from tests.present.said import KEYS, row, said

THREAD = ThreadId("0197aaaa-1111-7000-8000-000000000001")
WIDTHS = (60, 80, 120, 160, 220)


def _open(*runs: RunState, name: str = "flaky_pipeline", title: str = "laptop for the new colleague") -> AppState:
    assistant = Assistant(AssistantId("a"), name, name)
    return AppState(
        server=ServerInfo("http://127.0.0.1:2024", ServerKind.PYTHON, in_memory=True),
        assistants=Listed([assistant]),
        assistant_id=assistant.assistant_id,
        link=LinkState.UP,
        thread_id=THREAD,
        threads=Listed([Thread(THREAD, title=title)]),
        runs=list(runs),
    )


def _failed(message: str = "validate stopped at row 1188: value 'x' is not a number") -> RunState:
    run = RunState(phase=Phase.FAILED, error=RunError("ValueError", message), step=2)
    task = TaskView(TaskId("t"), "validate", step=3, status=TaskStatus.ERROR, error=f"ValueError: {message}")
    run.tasks[task.id] = task
    return run


def _asking(*values: object) -> AppState:
    app_state = _open(name="purchase_order")
    tasks = tuple(
        Task(TaskId(str(at)), f"node{at}", interrupts=(Interrupt(str(at), str(value), node=f"node{at}"),))
        for at, value in enumerate(values)
    )
    app_state.state = Checkpoint(THREAD, CheckpointId("1f0"), next=("node0",), tasks=tasks, step=1)
    return app_state


@pytest.mark.parametrize("width", WIDTHS)
def test_the_assistant_is_named_beside_what_is_asked(width: int) -> None:
    """Where the question itself has no room, its place is not left blank."""
    assert "purchase_or" in row(_asking("Is there budget for it?", "Does the team need it?"), width)


@pytest.mark.parametrize("width", [24, 30, 40, 80])
def test_that_nothing_is_written_stays_in_sight_at_every_width(width: int) -> None:
    app_state = _open(RunState(phase=Phase.RUNNING, step=3), name="a-graph-with-a-long-name")
    app_state.readonly = True
    line = row(app_state, width)
    assert len(line) == width
    assert " READONLY " in line
    assert "RUNNING" in line or width < 30


def test_a_thread_that_is_opened_again_says_how_long_its_run_took() -> None:
    run = RunState(phase=Phase.DONE, step=3, started_at=100.0, ended_at=103.8, from_history=True, reconciled=True)
    assert "DONE 3.8s · step 3" in row(_open(run), 120)


def test_from_left_to_right_it_goes_from_the_server_to_the_thread() -> None:
    app_state = _open()
    app_state.profile = "prod"
    app_state.readonly = True
    line = row(app_state, 120)
    assert line.startswith("  prod   READONLY  127.0.0.1:2024 › flaky_pipeline v1 › laptop for the new colleague")


def test_with_less_room_the_server_goes_first_and_then_the_version() -> None:
    app_state = _open(RunState(phase=Phase.RUNNING, step=3))
    assert "127.0.0.1:2024 › flaky_pipeline v1 › laptop" in row(app_state, 120)
    at_80 = row(app_state, 80)
    assert at_80.startswith(" flaky_pipeline")
    assert "laptop" in at_80
    assert "● RUNNING · step 3 · ^g stop" in at_80


def test_a_failure_that_came_as_a_repr_is_told_in_its_words() -> None:
    run = _failed()
    run.tasks[TaskId("t")].error = "ValueError('stopped at row 401\\n  column amount')"
    assert "in validate · ValueError: stopped at row 401" in row(_open(run), 120)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_failed_run_says_where_why_and_which_key_shows_it_whole(width: int) -> None:
    line = row(_open(_failed()), width)
    assert len(line) == width
    assert "✗ FAILED in validate · ValueError: " in line
    assert "E whole error" in line
    if width >= 120:
        assert "stopped at row 1188" in line


def test_a_run_that_fails_the_same_way_again_says_that_it_ran_again() -> None:
    first, again = _failed(), _failed()
    first.request = {"input": {}}
    app_state = _open(again)
    app_state.runs = [first, again]
    assert "✗ FAILED in validate · 2 times · ValueError: " in row(app_state, 120)
    first.request = {}
    assert "in validate · again · ValueError: " in row(app_state, 120), "how often is not known"
    again.request = {"input": {}}
    assert "in validate · ValueError: " in row(app_state, 120), "of another input it is the first time"


def test_a_stopped_thread_stays_stopped_over_an_edit_and_its_undo() -> None:
    run = RunState(run_id=RunId("r"), phase=Phase.CANCELLED, base_id=CheckpointId("1f0"), reconciled=True)
    app_state = _open(run)
    head = Checkpoint(THREAD, CheckpointId("1f0"), next=("agent",), tasks=(Task(TaskId("t"), "agent"),), step=1)
    for at, source in enumerate(("loop", "update", "fork")):
        head = replace(head, checkpoint_id=CheckpointId(f"1f{at}"), source=source)
        app_state.state = head
        assert "■ STOPPED before agent" in row(app_state, 120), source


def test_a_failure_that_only_the_state_tells_is_told_too() -> None:
    app_state = _open()
    inner = Checkpoint(THREAD, CheckpointId("1f1"), tasks=(Task(TaskId("i"), "fetch", error="KeyError('city')"),))
    tasks = (Task(TaskId("o"), "research", error="KeyError('city')", subgraph=inner),)
    app_state.state = Checkpoint(THREAD, CheckpointId("1f0"), next=("research",), tasks=tasks)
    assert failure_of(app_state) == ("fetch", "KeyError('city')")


def test_text_of_an_error_moves_nothing_on_the_terminal() -> None:
    line = row(_open(_failed("\x1b[2J\n\n[/bold]\u202e evil")), 160)
    assert "\x1b" not in line
    assert "\n" not in line
    assert "\u202e" not in line


def test_a_question_is_told_with_who_asks_and_how_many_ask() -> None:
    assert said(_asking("is there budget?")) == "? ASKS YOU · step 1 · node0: is there budget? · c answer"
    two = _asking("is there budget for a laptop?", "does the team need it?")
    assert said(two) == "? ASKS YOU · 2 questions · step 1 · node0: is there budget for a laptop? · c answer"
    at_80 = row(two, 80)
    assert "? ASKS YOU" in at_80
    assert "c answer" in at_80
    assert "node0: " in at_80


def test_a_question_that_names_its_node_itself_is_not_told_twice_who_asks() -> None:
    assert "· Node0: is there budget?" in said(_asking("Node0: is there budget?"))
    assert "node0: Node0" not in said(_asking("Node0: is there budget?"))


QUESTION = "Finance: is there budget for a laptop of 1890 euros, although the year has but six weeks?"


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_a_long_question_leaves_twelve_cells_to_who_is_asked_and_to_the_thread(width: int) -> None:
    line = row(_asking(QUESTION), width)
    if width == 160:
        assert line.startswith(" 127.0.0.1:2024 › purchase_order v1 › laptop for the new coll")
        return
    assert "127.0.0.1" not in line, "the row above the keys says it"
    assert " v1" not in line
    who, _, thread = line.partition(" › ")
    assert len(who.strip()) >= 12
    assert len(thread.partition("? ASKS")[0].strip()) >= 12
    assert "node0: Finance: is there" in line
    assert "c answer" in line


def test_a_question_that_hides_characters_says_so() -> None:
    assert "1 hidden characters" in said(_asking("pay\u200b?"))


def test_the_past_says_how_far_back_and_how_to_leave_and_what_runs_meanwhile() -> None:
    app_state = _open(RunState(phase=Phase.RUNNING))
    old = Checkpoint(THREAD, CheckpointId("1f4"), step=4)
    new = Checkpoint(THREAD, CheckpointId("1f9"), parent_id=old.checkpoint_id, step=9)
    app_state.history.merge([new, old])
    app_state.cursor, app_state.state, app_state.news = old.checkpoint_id, old, 2
    assert said(app_state) == "◇ THE PAST · step 4 of 9 · 2 new steps · esc = now · ● RUNNING · ^g stop"
    assert "THE PAST · step 4 of 9" in row(app_state, 80)
    assert "RUNNING" in row(app_state, 80)


@pytest.mark.parametrize(("step", "told"), [(3, "step 3, another branch"), (14, "step 14, another branch")])
def test_a_step_of_another_branch_is_no_part_of_this_one(step: int, told: str) -> None:
    app_state = _open(RunState(phase=Phase.DONE))
    common = Checkpoint(THREAD, CheckpointId("1f1"), step=1)
    other = Checkpoint(THREAD, CheckpointId("1f2"), parent_id=common.checkpoint_id, step=step)
    fork = Checkpoint(THREAD, CheckpointId("1f3"), parent_id=common.checkpoint_id, step=2)
    head = Checkpoint(THREAD, CheckpointId("1f4"), parent_id=fork.checkpoint_id, step=4)
    app_state.history.merge([head, fork, other, common])
    app_state.cursor, app_state.state = other.checkpoint_id, other
    assert f"THE PAST · {told} · " in said(app_state)
    app_state.runs = [_failed()]
    assert row(app_state, 80).count("› laptop"), "no blank place where its name can stand"
    assert "FAILED" in row(app_state, 120)
    app_state.cursor, app_state.state = common.checkpoint_id, common
    assert "THE PAST · step 1 of 4 · " in said(app_state)


def test_where_a_thread_waits_is_told_before_which_server_it_is() -> None:
    app_state = _open(RunState(phase=Phase.BREAKPOINT, step=2))
    task = Task(TaskId("t"), "transform_everything")
    app_state.state = Checkpoint(THREAD, CheckpointId("1f0"), next=(task.name,), tasks=(task,), step=2)
    shown = row(app_state, 100)
    assert shown.startswith(" flaky_pipeline")
    assert "PAUSED before a node that the server" in shown


def test_a_lost_link_is_told_before_everything() -> None:
    app_state = _open(RunState(phase=Phase.RECONNECTING))
    app_state.link, app_state.next_retry_in = LinkState.DOWN, 3.0
    assert said(app_state).startswith("✗ Connection lost · next try in 3.0s · what you see is kept · ● RECONNECTING")


def test_keys_that_do_not_work_where_one_is_are_not_named() -> None:
    shown = top_row(_open(_failed()), 120, now=0.0, signs=UNICODE, keys={})
    assert "whole error" not in "".join(span.text for span in shown.line)


@pytest.mark.parametrize("width", WIDTHS)
def test_another_screen_names_itself_and_keeps_the_rest(width: int) -> None:
    app_state = _open(_failed())
    app_state.readonly = True
    line = row(app_state, width, place="Threads")
    assert " READONLY " in line
    assert "Threads" in line
    assert "FAILED" in line
    assert "laptop" not in line


def test_a_thread_is_called_by_its_title_its_first_words_or_its_id() -> None:
    app_state = _open()
    assert thread_name(app_state) == "laptop for the new colleague"
    app_state.threads = Listed([Thread(THREAD)])
    app_state.words[THREAD] = "what's the weather"
    assert thread_name(app_state) == "what's the weather"
    app_state.words.clear()
    app_state.state = Checkpoint(THREAD, CheckpointId("1f0"), values={"messages": [{"type": "human", "content": "hi"}]})
    assert thread_name(app_state) == "hi"
    app_state.state = None
    assert thread_name(app_state).startswith("0197")
    said_first = {"input": {"messages": [{"role": "user", "content": "fly me to rome"}]}}
    app_state.runs.append(RunState(thread_id=THREAD, request=said_first))
    assert thread_name(app_state) == "fly me to rome"
    app_state.thread_id = None
    assert thread_name(app_state) == "new thread"


def test_notices_may_stand_between_the_badges_and_what_happens() -> None:
    app_state = _open(_failed())
    app_state.readonly = True
    shown = top_row(app_state, 120, now=0.0, signs=UNICODE, keys=KEYS)
    text = "".join(span.text for span in shown.line)
    start, end = shown.free
    assert text[:start].strip() == "READONLY"
    assert text[end:].startswith("✗ FAILED")
