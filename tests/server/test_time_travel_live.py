"""Time travel on a real server: the walk-throughs of LangGraph's documentation, and that nothing is written twice."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from studio_tui.core.timetravel.edits import Edit, KeyChange, find_namespace
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.forest import forest_rows
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.message.read import messages_in
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import ConflictError, UsageError
from studio_tui.jsonkit.value import as_list, as_object
from tests.read_state import branch_of, branch_tips
from tests.server.counting_proxy import CountingProxy

pytestmark = pytest.mark.server

ASKED = {"messages": [{"type": "human", "content": "what's the weather in sf"}]}


@pytest.fixture
async def proxy(server: str) -> AsyncIterator[CountingProxy]:
    made = CountingProxy(server)
    yield made
    await made.close()


@pytest.fixture
async def studio(proxy: CountingProxy) -> AsyncIterator[Studio]:
    made = Studio()
    await made.connect(Target(await proxy.open()))
    yield made
    await made.aclose()


async def run(studio: Studio, graph: str, value: Any, **options: Any) -> RunState:
    await studio.assistants.select(graph)
    await studio.assistants.load_graph(xray=True)
    await studio.threads.new()
    await studio.runs.start(RunRequest(input=value, **options))
    return await studio.runs.wait()


def head_of(studio: Studio) -> Checkpoint:
    state = studio.app_state.state
    assert state is not None
    assert state.checkpoint_id is not None
    return state


def head_id(studio: Studio) -> CheckpointId:
    found = head_of(studio).checkpoint_id
    assert found is not None
    return found


def edit_of(
    checkpoint: Checkpoint, head: CheckpointId | None, as_node: str | None = None, **changes: KeyChange
) -> Edit:
    return Edit(dict(checkpoint.ref), checkpoint.ns, changes, as_node, head)


def other_city(checkpoint: Checkpoint, city: str) -> KeyChange:
    """The newest message with another argument in its tool call, as an editor would give it back."""
    message: Any = copy.deepcopy(as_list(as_object(checkpoint.values)["messages"])[-1])
    message["tool_calls"][0]["args"]["city_name"] = city
    message["additional_kwargs"] = {}
    return KeyChange([message], "update")


async def paused_before_tools(studio: Studio) -> Checkpoint:
    state = await run(studio, "travel_agent", ASKED, interrupt_before=("tools",))
    assert state.phase is Phase.BREAKPOINT
    return head_of(studio)


def reasons(studio: Studio) -> tuple[str, str]:
    return studio.time.branching.cannot("undo"), studio.time.branching.cannot("redo")


def writes(proxy: CountingProxy) -> int:
    return sum(request.startswith("POST") and request.endswith("/state") for request in proxy.requests)


def said(studio: Studio) -> str:
    return messages_in(head_of(studio).values)[-1].text


async def server_history(studio: Studio) -> list[Checkpoint]:
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    found: list[Checkpoint] = await studio.connection.call(lambda client: client.history(thread_id, limit=500))
    return found


async def agrees_with_server(studio: Studio) -> None:
    """The forest that is drawn and the server's own history name the same parents, and nothing was lost."""
    while not studio.app_state.history.complete:
        await studio.threads.more_history()
    told = {item.checkpoint_id: item.parent_id for item in await server_history(studio)}
    history = studio.app_state.history
    assert {row.checkpoint_id: history.by_id[row.checkpoint_id].parent_id for row in forest_rows(history)} == told


async def test_a_tool_call_is_edited_at_a_breakpoint_and_runs_as_edited(studio: Studio, proxy: CountingProxy) -> None:
    paused = await paused_before_tools(studio)
    edit = edit_of(paused, paused.checkpoint_id, messages=other_city(paused, "Rome"))
    shown = await studio.time.editing.preview(edit)
    assert shown.certain
    assert not shown.moved
    assert shown.next_after is None
    assert any("tools" in note and "end" in note for note in shown.notes)
    calls = messages_in(shown.after)[-1].tool_calls
    assert calls[0].parsed == {"city_name": "Rome"}
    assert len(messages_in(shown.after)) == len(messages_in(shown.before))
    assert writes(proxy) == 0, "a preview writes nothing"

    stored = await studio.time.editing.apply(edit, expected_head=paused.checkpoint_id)
    assert stored.next == ("tools",)
    assert stored.source == "update"
    assert stored.parent_id == paused.checkpoint_id
    assert studio.time.editing.notes == ()
    assert writes(proxy) == 1
    await studio.runs.continue_run()
    assert (await studio.runs.wait()).phase is Phase.DONE
    tool = next(message for message in messages_in(head_of(studio).values) if message.role == "tool")
    assert "Rome" in tool.text
    assert "Rome" in said(studio)
    assert writes(proxy) == 1
    await agrees_with_server(studio)


