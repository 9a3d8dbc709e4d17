"""The real app on the real demo server, driven by keys. Nothing is arranged behind the scenes."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from studio_tui.client.target import Target
from studio_tui.config.paths import find_paths
from studio_tui.core.studio import Studio
from studio_tui.domain.run import Phase
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.forms.form import SchemaForm
from tests.ui.harness import wait_until

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


@dataclass
class Stage:
    """An app that is shown nowhere, and the keys that are pressed in it."""

    app: StudioApp
    pilot: Pilot[Any]
    studio: Studio

    async def type(self, text: str) -> None:
        """Type into the composer: a chat line, or the fields of a form with line ends between them."""
        if "\n" in text:  # the graph takes a form, which comes with its schema
            await self.until(lambda _: any(form.has_focus_within for form in self.app.screen.query(SchemaForm)))
        for character in text:
            await self.pilot.press({" ": "space", "\n": "enter"}.get(character, character))

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause(0.05)

    async def until(self, condition: Until) -> None:
        await wait_until(self.pilot, lambda: condition(self.studio), within=60)

    async def rest(self, seconds: float = 0.4) -> None:
        """Let what is on its way arrive: lists that are read, frames that are due."""
        await self.pilot.pause(seconds)

    def picture(self) -> str:
        """Return the screen as SVG, as `:screenshot` writes it: without web fonts it fetches nothing when looked at."""
        picture = self.app.export_screenshot(title="studio-tui")
        return re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)


@asynccontextmanager
async def stage(
    base_url: str, state: Path, assistant: str, size: tuple[int, int], theme: str = "studio-dark"
) -> AsyncIterator[Stage]:
    """Open the studio on an assistant, with nothing remembered in `state`."""
    studio = Studio()
    paths = find_paths({**os.environ, "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state / "config")})
    options = UiOptions(target=Target(base_url), assistant=assistant, theme=theme, paths=paths)
    app = StudioApp(studio, options)
    async with app.run_test(size=size) as pilot:
        made = Stage(app, pilot, studio)
        await made.until(lambda studio: ready(studio) and studio.app_state.schemas is not None)
        await made.until(lambda _: app.studio_screen.area == "composer")
        yield made
