"""JSON kept as the text it came as, parsed when somebody looks (a parsed copy takes many times the memory).

The text itself may live elsewhere, in a file: then its place is kept here, and the values of the few looked at last.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from msgspec import Struct

from studio_tui.jsonkit.quick import loads

OFF_LOOP_CHARS = 256 * 1024
"""Documents longer than this are worth a thread to parse them; others take about a millisecond."""
VALUES_KEPT = 16
"""Parsed values of documents whose text lives elsewhere that are kept at the same time."""


class TextSource(Protocol):
    """Where texts live, by number."""

    def text(self, index: int) -> str:
        """Return the text; empty when it is not kept any more."""


class _Unread:
    """Stands for a value that was not parsed yet; a class, so that copies of a document mean the same."""


class AllBut(Struct, frozen=True):
    """What of a document is meant: all of it without one key."""

    key: str


Part = tuple[str, ...] | AllBut
"""What of a document is meant: what lies at a path, or all but one key."""


class LazyJson(Struct, eq=False, gc=False):
    """A JSON document, or a part of it: the text as received, parsed on the first `value()` and kept.

    There are two for each task of a run, so every field counts. It holds nothing that leads back to it: the collector
    of cycles need not know of it.
    """

    _text: str | TextSource
    """As received, or where it lives."""
    _part: Part = ()
    _index: int = 0
    """The number of a text that lives elsewhere."""
    _value: Any = _Unread

    @classmethod
    def of(cls, value: Any) -> LazyJson:
        """Wrap an already parsed value."""
        made = cls("")
        made._value = value
        return made

    def primed(self, value: Any) -> LazyJson:
        """Return self, knowing already that its value is `value`; `forget` gives the memory back."""
        self._value = value
        return self

    def stow(self, source: TextSource, index: int) -> None:
        """Let go of the text, which `source` has under `index`, and of the value."""
        text = self._text
        if text and isinstance(text, str):
            self._text, self._index, self._value = source, index, _Unread

    def place(self) -> tuple[Any, Any]:
        """What brings it back, as plain values: see `at`."""
        text = self._text
        part = self._part.key if isinstance(self._part, AllBut) else self._part
        if not isinstance(text, str):
            return (self._index, part)
        return (text, part) if text else (None, None if self._value is _Unread else self._value)

    @classmethod
    def at(cls, place: tuple[Any, Any], source: TextSource | None) -> LazyJson | None:
        """Return what has this `place`; None if it lives in a source that is not there any more."""
        text, part = place
        if text is None:
            return cls.of(part)
        part = AllBut(part) if isinstance(part, str) else part
        if isinstance(text, str):
            return cls(text, part)
        return None if source is None else cls(source, part, text)

    def forget(self) -> None:
        """Drop the parsed copy where the text can bring it back."""
        if self.is_stowed or self._text:
            self._value = _Unread

    @property
    def size(self) -> int:
        """Characters of the whole document as received; 0 when it was made from a value."""
        return len(self.text)

    @property
    def text(self) -> str:
        """The whole document as received; empty when it was made from a value or is not kept any more."""
        held = self._text
        return held if isinstance(held, str) else held.text(self._index)

    @property
    def is_stowed(self) -> bool:
        """Whether the text lives elsewhere."""
        return not isinstance(self._text, str)

    @property
    def is_parsed(self) -> bool:
        """Whether `value()` costs nothing now."""
        return self._value is not _Unread

    @property
    def is_slow(self) -> bool:
        """Whether `value()` is for a thread."""
        return not self.is_parsed and self.size > OFF_LOOP_CHARS

    def value(self) -> Any:
        """Return the parsed document; text that is no JSON comes back as the string itself."""
        if self._value is _Unread:
            text = self.text
            try:
                self._value = self._select(loads(text)) if text else None
            except (ValueError, RecursionError):
                self._value = text
            if self.is_stowed:
                _remember(self)
        return self._value

    def _select(self, document: Any) -> Any:
        part = self._part
        if isinstance(part, AllBut):
            if isinstance(document, dict):
                document.pop(part.key, None)
            return document
        for key in part:
            document = document.get(key) if isinstance(document, dict) else None
        return document

    def __repr__(self) -> str:
        return f"LazyJson({self.text[:40]!r})"


_looked_at: deque[LazyJson] = deque()


def _remember(document: LazyJson) -> None:
    _looked_at.append(document)
    while len(_looked_at) > VALUES_KEPT:
        _looked_at.popleft().forget()
