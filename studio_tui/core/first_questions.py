"""What a studio asks a server first, up to the graph and the schemas of the assistant that will be selected.

`Studio.connect` and the selection after it ask all this by themselves, where it is used; here it is asked ahead of
them. What is asked only here is wasted, what is asked only there comes later: a test compares the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from studio_tui.core.assistants.resolve import LISTED, first_of, resolve
from studio_tui.core.connection.ports import ServerClient
from studio_tui.domain.ids import is_uuid
from studio_tui.domain.server import Description
from studio_tui.domain.thread_query import FIRST_PAGE
from studio_tui.errors import StudioError

T = TypeVar("T")

GRAPH_FIRST = 0.05
"""Seconds by which the graph is asked for before the schemas: those may be large, and on a slow link hold it up."""


async def ask_first(client: ServerClient, said: Description, assistant: str) -> None:
    """Ask it. `said` is what the server's OpenAPI file said the last time, `assistant` the one to select, if known.

    Nothing is raised: whoever asks the same hears what came of it.
    """

    async def call(fn: Callable[[ServerClient], Awaitable[T]]) -> T:
        return await fn(client)

    async def graph_of(assistant_id: str) -> None:
        with suppress(StudioError):
            await client.graph(assistant_id, xray=False)

    async def threads() -> None:
        with suppress(StudioError):
            await client.threads(status="", limit=FIRST_PAGE, offset=0)

    listing = asyncio.create_task(client.all_assistants(LISTED, start=0))
    beside = [asyncio.create_task(threads())]
    if is_uuid(assistant):
        beside.append(asyncio.create_task(graph_of(assistant)))
    await asyncio.sleep(0)  # those come first
    try:
        greeting = await client.greet(said)
        items = await listing
        first = first_of(items)
        wanted = assistant or (first.assistant_id if first is not None else "")
        if wanted:
            found = await resolve(call, wanted, items)
            if found.assistant_id != assistant or not is_uuid(assistant):
                beside.append(graph := asyncio.create_task(graph_of(found.assistant_id)))
                await asyncio.wait((graph,), timeout=GRAPH_FIRST)
            await client.schemas(found.assistant_id)
        if greeting.has_more:
            await client.describe(greeting.info)
    except StudioError:
        pass
    finally:
        await asyncio.gather(listing, *beside, return_exceptions=True)
