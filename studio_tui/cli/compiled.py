"""While the UI is imported, what Python compiles of texts comes from the last start: methods of dataclasses and named
tuples, and patterns. To compile them takes a tenth of the time until the first frame.

What comes from there is what would have been made: it is kept by the very text, for this Python only.
"""

from __future__ import annotations

import collections
import dataclasses
import marshal
import re
import sys
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any, Final

from studio_tui.config.start_cache import StartCache

_compiler: Any = getattr(re, "_compiler", None)
_UNITS: Final = "I"
"""How the program of a pattern is stored: as numbers without a sign."""
_SIZE = memoryview(b"").cast(_UNITS).itemsize


class Compiled:
    """Stands in for `exec`, `eval` and the compiler of patterns where texts are compiled, until all is kept."""

    def __init__(self, cache: StartCache) -> None:
        self._cache = cache
        self._compile: Callable[..., Any] = getattr(_compiler, "compile", re.compile)
        self._make: Callable[..., Any] = getattr(getattr(_compiler, "_sre", None), "compile", re.compile)

    def __enter__(self) -> None:
        if not self._cache.is_open:
            return
        setattr(dataclasses, "exec", self._exec)  # noqa: B010 - a global of the module comes before a builtin
        setattr(collections, "eval", self._eval)  # noqa: B010
        if hasattr(_compiler, "_sre"):
            _compiler.compile = self._pattern
        self._cache.later(self._remove)

    def __exit__(self, *_: object) -> None:
        self._remove()

    def _remove(self) -> None:
        for module, name in ((dataclasses, "exec"), (collections, "eval")):
            module.__dict__.pop(name, None)
        if hasattr(_compiler, "_sre"):
            _compiler.compile = self._compile

    def _exec(self, source: Any, names: Any = None, own: Any = None) -> None:
        names = vars(dataclasses) if names is None else names
        exec(self._code(source, "exec"), names, own)

    def _eval(self, source: Any, names: Any = None, own: Any = None) -> Any:
        names = vars(collections) if names is None else names
        return eval(self._code(source, "eval"), names, own)

    def _code(self, source: Any, mode: str) -> CodeType:
        if type(source) is not str:
            return source  # type: ignore[no-any-return]  # code, as of others
        kept = self._cache.get(mode, source)
        if kept is not None:
            code: CodeType = marshal.loads(kept)
        else:
            code = compile(source, "<string>", mode, dont_inherit=True)
            self._cache.later(lambda: self._cache.put(mode, source, marshal.dumps(code)))
        return code

    def _pattern(self, pattern: Any, flags: int = 0) -> Any:
        if type(pattern) is not str or flags & re.DEBUG:
            return self._compile(pattern, flags)
        key = f"{int(flags)} {pattern}"
        kept = self._cache.get("pattern", key)
        if kept is None:
            self._cache.later(partial(self._keep_pattern, key, pattern, flags))
            return self._compile(pattern, flags)
        all_flags, program, groups, names, places = marshal.loads(kept)
        return self._make(pattern, all_flags, list(memoryview(program).cast(_UNITS)), groups, names, places)

    def _keep_pattern(self, key: str, pattern: str, flags: int) -> None:
        """Compile a pattern once more, and see of what it is made."""
        seen = _Seen(_compiler._sre, pattern)
        _compiler._sre, module = seen, _compiler._sre
        try:
            self._compile(pattern, flags)
        finally:
            _compiler._sre = module
        _pattern, all_flags, program, groups, names, places = seen.made
        stored = b"".join(int(unit).to_bytes(_SIZE, sys.byteorder) for unit in program)
        parts = (int(all_flags), stored, int(groups), dict(names), tuple(places))
        self._cache.put("pattern", key, marshal.dumps(parts))


class _Seen:
    """The module that makes patterns; remembers of what it made one."""

    def __init__(self, module: Any, pattern: str) -> None:
        self._module = module
        self._wanted = pattern
        self.made: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def compile(self, pattern: Any, *made: Any) -> Any:
        if pattern is self._wanted:  # another thread may compile another one meanwhile
            self.made = (pattern, *made)
        return self._module.compile(pattern, *made)
