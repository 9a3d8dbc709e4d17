"""Regenerates `screenshots/*.svg` from the real app against the real demo server: `python -m tests.shots`.

Every picture is what a user gets by the keys listed in `SHOTS`; nothing is arranged behind the scenes.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio_tui.client.target import Target
from studio_tui.config.paths import find_paths
from studio_tui.core.studio import Studio
from studio_tui.domain.run import Phase
from studio_tui.local import demo_server
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.forms.form import SchemaForm
from tests.paths import ROOT
from tests.ui.harness import wait_until

FOLDER = ROOT / "screenshots"


@dataclass(frozen=True)
class Shot:
    """One picture: which assistant, what is typed, until when to wait, keys after that."""

    name: str
    assistant: str
    message: str
    until: Callable[[Studio], bool]
    size: tuple[int, int] = (120, 36)
    send: str = "enter"
    keys: tuple[str, ...] = ()
    theme: str = "studio-dark"


def _ended(studio: Studio) -> bool:
    run = studio.app_state.run
    return run is not None and not run.phase.is_live and run.reconciled


def _answering(studio: Studio) -> bool:
    run = studio.app_state.run
    return (
        run is not None
        and run.phase is Phase.RUNNING
        and any(message.role == "ai" and len(message.text) > 120 for message in run.messages.values())
    )


def _ready(studio: Studio) -> bool:
    return studio.app_state.graph is not None


def _paused(studio: Studio) -> bool:
    run = studio.app_state.run
    return run is not None and run.phase is Phase.INTERRUPT


WEATHER = "What's the weather in SF?"
CHARGED = "I was charged twice for my order"

SHOTS = (
    Shot("studio-running", "travel_agent", "What's the weather in SF, and find me a flight to Lisbon?", _answering),
    Shot("interrupt", "expense_approval", "960\nTeam offsite in Lisbon", _paused, send="ctrl+s"),
    Shot("history", "travel_agent", WEATHER, _ended, keys=("escape", "3", "right_square_bracket", "j")),
    Shot("assistants", "brand_writer", "", _ready, keys=("escape", "a")),
    Shot("graph-zoomed", "support_team", CHARGED, _ended, keys=("escape", "2", "z")),
    Shot("studio-light", "travel_agent", WEATHER, _ended, theme="studio-light"),
    Shot("80x24-graph", "travel_agent", WEATHER, _ended, (80, 24), keys=("escape", "2")),
    Shot("80x24-messages", "travel_agent", WEATHER, _ended, (80, 24), keys=("escape", "5")),
)


async def take(shot: Shot, base_url: str, state: Path) -> None:
    """Drive the app by keys to the moment of `shot` and save the picture."""
    studio = Studio()
    paths = find_paths({**os.environ, "XDG_STATE_HOME": str(state / shot.name)})
    options = UiOptions(target=Target(base_url), assistant=shot.assistant, theme=shot.theme, paths=paths)
    app = StudioApp(studio, options)
    async with app.run_test(size=shot.size) as pilot:
        await wait_until(
            pilot, lambda: studio.app_state.graph is not None and studio.app_state.schemas is not None, within=30
        )
        await wait_until(pilot, lambda: app.studio_screen.area == "composer")
        if shot.send != "enter":  # the graph takes a form, which comes with its schema
            await wait_until(pilot, lambda: any(form.has_focus_within for form in app.screen.query(SchemaForm)))
        for character in shot.message or ():
            await pilot.press({" ": "space", "\n": "enter"}.get(character, character))
        if shot.message:
            await pilot.press(shot.send)
        await wait_until(pilot, lambda: shot.until(studio), within=60)
        for key in shot.keys:
            await pilot.press(key)
        await pilot.pause(0.3)
        FOLDER.mkdir(exist_ok=True)
        # Without its web fonts the picture fetches nothing when it is looked at.
        picture = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="studio-tui"), flags=re.DOTALL)
        (FOLDER / f"{shot.name}.svg").write_text(picture, encoding="utf-8")
        print(f"screenshots/{shot.name}.svg")


async def main(wanted: list[str]) -> None:
    server = demo_server(find_paths())
    try:
        base_url = await server.start()
        with tempfile.TemporaryDirectory() as folder:
            for shot in SHOTS:
                if not wanted or shot.name in wanted:
                    await take(shot, base_url, Path(folder))
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
