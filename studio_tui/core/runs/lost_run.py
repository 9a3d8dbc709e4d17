"""The mark in a run's metadata by which it is found again when it was sent and the server's answer never came."""

from __future__ import annotations

import asyncio

from studio_tui.core.connection.ports import RunCalls
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runs.request_body import OP_ID
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import ConnectError, StudioError
from studio_tui.jsonkit.value import JsonObject, as_object, as_str

_RECENT_RUNS = 20


def mark_in(body: JsonObject) -> str:
    return as_str(as_object(body.get("metadata")).get(OP_ID))


async def marked_run(client: RunCalls, thread_id: ThreadId, mark: str) -> RunInfo | None:
    """Return the run of a thread's newest that carries `mark`; None where none does. Raises StudioError."""
    infos = await client.runs(thread_id, limit=_RECENT_RUNS) if mark else []
    return next((info for info in infos if info.metadata.get(OP_ID) == mark), None)


async def find_lost(runtime: Runtime, thread_id: ThreadId, body: JsonObject, error: StudioError) -> RunInfo:
    """Look for the run of `body` whose start ended in `error`, which leaves open whether the server has it.

    Raises ConnectError where it does not show: it may be there all the same, and is not to be sent again.
    """
    mark = mark_in(body)
    why = "The list of the thread's runs does not show it (yet)."
    for pause in (0.0, *runtime.timings.look):
        await asyncio.sleep(pause)
        try:
            found = await runtime.connection.call(lambda client: marked_run(client, thread_id, mark))
        except StudioError as problem:
            why = str(problem)
            continue
        if found is not None:
            return found
    hint = "Look at the thread's runs before you start it again: the server may have taken it."
    unknown = ConnectError("It is unknown whether the run was started", f"{error} {why}", hint)
    unknown.ambiguous = True
    raise unknown from error
