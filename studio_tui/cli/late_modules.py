"""Modules of others that the UI's libraries import and the start has no use for: each is loaded when it is first used.

In the place of such a module stands one that loads it as soon as anything of it is asked for. That suits modules that
are imported whole (`import ssl`); of what is taken out of them by name (`from x import y`) only functions can wait, and
types that are only written in annotations.
"""

from __future__ import annotations

import sys
from _thread import RLock
from functools import partial
from importlib import import_module
from importlib.machinery import BuiltinImporter, PathFinder
from types import ModuleType

TYPE_CHECKING = False  # as type checkers know it
if TYPE_CHECKING:
    from typing import Any

LATE = {
    "ssl": "asyncio imports it for connections, of which the UI's thread makes none",
    "asyncio.sslproto": "the same",
    "msgspec.inspect": "msgspec imports it for whoever asks what a type is",
    "textwrap": "msgspec imports it for the texts of JSON schemas",
    "mimetypes": "Textual imports it for files that a browser is to get",
    "platformdirs": "Textual imports it for where to save a picture of the screen",
    "textual.types": "Textual's palette imports it for one name of a type; with it come trees of folders, and selects",
}
_FUNCTIONS = {"platformdirs": ("user_downloads_path",)}
"""What is taken out of them by name at the start."""
_TYPES = {"textual.types": ("IgnoreReturnCallbackType",)}
"""The same, and only for annotations."""
_ENGINES = {"ssl": "_ssl"}
"""What a Python may have been built without: then the import has to fail at once, as it always does."""
_LOCK = RLock()
"""Held while one is taken out of `sys.modules`, and never while anything is imported: an import that waits for it might
be waited for."""


class LateModule(ModuleType):
    """Stands for a module until it is used, and then for ever hands on what that has."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        for function in _FUNCTIONS.get(name, ()):
            setattr(self, function, partial(_called, self, function))
        for kind in _TYPES.get(name, ()):
            setattr(self, kind, object)

    def __getattr__(self, name: str) -> Any:
        # The import system and `inspect` look at every module for these; of a package the path is known.
        if name in ("__file__", "__path__", "__wrapped__", "__warningregistry__"):
            raise AttributeError(name)
        return getattr(_loaded(self), name)


def _loaded(late: LateModule) -> ModuleType:
    """Return the real module; from then on it is the one that is imported."""
    name = late.__name__
    with _LOCK:
        if sys.modules.get(name) is late:
            del sys.modules[name]
    # Of two threads the import system has one wait for the other, and knows when both would wait for each other.
    module = import_module(name)
    late.__dict__.update(vars(module))  # for `from x import *`, and so that it is asked no more
    return module


def _called(late: LateModule, function: str, *args: Any, **named: Any) -> Any:
    return getattr(_loaded(late), function)(*args, **named)


def put_off() -> None:
    """Have those of them that nobody has imported yet wait for their use."""
    for name in LATE:
        if name in sys.modules:
            continue
        late = LateModule(name)
        top = _ENGINES.get(name, name)
        if "." not in top:
            spec = PathFinder.find_spec(top) if top not in sys.builtin_module_names else BuiltinImporter.find_spec(top)
            if spec is None:
                continue
            if spec.submodule_search_locations is not None:
                late.__path__ = spec.submodule_search_locations
        sys.modules[name] = late
    for name in LATE:
        package, _, last = name.rpartition(".")
        # Textual is to be imported later; it has no use for the attribute.
        if package not in ("", "textual") and not hasattr(found := import_module(package), last):
            setattr(found, last, sys.modules[name])
