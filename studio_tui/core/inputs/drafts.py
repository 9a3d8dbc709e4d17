"""Unsent input on disk, a private file per server, assistant, thread and program. Knows no screen; calls block.

Each running program has its own draft of a place: what another one is typing is neither shown nor overwritten. What
a program left behind when it ended is taken over by the next one that looks.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from studio_tui.config.private_store import PrivateFile, PrivateStore
from studio_tui.jsonkit.value import as_str

MOST_DRAFTS = 200
LARGEST = 8_000_000
"""Bytes of one draft; a larger one is not kept (the editor's file is)."""
_NO_ASSISTANT = "no assistant yet"

Save = Callable[[], bool]
"""Puts one editor's text on disk, at once and in the calling thread; returns whether it is safe there."""


class DraftKey(Struct, frozen=True):
    """What a draft belongs to; an empty thread is the one that the next run makes."""

    server: str
    assistant: str
    thread: str = ""

    @property
    def is_early(self) -> bool:
        """Whether it is one of `early_key`."""
        return self.assistant == _NO_ASSISTANT


def nothing_to_save() -> bool:
    return True


def early_key(place: str) -> DraftKey:
    """Return what text belongs to that is typed before there is an assistant; `place` names what was started."""
    return DraftKey(place, _NO_ASSISTANT)


class Draft(Struct, frozen=True):
    """The composer's mode, and the input in that mode (`chat`: the text, `form` and `json`: JSON text)."""

    mode: str
    text: str


class Found(Struct, frozen=True):
    """A draft on disk and its file; it belongs to this program once it is taken (`Drafts.take`)."""

    draft: Draft
    file: PrivateFile


_OWNER = re.compile(r'"by": "([^"\\]*)"')
_HEAD = 400
"""Bytes of a file within which its owner is named."""
_MOST_SLOTS = 50


class Drafts:
    """The drafts of one folder. Safe to call from several threads, and from a signal's handler."""

    def __init__(self, folder: Path, *, program: str = "", running: Callable[[str], bool] | None = None) -> None:
        self._store = PrivateStore(folder, ".draft.json", LARGEST)
        self._lock = threading.RLock()
        self._program = program or this_program()
        self._running = running or is_running
        self._written: dict[DraftKey, int] = {}
        self._serial = 0

    def load(self, key: DraftKey) -> Draft | None:
        """Return the draft kept for `key` and make it this program's; an unreadable file counts as none."""
        found = self.find(key)
        if found is not None:
            self.take(found)
        return found.draft if found is not None else None

    def find(self, key: DraftKey) -> Found | None:
        """Return this program's draft of `key`, else the newest that a program left behind when it ended."""
        mine: list[PrivateFile] = []
        left: list[PrivateFile] = []
        for file in self._store.files(*astuple(key)):
            owner = _owner(file)
            if owner == self._program:
                mine.append(file)
            elif owner is not None and not (owner and self._running(owner)):
                left.append(file)
        for file in [*mine, *sorted(left, key=lambda file: file.age, reverse=True)]:
            draft = _read(file)
            if draft is not None:
                return Found(draft, file)
        return None

    def take(self, found: Found) -> None:
        """Make a draft this program's: from now on it is saved to and removed. Never raises OSError."""
        with self._lock:
            if _owner(found.file) == self._program:
                return
            try:
                found.file.write(self._data(found.draft))
            except OSError:
                return  # It stays where it is, and what is typed from now on goes to a file of its own.

    def save(self, key: DraftKey, draft: Draft | None) -> bool:
        """Keep `draft` (None or an empty text removes it); return whether it is on disk. Never raises OSError."""
        return self.saving(key, draft)()

    def saving(self, key: DraftKey, draft: Draft | None) -> Save:
        """Return what saves `draft` as asked for now: for a thread, which may get to run after a later save."""
        with self._lock:
            self._serial += 1
            return partial(self._save, key, draft, self._serial)

    def _save(self, key: DraftKey, draft: Draft | None, serial: int) -> bool:
        with self._lock:
            if self._written.get(key, 0) > serial:
                return True
            self._written[key] = serial
            try:
                if draft is None or not draft.text:
                    for file in self._store.files(*astuple(key)):
                        if _owner(file) == self._program:
                            file.remove()
                else:
                    self._slot(key).write(self._data(draft))
                    self._store.prune(MOST_DRAFTS)
            except OSError:
                return False
            return True

    def _data(self, draft: Draft) -> dict[str, object]:
        return {"v": 1, "by": self._program, "mode": draft.mode, "text": draft.text}

    def _slot(self, key: DraftKey) -> PrivateFile:
        """Return this program's file for `key`, or one that no other draft has."""
        names = astuple(key)
        taken = self._store.files(*names)
        for file in taken:
            if _owner(file) in (self._program, None):
                return file
        numbered = (self._store.file(*names, number=number) for number in range(1, _MOST_SLOTS))
        return next((file for file in numbered if file not in taken), self._store.file(*names, number=_MOST_SLOTS))


def _owner(file: PrivateFile) -> str | None:
    """Return the program that a draft belongs to, empty when it names none; None for what is no draft."""
    head = file.head(_HEAD)
    if not head.startswith("{"):
        return None
    named = _OWNER.search(head.partition('"text"')[0])
    return named.group(1) if named is not None else ""


def _read(file: PrivateFile) -> Draft | None:
    data = file.read()
    text = as_str(data.get("text"))
    return Draft(as_str(data.get("mode"), "chat"), text) if text else None


class DraftFile:
    """The draft of one key, of which it is known what lies on disk: nothing is written that stands there."""

    def __init__(self, drafts: Drafts, key: DraftKey, mode: str, text: str = "") -> None:
        self._drafts, self._key, self._mode = drafts, key, mode
        self._asked = self._on_disk = text
        """What was last asked to be on disk, and what is there."""

    def saving(self, text: str) -> Save | None:
        """Return what puts `text` on disk, empty for no draft; None where that is how it stands there."""
        if text == self._asked == self._on_disk:
            return None
        self._asked = text
        save = self._drafts.saving(self._key, Draft(self._mode, text) if text else None)

        def write() -> bool:
            is_safe = save()
            if is_safe and text == self._asked:  # else something newer is on its way
                self._on_disk = text
            return is_safe

        return write


class InputDrafts:
    """The drafts of the composer, of which one is typed in. What `load`, `keep` and `move` do, or return, blocks."""

    def __init__(self, folder: Path) -> None:
        self.drafts = Drafts(folder)
        self.target: DraftKey | None = None
        """What is saved for."""
        self._kept: dict[DraftKey, Draft | None] = {}

    def known(self, target: DraftKey) -> Draft | None:
        """Return what this session has put away for a target; it may still be on its way to the disk."""
        return self._kept.get(target)

    def load(self, target: DraftKey) -> Found | None:
        """Return the draft on disk where this session has none; `take` makes it ours."""
        return self.drafts.find(target) if target not in self._kept else None

    def take(self, target: DraftKey, found: Found) -> None:
        """The draft stands in the composer now."""
        self.drafts.take(found)
        self._kept[target] = found.draft

    def keep(self, draft: Draft | None) -> Save | None:
        """Keep the target's draft in memory; return what writes it, None when there is nothing to write."""
        if self.target is None or (draft is None and self._kept.get(self.target) is None):
            return None  # A draft that nobody has taken yet is not removed.
        self._kept[self.target] = draft
        return self.drafts.saving(self.target, draft)

    def move(self, old: DraftKey, target: DraftKey, draft: Draft | None) -> Save:
        """Save for `target` from now on; return what writes `draft` there and then removes that of `old`."""
        remove = self.drafts.saving(old, None)
        self.target = target
        write = self.keep(draft)
        self._kept.pop(old, None)

        def work() -> bool:
            if write is not None and not write():
                return False
            remove()
            return True

        return work


class Unsaved:
    """The editors that hold something typed. Each says how its text is kept; whoever ends the program calls `save`."""

    def __init__(self) -> None:
        self._holders: dict[object, tuple[str, Save]] = {}

    def add(self, holder: object, name: str, save: Save) -> None:
        """Call `save` of `holder` when all drafts are saved; `name` is what the user calls its text."""
        self._holders[holder] = (name, save)

    def close(self, holder: object) -> None:
        """The holder goes: what it holds is saved a last time."""
        _, save = self._holders.pop(holder, ("", nothing_to_save))
        save()

    def save(self) -> list[str]:
        """Put every draft on disk now; return the names of those that are not. Never raises."""
        failed: list[str] = []
        for name, save in list(self._holders.values()):
            try:
                safe = save()
            except Exception:
                # Whatever is wrong with one editor must not cost the text of the others.
                safe = False
            if not safe:
                failed.append(name)
        return failed


def this_program() -> str:
    """Return this process's name: its number, and its start where the system tells it (numbers are used again)."""
    return f"{os.getpid()}-{_started(os.getpid())}"


def is_running(program: str) -> bool:
    """Tell whether the process of a name is still there."""
    number, _, started = program.partition("-")
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except PermissionError:
        pass  # Somebody else's process has that number.
    except (OSError, OverflowError):
        return False
    now = _started(int(number))
    return not (started and now) or started == now


def _started(number: int) -> str:
    """The start of a process in ticks since boot; empty where there is no such file."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    after_name = stat.rpartition(")")[2].split()
    return after_name[19] if len(after_name) > 19 else ""
