"""What a feed is told, and what it hands over to the loop that owns the app state."""

from __future__ import annotations

from msgspec import Struct

from studio_tui.core.connection.timings import Timings
from studio_tui.core.runs.feed_replay import Followed
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import StudioError
from studio_tui.jsonkit.value import JsonObject
from studio_tui.wire.events import Event
from studio_tui.wire.frames import Frame


class Opened(Struct, frozen=True):
    """The server took the run (or it is one that exists). A stateless run may have no name."""

    run_id: RunId | None
    thread_id: ThreadId | None


class Arrived(Struct, frozen=True, gc=False):
    """One frame and what it means."""

    frame: Frame
    events: tuple[Event, ...]


class Dropped(Struct, frozen=True):
    """The link was lost, or another attempt failed."""

    at: float
    reason: str
    attempt: int


class Rejoined(Struct, frozen=True):
    """The stream is back after `seconds`; `recovered` is False when events may be missing."""

    at: float
    seconds: float
    recovered: bool


class Gap(Struct, frozen=True):
    """The rejoined stream does not line up with what was known: events are missing."""

    at: float


class Ended(Struct, frozen=True):
    """The last item. `info` is the run as the server knows it, None when it does not or cannot be asked."""

    at: float
    info: RunInfo | None = None
    error: StudioError | None = None
    doubt: str = ""
    """Why events may be missing or told twice, if so; one reading of the whole stream can settle that."""
    followed: Followed | None = None
    """What came of the stream, where it may be read again."""
    last_id: str = ""
    """The newest wire id."""


FeedItem = Opened | Arrived | Dropped | Rejoined | Gap | Ended


class FeedPlan(Struct, frozen=True):
    """What to follow: a new run (`body`), or one that exists (`run_id`)."""

    thread_id: ThreadId | None
    server: ServerInfo
    timings: Timings
    body: JsonObject | None = None
    run_id: RunId | None = None
    create_only: bool = False
    """Start it without following its stream; only ask for its end."""

    @property
    def joinable(self) -> bool:
        """Whether a running stream can be joined again on this server."""
        return self.server.can("join").works
