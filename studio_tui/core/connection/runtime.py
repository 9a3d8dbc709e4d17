"""What the parts of the facade share: the app state, the connection and the background tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from studio_tui.core.connection.background import Background
from studio_tui.core.connection.connection import Connection
from studio_tui.core.connection.descriptions import Descriptions
from studio_tui.core.connection.ports import ClientFactory
from studio_tui.core.connection.right_of_way import RightOfWay
from studio_tui.core.connection.timings import Timings
from studio_tui.core.state.app_state import AppState

if TYPE_CHECKING:
    from studio_tui.domain.run import RunState
    from studio_tui.wire.events import Event
    from studio_tui.wire.frames import Frame

FrameHook: TypeAlias = "Callable[[RunState, Frame, tuple[Event, ...]], None]"


class Runtime:
    """One studio's shared parts; all of them live on one event loop."""

    def __init__(
        self,
        *,
        client_factory: ClientFactory | None,
        threaded: bool,
        timings: Timings | None = None,
        state_dir: Path | None = None,
    ) -> None:
        self.app_state = AppState()
        self.background = Background(self.app_state.tell_error)
        self.timings = timings or Timings()
        self.right_of_way = RightOfWay()
        """What streams in heeds it, the terminal's keys take it."""
        self.connection = Connection(
            self.app_state,
            self.background,
            self.timings,
            client_factory=client_factory,
            threaded=threaded,
            descriptions=Descriptions(state_dir / "servers" if state_dir is not None else None),
        )
        self.on_frame: FrameHook | None = None
        """Hears of every frame of a followed run and its events, in order; for recording and printing."""
