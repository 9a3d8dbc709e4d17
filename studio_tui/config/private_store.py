"""The user's private files: the only code that writes what is kept between sessions, and that reads it back.

A file has mode 0600 in a folder of mode 0700, is written all or nothing, and is read only if it is an ordinary file
no larger than its limit. What is missing, damaged or too large reads as an empty object. Everything here blocks.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from errno import EFBIG
from pathlib import Path
from typing import Any

from msgspec import Struct

from studio_tui.config.digests import sha256


def private_dir(path: Path) -> Path:
    """Create `path` (and parents) so that only the user may read it, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` with mode 0600, all or nothing (write, fsync, rename). Raises OSError."""
    write_private_bytes(path, text.encode("utf-8", "surrogatepass"))


def write_private_bytes(path: Path, data: bytes) -> None:
    """Write `data` as `write_private` writes a text. Raises OSError."""
    private_dir(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def append_private(path: Path, text: str) -> None:
    """Append `text` to a file of mode 0600. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def new_private(folder: Path, text: str, *, prefix: str, suffix: str) -> Path:
    """Write `text` to a new file of mode 0600 with a name that nobody else has, and return it. Raises OSError."""
    import tempfile  # commands of the command line never come here

    handle, name = tempfile.mkstemp(suffix, prefix, private_dir(folder))
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
    return Path(name)


class PrivateFile(Struct, frozen=True):
    """One JSON object on disk. Without a path nothing is read and nothing is kept."""

    path: Path | None
    limit: int
    """Bytes; a larger file is neither read nor written."""

    def read(self) -> dict[str, Any]:
        """Return the object; an empty one where there is none that can be read."""
        try:
            body = self._bytes(self.limit + 1)
            data = json.loads(body.decode("utf-8", "surrogatepass")) if len(body) <= self.limit else None
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    def head(self, most: int) -> str:
        """Return the beginning of the text, at most `most` bytes; empty where it cannot be read."""
        try:
            return self._bytes(most).decode("utf-8", "replace")
        except OSError:
            return ""

    def write(self, data: Mapping[str, object]) -> None:
        """Keep `data` instead of what was there. Raises OSError, also when it is larger than the limit."""
        if self.path is None:
            return
        text = json.dumps(data, indent=1)  # ASCII, so that characters are bytes
        if len(text) > self.limit:
            raise OSError(EFBIG, os.strerror(EFBIG), str(self.path))
        write_private(self.path, text)

    def remove(self) -> None:
        """Delete the file if it is there. Raises OSError."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    @property
    def age(self) -> float:
        """When it was written last, in unix seconds; 0 where that is unknown."""
        try:
            return self.path.stat().st_mtime if self.path is not None else 0.0
        except OSError:
            return 0.0

    def _bytes(self, most: int) -> bytes:
        """Read at most `most` bytes. Raises OSError, also for what is no ordinary file."""
        if self.path is None:
            raise FileNotFoundError
        # Not blocking: something that is put there instead of the file, such as a pipe, must not hold the program up.
        handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise FileNotFoundError
            return file.read(most)


class PrivateStore:
    """Files of one kind in one folder, one (or a few, by number) per key. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None, kind: str, limit: int) -> None:
        """`kind` is the end of the files' names, `limit` the bytes of one file."""
        self._folder = folder
        self._kind = kind
        self._limit = limit

    def file(self, *key: str, number: int = 1) -> PrivateFile:
        """Return the file for a key; its name is a digest, which says nothing about the key."""
        if self._folder is None:
            return PrivateFile(None, self._limit)
        middle = "" if number == 1 else f".{number}"
        return PrivateFile(self._folder / f"{_digest(key)}{middle}{self._kind}", self._limit)

    def files(self, *key: str) -> list[PrivateFile]:
        """Return the files on disk for a key, sorted by name; without a key those of all keys."""
        if self._folder is None:
            return []
        found = self._folder.glob(f"{_digest(key) if key else ''}*{self._kind}")
        return [PrivateFile(path, self._limit) for path in sorted(found)]

    def prune(self, most: int) -> None:
        """Delete the oldest files but `most`; what cannot be deleted stays, and the others go."""
        files = self.files()
        if len(files) > most:
            for file in sorted(files, key=lambda file: file.age)[: len(files) - most]:
                with suppress(OSError):
                    file.remove()


def _digest(key: tuple[str, ...]) -> str:
    return sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:32]
