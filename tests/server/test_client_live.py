"""The client against a real development server: what the mocks promise is what it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from studio_tui.client.api import Client
from studio_tui.client.resume import REPLAY_ALL, Resumer
from studio_tui.client.store import StoreEndpoints
from studio_tui.client.target import Target
from studio_tui.domain.ids import ThreadId, default_assistant_id
from studio_tui.domain.server import CAPABILITIES, ServerKind
from studio_tui.domain.thread import ThreadStatus
from studio_tui.errors import ConflictError, NotFoundError, ReadOnlyError, RejectedError
from tests.server.counting_proxy import CountingProxy
from tests.walk.told import reads

pytestmark = pytest.mark.server

NOWHERE = "00000000-0000-0000-0000-000000000000"
MODES = ["values", "updates", "tasks", "checkpoints", "messages-tuple", "custom"]


@pytest.fixture
async def client(server: str) -> AsyncIterator[Client]:
    client = Client(Target(server))
    yield client
    await client.aclose()


def body(graph: str, value: Any, **more: Any) -> dict[str, Any]:
    """A run as the studio starts it."""
    run = {
        "assistant_id": graph,
        "input": value,
        "stream_mode": MODES,
        "stream_subgraphs": True,
        "stream_resumable": True,
    }
    return {**run, "multitask_strategy": "reject", **more}


async def finished(client: Client, graph: str, value: Any) -> tuple[ThreadId, str]:
    """Run a graph on a new thread to its end; return thread and run."""
    thread = await client.create_thread()
    async with client.stream_run(thread.thread_id, body(graph, value)) as stream:
        assert stream.run_id is not None
        assert [frame.seq async for frame in stream]
        return thread.thread_id, stream.run_id


async def test_the_probe_tells_who_it_is_and_that_state_may_vanish(client: Client) -> None:
    info = await client.probe()
    assert (info.kind, info.in_memory) == (ServerKind.PYTHON, True)
    assert info.version
    assert info.library_version
    assert {name for name in CAPABILITIES if not info.can(name).works} == set()
    assert not info.dialect.head_with_every_run


async def test_every_graph_has_its_computed_assistant_a_topology_and_schemas(client: Client) -> None:
    assistants = [item for item in await client.all_assistants() if item.is_default]
    for assistant in assistants:
        assert assistant.assistant_id == default_assistant_id(assistant.graph_id)
        assert (await client.assistant(assistant.graph_id)) == assistant
        assert (await client.graph(assistant.graph_id, xray=True))["nodes"]
        assert (await client.schemas(assistant.graph_id)).effective_input is not None


async def test_a_run_is_known_before_its_first_event_and_ends_in_a_readable_state(client: Client) -> None:
    thread_id, run_id = await finished(
        client, "expense_approval", {"amount": 900, "purpose": "chairs", "employee": "ada"}
    )
    run = await client.run(thread_id, run_id)
    assert (run.status, run.thread_id) == ("success", thread_id)
    assert [item.run_id for item in await client.runs(thread_id)] == [run_id]
    state = await client.state(thread_id, subgraphs=True)
    assert state.next
    assert len(state.pending_interrupts) == 1
    row = await client.thread(thread_id)
    assert (row.status, row.interrupt_count) == (ThreadStatus.INTERRUPTED, 1)
    first = await client.history(thread_id, limit=1)
    older = await client.history(thread_id, before=first[0].checkpoint_id)
    assert first[0].checkpoint_id == state.checkpoint_id
    assert older[0].checkpoint_id == first[0].parent_id
    assert older[-1].source == "input"


async def test_updates_and_checkpoints_are_what_they_say(client: Client) -> None:
    thread_id, _ = await finished(client, "expense_approval", {"amount": 900, "purpose": "chairs", "employee": "ada"})
    head = await client.state(thread_id)
    with pytest.raises(NotFoundError):
        await client.state(thread_id, checkpoint_id=NOWHERE)
    with pytest.raises(NotFoundError):
        await client.update_state(thread_id, {}, checkpoint={"checkpoint_id": NOWHERE, "checkpoint_ns": ""})
    assert (await client.state(thread_id)).checkpoint_id == head.checkpoint_id
    answer: Any = await client.update_state(thread_id, {"purpose": "desks"}, checkpoint=dict(head.ref))
    after = await client.state(thread_id)
    assert answer["checkpoint"]["checkpoint_id"] == after.checkpoint_id
    assert (after.parent_id, after.source) == (head.checkpoint_id, "update")


async def test_errors_of_the_real_server_are_of_their_kind(client: Client) -> None:
    thread = await client.create_thread()
    for call in (client.thread(NOWHERE), client.run(thread.thread_id, NOWHERE), client.copy_thread(NOWHERE)):
        with pytest.raises(NotFoundError):
            await call
    with pytest.raises(NotFoundError):
        await client.join_result(thread.thread_id, NOWHERE)
    with pytest.raises(ConflictError, match="already exists"):
        await client.create_thread(thread_id=thread.thread_id)
    with pytest.raises(RejectedError, match="Invalid assistant"):
        await client.create_run(thread.thread_id, {"assistant_id": "no_such_graph"})
    await client.delete_thread(thread.thread_id)
    with pytest.raises(NotFoundError):
        await client.thread(thread.thread_id)


async def test_a_cut_stream_loses_nothing(client: Client) -> None:
    thread = await client.create_thread()
    resumer, shown = Resumer(), []
    stream = client.stream_run(thread.thread_id, body("travel_agent", {"messages": "what's the weather in sf"}))
    async with stream:
        run_id = stream.run_id
        assert run_id is not None
        async for frame in stream:
            if resumer.feed(frame):
                shown.append((frame.event, frame.data))
            if len(shown) == 7:
                break
    cursor = resumer.cursor()
    resumer.reconnected()
    async with client.join_run(thread.thread_id, run_id, last_event_id=cursor) as joined:
        async for frame in joined:
            if resumer.feed(frame):
                shown.append((frame.event, frame.data))
    async with client.join_run(thread.thread_id, run_id, last_event_id=REPLAY_ALL) as replay:
        truth = [(frame.event, frame.data) async for frame in replay]
    assert len(truth) > 7
    assert not resumer.gap
    missing = list(truth)
    for event in shown:
        if event in missing:
            missing.remove(event)
    assert missing == []


async def test_read_only_mode_reads_everything_and_writes_nothing(server: str) -> None:
    proxy = CountingProxy(server)
    client = Client(Target(await proxy.open(), readonly=True))
    mark = {"read_only": uuid4().hex}  # the server is shared: others make threads meanwhile
    try:
        await client.probe()
        await client.threads()
        with pytest.raises(ReadOnlyError):
            await client.create_thread(metadata=mark)
        assert await client.thread_count(metadata=mark) == 0
        assert [request for request in proxy.requests if not reads(request)] == []
    finally:
        await client.aclose()
        await proxy.close()


async def test_the_store_keeps_and_forgets(client: Client) -> None:
    store = client.family(StoreEndpoints)
    await store.store_put(["client", "test"], "k", {"a": 1})
    item: Any = await store.store_get(["client", "test"], "k")
    assert item["value"] == {"a": 1}
    assert ("client", "test") in await store.store_namespaces()
    assert len(await store.store_items(["client"])) == 1
    await store.store_delete(["client", "test"], "k")
    assert await store.store_get(["client", "test"], "k") is None


async def test_assistants_are_versioned(client: Client) -> None:
    made = await client.create_assistant({"graph_id": "brand_writer", "name": "client test", "context": {"model": "a"}})
    changed = await client.update_assistant(made.assistant_id, {"context": {"model": "b"}})
    assert (changed.version, changed.context, changed.graph_id) == (2, {"model": "b"}, "brand_writer")
    assert [item.version for item in (await client.assistant_versions(made.assistant_id)).items] == [2, 1]
    assert (await client.set_assistant_version(made.assistant_id, 1)).version == 1
    await client.delete_assistant(made.assistant_id)
    with pytest.raises(NotFoundError):
        await client.assistant(made.assistant_id)
