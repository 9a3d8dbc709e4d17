"""Unsent input on disk, a private file per server, assistant, thread and program. Knows no screen; calls block.

Each running program has its own draft of a place: what another one is typing is neither shown nor overwritten. What
a program left behind when it ended is taken over by the next one that looks.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studio_tui.config.paths import write_private
from studio_tui.core.inputs.programs import is_running, this_program
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


def nothing_to_save() -> bool:
    """What saves a draft where there is none."""
    return True


def early_key(place: str) -> DraftKey:
    """Return what text belongs to that is typed before there is an assistant; `place` names what was started."""
    return DraftKey(place, "no assistant yet")


@dataclass(frozen=True, slots=True)
class Draft:
    """The composer's mode, and the input in that mode (`chat`: the text, `form` and `json`: JSON text)."""

    mode: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A draft on disk and its file; it belongs to this program once it is taken (`Drafts.take`)."""

    draft: Draft
    path: Path


_OWNER = re.compile(r'"by": "([^"\\]*)"')
_HEAD = 400
"""Characters of a file within which its owner is named."""
_MOST_SLOTS = 50


class Drafts:
    """The drafts of one folder. Safe to call from several threads, and from a signal's handler."""

    def __init__(self, folder: Path, *, program: str = "", running: Callable[[str], bool] = is_running) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._program = program or this_program()
        self._running = running
        self._written: dict[str, int] = {}
        self._serial = 0

    def next_serial(self) -> int:
        """Return a number for `save`: the save with the highest number is kept, in whatever order they run."""
        with self._lock:
            self._serial += 1
            return self._serial

    def load(self, key: DraftKey) -> Draft | None:
        """Return the draft kept for `key` and make it this program's; an unreadable file counts as none."""
        found = self.find(key)
        if found is not None:
            self.take(found)
        return found.draft if found is not None else None

    def find(self, key: DraftKey) -> Found | None:
        """Return this program's draft of `key`, else the newest that a program left behind when it ended."""
        mine: list[Path] = []
        left: list[Path] = []
        for path in self._slots(key):
            owner = _owner(path)
            if owner == self._program:
                mine.append(path)
            elif owner is not None and not (owner and self._running(owner)):
                left.append(path)
        for path in [*mine, *sorted(left, key=_age, reverse=True)]:
            draft = _read(path)
            if draft is not None:
                return Found(draft, path)
        return None

    def take(self, found: Found) -> None:
        """Make a draft this program's: from now on it is saved to and removed. Never raises OSError."""
        with self._lock:
            if _owner(found.path) == self._program:
                return
            try:
                write_private(found.path, self._text(found.draft))
            except OSError:
                return  # It stays where it is, and what is typed from now on goes to a file of its own.

    def save(self, key: DraftKey, draft: Draft | None, serial: int | None = None) -> bool:
        """Keep `draft` (None or an empty text removes it); return whether it is on disk. Never raises OSError."""
        serial = self.next_serial() if serial is None else serial
        with self._lock:
            if self._written.get(key.digest, 0) > serial:
                return True
            self._written[key.digest] = serial
            try:
                if draft is None or not draft.text:
                    for path in self._slots(key):
                        if _owner(path) == self._program:
                            path.unlink(missing_ok=True)
                    return True
                return self._write(key, draft)
            except OSError:
                return False

    def saving(self, key: DraftKey, draft: Draft | None) -> Callable[[], bool]:
        """Return what saves `draft` as asked for now: for a thread, which may get to run after a later save."""
        return partial(self.save, key, draft, self.next_serial())

    def _write(self, key: DraftKey, draft: Draft) -> bool:
        if len(draft.text) > LARGEST:
            return False
        write_private(self._slot(key), self._text(draft))
        self._prune()
        return True

    def _text(self, draft: Draft) -> str:
        return json.dumps({"v": 1, "by": self._program, "mode": draft.mode, "text": draft.text})

    def _slot(self, key: DraftKey) -> Path:
        """Return this program's file for `key`, or a name that no other draft has."""
        taken = []
        for path in self._slots(key):
            owner = _owner(path)
            if owner == self._program or owner is None:
                return path
            taken.append(path)
        free = (path for number in range(1, _MOST_SLOTS) if (path := self._path(key, number)) not in taken)
        return next(free, self._path(key, _MOST_SLOTS))

    def _slots(self, key: DraftKey) -> Iterator[Path]:
        yield from sorted(self._folder.glob(f"{key.digest}*.draft.json"))

    def _prune(self) -> None:
        files = list(self._folder.glob("*.draft.json"))
        if len(files) <= MOST_DRAFTS:
            return
        files.sort(key=_age)
        for path in files[: len(files) - MOST_DRAFTS]:
            path.unlink(missing_ok=True)

    def _path(self, key: DraftKey, number: int = 1) -> Path:
        return self._folder / (f"{key.digest}.draft.json" if number == 1 else f"{key.digest}.{number}.draft.json")


def _owner(path: Path) -> str | None:
    """Return the program that a draft belongs to, empty when it names none; None for what is no draft."""
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return None
    if not head.startswith("{"):
        return None
    named = _OWNER.search(head.partition('"text"')[0])
    return named.group(1) if named is not None else ""


def _read(path: Path) -> Draft | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        data = as_object(json.loads(path.read_text(encoding="utf-8", errors="surrogatepass")))
    except (OSError, ValueError, RecursionError):
        return None
    text = as_str(data.get("text"))
    return Draft(as_str(data.get("mode"), "chat"), text) if text else None


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
