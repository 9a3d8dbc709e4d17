"""Giving the terminal away for a while: to the user's editor, or to a picture; and taking it back whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import shlex
import struct
import sys
import termios
import weakref
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from textual.app import App, SuspendNotSupported

from studio_tui.config.private_store import new_private
from studio_tui.crossing import off_the_loop
from studio_tui.errors import UsageError
from studio_tui.text.cells import cut
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.terminal.graphics import Graphics, Room, graphics_of
from studio_tui.ui.kit.terminal.link import LINK

_READ = 65536
_CELLS = (80, 24)
_LENT: weakref.WeakSet[App[Any]] = weakref.WeakSet()
"""The apps whose terminal is lent now."""


@contextlib.contextmanager
def lent(app: App[Any]) -> Iterator[None]:
    """Lend the terminal. Textual's own `suspend` does not take it back after an error or a cancellation.

    Repaints meanwhile would fill the stopped writer's queue and block the loop: they are batched.
    Raises UsageError when it is lent already: two programs would share the keys, and Textual would not come back.
    """
    refuse_if_lent(app)
    failure: BaseException | None = None
    _LENT.add(app)
    try:
        with app.batch_update(), app.suspend():
            try:
                yield
            except BaseException as error:
                failure = error
    finally:
        _LENT.discard(app)
    if failure is not None:
        raise failure


def refuse_if_lent(app: App[Any]) -> None:
    """Raise UsageError when the terminal is lent: a key pressed twice asks for the editor twice."""
    if app in _LENT:
        raise UsageError("The editor is open already", "It was asked for twice", "Nothing changed.")


class Screen:
    """The bare terminal, while it is lent: an alternate screen, one picture, one line, one key."""

    def __init__(self, output: int, keys: int) -> None:
        self._output = output
        self._keys = keys
        """File descriptors."""

    def room(self) -> Room:
        try:
            rows, columns, width, height = struct.unpack(
                "HHHH", fcntl.ioctl(self._output, termios.TIOCGWINSZ, b"\0" * 8)
            )
        except OSError:
            rows = columns = width = height = 0
        if not rows or not columns:
            columns, rows = _CELLS
        return Room(columns, rows, width, height)

    async def show(self, picture: bytes, erase: bytes, words: str, room: Room) -> None:
        """Show a drawing and a line of words, wait for a key, and leave nothing behind."""
        line = cut(clean(words), room.columns - 1)
        before = _raw(self._keys)
        try:
            place = f"\x1b[{room.rows};1H\x1b[7m{line}\x1b[0m".encode()
            await self._write(b"\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H" + picture + place)
            await self._key()
        finally:
            if not LINK.gone:
                with contextlib.suppress(OSError):
                    os.write(self._output, erase + b"\x1b[2J\x1b[?25h\x1b[?1049l")
            if before is not None:
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._keys, termios.TCSAFLUSH, before)

    async def _write(self, data: bytes) -> None:
        """Write in a thread: a terminal may take its time, or vanish."""

        def work() -> None:
            rest = memoryview(data)
            try:
                while rest and not LINK.hurried:
                    rest = rest[os.write(self._output, rest[:_READ]) :]
            except OSError:
                LINK.lose()

        await off_the_loop(work)

    async def _key(self) -> None:
        """Wait for any key. The end of the input is the end of the terminal."""
        loop = asyncio.get_running_loop()
        pressed: asyncio.Future[None] = loop.create_future()

        def read() -> None:
            try:
                data = os.read(self._keys, _READ)
            except OSError:
                data = b""
            loop.remove_reader(self._keys)
            if not data:
                LINK.lose()
            if not pressed.done():
                pressed.set_result(None)

        loop.add_reader(self._keys, read)
        try:
            await pressed
        finally:
            loop.remove_reader(self._keys)


def _raw(keys: int) -> list[Any] | None:
    """Take keys one by one, those of signals too; return the settings of before."""
    try:
        before: list[Any] = termios.tcgetattr(keys)
        now = list(before)
        now[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
        termios.tcsetattr(keys, termios.TCSADRAIN, now)
    except termios.error:
        return None
    return before


def terminal_of(app: App[Any]) -> Screen | None:
    """Return the bare terminal of an app; None where it has none, as in tests."""
    driver = app._driver
    output, keys = getattr(driver, "_file", None), getattr(driver, "fileno", None)
    if output is None or not isinstance(keys, int):
        return None
    return Screen(output.fileno(), keys)


def graphics_here(app: App[Any]) -> Graphics:
    if app._driver is None or not app._driver.can_suspend:
        return Graphics(problem="this terminal cannot be lent to a picture.")
    return graphics_of(os.environ)


def editor_command() -> list[str]:
    """Return the words of `$VISUAL`, `$EDITOR` or `vi`. Raises UsageError when they cannot be parsed."""
    return _editor_words(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")


def _editor_words(spelled: str) -> list[str]:
    try:
        words = shlex.split(spelled)
    except ValueError as error:
        raise UsageError("$EDITOR cannot be understood", str(error), "Check its quotes.") from error
    return words or ["vi"]


def editor_name() -> str:
    """Return what the editor is called that would be opened (safe text); empty where none can be."""
    env = os.environ
    return _name_of(env.get("VISUAL") or env.get("EDITOR") or "vi", env.get("PATH", os.defpath))


@lru_cache(maxsize=4)
def _name_of(spelled: str, path: str) -> str:
    import shutil  # not before it is wanted: it costs milliseconds at the start

    try:
        command = _editor_words(spelled)[0]
    except UsageError:
        return ""
    return clean(os.path.basename(command), 16) if shutil.which(command, path=path) else ""


async def edit(app: App[Any], text: str, suffix: str) -> str:
    """Open `text` in the editor and return it as saved. Raises UsageError; the draft file then stays on disk."""
    refuse_if_lent(app)  # before a draft file is made
    services = services_of(app)
    path = new_private(services.options.paths.drafts_dir, text, prefix="edit-", suffix=suffix)
    code = await _run_editor(app, [*editor_command(), str(path)])
    services.typeahead.drop("The editor was open")  # what was typed for it before it opened is for nobody else
    if code != 0:
        raise UsageError(f"The editor ended with exit code {code}", f"Your text is kept in {path}", "Nothing changed.")
    try:
        if not path.is_file():  # or what it put there would be waited for
            raise FileNotFoundError(errno.ENOENT, "There is no such file")
        edited = path.read_text(encoding="utf-8", errors="replace")
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"The editor left nothing in {path}", error.strerror or "", "Nothing changed.") from error
    return edited


async def _run_editor(app: App[Any], words: list[str]) -> int:
    try:
        with lent(app):
            process = await asyncio.create_subprocess_exec(*words, stdin=sys.__stdin__, stdout=sys.__stdout__)
            return await process.wait()
    except OSError as error:
        is_set = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        hint = ("" if is_set else "$EDITOR is not set. ") + "Set $EDITOR to an editor that is installed."
        raise UsageError(f"`{words[0]}` could not be started", error.strerror or "", hint) from error
    except SuspendNotSupported as error:
        raise UsageError("This terminal cannot be given to an editor", "", "Use the composer instead.") from error
