"""A studio on a recording: the same client interface, no server, nothing that can be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio_tui.config.paths import expanded
from studio_tui.core.connection.connection import default_client
from studio_tui.core.recording.replay import BASE_URL, ReplayClient, newest_thread
from studio_tui.core.recording.rows import Recording, load_recording
from studio_tui.errors import UsageError

if TYPE_CHECKING:
    from studio_tui.client.target import Target
    from studio_tui.core.connection.ports import ServerClient
    from studio_tui.domain.http_exchange import HttpExchange
    from studio_tui.domain.ids import ThreadId


class Offline:
    """One recording as a face opens it. Raises UsageError when the file is none."""

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self.path = expanded(path)
        self.recording: Recording = load_recording(self.path)
        if newest_thread(self.recording) is None and not self.recording.server:
            hint = "Make one with: studio-tui run A --record FILE"
            raise UsageError(f"{self.path.name} is no recording", "There is nothing in it.", hint)
        self._speed = speed

    @property
    def thread_id(self) -> ThreadId | None:
        return newest_thread(self.recording)

    def target(self) -> Target:
        """Return what stands for the server; faces show its profile, and that nothing can be written."""
        from studio_tui.client.target import Target

        return Target(BASE_URL, readonly=True, profile=f"replay {self.path.name}")

    def make_client(self, target: Target, *, on_exchange: Callable[[HttpExchange], None] | None = None) -> ServerClient:
        """Make the client of a studio: the recording's own, and the real one for a server that the user goes to."""
        if target.base_url == BASE_URL:
            return ReplayClient(self.recording, self._speed)
        return default_client(target, on_exchange=on_exchange)
