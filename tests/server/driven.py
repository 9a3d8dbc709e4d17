"""The real app on a real server, driven by keys and looked at as its user does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.widgets import Input

from studio_tui.client.target import Target
from studio_tui.config.paths import Paths
from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.run import Phase
from studio_tui.ui.app import textual_patches
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from tests.ui.harness import in_colour, screen_text, wait_until
from tests.ui.stillness import send_keys
from tests.waiting import PATIENCE


class Driven:
    """One app with its pilot."""

    def __init__(self, app: StudioApp, pilot: Any, studio: Studio) -> None:
        self.app, self.pilot, self.studio = app, pilot, studio

    @property
    def text(self) -> str:
        """The screen as it is now."""
        return screen_text(self.app)

    @property
    def phase(self) -> Phase | None:
        """Where the current run stands."""
        run = self.studio.app_state.run
        return run.phase if run is not None else None

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text in one burst, as fast as a terminal can deliver it."""
        send_keys(self.app, text)
        await self.pilot.pause()

    def send(self, *found: events.Event) -> None:
        """Send what a terminal sends, without waiting for anything."""
        driver = self.app._driver
        assert driver is not None
        for event in found:
            driver.send_message(event)

    async def taken(self) -> None:
        """Wait until every key that was sent has had its effect."""
        deadline = time.monotonic() + PATIENCE
        quiet = 0
        while quiet < 2 and time.monotonic() < deadline:
            await asyncio.sleep(0)
            waits = self.app.typeahead._task is not None or self.app.message_queue_size
            quiet = 0 if waits else quiet + 1
            await asyncio.sleep(0.005)

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until something holds."""
        await wait_until(self.pilot, condition, what, PATIENCE)

    async def sees(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await self.until(lambda: text in self.text, f"text {text!r}")

    async def panels(self) -> None:
        """Leave the composer, so that letters are commands; a form that still mounts may take the focus back once."""
        deadline = time.monotonic() + PATIENCE
        while self._is_writing and time.monotonic() < deadline:
            await self.press("escape")
        await self.until(lambda: not self._is_writing, "a panel")

    @property
    def _is_writing(self) -> bool:
        """Whether the composer has the focus, or gets it back once its form stands."""
        return self.app.studio_screen.area == "composer" or self.app.studio_screen.focus_pending

    async def command(self, line: str) -> None:
        """Give a command by its name in the `:` prompt."""
        await self.panels()
        await self.press("colon")
        await self.until(lambda: isinstance(self.app.focused, Input), "the prompt")
        await self.type(line)
        await self.press("enter")
        await self.until(lambda: not isinstance(self.app.focused, Input), "the end of the prompt")

    async def say(self, text: str) -> None:
        """Write a message, or JSON where the composer takes JSON, and send it."""
        if self.app.studio_screen.area != "composer":
            await self.press("i")
            await self.until(lambda: self.app.studio_screen.area == "composer", "the composer")
        await self.type(text)
        await self.press("enter")

    async def panel(self, key: str) -> None:
        """Go to a panel by its number."""
        await self.panels()
        await self.press(key)

    async def ends(self) -> Phase:
        """Wait until the run has ended and its truth was read; return how it ended."""

        def over() -> bool:
            run = self.studio.app_state.run
            return run is not None and not run.phase.is_live and run.reconciled

        await self.until(over, "the end of the run")
        assert self.phase is not None
        return self.phase

    async def truth(self) -> Checkpoint:
        """Ask the server for the state of the open thread."""
        thread_id = self.studio.app_state.thread_id
        assert thread_id is not None
        found: Checkpoint = await self.studio.connection.call(lambda client: client.state(thread_id))
        return found


@asynccontextmanager
async def driven(
    base_url: str | None,
    folder: Path,
    assistant: str = "travel_agent",
    size: tuple[int, int] = (120, 36),
    **options: Any,
) -> AsyncIterator[Driven]:
    """Open the app on `base_url`, or without one as `options` say, and wait until it is ready for input."""
    textual_patches.install()
    paths = Paths(folder / "config", folder / "state", folder / "project.toml")
    studio = Studio(state_dir=folder / "state")
    readonly = bool(options.pop("readonly", False))
    target = Target(base_url, readonly=readonly) if base_url is not None else None
    with in_colour():
        app = StudioApp(studio, UiOptions(target=target, assistant=assistant, paths=paths, **options))
    async with app.run_test(size=size, notifications=True) as pilot:
        it = Driven(app, pilot, studio)
        await it.until(lambda: studio.app_state.graph is not None and studio.app_state.schemas is not None, "the graph")
        await it.until(lambda: app.studio_screen.area == "composer", "the focus")
        try:
            yield it
        finally:
            await studio.aclose()  # its network thread would outlive the test
            if app.local is not None:
                await app.local.stop()
