"""The log: always on in memory (the last 2 000 records), and in a file of mode 0600 when one is asked for."""

from __future__ import annotations

import logging
import os
from collections import deque
from pathlib import Path
from typing import TextIO

LOGGER = logging.getLogger("studio_tui")
_KEPT = 2000
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Ring(logging.Handler):
    """Keeps the newest formatted records."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=_KEPT)
        self.setFormatter(logging.Formatter(_FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Format and keep `record`."""
        self.lines.append(self.format(record))


class _File(logging.StreamHandler[TextIO]):
    """Writes to a file; what a full disk does not take is lost, and never told on the screen that is being drawn."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Go on without the record."""


RING = Ring()


def start_log(path: Path | None = None) -> None:
    """Route the log to memory, and to `path` as well if given. Raises OSError when it cannot be opened."""
    LOGGER.setLevel(logging.DEBUG if path else logging.INFO)
    LOGGER.propagate = False
    if RING not in LOGGER.handlers:
        LOGGER.addHandler(RING)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # A pipe that nobody reads fails instead of holding the program up.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
    handler = _File(os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace"))
    handler.setFormatter(logging.Formatter(_FORMAT))
    LOGGER.addHandler(handler)
