"""Text that grows at its end, wrapped to lines: what arrives costs only itself, however long the text is already."""

from __future__ import annotations

from studio_tui.text.cells import wrap
from studio_tui.text.sanitize import clean_block

_HELD = 64
"""Most characters at the end that wait for what follows, because sanitising them depends on it."""


class GrowingText:
    """Safe lines of at most `cells` cells over a raw text. `set` takes the whole raw text each time."""

    def __init__(self, cells: int) -> None:
        self.cells = max(1, cells)
        self._raw = ""
        self._done: list[str] = []
        """Lines that cannot change any more."""
        self._tail = ""
        """The last line, as far as it is settled."""
        self._fed = 0
        """Raw characters that are settled."""
        self._ends: list[str] = [""]

    def set(self, raw: str) -> None:
        """Show `raw`; only what it has more than before is looked at."""
        if raw is self._raw:
            return
        if not raw.startswith(self._raw):
            self._done, self._tail, self._fed = [], "", 0
        self._raw = raw
        settled = _settled(raw, self._fed)
        if settled > self._fed:
            self._tail += clean_block(raw[self._fed : settled], settled)
            self._fed = settled
            *finished, self._tail = wrap(self._tail, self.cells)
            self._done.extend(finished)
        waiting = raw[settled:]
        self._ends = wrap(self._tail + clean_block(waiting), self.cells) if waiting else [self._tail]

    @property
    def raw(self) -> str:
        """The raw text shown."""
        return self._raw

    def __len__(self) -> int:
        return (len(self._done) + len(self._ends)) if self._raw else 0

    def __getitem__(self, index: int) -> str:
        done = len(self._done)
        return self._done[index] if index < done else self._ends[index - done]


def _settled(raw: str, start: int) -> int:
    """Return where the end begins that may look different once more text follows: `\\r`, joined emoji."""
    end = len(raw)
    while end > start and len(raw) - end < _HELD and _depends_on_next(raw[end - 1]):
        end -= 1
    return end


def _depends_on_next(char: str) -> bool:
    return char in "\r\u200d\ufe0f" or "\u2190" <= char <= "\u2bff" or "\U0001f000" <= char <= "\U0001faff"
