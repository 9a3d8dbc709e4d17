"""The code of the modules that the last start imported, in one file.

A start imports 600 modules: Python looks for each in its folders and reads each from a file of its own. Here all of it
comes out of one private file, which `kept_modules_file.py` writes when the first screen stands. Whatever is in doubt
(another time or size of a source, another Python, other folders, a file that is not the user's own) is imported as
ever.

This is imported before anything else of the start, so it imports next to nothing.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
from contextlib import suppress
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder, SourceFileLoader
from stat import S_ISDIR, S_ISREG

import studio_tui
from studio_tui.config.own_files import is_own

TYPE_CHECKING = False  # as type checkers know it
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import CodeType, ModuleType
    from typing import Any

MAGIC = b"studio-tui modules 2\n"
WORD = 8
"""Bytes of a number, and of a digest."""
HEAD = len(MAGIC) + 2 * WORD
"""Bytes before the code of the first module: behind `MAGIC` stands where the index begins, which ends the file, and its
digest."""
BROKEN = (OSError, ValueError, EOFError, TypeError, KeyError)
"""What reading a damaged file may raise."""
_FINDERS = (BuiltinImporter, FrozenImporter, PathFinder)


def folder(environ: Mapping[str, str]) -> str:
    """Return where the file is kept, by the XDG rules; empty where no folder of the user's is known."""
    base = environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = environ.get("HOME", "")
        base = f"{home}/.cache" if home.startswith("/") else ""
    return base and f"{base}/studio-tui"


def circumstances() -> tuple[object, ...]:
    """What must be as it was for a file to be used: this Python, this program, and the folders of modules.

    The time of a folder changes when something is installed there, which may hide what came from another folder. The
    first folder is that of the script, or the working folder: see `_hides`.
    """
    folders = tuple((path, _time(path)) for path in sys.path[1:])
    flags = sys.flags.optimize, sys.pycache_prefix
    return sys.version, sys.prefix, flags, studio_tui.__version__, tuple(studio_tui.__path__), folders


class KeptModules:
    """What is in the file. Without a file it only notes what will be put into one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.modules: dict[str, tuple[str, int, int, str, bool, int, int, bytes]] = {}
        """Name → source, its time (ns) and size, its byte code's file, whether it is a package; where its code stands,
        how long it is, its digest."""
        self.missed = 0
        """How many are no longer as they were."""
        self.is_distrusted = False
        """The program has failed: nothing is written any more."""
        self.begun_in: tuple[object, ...] = ()
        """The circumstances of this start."""
        self._handle = -1

    def read(self) -> None:
        """Take what is in the file where it may be used; delete it where it is broken."""
        self.begun_in = circumstances()
        if not is_own(os.path.dirname(self.path), S_ISDIR):
            return
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return
        taken = False
        try:
            taken = is_own(handle, S_ISREG) and self._take(handle)
        except BROKEN:
            self.forget()
        if taken:
            self._handle = handle
        else:
            os.close(handle)

    def _take(self, handle: int) -> bool:
        head = os.pread(handle, HEAD, 0)
        index = int.from_bytes(head[len(MAGIC) : -WORD], "little")
        length = os.fstat(handle).st_size - index
        if head[: len(MAGIC)] != MAGIC or length <= 0:
            raise ValueError
        told_of = os.pread(handle, length, index)
        if digest(told_of) != head[-WORD:]:
            raise ValueError
        told, modules = marshal.loads(told_of)
        if told != self.begun_in or _hides(modules):
            return False
        self.modules = modules
        return True

    def forget(self) -> None:
        """Delete the file: it is broken, or the start that used it failed."""
        with suppress(OSError):
            os.unlink(self.path)

    def code(self, name: str) -> bytes:
        """Return the code of a module as it was put into the file; empty where it does not stand there so.

        Damaged code could end the program without a word, and every start after this one.
        """
        found = self.modules.get(name)
        if found is None or self._handle < 0:
            return b""
        *_, place, length, known = found
        code = os.pread(self._handle, length, place)
        if digest(code) == known:
            return code
        self.forget()
        return b""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the import system's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a module whose source is as it was; called by the import system."""
        found = self.modules.get(name)
        if found is None:
            return None
        source, time, size, cached, is_package, *_ = found
        try:
            now = os.stat(source)
            is_same = (now.st_mtime_ns, now.st_size) == (time, size)
        except OSError:
            is_same = False
        if not is_same:
            self.missed += 1
            self.modules.pop(name, None)
            return None
        spec = ModuleSpec(name, _Loader(name, source, self), origin=source, is_package=is_package)
        spec.has_location = True
        spec.cached = cached
        if is_package and spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(os.path.dirname(source))
        return spec

    def begin(self) -> None:
        """From now on modules come from here, unless somebody else has a say in what modules are."""
        if all(finder in _FINDERS or type(finder).__module__ == "_distutils_hack" for finder in sys.meta_path):
            sys.meta_path.insert(0, self)

    def end(self) -> None:
        """From now on everything is imported as ever."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        # The file stays open: another thread may be about to read a module from it, and must not read another file.
        self.modules = {}


class _Loader(SourceFileLoader):
    """Takes a module's code out of the file, while there is one."""

    def __init__(self, name: str, path: str, kept: KeptModules) -> None:
        super().__init__(name, path)
        self._kept = kept

    def get_code(self, fullname: str) -> CodeType | None:
        try:
            code: CodeType = marshal.loads(self._kept.code(fullname))
        except BROKEN:
            return super().get_code(fullname)
        return code


def digest(data: bytes) -> bytes:
    """Return by what damage shows; it keeps nobody from writing what he likes."""
    return _imp.source_hash(0, data)


def _time(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _hides(modules: Mapping[str, tuple[Any, ...]]) -> bool:
    """Tell whether the first folder of `sys.path` holds something that is imported in place of a known module."""
    try:
        first = sys.path[0] or os.getcwd()
        entries = os.listdir(first)
    except OSError:
        return False
    for entry in entries:
        name, dot, _ = entry.partition(".")
        source = modules[name][0] if name in modules else ""
        is_other = source and source not in (f"{first}/{name}.py", f"{first}/{name}/__init__.py")
        if is_other and (dot or os.path.isdir(f"{first}/{name}")):
            return True
    return False


STARTS: list[KeptModules] = []
"""That of this start; none where there is no place for a file."""


def place(environ: Mapping[str, str]) -> str:
    """Return the path of the file for this Python and this program; empty where there is no place for one."""
    where = folder(environ)
    name = digest(repr((sys.version, sys.prefix, *studio_tui.__path__)).encode()).hex()
    return where and f"{where}/modules-{name}.bin"


def begin(environ: Mapping[str, str]) -> None:
    """Use what the last start left, if anything."""
    path = "" if STARTS else place(environ)
    if not path:
        return
    kept = KeptModules(path)
    STARTS.append(kept)
    kept.read()
    kept.begin()


def distrust() -> None:
    """The program failed: whatever the reason was, from now on neither it nor the next start uses anything of this."""
    for kept in STARTS:
        kept.is_distrusted = True
        kept.end()
        kept.forget()
