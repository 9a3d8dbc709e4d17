"""What the parts of the facade share: the store, the connection and the background tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from studio_tui.session.background import Background
from studio_tui.session.connection import Connection, default_client
from studio_tui.session.notices import tell_error
from studio_tui.session.pace import Pace
from studio_tui.session.store import Store

if TYPE_CHECKING:
    from studio_tui.model.run import RunState
    from studio_tui.protocol.events import Event
    from studio_tui.protocol.frames import Frame

FrameHook: TypeAlias = "Callable[[RunState, Frame, tuple[Event, ...]], None]"


class Core:
    """One studio's shared parts; all of them live on one event loop."""

    def __init__(self, *, client_factory: Callable[..., Any] | None, threaded: bool, pace: Pace | None = None) -> None:
        self.store = Store()
        self.background = Background(self._report)
        self.connection = Connection(
            self.store, self.background, client_factory=client_factory or default_client, threaded=threaded
        )
        self.pace = pace or Pace()
        self.on_frame: FrameHook | None = None
        """Hears of every frame of a followed run and its events, in order; for recording and printing."""

    def _report(self, error: BaseException) -> None:
        tell_error(self.store, error)
