"""Answers reach the questions that were shown, or are refused with what changed; each is sent once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.core.interrupts.resume_command import resume_value
from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Checkpoint, Interrupt, Task
from studio_tui.domain.ids import CheckpointId, TaskId
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import Capability
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.errors import ConflictError, ConnectError, ServerError, UnsupportedError, UsageError
from tests.core.fakes import THREAD, FakeClient, FakeRun, chain, hanging, serve, stamped
from tests.waiting import until


def asking(*questions: Interrupt, source: str = "loop") -> Checkpoint:
    tasks = tuple(Task(TaskId(f"t{item.key}"), item.node, interrupts=(item,)) for item in questions)
    return replace(chain(1)[0], tasks=tasks, next=tuple(item.node for item in questions), source=source)


Q1, Q2 = Interrupt("q1", "First?", node="a"), Interrupt("q2", {"n": 2}, node="b")


async def unreadable(*_args: object, **_options: object) -> Any:
    raise ServerError("The server failed (500)", status=500)


async def opened(studio: Studio, client: FakeClient, head: Checkpoint) -> None:
    serve(client, THREAD, [head])
    await studio.threads.open(THREAD)
    client.scripts.append(FakeRun(stamped(3)))


def sent(client: FakeClient) -> list[Any]:
    return [body["command"] for body in client.bodies]


@pytest.mark.parametrize("answers", [{"q1": None}, {"q2": {"q1": 1}}, {"q1": True, "q2": [1]}, {"q1": {}}])
async def test_answers_go_by_id_always(studio: Studio, client: FakeClient, answers: dict[str, Any]) -> None:
    await opened(studio, client, asking(Q1, Q2))
    await studio.interrupts.answer(
        answers, asked=(Q1, Q2), request=RunRequest(input={"ignored": 1}, stream_modes=("updates",))
    )
    assert sent(client) == [{"resume": answers}]
    assert "input" not in client.bodies[0]
    assert client.bodies[0]["multitask_strategy"] == "reject"


async def test_interrupts_of_all_namespaces_are_pending(studio: Studio, client: FakeClient) -> None:
    deep = replace(Q2, ns=("outer:1", "inner:2"))
    inner = replace(chain(1)[0], tasks=(Task(TaskId("i"), "b", interrupts=(deep,)),))
    outer = replace(chain(1)[0], tasks=(Task(TaskId("o"), "inner", subgraph=inner),))
    done = Task(TaskId("d"), "c", interrupts=(Interrupt("old", "?"),), has_result=True)
    head = replace(asking(Q1), tasks=(*asking(Q1).tasks, Task(TaskId("x"), "outer", subgraph=outer), done))
    await opened(studio, client, head)
    assert studio.app_state.position.questions == (Q1, deep)
    await studio.interrupts.answer({"q2": "deep"})
    assert sent(client) == [{"resume": {"q2": "deep"}}]


async def test_a_head_that_moved_is_told_and_nothing_is_sent(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    moved = replace(asking(Q1), checkpoint_id=CheckpointId("1f0009"), step=7)
    client.heads[THREAD] = moved
    with pytest.raises(ConflictError, match=r"moved on: it was continued elsewhere \(step 7\)"):
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert client.bodies == []
    assert studio.app_state.head == moved
    await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert sent(client) == [{"resume": {"q1": True}}]


async def test_an_edited_state_offers_to_ask_again(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    edited = replace(chain(1)[0], checkpoint_id=CheckpointId("1f0009"), next=("a",), source="update")
    client.heads[THREAD] = edited
    with pytest.raises(ConflictError, match="state was edited") as caught:
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert "next is a" in caught.value.detail
    assert ":reask" in caught.value.hint
    with pytest.raises(ConflictError, match="does not ask this any more"):
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert client.bodies == []
    await studio.interrupts.reask()
    assert client.bodies[0]["input"] is None
    assert "command" not in client.bodies[0]


async def test_an_answered_question_is_not_answered_again(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1, Q2))
    client.heads[THREAD] = asking(Q2)
    with pytest.raises(ConflictError, match="a does not ask this any more") as caught:
        await studio.interrupts.answer({"q1": True}, asked=(Q1, Q2))
    assert "1 question of b waits now" in caught.value.detail
    assert client.bodies == []


async def test_the_same_id_with_another_question_is_refused(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    client.heads[THREAD] = asking(replace(Q1, value="Delete everything?"))
    with pytest.raises(ConflictError, match="a asks something else now"):
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert client.bodies == []


async def test_a_finished_thread_takes_no_answer(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    client.heads[THREAD] = chain(3)[0]
    with pytest.raises(ConflictError, match="moved on") as caught:
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert "It has finished" in caught.value.detail
    with pytest.raises(UsageError, match="waits for nothing"):
        await studio.interrupts.reask()


async def test_nothing_is_answered_during_a_run(studio: Studio, client: FakeClient) -> None:
    await hanging(studio, client)
    started = len(client.bodies)
    with pytest.raises(ConflictError, match="under way"):
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    with pytest.raises(UsageError, match="no answer"):
        await studio.interrupts.answer({})
    assert len(client.bodies) == started


async def test_nothing_is_answered_that_is_not_known_to_be_asked(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    client.state = unreadable  # type: ignore[method-assign]
    with pytest.raises(ServerError, match=r"Nothing was sent: the state .* failed \(500\)"):
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert client.bodies == []


async def test_a_second_answer_while_the_first_is_on_its_way_is_refused(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    gate = client.gates[f"state {THREAD}"] = asyncio.Event()
    both = [asyncio.create_task(studio.interrupts.answer({"q1": word}, asked=(Q1,))) for word in ("first", "second")]
    await asyncio.sleep(0)
    gate.set()
    _, second = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(second, ConflictError)
    assert "on its way" in second.title
    assert sent(client) == [{"resume": {"q1": "first"}}]


async def test_an_answer_whose_receipt_was_lost_is_looked_up_and_not_sent_again(
    studio: Studio, client: FakeClient
) -> None:
    await opened(studio, client, asking(Q1))
    lost = ConnectError("The connection broke", "reset", "")
    lost.ambiguous = True
    client.start_errors.append(lost)
    before = client.calls.count("runs")
    with pytest.raises(ConnectError, match="connection broke"):
        await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    assert len(client.bodies) == 1
    assert client.calls.count("runs") > before
    assert client.calls.count("stream_run") == 1


async def test_a_question_that_waits_again_is_told(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    await until(lambda: any(notice.title == "The same question waits again" for notice in studio.app_state.notices))


async def test_a_question_that_was_answered_is_not_told(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    await studio.interrupts.answer({"q1": True}, asked=(Q1,))
    client.heads[THREAD] = replace(asking(Q2), checkpoint_id=CheckpointId("1f0009"))
    await studio.runs.wait()
    await until(lambda: studio.app_state.position.questions == (Q2,))
    await until(lambda: not any(task.get_name() == "studio:answers" for task in asyncio.all_tasks()))
    assert not studio.app_state.notices


OLD = {"resume_map": Capability(False, "This server takes one answer at a time.")}
NO_ID = (Interrupt(None, "?", node="a", task_id=TaskId("1")), Interrupt(None, "?", node="b", task_id=TaskId("2")))


def old_server() -> Any:
    return replace(FakeClient().server, capabilities=OLD)


def test_servers_without_ids_take_plain_values_one_at_a_time() -> None:
    first, second = NO_ID
    assert resume_value({first.key: {"any": 1}}, [first], old_server()) == {"any": 1}
    assert resume_value({first.key: False}, NO_ID, old_server()) is False
    with pytest.raises(UsageError, match="one answer at a time") as caught:
        resume_value({second.key: 1}, NO_ID, old_server())
    assert "question of a first" in caught.value.hint
    with pytest.raises(UsageError, match="one answer at a time"):
        resume_value({first.key: 1, second.key: 2}, NO_ID, old_server())
    with pytest.raises(UnsupportedError, match="null"):
        resume_value({first.key: None}, [first], old_server())


async def test_inbox_lists_interrupted_threads_with_their_questions(studio: Studio, client: FakeClient) -> None:
    rows: dict[str, Any] = {
        "t1": {"task": [{"id": "q1", "value": "First?"}], "other": [{"id": "q1", "value": "First?"}]},
        "t2": {},
        "t3": [{"value": "Old?", "ns": ["ask:77"], "when": "during"}],
    }
    for number, (name, interrupts) in enumerate(rows.items()):
        thread_id: Any = name
        status = ThreadStatus.INTERRUPTED
        client.thread_rows[thread_id] = Thread(
            thread_id, status, updated_at=float(number), raw={"interrupts": interrupts}
        )
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE)
    page = await studio.interrupts.interrupted_threads(0, 2)
    assert [(item.thread.thread_id, [q.value for q in item.interrupts]) for item in page.items] == [
        ("t1", ["First?"]),
        ("t2", []),
    ]
    assert page.next_offset == 2
    (last,) = (await studio.interrupts.interrupted_threads(2, 2)).items
    assert [(q.value, q.node, q.task_id) for q in last.interrupts] == [("Old?", "ask", "77")]


async def test_a_command_is_sent_as_composed_after_the_same_checks(studio: Studio, client: FakeClient) -> None:
    await opened(studio, client, asking(Q1))
    command: dict[str, Any] = {"resume": {"q1": 5}, "update": {"x": 1}, "goto": ["b"]}
    client.heads[THREAD] = asking(replace(Q1, value="Other?"))
    with pytest.raises(ConflictError, match="asks something else"):
        await studio.interrupts.command(command)
    assert client.bodies == []
    await studio.interrupts.command(command, request=RunRequest(stream_modes=("values",)))
    assert sent(client) == [command]
