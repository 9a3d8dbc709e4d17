"""Writes of a real server that are carried out and answered 502 by a gateway: found again, and sent once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from studio_tui.client.api import Client
from studio_tui.client.store import StoreEndpoints
from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from studio_tui.core.timetravel.edits import Edit, KeyChange
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import NotFoundError
from tests.server.cutting_proxy import CuttingProxy

pytestmark = pytest.mark.server


@pytest.fixture
async def gateway(server: str) -> AsyncIterator[tuple[CuttingProxy, str]]:
    proxy = CuttingProxy(server)
    url = await proxy.open()
    yield proxy, url
    await proxy.close()


async def test_every_verb_finds_out_that_it_was_carried_out(gateway: tuple[CuttingProxy, str]) -> None:
    proxy, url = gateway
    client = Client(Target(url))

    def lose(ending: str) -> None:
        proxy.requests.clear()
        proxy.lose_answer = ending

    def sent_once(ending: str) -> bool:
        return proxy.writes(ending) == 1 and not proxy.lose_answer

    lose("/threads")
    thread = await client.create_thread(metadata={"who": "lost-answers"})
    assert sent_once("/threads")
    lose("/copy")
    copied = await client.copy_thread(thread.thread_id)
    assert sent_once("/copy")
    assert copied.thread_id != thread.thread_id
    lose(thread.thread_id)
    assert (await client.patch_thread(thread.thread_id, {"a": 1})).metadata["a"] == 1
    assert sent_once(thread.thread_id)
    lose(copied.thread_id)
    await client.delete_thread(copied.thread_id)
    assert sent_once(copied.thread_id)
    with pytest.raises(NotFoundError):
        await client.thread(copied.thread_id)

    lose("/assistants")
    made = await client.create_assistant({"graph_id": "long_countdown", "name": "lost"})
    assert sent_once("/assistants")
    lose(made.assistant_id)
    assert (await client.update_assistant(made.assistant_id, {"name": "found"})).version == 2
    assert sent_once(made.assistant_id)
    lose("/latest")
    assert (await client.set_assistant_version(made.assistant_id, 1)).version == 1
    assert sent_once("/latest")
    lose(made.assistant_id)
    await client.delete_assistant(made.assistant_id)
    assert sent_once(made.assistant_id)

    store = client.family(StoreEndpoints)
    lose("/store/items")
    await store.store_put(["lost"], "key", {"v": 1})
    assert sent_once("/store/items")
    lose("/store/items")
    await store.store_delete(["lost"], "key")
    assert await store.store_get(["lost"], "key") is None
    assert sent_once("/store/items")
    await client.aclose()


@pytest.mark.parametrize("background", [False, True])
async def test_runs_edits_and_stops_are_found_and_sent_once(
    gateway: tuple[CuttingProxy, str], background: bool
) -> None:
    proxy, url = gateway
    studio = Studio(threaded=False)
    await studio.connect(Target(url))
    await studio.assistants.select("long_countdown")
    path = "/runs" if background else "/runs/stream"
    proxy.lose_answer = path
    run = await studio.runs.start(RunRequest(input={"count": 40, "seconds": 0.05}, background=background))
    assert run.run_id
    assert proxy.writes(path) == 1
    proxy.lose_answer = "/cancel"
    run = await studio.runs.stop()
    assert run.phase is Phase.CANCELLED
    assert proxy.writes("/cancel") == 1
    head = studio.app_state.state
    if head is not None and head.ref:  # the stop may have come before the first checkpoint
        proxy.lose_answer = "/state"
        edit = Edit(head.ref, changes={"status": KeyChange("edited", "replace")})
        made = await studio.time.editing.apply(edit, expected_head=None)
        assert made.source == "update"
        assert proxy.writes("/state") == 1
    assert not proxy.lose_answer
    await studio.aclose()
