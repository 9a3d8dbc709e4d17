"""Why a run failed that ended before it was followed, where only its stream tells: JavaScript servers keep the events
of ended runs in memory, and neither run nor thread says whether an `error` was a failure or a cancel."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from studio_tui.client.resume import REPLAY_ALL
from studio_tui.core.connection.ports import RunCalls
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.errors import StudioError
from studio_tui.wire.events import RunFailed
from studio_tui.wire.parse import Parser

SECONDS = 10.0
"""How long one stream may take to come again."""


async def streamed_error(client: RunCalls, thread_id: ThreadId, run_id: RunId) -> str:
    """Return the error that an ended run's stream closed with, as `Class: message`; empty when it is not kept."""
    parser, found = Parser(), ""
    with suppress(StudioError, TimeoutError):
        async with asyncio.timeout(SECONDS), client.join_run(thread_id, run_id, last_event_id=REPLAY_ALL) as stream:
            async for frame in stream:
                if frame.mode == "error":
                    failed = [event for event in parser.feed(frame) if isinstance(event, RunFailed)]
                    found = f"{failed[0].kind}: {failed[0].message}" if failed else found
    return found
