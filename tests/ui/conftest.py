"""An app over a fake studio, at any size, with the output guard in place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from studio_tui.client.target import Target
from studio_tui.config.paths import Paths
from studio_tui.text.secrets import KNOWN
from studio_tui.ui.app import textual_patches
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit import twice
from tests.ui.fakes import FakeStudio
from tests.ui.harness import in_colour, screen_text, wait_until
from tests.ui.stillness import send_keys

TARGET = Target("http://127.0.0.1:2024")


@dataclass
class Driven:
    """A running app, its pilot and the studio behind it."""

    app: StudioApp
    pilot: Pilot[Any]
    studio: FakeStudio

    async def press(self, *keys: str) -> None:
        """Press keys and let the app take them in."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text into what has the focus, in one burst, as fast as a terminal can deliver it."""
        send_keys(self.app, text)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait for a condition."""
        await wait_until(self.pilot, condition, what)

    async def sees(self, text: str) -> None:
        """Wait until the screen shows a text."""
        await self.until(lambda: text in self.screen, f"text {text!r}")

    @property
    def screen(self) -> str:
        """The screen as text."""
        return screen_text(self.app)

    async def panels(self) -> None:
        """Leave the composer, so that letters are commands."""
        await self.until(lambda: self.app.studio_screen.area == "composer", "focus in the composer")
        await self.press("escape")
        await self.until(lambda: self.app.studio_screen.area != "composer", "focus in a panel")


Start = Callable[..., AbstractAsyncContextManager[Driven]]


@pytest.fixture(autouse=True)
def quick_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second press answers at once; a test of keys that are held sets it to an hour."""
    monkeypatch.setattr(twice, "HELD", 0.0)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start an app: `async with start(size=(80, 24), target=None, …) as it`."""
    textual_patches.install()
    paths = Paths(tmp_path / "config", tmp_path / "state", tmp_path / "project.toml")

    @asynccontextmanager
    async def starter(
        size: tuple[int, int] = (120, 36),
        studio: FakeStudio | None = None,
        ready: bool = True,
        **options: Any,
    ) -> AsyncIterator[Driven]:
        fake = studio or FakeStudio()
        settings: dict[str, Any] = {"target": TARGET, "paths": paths, "assistant": "agent", **options}
        with in_colour():
            app = StudioApp(fake, UiOptions(**settings))
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            it = Driven(app, pilot, fake)
            if ready and settings["target"] is not None:
                await it.until(lambda: fake.app_state.assistant_id is not None, "an assistant")
                await it.until(lambda: not app.work.activities, "idle")
            yield it
        KNOWN.forget()

    return starter