async def test_replay_from_the_third_checkpoint(studio: Studio) -> None:
    await run(studio, "travel_agent", ASKED)
    before = studio.app_state.history.items
    third = before[-3]
    assert third.checkpoint_id is not None
    assert studio.time.branching.will_execute(third.checkpoint_id).startswith(
        "Will run: tools → agent, which decides: "
    )
    assert "It ran before" in studio.time.branching.will_execute(third.checkpoint_id)
    assert studio.time.branching.will_execute(None).startswith("Nothing would run")
    state = await studio.time.branching.rerun(third.checkpoint_id)
    await studio.runs.wait()
    assert state.phase is Phase.DONE
    assert [task.name for task in state.tasks.values()] == ["tools", "agent"]
    history = studio.app_state.history
    assert {item.checkpoint_id for item in before} <= set(history.by_id), "the old branch is still there"
    tips = branch_tips(history)
    assert len(tips) == 2
    assert third in [history.by_id[item.checkpoint_id] for item in branch_of(history, tips[0]) if item.checkpoint_id]
    await agrees_with_server(studio)
    with pytest.raises(UsageError, match="Nothing would run"):
        await studio.time.branching.rerun(tips[0])


async def test_a_fork_with_a_changed_tool_argument_gets_the_changed_answer(studio: Studio) -> None:
    await run(studio, "travel_agent", ASKED)
    assert "San Francisco" in said(studio)
    old = head_of(studio)
    asking = studio.app_state.history.items[-3]
    assert asking.checkpoint_id is not None
    edit = edit_of(asking, None, messages=other_city(asking, "Tokyo"))
    made = await studio.time.branching.fork(asking.checkpoint_id, edit, run=True)
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert made.parent_id == asking.checkpoint_id
    assert "Tokyo" in said(studio)
    assert made.checkpoint_id in {item.checkpoint_id for item in branch_of(studio.app_state.history, head_id(studio))}
    await agrees_with_server(studio)
    words = await studio.time.branching.restore("undo")
    assert words.startswith("Undid: the edit of `messages` at step 2. "), "as the history numbers it"
    assert head_of(studio).values == old.values
    assert head_of(studio).next == old.next


async def test_a_paused_subgraph_is_edited_and_resumed(studio: Studio, proxy: CountingProxy) -> None:
    state = await run(studio, "trip_planner", {"destination": "Lisbon"})
    assert state.phase is Phase.INTERRUPT
    root = head_of(studio)
    inner = root.tasks[0].subgraph
    assert inner is not None
    payment = inner.tasks[0].subgraph
    assert payment is not None
    quote = {**as_object(as_object(payment.values)["quote"]), "total_eur": 3}
    edit = edit_of(payment, root.checkpoint_id, quote=KeyChange(quote))
    shown = await studio.time.editing.preview(edit)
    assert as_object(as_object(shown.after)["quote"])["total_eur"] == 3
    assert shown.next_after == ("authorize_payment",), "quote_total wrote last, and its edge is sure"
    assert any("asked anew" in note for note in shown.notes)
    stored = await studio.time.editing.apply(edit, expected_head=root.checkpoint_id)
    assert stored.ns == payment.ns
    assert stored.next == ("authorize_payment",)
    assert head_of(studio).checkpoint_id == root.checkpoint_id, "the root stays where it is"

    words = await studio.time.branching.restore("undo")
    assert "inside `bookings/payment`" in words
    taken_back = find_namespace(head_of(studio), payment.ns)
    assert taken_back is not None
    assert (taken_back.values, taken_back.next) == (payment.values, payment.next)
    await studio.time.branching.restore("redo")
    assert writes(proxy) == 3

    await studio.runs.continue_run()
    asked = await studio.runs.wait()
    assert asked.phase is Phase.INTERRUPT
    question = head_of(studio).pending_interrupts[0]
    assert as_object(question.value)["question"] == "Charge €3 for this trip?"
    await studio.interrupts.answer({question.key: {"approved": True}})
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert as_object(as_object(head_of(studio).values)["receipt"])["total_eur"] == 3


