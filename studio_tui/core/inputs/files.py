"""Files that go along with a message: their paths are completed while they are typed behind an `@`, they are looked at
for the preview, and read when it is sent. Every function here blocks.

Only what was named is touched. A file is opened without waiting and read up to the limit, whatever it says of itself:
pipes, devices and endless files hold nothing up.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

from studio_tui.config.paths import expanded
from studio_tui.core.inputs.file_words import FileWord, spelled
from studio_tui.domain.message.blocks import HEAD, FileKind, block_of, kind_of, sketch_of
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.fmt import size as size_words
from studio_tui.text.sanitize import clean

LARGEST = 10_000_000
"""Bytes of all files of one input together; as base64 they are a third more, and servers refuse much larger bodies."""
MOST_FILES = 20
LOOKING = 5.0
"""Seconds after which a disk that is looked at counts as not answering."""
READING = 5.0
"""Seconds that further keys wait for files that are being read."""
SILENT = "The disk does not answer"
"""The problem of a look that took longer."""
MOST_ENTRIES = 5000
"""Names of a folder that are looked at where a path is completed."""
_MOST_COMPLETIONS = 12
_SHOWN = 60
_PLACE = 40
"""Characters of a folder's name."""
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL)


class Attached(Struct, frozen=True):
    """One file that goes along. Texts are display text."""

    path: Path
    name: str
    kind: FileKind
    size: int
    """Bytes."""

    @property
    def words(self) -> str:
        return f"{self.name} {self.kind.words} {size_words(self.size)}"

    def sketch(self) -> JsonObject:
        return sketch_of(self.kind, self.name, self.size)


class Look(Struct, frozen=True):
    """What was found of the files that a text names; `problem` is display text, without a full stop."""

    files: tuple[Attached, ...] = ()
    problem: str = ""
    askable: bool = False
    """The problem is only that a word which looks like a path names no file: it may be meant as text."""


class Read(Struct, frozen=True):
    """The blocks of all files in order, or why there are none; `look` is how the files are now."""

    blocks: tuple[JsonObject, ...] = ()
    problem: str = ""
    look: Look = Look()
    again: bool = False
    """Nothing is wrong with the files as they are now: they are others than those that were shown."""

    @property
    def refusal(self) -> str:
        """Why nothing is sent, and what sends it all the same."""
        more = " Send once more to send it as it is now." if self.again else ""
        more = " Send once more to send it as text." if self.look.askable else more
        return f"Not sent: {self.problem}.{more}"


def look_at(words: Sequence[FileWord], folder: Path, *, as_text: bool = False) -> Look:
    """Find the files that `words` mean; relative paths begin at `folder`. Reads no more than the head of each.

    `as_text`: words that only look like a path are text where there is no such file.
    """
    files: list[Attached] = []
    problems: list[_Refused] = []
    for word in words:
        found = _look(word, folder)
        if isinstance(found, Attached):
            files.append(found)
        elif found is not None and not (as_text and found.askable):
            problems.append(found)
    first = min(problems, key=lambda item: item.askable, default=None)
    if first is None:
        return Look(tuple(files), _too_much(files))
    return Look(tuple(files), first.words, first.askable)


def read_files(words: Sequence[FileWord], folder: Path, seen: Look | None = None, *, as_text: bool = False) -> Read:
    """Read the files that `words` mean as they are now; one that is not what was shown (`seen`) is told instead."""
    look = look_at(words, folder, as_text=as_text)
    if look.problem:
        return Read(problem=look.problem, look=look)
    changed = _changed(seen.files, look.files) if seen is not None else ""
    if changed:
        return Read(problem=changed, look=look, again=True)
    blocks: list[JsonObject] = []
    room = LARGEST
    for file in look.files:
        got = _read(file, room)
        if isinstance(got, str):
            return Read(problem=got, look=look)
        data, block = got
        room -= data
        blocks.append(block)
    return Read(tuple(blocks), look=look)


def read_groups(groups: Sequence[Sequence[FileWord]], folder: Path, seen: Sequence[Look] | None = None) -> list[Read]:
    """Read the files of several messages, up to the first that cannot be sent; the limit is for all together."""
    reads: list[Read] = []
    for number, words in enumerate(groups):
        got = read_files(words, folder, seen[number] if seen is not None else None)
        total = sum(file.size for read in [*reads, got] for file in read.look.files)
        if not got.problem and total > LARGEST:
            got = Read(problem=_ALL_TOO_LARGE, look=got.look)
        reads.append(got)
        if got.problem:
            break
    return reads


def named(paths: Sequence[str]) -> tuple[FileWord, ...]:
    """Return paths that stand in a field of their own as words: each of them means a file."""
    return tuple(FileWord(0, 0, (path,), True, explicit=True) for path in paths if path)


class _Refused(Struct, frozen=True):
    words: str
    absent: bool = False
    folder: bool = False
    askable: bool = False


def _look(word: FileWord, folder: Path) -> Attached | _Refused | None:
    """Return the file, why it cannot be sent, or None for a word that is only text."""
    if not word.closed:
        return _Refused(f"The quote after @ has no end: {clean(word.names[0], _SHOWN)}")
    absent = _Refused("")
    for name in word.names:
        found = _file(name, folder)
        if isinstance(found, Attached):
            return found
        if not found.absent and (word.certain or not found.folder):
            return found
        absent = found  # the last spelling is the one without punctuation
    if not word.certain:
        return None
    hint = "; @@ writes a plain @" if word.end and word.explicit else ""
    return _Refused(absent.words + hint, askable=not word.explicit)


