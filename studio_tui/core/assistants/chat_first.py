"""Which graph to begin with where nobody named one and none was used before: one that takes messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from studio_tui.core.assistants.versions import schemas_of
from studio_tui.core.connection.ports import AssistantCalls, Caller
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.form.schema import chat_key
from studio_tui.domain.ids import AssistantId

TRIED = 12
"""Graphs whose schemas are read at most."""


def _chats(schemas: Schemas) -> bool:
    schema = schemas.effective_input
    return schema is not None and chat_key(schema) is not None


async def first_chat(
    call: Caller[AssistantCalls],
    items: Sequence[Assistant],
    shown: AssistantId,
    schemas: Schemas,
    goes_on: Callable[[], bool],
) -> Assistant | None:
    """Return the assistant of the server's first graph that takes messages; None where the one shown does.

    Also where that is not known, where no other does, or once nobody waits for it any more.
    """
    if schemas.problem or schemas.effective_input is None or _chats(schemas):
        return None
    made = (item for item in items if item.is_default and item.created_at is not None and item.assistant_id != shown)
    for item in sorted(made, key=lambda item: item.created_at or 0.0)[:TRIED]:
        if not goes_on():
            return None
        if _chats(await schemas_of(call, item.assistant_id)):
            return item
    return None