async def test_undo_and_redo_restore_values_and_next_exactly(studio: Studio, proxy: CountingProxy) -> None:
    paused = await paused_before_tools(studio)
    assert reasons(studio)[0] == "There is no edit or fork of this session to undo."
    stages = [paused]
    for city in ("Rome", "Tokyo", "Paris"):
        now = head_of(studio)
        await studio.time.editing.apply(
            edit_of(now, now.checkpoint_id, messages=other_city(now, city)), expected_head=None
        )
        stages.append(head_of(studio))
    assert reasons(studio) == ("", "There is no edit or fork of this session to redo.")
    for wanted in reversed(stages[:-1]):
        await studio.time.branching.restore("undo")
        assert (head_of(studio).values, head_of(studio).next) == (wanted.values, wanted.next)
    assert reasons(studio)[0]
    for wanted in stages[1:]:
        await studio.time.branching.restore("redo")
        assert (head_of(studio).values, head_of(studio).next) == (wanted.values, wanted.next)
    assert reasons(studio)[1]
    assert writes(proxy) == 9
    await studio.time.branching.restore("undo")
    await studio.runs.continue_run()
    await studio.runs.wait()
    assert "Tokyo" in said(studio)
    await agrees_with_server(studio)
    await studio.time.branching.restore("undo")
    await studio.time.branching.restore("undo")
    assert reasons(studio)[0]
    with pytest.raises(UsageError, match="Nothing can be undone"):
        await studio.time.branching.restore("undo")
    assert writes(proxy) == 12


async def test_an_open_question_that_an_edit_withdraws_is_said_to_be_asked_anew(studio: Studio) -> None:
    await run(studio, "expense_approval", {"amount": 1240, "purpose": "monitor"})
    paused = head_of(studio)
    assert paused.pending_interrupts
    key = next(iter(as_object(paused.values)))
    edit = replace(edit_of(paused, paused.checkpoint_id), changes={key: KeyChange(as_object(paused.values)[key])})
    assert any("asked anew" in note for note in (await studio.time.editing.preview(edit)).notes)
    await studio.time.editing.apply(edit, expected_head=paused.checkpoint_id)
    assert not head_of(studio).pending_interrupts
    words = await studio.time.branching.restore("undo")
    assert "asked anew" in words
    assert (head_of(studio).values, head_of(studio).next) == (paused.values, paused.next)


async def test_replacing_appending_and_adding_go_through_the_reducers(studio: Studio) -> None:
    await run(studio, "trip_planner", {"destination": "Lisbon"})
    paused = head_of(studio)
    log = as_list(as_object(paused.values)["log"])
    for change, expected in (
        (KeyChange("one more", "append"), [*log, "one more"]),
        (KeyChange([*log, "typed"], "replace"), [*log, "typed"]),
        (KeyChange(["only this"], "replace"), ["only this"]),
        (KeyChange([], "replace"), []),
    ):
        edit = edit_of(paused, None, log=change)
        shown = await studio.time.editing.preview(edit)
        assert as_object(shown.after)["log"] == expected
        assert shown.certain
        stored = await studio.time.editing.apply(edit, expected_head=None)
        assert as_object(stored.values)["log"] == expected
        assert studio.time.editing.notes == ()


async def test_messages_are_replaced_and_removed(studio: Studio) -> None:
    await run(studio, "travel_agent", ASKED)
    done = head_of(studio)
    messages = as_list(as_object(done.values)["messages"])
    fresh = [{"type": "human", "content": "start over", "id": "fresh"}]
    for value, how in ((messages[:2], "replace"), (fresh, "replace"), ([messages[3], messages[0]], "replace")):
        edit = edit_of(done, None, messages=KeyChange(value, how))  # type: ignore[arg-type]
        shown = await studio.time.editing.preview(edit)
        stored = await studio.time.editing.apply(edit, expected_head=None)
        assert [message.text for message in messages_in(stored.values)] == [
            message.text for message in messages_in(shown.after)
        ]
        assert [message.id for message in messages_in(stored.values)] == [item["id"] for item in value]  # type: ignore[index,call-overload]
        assert studio.time.editing.notes == ()
    gone = edit_of(done, None, messages=KeyChange([{"type": "remove", "id": "nobody", "content": ""}], "update"))
    assert any("nobody" in note for note in (await studio.time.editing.preview(gone)).notes)


async def test_what_is_stored_otherwise_than_typed_is_said(studio: Studio) -> None:
    await run(studio, "long_countdown", {"count": 2, "seconds": 0})
    now = head_of(studio)
    edit = edit_of(now, now.checkpoint_id, nosuch=KeyChange(1), remaining=KeyChange(2**70))
    shown = await studio.time.editing.preview(edit)
    assert any("`nosuch` is no key" in note for note in shown.notes)
    assert "nosuch" not in as_object(shown.after)
    stored = await studio.time.editing.apply(edit, expected_head=now.checkpoint_id)
    assert as_object(stored.values)["remaining"] != 2**70 or isinstance(as_object(stored.values)["remaining"], float)
    told = " ".join(studio.time.editing.notes)
    assert "`nosuch` was ignored" in told
    assert "`remaining`: the server stored 1.18" in told
    assert str(2**70) in told
    assert studio.app_state.notices[-1].key == "edit"


