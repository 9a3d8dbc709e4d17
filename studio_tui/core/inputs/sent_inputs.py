"""Inputs that were sent, newest last, one private file per server and assistant. Knows nothing of screens."""

from __future__ import annotations

import threading
from pathlib import Path

from msgspec import Struct

from studio_tui.config.private_store import PrivateStore
from studio_tui.jsonkit.value import as_list, as_object, as_str

MOST_ENTRIES = 200
LARGEST_ENTRY = 100_000
"""Characters; a longer input is not remembered."""
LARGEST_FILE = 2_000_000
"""Characters of all inputs in one file."""
MOST_FILES = 200
_LIMIT = 6 * LARGEST_FILE + 100 * MOST_ENTRIES
"""Bytes: a character takes up to six of them as an escape in JSON."""


class Sent(Struct, frozen=True):
    """One input as it was sent: the composer's mode and its text (chat text, or JSON)."""

    mode: str
    text: str


class SentInputs:
    """The inputs sent to one assistant. `load` and `write` block on the disk; the rest is memory.

    Without a folder nothing is kept.
    """

    def __init__(self, folder: Path | None = None, server: str = "", assistant: str = "") -> None:
        self._store = PrivateStore(folder, ".json", _LIMIT)
        self._file = self._store.file(server, assistant)
        self._lock = threading.Lock()
        self.entries: list[Sent] = []
        self._walked: list[Sent] = []
        """The entries that the user is going through, at `_at`; empty where nobody is."""
        self._at = 0

    def load(self) -> None:
        """Read what was sent in earlier sessions; an unreadable file counts as empty."""
        with self._lock:
            kept = self._read()
            known = set(kept)
            self.entries = _bounded([*kept, *(entry for entry in self.entries if entry not in known)])

    def remember(self, entry: Sent) -> bool:
        """Add `entry` in memory, moving an equal one to the end; return whether there is anything to write."""
        if not entry.text.strip() or len(entry.text) > LARGEST_ENTRY:
            return False
        with self._lock:
            self.entries = _bounded([*(old for old in self.entries if old != entry), entry])
        return True

    def write(self) -> bool:
        """Put the entries on disk, together with what another session has added; return whether that worked."""
        with self._lock:
            known = set(self.entries)
            merged = _bounded([*(entry for entry in self._read() if entry not in known), *self.entries])
            data = {"v": 1, "entries": [{"mode": entry.mode, "text": entry.text} for entry in merged]}
            try:
                self._file.write(data)
                self._store.prune(MOST_FILES)
            except OSError:
                return False
            return True

    @property
    def walking(self) -> bool:
        return bool(self._walked)

    @property
    def position(self) -> str:
        """Where in the history the user is: `2 of 14`."""
        return f"{len(self._walked) - self._at} of {len(self._walked)}"

    def older(self) -> Sent | None:
        """Step back; None at the oldest input."""
        if not self._walked:
            self._walked = list(self.entries)
            self._at = len(self._walked)
        if self._at <= 0:
            return None
        self._at -= 1
        return self._walked[self._at]

    def newer(self) -> Sent | None:
        """Step forward; None when that leads back to what was being typed (the walk has then ended)."""
        if self._at + 1 >= len(self._walked):
            self.stop_walk()
            return None
        self._at += 1
        return self._walked[self._at]

    def stop_walk(self) -> None:
        self._walked = []

    def _read(self) -> list[Sent]:
        entries = [as_object(item) for item in as_list(self._file.read().get("entries"))]
        return [
            Sent(as_str(item.get("mode"), "chat"), as_str(item.get("text"))) for item in entries if item.get("text")
        ]


def _bounded(entries: list[Sent]) -> list[Sent]:
    """Return the newest entries that fit the limits."""
    kept: list[Sent] = []
    room = LARGEST_FILE
    for entry in reversed(entries[-MOST_ENTRIES:]):
        room -= len(entry.text)
        if room < 0:
            break
        kept.append(entry)
    kept.reverse()
    return kept
