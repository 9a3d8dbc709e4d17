"""Unsent input on disk, a private file per server, assistant and thread. Knows nothing of screens; calls block."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from pathlib import Path

from studio_tui.config.paths import write_private
from studio_tui.jsonkit.value import as_object, as_str

MOST_DRAFTS = 200
LARGEST = 8_000_000
"""Bytes of one draft; a larger one is not kept (the editor's file is)."""


@dataclass(frozen=True, slots=True)
class DraftKey:
    """What a draft belongs to; an empty thread is the one that the next run makes."""

    server: str
    assistant: str
    thread: str = ""

    @property
    def digest(self) -> str:
        """The name of the draft's file: says nothing about the server."""
        joined = "\0".join((self.server, self.assistant, self.thread))
        return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Draft:
    """The composer's mode, and the input in that mode (`chat`: the text, `form` and `json`: JSON text)."""

    mode: str
    text: str


class Drafts:
    """The drafts of one folder. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._written: dict[str, int] = {}
        self._serial = 0

    def next_serial(self) -> int:
        """Return a number for `save`: of two saves the one asked for later wins, whenever they get to run."""
        with self._lock:
            self._serial += 1
            return self._serial

    def load(self, key: DraftKey) -> Draft | None:
        """Return the draft kept for `key`; an unreadable file counts as none."""
        try:
            path = self._path(key)
            if path.stat().st_size > LARGEST:
                return None
            data = as_object(json.loads(path.read_text(encoding="utf-8", errors="surrogatepass")))
        except (OSError, ValueError, RecursionError):
            return None
        text = as_str(data.get("text"))
        return Draft(as_str(data.get("mode"), "chat"), text) if text else None

    def save(self, key: DraftKey, draft: Draft | None, serial: int | None = None) -> bool:
        """Keep `draft` (None or an empty text removes it); return whether it is on disk. Never raises OSError."""
        serial = self.next_serial() if serial is None else serial
        with self._lock:
            if self._written.get(key.digest, 0) > serial:
                return True
            self._written[key.digest] = serial
            try:
                if draft is None or not draft.text:
                    self._path(key).unlink(missing_ok=True)
                    return True
                return self._write(key, draft)
            except OSError:
                return False

    def _write(self, key: DraftKey, draft: Draft) -> bool:
        if len(draft.text) > LARGEST:
            return False
        text = json.dumps({"v": 1, "mode": draft.mode, "text": draft.text})
        write_private(self._path(key), text)
        self._prune()
        return True

    def _prune(self) -> None:
        files = list(self._folder.glob("*.draft.json"))
        if len(files) <= MOST_DRAFTS:
            return
        files.sort(key=_age)
        for path in files[: len(files) - MOST_DRAFTS]:
            path.unlink(missing_ok=True)

    def _path(self, key: DraftKey) -> Path:
        return self._folder / f"{key.digest}.draft.json"


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