async def test_an_edit_as_a_node_leads_where_its_edges_lead(studio: Studio) -> None:
    await run(studio, "long_countdown", {"count": 3, "seconds": 0}, interrupt_before=("tick",))
    now = head_of(studio)
    for node, names in (("prepare", {"tick"}), ("tick", {"tick", "liftoff"}), ("liftoff", {"__end__"})):
        found = studio.time.successors(node)
        assert found is not None
        assert set(found.names) == names
    assert studio.time.successors("nobody") is None
    for as_node, following in (("prepare", ("tick",)), ("liftoff", ()), ("__end__", ()), ("__start__", ("prepare",))):
        edit = edit_of(now, None, as_node, **({} if as_node == "__end__" else {"remaining": KeyChange(7)}))
        shown = await studio.time.editing.preview(edit)
        assert shown.next_after == following
        assert (await studio.time.editing.apply(edit, expected_head=None)).next == following


async def test_an_edit_of_a_thread_that_moved_on_is_refused_and_rebased(studio: Studio, proxy: CountingProxy) -> None:
    paused = await paused_before_tools(studio)
    edit = edit_of(paused, paused.checkpoint_id, messages=other_city(paused, "Rome"))
    await studio.runs.continue_run()
    await studio.runs.wait()
    shown = await studio.time.editing.preview(edit)
    assert shown.moved
    assert "moved on" in shown.notes[0]
    with pytest.raises(ConflictError, match="moved on") as refused:
        await studio.time.editing.apply(edit, expected_head=paused.checkpoint_id)
    assert "Nothing was written" in refused.value.detail
    assert "run " in refused.value.detail
    assert writes(proxy) == 0
    now = head_of(studio)
    again = replace(edit, checkpoint=dict(now.ref), ns=now.ns, head=now.checkpoint_id)
    stored = await studio.time.editing.apply(again, expected_head=now.checkpoint_id)
    assert stored.parent_id == now.checkpoint_id
    forked = await studio.time.branching.fork(edit.checkpoint_id or CheckpointId(""), edit, run=False)
    assert forked.parent_id == paused.checkpoint_id
    assert forked.next == ("tools",)


async def test_a_busy_thread_takes_no_edit(studio: Studio, proxy: CountingProxy) -> None:
    await studio.assistants.select("long_countdown")
    await studio.runs.start(RunRequest(input={"count": 500, "seconds": 0.05}))
    live = await studio.time.editing._writer.head()
    while live.checkpoint_id is None:
        live = await studio.time.editing._writer.head()
    with pytest.raises(ConflictError, match="busy"):
        await studio.time.editing.apply(edit_of(live, None, remaining=KeyChange(1)), expected_head=None)
    assert "A run is going on" in studio.time.branching.cannot("undo") or "no edit" in studio.time.branching.cannot(
        "undo"
    )
    await studio.runs.stop()
    assert writes(proxy) == 1


async def test_a_write_whose_answer_is_lost_is_found_and_never_repeated(studio: Studio, proxy: CountingProxy) -> None:
    paused = await paused_before_tools(studio)
    edit = edit_of(paused, paused.checkpoint_id, messages=other_city(paused, "Rome"))
    shown = await studio.time.editing.preview(edit)
    proxy.lose = f"POST /threads/{studio.app_state.thread_id}/state"
    stored = await studio.time.editing.apply(edit, expected_head=paused.checkpoint_id)
    assert stored.parent_id == paused.checkpoint_id
    assert stored.values == head_of(studio).values
    assert messages_in(stored.values)[-1].tool_calls[0].parsed == messages_in(shown.after)[-1].tool_calls[0].parsed
    assert any("answer was lost" in note for note in studio.time.editing.notes)
    assert writes(proxy) == 1
    assert sum(item.source == "update" for item in await server_history(studio)) == 1
    proxy.lose = f"POST /threads/{studio.app_state.thread_id}/state"
    await studio.time.branching.restore("undo")
    assert head_of(studio).values == paused.values
    assert writes(proxy) == 2
    assert sum(item.source == "fork" for item in await server_history(studio)) == 1


async def test_a_copy_up_to_a_checkpoint_stands_there_and_goes_on(studio: Studio) -> None:
    await run(studio, "travel_agent", ASKED)
    original = [item.checkpoint_id for item in studio.app_state.history.items]
    third = studio.app_state.history.items[-3]
    assert third.checkpoint_id is not None
    made = await studio.time.branching.copy_thread_until(third.checkpoint_id)
    assert made != studio.app_state.thread_id
    assert [item.checkpoint_id for item in await server_history(studio)] == original, "the original is untouched"
    await studio.threads.open(made)
    head = head_of(studio)
    assert (head.values, head.next) == (third.values, third.next)
    assert head.parent_id == third.parent_id
    assert set(original) <= set(studio.app_state.history.by_id)
    await studio.runs.continue_run()
    assert (await studio.runs.wait()).phase is Phase.DONE
    assert "San Francisco" in said(studio)
    await agrees_with_server(studio)
