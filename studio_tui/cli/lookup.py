"""Finding what the user named: assistants by id, name or graph id; threads by whole id or unique beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId, ThreadId, is_uuid
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.text.fmt import is_short_for

if TYPE_CHECKING:
    from studio_tui.client.api import Client

_SHOWN = 12


async def find_assistant(client: Client, key: str) -> Assistant:
    """Return the assistant with this id, name or graph id; the default one wins. Raises NotFoundError."""
    if is_uuid(key):
        return await client.assistant(AssistantId(key))
    known = await client.all_assistants()
    by_graph = [item for item in known if item.graph_id == key]
    by_name = [item for item in known if item.name == key]
    for item in (*(item for item in by_graph if item.is_default), *by_graph, *by_name):
        return item
    names = sorted({item.graph_id for item in known} | {item.name for item in known})
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    listed = ", ".join(names[:_SHOWN]) + more if names else "The server lists none."
    raise NotFoundError(f"There is no assistant or graph `{key}`", f"Known: {listed}", "Check the spelling.")


async def find_thread(client: Client, key: str) -> ThreadId:
    """Return the thread id that `key` is, or the only recent one that begins with it. Raises StudioError."""
    if is_uuid(key):
        return ThreadId(key)
    page = await client.threads(limit=100)
    found = [item.thread_id for item in page.items if item.thread_id == key or is_short_for(key, item.thread_id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"`{key}` stands for {len(found)} thread ids", "", "Type more of it.")
    raise NotFoundError(f"There is no thread `{key}`", "It is none of the 100 newest.", "Give the whole id.")
