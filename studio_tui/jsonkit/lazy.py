"""JSON kept as the text it came as, parsed when somebody looks (PERFORMANCE §2: parsed copies cost 200 times more)."""

from __future__ import annotations

import json
from typing import Any


class LazyJson:
    """A JSON document, or the part of it at `path`: `text` as received, parsed on the first `value()` and kept."""

    __slots__ = ("_parsed", "_path", "_value", "_without", "text")

    def __init__(self, text: str, path: tuple[str, ...] = (), without: str = "") -> None:
        self.text = text
        self._path = path
        self._without = without
        self._parsed = False
        self._value: Any = None

    @classmethod
    def of(cls, value: Any) -> LazyJson:
        """Wrap an already parsed value."""
        made = cls("")
        made._parsed, made._value = True, value
        return made

    def primed(self, value: Any) -> LazyJson:
        """Return self, knowing already that its value is `value`; `forget` gives the memory back."""
        self._parsed, self._value = True, value
        return self

    def forget(self) -> None:
        """Drop the parsed copy where the text can bring it back."""
        if self.text:
            self._parsed, self._value = False, None

    @property
    def size(self) -> int:
        """Characters of the whole document as received; 0 when it was made from a value."""
        return len(self.text)

    @property
    def is_parsed(self) -> bool:
        """Whether `value()` costs nothing now."""
        return self._parsed

    def value(self) -> Any:
        """Return the parsed document; text that is no JSON comes back as the string itself."""
        if not self._parsed:
            try:
                self._value = self._select(json.loads(self.text))
            except (ValueError, RecursionError):
                self._value = self.text
            self._parsed = True
        return self._value

    def _select(self, document: Any) -> Any:
        for key in self._path:
            document = document.get(key) if isinstance(document, dict) else None
        if self._without and isinstance(document, dict):
            document.pop(self._without, None)
        return document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LazyJson) and self.value() == other.value()

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"LazyJson({self.text[:40]!r})"
