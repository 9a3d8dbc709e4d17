"""The whole stream of a run once more, after it has ended: exact where a rejoined one may repeat events."""

from __future__ import annotations

import re
from collections.abc import Callable

from studio_tui.core.connection.ports import ServerClient
from studio_tui.core.runs.feed_items import Arrived, Parsing
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.wire.frames import Frame

REPLAY_ALL = "-1"
"""As `Last-Event-ID`: everything that the server still has."""
_STAMPED_ID = re.compile(r"(\d{13})-\d+$")


async def read_replay(
    client: ServerClient, thread_id: ThreadId, run_id: RunId, first: Frame, make_parser: Callable[[], Parsing]
) -> tuple[Arrived, ...]:
    """Return the stream, or nothing when it does not begin with `first`: then the server has it only in part."""
    parser = make_parser()
    items: list[Arrived] = []
    async with client.join_run(thread_id, run_id, last_event_id=REPLAY_ALL) as stream:
        async for frame in stream:
            if not items and (frame.event, frame.data) != (first.event, first.data):
                return ()
            stamped = frame._replace(seq=len(items), at=server_time(frame))
            items.append(Arrived(stamped, tuple(parser.feed(stamped))))
    return tuple(items)


def server_time(frame: Frame) -> float:
    """When a replayed frame happened: its id tells, on servers whose ids are milliseconds; else when it came."""
    match = _STAMPED_ID.match(frame.id)
    return min(int(match.group(1)) / 1000, frame.at) if match else frame.at
