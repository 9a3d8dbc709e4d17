"""The real app on the real demo server, driven by keys. Nothing is arranged behind the scenes."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from textual.pilot import Pilot

from studio_tui.client.target import Target
from studio_tui.config.paths import find_paths
from studio_tui.config.schema import Profile
from studio_tui.core.studio import Studio
from studio_tui.domain.run import Phase
from studio_tui.domain.thread_position import Standing
from studio_tui.local import LocalServer
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.forms.form import SchemaForm
from tests.ui.harness import screen_text, wait_for_text, wait_until

Until = Callable[[Studio], bool]


def ready(studio: Studio) -> bool:
    return studio.app_state.graph is not None


def ended(studio: Studio) -> bool:
    run = studio.app_state.run
    return run is not None and not run.phase.is_live and run.reconciled


def answering(studio: Studio) -> bool:
    """A run is under way, and some of its answer has arrived."""
    run = studio.app_state.run
    return (
        run is not None
        and run.phase is Phase.RUNNING
        and any(message.role == "ai" and len(message.text) > 120 for message in run.messages.values())
    )


def asking(studio: Studio) -> bool:
    run = studio.app_state.run
    return run is not None and run.phase is Phase.INTERRUPT and run.reconciled


def failed(studio: Studio) -> bool:
    return ended(studio) and studio.app_state.position.standing is Standing.FAILED


def at_breakpoint(studio: Studio) -> bool:
    return ended(studio) and studio.app_state.position.standing is Standing.PAUSED


def fanned_out(studio: Studio) -> bool:
    """Workers of a fan-out are under way."""
    run = studio.app_state.run
    return run is not None and any(task.name == "read_sources" for task in run.tasks.values())


def counting(studio: Studio) -> bool:
    """A loop has gone round several times."""
    run = studio.app_state.run
    return run is not None and run.phase is Phase.RUNNING and (run.step or 0) > 6


@dataclass
class Stage:
    """An app that is shown nowhere, and the keys that are pressed in it."""

    app: StudioApp
    pilot: Pilot[Any]
    studio: Studio
    relay: Relay | None = None

    @property
    def text(self) -> str:
        """The screen as text."""
        return screen_text(self.app)

    async def type(self, text: str) -> None:
        """Type into the composer: a chat line, or the fields of a form with line ends between them."""
        if "\n" in text:
            await self.form()
        for character in text:
            await self.pilot.press({" ": "space", "\n": "enter"}.get(character, character))

    async def form(self) -> None:
        """Wait for the form of a graph that takes one: it comes with the graph's schema."""
        await self.until(lambda _: any(form.has_focus_within for form in self.app.screen.query(SchemaForm)))

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause(0.05)

    async def until(self, condition: Until) -> None:
        await wait_until(self.pilot, lambda: condition(self.studio), within=60)

    async def sees(self, *texts: str) -> None:
        """Wait until all of `texts` stand on the screen. Fails with the screen as it is."""
        for text in texts:
            await wait_for_text(self.pilot, text, within=20)

    async def rest(self, seconds: float = 0.4) -> None:
        """Let what is on its way arrive: lists that are read, frames that are due."""
        await self.pilot.pause(seconds)

    def picture(self) -> str:
        """Return the screen as SVG, as `:screenshot` writes it, without web fonts."""
        return without_fonts(self.app.export_screenshot(title="studio-tui"))


def without_fonts(picture: str) -> str:
    """Return an SVG of Rich that fetches nothing when it is looked at."""
    return re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)


@dataclass
class Relay:
    """Passes everything on to a server until it is cut: a server that can be lost."""

    base_url: str
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def open(self) -> str:
        """Begin to listen; return the base URL."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def cut(self) -> None:
        """End all connections, and take no more."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = urlsplit(self.base_url)
        back, forth = await asyncio.open_connection(there.hostname, there.port)
        self._writers += [writer, forth]
        await asyncio.gather(_pass(reader, forth), _pass(back, writer), return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@dataclass(frozen=True)
class Beginning:
    """How the studio is opened."""

    assistant: str = ""
    thread: str = ""
    size: tuple[int, int] = (120, 36)
    theme: str = "studio-dark"
    ascii: bool = False
    readonly: bool = False
    losable: bool = False
    """The way to the server can be cut."""
    local: LocalServer | None = None
    """The server is the session's own, and its log can be read."""


def _profiles(base_url: str) -> dict[str, Profile]:
    made = Profile("production", "https://agents.example.com", readonly=True), Profile("laptop", base_url)
    return {profile.name: profile for profile in made}


@asynccontextmanager
async def stage(base_url: str, state: Path, begin: Beginning) -> AsyncIterator[Stage]:
    """Open the studio as told, with nothing remembered in `state`."""
    studio = Studio()
    relay = Relay(base_url) if begin.losable else None
    paths = find_paths({**os.environ, "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state / "config")})
    options = UiOptions(
        target=Target(await relay.open() if relay else base_url, readonly=begin.readonly),
        local=begin.local,
        assistant=begin.assistant,
        thread=begin.thread,
        theme=begin.theme,
        ascii=begin.ascii,
        paths=paths,
        profiles=_profiles(base_url),
    )
    app = StudioApp(studio, options)
    async with app.run_test(size=begin.size, notifications=True) as pilot:
        made = Stage(app, pilot, studio, relay)
        await made.until(lambda studio: ready(studio) and studio.app_state.schemas is not None)
        await made.until(lambda _: app.studio_screen.area in ("composer", "dock"))
        yield made
        if relay is not None:
            await relay.cut()
