"""Draws pictures of the real app against the real demo server.

`python -m tests.shots` writes `screenshots/*.svg`, the tour among them; names after it choose some. `--matrix FOLDER`
writes every state in every size and look into a folder, for looking; names choose states there, `--sizes` and `--looks`
the rest. A state whose proof does not stand on the screen is told of at the end, and its screen is in `*.wrong.txt`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio_tui.config.paths import find_paths
from studio_tui.local import LocalServer, demo_server
from tests.paths import ROOT
from tests.shots.drive import Beginning, Stage, stage
from tests.shots.film import Film
from tests.shots.furnish import Furniture, forget, furnish
from tests.shots.looks import ASCII, COLOURS, LOOKS, picture, put_on
from tests.shots.scenes import README, Scene, tour
from tests.shots.states import STATES

FOLDER = ROOT / "screenshots"
SIZES = ((80, 24), (120, 36), (160, 45), (220, 60))
TOUR = "tour"


async def _still(scene: Scene, base_url: str, state: Path) -> None:
    begin = Beginning(scene.assistant, size=scene.size, theme=scene.theme)
    async with stage(base_url, state / scene.name, begin) as shown:
        await scene.play(shown)
        _write(FOLDER / f"{scene.name}.svg", shown.picture())


async def _tour(base_url: str, state: Path) -> None:
    async with stage(base_url, state / TOUR, Beginning("travel_agent")) as shown:
        film = Film(shown.app)
        await tour(shown, film)
        _write(FOLDER / f"{TOUR}.svg", film.svg())


class Matrix:
    """Draws states on one server, which is furnished once those that need an empty one are drawn."""

    def __init__(self, server: LocalServer, folder: Path, looks: Sequence[str]) -> None:
        self._server, self._folder, self._looks = server, folder, looks
        self._furniture: Furniture | None = None
        self.wrong: list[str] = []

    async def draw(self, scene: Scene, size: tuple[int, int]) -> None:
        """Draw a state in all looks of the colours from one run of it, and once more where there is only ASCII."""
        name = f"{scene.name}-{size[0]}x{size[1]}"
        coloured = [look for look in self._looks if look in COLOURS]
        for looks, ascii in ((coloured, False), ([ASCII] if ASCII in self._looks else [], True)):
            if looks:
                await self._draw(scene, size, name, looks, ascii)

    async def _draw(self, scene: Scene, size: tuple[int, int], name: str, looks: Sequence[str], ascii: bool) -> None:
        base_url, made = self._server.base_url, self._furniture
        if made is None and not scene.bare:
            made = self._furniture = await furnish(base_url)
        begin = Beginning(
            scene.assistant,
            made.threads[scene.opens] if made is not None and scene.opens else "",
            size,
            ascii=ascii,
            readonly=scene.readonly,
            losable=scene.losable,
            local=self._server if scene.local else None,
        )
        with tempfile.TemporaryDirectory() as state:
            async with stage(base_url, Path(state), begin) as shown:
                try:
                    await scene.play(shown, ascii=ascii)
                    for look in looks:
                        await put_on(shown, look)
                        _write(self._folder / f"{name}-{look}.svg", picture(shown, look))
                    await scene.prove(shown, ascii=ascii)
                except AssertionError as error:
                    self._tell(f"{name}-{looks[0]}", shown, error)
        if made is not None:
            await forget(base_url, made)

    def _tell(self, name: str, shown: Stage, error: AssertionError) -> None:
        self.wrong.append(f"{name}: {str(error).partition(chr(10))[0]}")
        print("WRONG", self.wrong[-1], flush=True)
        _write(self._folder / f"{name}.wrong.txt", shown.text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path, flush=True)


async def main(names: Sequence[str], matrix: Path | None, sizes: Iterable[str], looks: Sequence[str]) -> int:
    """Draw what is asked for; return 1 where a state was not what it is called."""
    server = demo_server(find_paths())
    try:
        base_url = await server.start()
        if matrix is not None:
            drawn = Matrix(server, matrix, looks)
            for scene in sorted(STATES, key=lambda scene: not scene.bare):
                for size in (size for size in SIZES if not names or scene.name in names):
                    if f"{size[0]}x{size[1]}" in sizes:
                        await drawn.draw(scene, size)
            print(*drawn.wrong, sep="\n", file=sys.stderr)
            return 1 if drawn.wrong else 0
        with tempfile.TemporaryDirectory() as folder:
            for scene in README:
                if not names or scene.name in names:
                    await _still(scene, base_url, Path(folder))
            if not names or TOUR in names:
                await _tour(base_url, Path(folder))
        return 0
    finally:
        await server.stop()


def _listed(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of pictures, or of states of the matrix")
    parser.add_argument("--matrix", type=Path, metavar="FOLDER")
    parser.add_argument("--sizes", type=_listed, default=[f"{wide}x{high}" for wide, high in SIZES], metavar="SIZE,…")
    parser.add_argument("--looks", type=_listed, default=LOOKS, metavar="LOOK,…", help=", ".join(LOOKS))
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.names, given.matrix, given.sizes, given.looks)))
