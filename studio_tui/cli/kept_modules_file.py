"""Writes the file of `kept_modules.py`, after a start that found much missing in it."""

from __future__ import annotations

import marshal
import os
import sys
import threading
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from itertools import islice
from stat import S_ISDIR
from typing import TYPE_CHECKING, Any

import studio_tui
from studio_tui.cli.kept_modules import BROKEN, HEAD, MAGIC, WORD, circumstances, digest
from studio_tui.config.own_files import is_own

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedWriter

    from studio_tui.cli.kept_modules import KeptModules

FEW = 12
"""What may be missing before the file is written once more."""
FILES = 4
"""How many are kept: one for each Python and each place where the program is installed."""
_MOST = 2000
"""Modules in a file; those of this start come first."""
_PYC_HEAD = 16
_PAUSE = 0.001
"""Seconds between two modules, so that nobody at the keyboard notices."""


def settle(kept: KeptModules) -> None:
    """The start is over: import as ever, and keep what was missing for the next one. Returns at once."""
    if sys.dont_write_bytecode:
        kept.end()
    else:
        threading.Thread(target=_finish, args=(kept,), name="kept-modules", daemon=True).start()


def _finish(kept: KeptModules) -> None:
    loaded = dict(sys.modules)
    new = (name for name, module in loaded.items() if name not in kept.modules and _code(kept, name, module)[0])
    if len(list(islice(new, FEW + 1))) + kept.missed <= FEW:
        kept.end()
        return
    with suppress(*BROKEN):
        write(kept, loaded, _PAUSE)
    kept.end()


def write(kept: KeptModules, loaded: Mapping[str, Any], pause: float = 0.0) -> None:
    """Write what is loaded and what the last file held. Raises OSError, and what else is in `BROKEN`."""
    where = os.path.dirname(kept.path)
    os.makedirs(os.path.dirname(where), exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(where, 0o700)
    if not is_own(where, S_ISDIR) or circumstances() != kept.begun_in:
        return
    _clear(where)
    temporary = f"{kept.path}.{os.getpid()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            _fill(file, kept, loaded, pause)
        if kept.is_distrusted:
            raise ValueError("the program failed meanwhile")
        os.replace(temporary, kept.path)
    except BROKEN:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _prune(where)


def _fill(file: BufferedWriter, kept: KeptModules, loaded: Mapping[str, Any], pause: float) -> None:
    modules: dict[str, tuple[object, ...]] = {}
    calm = threading.Event()
    file.write(bytes(HEAD))
    names = [*loaded, *(name for name in kept.modules if name not in loaded)]
    for name in names[:_MOST]:
        calm.wait(pause)
        body, entry = _code(kept, name, loaded.get(name))
        if body:
            modules[name] = (*entry, file.tell(), len(body), digest(body))
            file.write(body)
    index = file.tell()
    whole: Any = kept.begun_in, modules
    told = marshal.dumps(whole)
    file.write(told)
    file.seek(0)
    file.write(MAGIC + index.to_bytes(WORD, "little") + digest(told))


def _is_source(name: str, module: Any) -> bool:
    """Tell whether a module came from a file of source that may be kept for the next start."""
    spec = getattr(module, "__spec__", None)
    loader = getattr(spec, "loader", None)
    if spec is None or spec.name != name or not isinstance(loader, SourceFileLoader) or not spec.cached:
        return False
    # What lies in the folder of the script, or in the working folder, is another the next time; but not this program.
    top = name.partition(".")[0]
    here = f"{sys.path[0] or os.getcwd()}/{top}"
    return top == studio_tui.__name__ or not spec.origin.startswith((f"{here}/", f"{here}.py"))


def _code(kept: KeptModules, name: str, module: Any) -> tuple[bytes, tuple[object, ...]]:
    """Return the byte code of a module and what to know of its source; nothing where they do not belong together."""
    with suppress(OSError):
        if name in kept.modules:
            source, mtime, size, *rest, _, _, _ = kept.modules[name]
            found = os.stat(source)
            same = (found.st_mtime_ns, found.st_size) == (mtime, size)
            return (kept.code(name), (source, mtime, size, *rest)) if same else (b"", ())
        if not _is_source(name, module):
            return b"", ()
        spec = module.__spec__
        with open(spec.cached, "rb") as file:
            whole = file.read()
        found = os.stat(spec.origin)
        head = MAGIC_NUMBER + bytes(4) + _word(found.st_mtime) + _word(found.st_size)
        if whole[:_PYC_HEAD] == head:
            is_package = spec.submodule_search_locations is not None
            return whole[_PYC_HEAD:], (spec.origin, found.st_mtime_ns, found.st_size, spec.cached, is_package)
    return b"", ()


def _word(number: float) -> bytes:
    return (int(number) & 0xFFFFFFFF).to_bytes(4, "little")


def _clear(where: str) -> None:
    """Delete what starts left that ended while they wrote: each is as large as the file, and one of the name of this
    process, which in a container may have the same number every time, would keep it from writing for ever."""
    for name in os.listdir(where):
        kept, _, pid = name.rpartition(".")
        if kept.startswith("modules-") and pid.isdecimal():
            with suppress(OSError):
                if int(pid) == os.getpid() or not _lives(int(pid)):
                    os.unlink(f"{where}/{name}")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _prune(where: str) -> None:
    """Delete the oldest files but a few."""
    with suppress(OSError):
        files = [
            f"{where}/{name}" for name in os.listdir(where) if name.startswith("modules-") and name.endswith(".bin")
        ]
        for path in sorted(files, key=os.path.getmtime)[:-FILES]:
            os.unlink(path)
