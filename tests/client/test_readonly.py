"""Read-only mode is enforced where requests are sent (RELIABILITY G17)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from studio_tui.errors import (
    ReadOnlyError,
)
from tests.client.mock_server import RUN, THREAD, Talk, talking


def writes(talk: Talk) -> list[Any]:
    """Every call that changes the server."""
    client, store, crons = talk.client, talk.store, talk.crons
    return [
        client.create_thread(),
        client.copy_thread(THREAD),
        client.patch_thread(THREAD, {}),
        client.delete_thread(THREAD),
        client.prune_threads([THREAD]),
        client.update_state(THREAD, {}),
        client.update_state(THREAD, {}, checkpoint={"checkpoint_id": THREAD}),
        client.create_run(THREAD, {}),
        client.create_run(None, {}),
        client.stream_run(THREAD, {}).__aenter__(),
        client.cancel_run(THREAD, RUN),
        client.delete_run(THREAD, RUN),
        client.create_assistant({"graph_id": "g"}),
        client.update_assistant(THREAD, {"graph_id": "g"}),
        client.set_assistant_version(THREAD, 1),
        client.delete_assistant(THREAD),
        store.store_put(["a"], "k", {}),
        store.store_delete(["a"], "k"),
        crons.create_cron({}),
        crons.update_cron(THREAD, {}),
        crons.delete_cron(THREAD),
        client.http.request("POST", "/threads/search/../x"),
        client.http.request("PUT", "/threads/search"),
        client.http.request("POST", "/runs/cancel"),
    ]


async def test_read_only_mode_sends_no_write() -> None:
    async with talking(lambda _: httpx.Response(200, json={}), readonly=True) as talk:
        for call in writes(talk):
            with pytest.raises(ReadOnlyError, match="nothing was sent"):
                await call
        assert talk.requests == []
        assert talk.exchanges == []


async def test_read_only_mode_lets_reading_posts_through() -> None:
    async with talking(lambda _: httpx.Response(200, json=[]), readonly=True) as talk:
        client = talk.client
        await client.assistants()
        await client.assistant_versions(THREAD)
        await client.threads()
        await client.thread_count()
        await client.history(THREAD, checkpoint={"checkpoint_ns": "a:1"})
        await talk.store.store_items()
        await talk.store.store_namespaces()
        await talk.crons.crons()
        assert {request.method for request in talk.requests} == {"POST"}
        assert len(talk.requests) == 8
