"""A temporary file without a name: written at its end and read anywhere, by this process only."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO


class UnnamedFile:
    """Made when something is put there, gone when it is closed or with whoever holds it. Knows nothing of threads."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._file: IO[bytes] | None = None
        self.end = 0
        """Bytes that were written."""

    def make(self) -> int:
        """Make it unless it is there; return its descriptor. Raises OSError."""
        if self._file is None:
            import tempfile  # with it come all kinds of archives, which the start has no use for

            self._file = tempfile.TemporaryFile(prefix=self._prefix, buffering=0)  # noqa: SIM115 - lives on
        return self._file.fileno()

    def append(self, data: bytes | bytearray) -> int:
        """Write at the end; return where. Raises OSError, and then nothing of it counts."""
        file, start, written = self.make(), self.end, 0
        while written < len(data):
            written += os.pwrite(file, data[written:] if written else data, start + written)
        self.end += len(data)
        return start

    def read(self, start: int, size: int) -> bytes:
        """Return what was written there, or less where that is not there. Raises OSError."""
        return b"" if self._file is None else os.pread(self._file.fileno(), size, start)

    def close(self) -> None:
        """Give the disk space back; what is appended later begins anew."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file, self.end = None, 0

    def __del__(self) -> None:
        # No more than the file: at the end of the program the names of this module may be gone.
        if self._file is not None:
            self._file.close()
