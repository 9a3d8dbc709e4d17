"""A map of which most is on disk: in memory are the values that can change, or are new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")

_get: Any = dict.get
"""What a map itself holds."""


class BackedMap(dict[K, V]):
    """A value that is asked for by its key is found wherever it is.

    Going through the map, and its length, are about what is in memory.
    """

    def __init__(self, values: Mapping[K, V], find: Callable[[K], V | None]) -> None:
        """`find` returns what is kept on disk under a key, None where nothing is."""
        super().__init__(values)
        self._find = find

    def holds(self, key: K) -> bool:
        """Whether the value is in memory."""
        return _get(self, key) is not None

    def __missing__(self, key: K) -> V:
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: K, default: Any = None) -> Any:
        found = _get(self, key)
        if found is None:
            found = self._find(key)
        return default if found is None else found

    def __contains__(self, key: object) -> bool:
        return _get(self, key) is not None or self._find(cast("K", key)) is not None
