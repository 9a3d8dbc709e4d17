"""Finding a text in the keys and values of a JSON document, a time slice at a time."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from studio_tui.jsonkit.show import DEEPEST
from studio_tui.jsonkit.value import Path

_STRIDE = 256


class JsonSearch:
    """Looks for the match that follows (or comes before) a path in document order, around the end."""

    def __init__(self, value: object, needle: str, current: Path, *, forward: bool = True) -> None:
        self.result: Path | None = None
        """The path found, once `step` has returned True; None if nothing matches."""
        self._needle = needle.lower()
        self._current = current
        self._forward = forward
        self._walk = _walk(value)
        self._first: Path | None = None
        self._before: Path | None = None
        self._last: Path | None = None
        self._passed = not current

    def step(self, seconds: float) -> bool:
        """Search for at most about `seconds`; return whether the search is over."""
        deadline = perf_counter() + seconds
        for number, (path, label, value) in enumerate(self._walk):
            if self._take(path, label, value):
                return True
            if number % _STRIDE == 0 and perf_counter() > deadline:
                return False
        self.result = self._first if self._forward else self._last
        return True

    def _take(self, path: list[str | int], label: str | int, value: object) -> bool:
        here = not self._passed and len(path) == len(self._current) and tuple(path) == self._current
        if here:
            self._passed = True
            if not self._forward and self._before is not None:
                self.result = self._before
                return True
        if not self._matches(label, value):
            return False
        found = tuple(path)
        self._first = self._first or found
        self._last = found
        if not self._passed:
            self._before = found
        elif self._forward and not here:
            self.result = found
            return True
        return False

    def _matches(self, label: str | int, value: object) -> bool:
        if isinstance(label, str) and self._needle in label.lower():
            return True
        if isinstance(value, str):
            return self._needle in value.lower()
        if isinstance(value, dict | list):
            return False
        text = (
            {None: "null", True: "true", False: "false"}.get(value) if value is None or value in (True, False) else None
        )
        return self._needle in (text or _number(value))


def _number(value: object) -> str:
    try:
        return str(value).lower()
    except ValueError:  # an integer too long to print
        return ""


def _walk(root: object) -> Iterator[tuple[list[str | int], str | int, object]]:
    """Yield path, label and value of everything below the root in document order; the path list is reused."""
    path: list[str | int] = []
    levels = [_items(root)]
    while levels:
        entry = next(levels[-1], None)
        if entry is None:
            levels.pop()
            if path:
                path.pop()
            continue
        path.append(entry[0])
        yield path, *entry
        if isinstance(entry[1], dict | list) and len(levels) < DEEPEST:
            levels.append(_items(entry[1]))
        else:
            path.pop()


def _items(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value)) if isinstance(value, list) else iter([("value", value)])
