"""The mark in a run's metadata by which it is found again when it was sent and the server's answer never came."""

from __future__ import annotations

from studio_tui.core.connection.ports import ServerClient
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import RunInfo

OP_ID = "op_id"
"""The key that it stands under."""
_RECENT_RUNS = 20


async def marked_run(client: ServerClient, thread_id: ThreadId, mark: str) -> RunInfo | None:
    """Return the run of a thread's newest that carries `mark`; None where none does. Raises StudioError."""
    infos = await client.runs(thread_id, limit=_RECENT_RUNS) if mark else []
    return next((info for info in infos if info.metadata.get(OP_ID) == mark), None)
