"""What every start of the UI would compile anew, kept in one private file: made by one start, used by the next ones.

Parts of it are run as code, as the files are that Python itself keeps of modules. So it is read only when nobody but
this user can have written it, and only as it was written: whatever is odd about the file, everything is compiled anew.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from studio_tui.config.digests import blake2b
from studio_tui.config.own_files import is_own
from studio_tui.config.private_store import write_private_bytes

LIMIT = 4 * 1024 * 1024
"""Bytes; a larger file is not read. When more would be kept, what this start did not use goes."""
_DIGEST = 16
_MAKER = repr((1, sys.version, sys.flags.optimize)).encode()
"""Who can use what is in the file: this form of it, this Python."""

Section = dict[str, bytes]


class StartCache:
    """Texts by what they were made of, in sections. Without a file everything is missing, and nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.is_open = path is not None
        """Something may be in it, and what is missing is wanted."""
        self._kept: dict[str, Section] = _read(path) if path is not None else {}
        self._used: dict[str, Section] = {}
        self._is_new = False
        self._missed: list[Callable[[], None]] = []
        self._saving = Lock()
        """Of two threads that save, the second waits: its caller may end the program, which would cut the first off."""
        self.when_distrusted: list[Callable[[], None]] = []
        """What else is called by `distrust`."""

    def get(self, section: str, key: str) -> bytes | None:
        """Return what was kept for a key."""
        value = self._kept.get(section, {}).get(key)
        if value is not None:
            self._used.setdefault(section, {})[key] = value
        return value

    def put(self, section: str, key: str, value: bytes) -> None:
        self._used.setdefault(section, {})[key] = value
        self._is_new = True

    def later(self, put: Callable[[], None]) -> None:
        """Have `put` called before the file is written, in the thread that writes it: something was missing."""
        if self.is_open:
            self._missed.append(put)

    def save(self) -> None:
        """Write the file if there is something new, and let go of everything. Blocks; never raises."""
        self.is_open = False
        with self._saving:
            missed, self._missed = self._missed, []
            with suppress(Exception):  # nothing depends on it but the pace of the next start
                for put in missed:
                    put()
                if self._is_new and self._path is not None:
                    _write(self._path, self._kept, self._used)
            self._let_go()

    def distrust(self) -> None:
        """The program failed: whatever the reason was, the next start uses nothing that this one did. Never raises."""
        self.is_open = False
        with self._saving:
            self._let_go()
            with suppress(OSError):
                if self._path is not None:
                    self._path.unlink(missing_ok=True)
        for call in self.when_distrusted:
            call()

    def _let_go(self) -> None:
        self._kept, self._used, self._missed, self._is_new = {}, {}, [], False


def _read(path: Path) -> dict[str, Section]:
    """Return what is in a file that only this user can have written; nothing where anything is odd about it."""
    try:
        # Not blocking: something that is put there instead of the file, such as a pipe, must not hold the program up.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            size = os.fstat(handle).st_size
            data = file.read(size) if is_own(handle, stat.S_ISREG) and size <= LIMIT else b""
    except OSError:
        return {}
    body = memoryview(data)[_DIGEST:]
    if body[: len(_MAKER)] != _MAKER or _digest(body) != data[:_DIGEST]:
        return {}
    kept: dict[str, Section] = marshal.loads(body[len(_MAKER) :])
    return kept


def _write(path: Path, kept: dict[str, Section], used: dict[str, Section]) -> None:
    everything = {name: {**kept.get(name, {}), **used.get(name, {})} for name in kept | used}
    for content in (everything, used):
        body = _MAKER + marshal.dumps(content)
        if _DIGEST + len(body) <= LIMIT:
            write_private_bytes(path, _digest(body) + body)
            return


def _digest(body: bytes | memoryview) -> bytes:
    return blake2b(body, digest_size=_DIGEST).digest()