def _file(name: str, folder: Path) -> Attached | _Refused:
    shown = clean(name, _SHOWN)
    if not name:
        return _Refused("No file is named after @", absent=True)
    try:
        path = folder / expanded(name)
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            return _Refused(f"{shown} is a folder: name a file in it", folder=True)
        if not stat.S_ISREG(found.st_mode):
            return _Refused(f"{shown} is a pipe, a device or a socket, not a file")
        if found.st_size > LARGEST:
            return _Refused(_large(shown, found.st_size))
        head = _bytes_of(path, HEAD)
    except (OSError, ValueError) as error:
        return _refusal(error, shown, name, folder)
    if head is None:
        return _Refused(f"{shown} is a pipe, a device or a socket, not a file")
    own = clean(path.name, _SHOWN)
    kind = kind_of(path.name, head, whole=len(head) < HEAD)
    if kind.kind == "unreadable":
        return _Refused(_no_text(own))
    return Attached(path, own, kind, max(found.st_size, len(head)))


def _refusal(error: Exception, shown: str, name: str, folder: Path) -> _Refused:
    code = error.errno if isinstance(error, OSError) else errno.EINVAL
    if code in _ABSENT:
        whole = clean(str(folder))
        place = whole if len(whole) <= _PLACE else f"…{whole[-_PLACE:]}"
        where = "" if name.startswith(("/", "~")) else f" in {place}"
        return _Refused(f"There is no file {shown}{where}", absent=True)
    if code == errno.ELOOP:
        return _Refused(f"{shown} is a link that leads round in a circle")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return _Refused(f"{shown} cannot be read: {clean(reason, 80)}")


def _bytes_of(path: Path, most: int) -> bytes | None:
    """Return the first `most` bytes; None for what is no regular file."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        parts: list[bytes] = []
        while most > 0 and (part := os.read(handle, most)):
            parts.append(part)
            most -= len(part)
        return b"".join(parts)
    finally:
        os.close(handle)


def _read(file: Attached, room: int) -> tuple[int, JsonObject] | str:
    try:
        data = _bytes_of(file.path, room + 1)
    except OSError as error:
        return f"{file.name} cannot be read: {clean(error.strerror or '', 80)}"
    if data is None:
        return f"{file.name} is no file any more"
    if len(data) > room:
        return _large(file.name, len(data)) if room == LARGEST else _ALL_TOO_LARGE
    if _differs(file.size, len(data)):
        return f"{file.name} changes while it is read: {size_words(file.size)}, then {size_words(len(data))}"
    kind = kind_of(file.path.name, data, whole=True)
    if kind.kind == "unreadable" or kind != file.kind:
        return _no_text(file.name)
    try:
        return len(data), block_of(kind, file.name, data)
    except UnicodeDecodeError:
        return _no_text(file.name)


def _too_much(files: Sequence[Attached]) -> str:
    if len(files) > MOST_FILES:
        return f"At most {MOST_FILES} files go with one message"
    total = sum(file.size for file in files)
    return f"{_ALL_TOO_LARGE}: they have {size_words(total)}" if total > LARGEST else ""


def _changed(seen: Sequence[Attached], now: Sequence[Attached]) -> str:
    """Say which file is not what was shown any more. A change of size below `_differs`, as of a log, does not count."""
    if [file.path for file in seen] != [file.path for file in now]:
        return "Other files are there now than were shown"
    for old, new in zip(seen, now, strict=True):
        if old.kind != new.kind or _differs(old.size, new.size):
            was, became = old.words.removeprefix(old.name).strip(), new.words.removeprefix(new.name).strip()
            return f"{new.name} has changed since it was shown: {was}, now {became}"
    return ""


def _differs(old: int, new: int) -> bool:
    return abs(old - new) > max(1000, old // 10)


def _large(shown: str, size: int) -> str:
    return f"{shown} is too large: {size_words(size)}, and at most {size_words(LARGEST)} can be sent"


def _no_text(shown: str) -> str:
    return f"{shown} is neither UTF-8 text nor a known kind of file: save it as UTF-8"


_ALL_TOO_LARGE = f"The files together are too large; at most {size_words(LARGEST)} can be sent"


def completed_word(path: str, folder: Path) -> tuple[str, str] | None:
    """Return the whole file word, with its `@`, that a path becomes, and the rest as `completed`."""
    found = completed(path, folder)
    if found is None:
        return None
    whole, told = found
    return spelled(whole, open_end=bool(told) or whole.endswith("/")), told


def completed(path: str, folder: Path) -> tuple[str, str] | None:
    """Return how a path goes on, as far as all that begin so agree, and what it could go on with (display text).

    None where nothing begins so.
    """
    parent, _, begun = path.rpartition("/")
    parent += "/" if "/" in path else ""
    if path == "~":
        return "~/", ""
    try:
        found = _entries(folder / expanded(parent), begun)
    except (OSError, ValueError):
        return None
    if not found:
        return None
    more = f" · and {len(found) - _MOST_COMPLETIONS} more" if len(found) > _MOST_COMPLETIONS else ""
    told = " · ".join(clean(name, 40) for name in found[:_MOST_COMPLETIONS]) + more if len(found) > 1 else ""
    return parent + os.path.commonprefix(found), told  # noqa: RUF071 - of characters, not of folders


def _entries(folder: Path, begun: str) -> list[str]:
    """The names of a folder that begin so, folders with a slash; hidden ones only where a dot was typed."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name + ("/" if _is_folder(entry) else "")
            for entry in islice(entries, MOST_ENTRIES)
            if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads round in a circle
        return False
