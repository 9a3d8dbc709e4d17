"""Finding what the user named: assistants by id, name or graph id; threads by whole id or unique beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.core.assistants.resolve import resolve
from studio_tui.core.resources.resource import every_page, full_page
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import RunId, ThreadId, is_uuid
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.text.fmt import short_for
from studio_tui.wire.page import Page

if TYPE_CHECKING:
    from studio_tui.core.connection.ports import ServerClient
    from studio_tui.domain.thread import RunInfo

_PAGE = 100
_RUNS = 1000


async def find_assistant(client: ServerClient, key: str) -> Assistant:
    """Return the assistant with this id, name or graph id. NotFoundError; UsageError when several are meant."""
    return await resolve(lambda fn: fn(client), key, await client.all_assistants())


async def find_thread(client: ServerClient, key: str) -> ThreadId:
    """Return the thread id that `key` is, or the only recent one that begins with it. Raises StudioError."""
    if is_uuid(key):
        return ThreadId(key)
    page = await client.threads(limit=100)
    found = short_for(key, [item.thread_id for item in page.items], str)
    if len(found) == 1:
        return found[0]
    if found:
        listed = f"They are: {', '.join(found[:8])}{' and more' if len(found) > 8 else ''}."
        raise UsageError(f"`{key}` stands for {len(found)} thread ids", listed, "Type more of it.")
    raise NotFoundError(f"There is no thread `{key}`", "It is none of the 100 newest.", "Give the whole id.")


async def all_runs(client: ServerClient, thread_id: ThreadId) -> list[RunInfo]:
    """Return every run of a thread, the newest first."""

    async def read(offset: int) -> Page[RunInfo]:
        found = await client.runs(thread_id, limit=_PAGE, offset=offset)
        return full_page(found, offset=offset, limit=_PAGE)

    return [run async for page in every_page(read, lambda run: run.run_id) for run in page]


async def live_runs(client: ServerClient, thread_id: ThreadId) -> list[RunInfo]:
    """Return the runs of a thread that have not ended, the newest first. NotFoundError without one."""
    live = [run for run in await all_runs(client, thread_id) if run.is_live]
    if not live:
        raise NotFoundError("No run of this thread is live", "", "`studio-tui runs ls` lists its runs.")
    return live


async def find_run(client: ServerClient, thread_id: ThreadId, key: str) -> RunInfo:
    """Return the run of a thread that `key` is the id of, or the only one that it is short for. Raises StudioError."""
    if is_uuid(key):
        return await client.run(thread_id, RunId(key))
    known = await client.runs(thread_id, limit=_RUNS)
    found = short_for(key, known, lambda item: item.run_id)
    if len(found) == 1:
        return found[0]
    if found:
        listed = f"They are: {', '.join(item.run_id for item in found[:8])}."
        raise UsageError(f"`{key}` stands for {len(found)} runs", listed, "Type more of it.")
    why = f"It is none of the {len(known)} newest." if known else "The thread has no runs."
    raise NotFoundError(f"There is no run `{key}`", why, "`studio-tui runs ls T` lists them.")
