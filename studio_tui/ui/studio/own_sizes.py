"""What the user made larger, smaller or collapsed: kept for each class of terminal sizes, also between sessions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from textual.widget import Widget

from studio_tui.config.private_store import PrivateFile, PrivateStore
from studio_tui.crossing import off_the_loop
from studio_tui.log import LOGGER
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.studio.boxes import Sizes

LIMIT = 64_000
"""Bytes of the file."""
_CLASSES = ((110, "narrow"), (150, "wide"), (190, "ultra"))


def size_class(width: int) -> str:
    """Return under which name sizes are kept for terminals of about this many columns."""
    return next((name for below, name in _CLASSES if width < below), "vast")


class OwnSizes:
    """The sizes of all classes. Files are read and written off the loop; without a folder nothing is kept."""

    def __init__(self, host: Widget, state_dir: Path | None, changed: Callable[[], None]) -> None:
        """`changed` is called when those of an earlier session have been read."""
        self._host = host
        folder = state_dir / "layout" if state_dir is not None else None
        self._file: PrivateFile = PrivateStore(folder, ".json", LIMIT).file("sizes")
        self._changed = changed
        self._by_class: dict[str, Sizes] = {}
        self._forgotten = False
        """What an earlier session left is not wanted any more."""
        self._unsaved = self.is_writing = False

    def of(self, width: int) -> Sizes:
        return self._by_class.get(size_class(width)) or Sizes()

    def put(self, width: int, sizes: Sizes) -> None:
        self._by_class[size_class(width)] = sizes

    def forget(self) -> bool:
        """Let everything be as large as nobody had said; return whether anybody had."""
        was_any = bool(self._by_class)
        self._by_class.clear()
        self._forgotten = True
        self.keep()
        return was_any

    def load(self) -> None:
        """Read those of the session before; what was resized meanwhile stays. The program's end writes them, too."""
        services_of(self._host).unsaved.add(self._host, "the sizes of the panels", self.keep_now)

        async def work() -> None:
            found = await off_the_loop(self._file.read)
            if found and not self._forgotten:
                left = {name: _sizes(value) for name, value in found.items() if isinstance(value, dict)}
                self._by_class = left | self._by_class
                self._changed()

        beside(self._host, work, "reading the sizes of the panels", group="own-sizes")

    def keep(self) -> None:
        """Write what holds now; what is asked for meanwhile is written after it, as it is then."""
        self._unsaved = True
        if not self.is_writing:
            self.is_writing = True
            beside(self._host, self._write, "keeping the sizes of the panels", group="own-sizes")

    def keep_now(self) -> bool:
        """Write in the calling thread what nobody has written yet; a full disk is no reason to disturb: always True."""
        if self._unsaved or self.is_writing:
            try:
                self._save()()
            except OSError as error:
                LOGGER.warning("the sizes of the panels could not be kept: %s", error)
            self._unsaved = False
        return True

    def _save(self) -> Callable[[], object]:
        """Return what puts on disk how it is at this moment."""
        data: dict[str, object] = {
            name: {"columns": sizes.columns, "rows": sizes.rows, "collapsed": list(sizes.collapsed)}
            for name, sizes in self._by_class.items()
        }
        return partial(self._file.write, data) if data else self._file.remove

    async def _write(self) -> None:
        try:
            while self._unsaved:
                self._unsaved = False
                await off_the_loop(self._save())
        except OSError as error:
            LOGGER.warning("the sizes of the panels could not be kept: %s", error)
        finally:
            self.is_writing = False


def _sizes(value: dict[str, Any]) -> Sizes:
    """Return what a file says, as far as it makes sense: it may be damaged, or of another version."""
    collapsed = value.get("collapsed")
    names = tuple(name for name in collapsed if isinstance(name, str)) if isinstance(collapsed, list) else ()
    return Sizes(_shares(value.get("columns")), _shares(value.get("rows")), names)


def _shares(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    return {str(name): share for name, share in value.items() if type(share) is int and 0 < share <= 1000}
