"""Draws pictures of the real app against the real demo server.

`python -m tests.shots` writes `screenshots/*.svg`, the tour among them; names after it choose some. `--matrix FOLDER`
writes every state in every size and theme into a folder, for looking; names choose states there.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from studio_tui.config.paths import find_paths
from studio_tui.local import demo_server
from studio_tui.ui.kit.terminal.theme_files import bundled_folder
from tests.paths import ROOT
from tests.shots.drive import stage
from tests.shots.film import Film
from tests.shots.scenes import README, STATES, Scene, tour

FOLDER = ROOT / "screenshots"
SIZES = ((80, 24), (120, 36), (160, 45), (220, 60))
TOUR = "tour"


async def _still(scene: Scene, base_url: str, state: Path) -> None:
    async with stage(base_url, state / scene.name, scene.assistant, scene.size, scene.theme) as shown:
        await scene.play(shown)
        _write(FOLDER / f"{scene.name}.svg", shown.picture())


async def _tour(base_url: str, state: Path) -> None:
    async with stage(base_url, state / TOUR, "travel_agent", (120, 36)) as shown:
        film = Film(shown.app)
        await tour(shown, film)
        _write(FOLDER / f"{TOUR}.svg", film.svg())


async def _matrix(scene: Scene, size: tuple[int, int], base_url: str, state: Path, folder: Path) -> None:
    name = f"{scene.name}-{size[0]}x{size[1]}"
    async with stage(base_url, state / name, scene.assistant, size) as shown:
        await scene.play(shown)
        for theme in sorted(path.stem for path in bundled_folder().glob("*.toml")):
            shown.app.theme = theme
            await shown.rest(0.2)
            _write(folder / f"{name}-{theme}.svg", shown.picture())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path, flush=True)


async def main(names: Sequence[str], matrix: Path | None) -> None:
    server = demo_server(find_paths())
    try:
        base_url = await server.start()
        with tempfile.TemporaryDirectory() as folder:
            if matrix is not None:
                for scene in STATES:
                    for size in SIZES if not names or scene.name in names else ():
                        await _matrix(scene, size, base_url, Path(folder), matrix)
                return
            for scene in README:
                if not names or scene.name in names:
                    await _still(scene, base_url, Path(folder))
            if not names or TOUR in names:
                await _tour(base_url, Path(folder))
    finally:
        await server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of pictures, or of states of the matrix")
    parser.add_argument("--matrix", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    asyncio.run(main(given.names, given.matrix))
