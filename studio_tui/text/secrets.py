"""Keys that no output may repeat, wherever a server repeats them: in whole texts, in streams of pieces, on a screen."""

from __future__ import annotations

import json
from collections.abc import Iterable

MASK = "•••"
DOT = "•"
PART = 8
"""Characters of a key's beginning or end that give something of it away."""


class Secrets:
    """The keys of this process."""

    def __init__(self) -> None:
        self._known: list[str] = []
        """Longest first: one key may be the beginning of another one."""
        self.changes = 0
        """How often what is hidden has changed."""

    def keep(self, values: Iterable[str]) -> None:
        """Hide these from now on, also as JSON spells them."""
        spellings = {spelt for value in values for spelt in (value, json.dumps(value)[1:-1]) if value}
        self._known = sorted({*self._known, *spellings}, key=len, reverse=True)
        self.changes += 1

    def forget(self) -> None:
        """Hide nothing any more."""
        self._known = []
        self.changes += 1

    def hide(self, text: str) -> str:
        """Return `text` with every key replaced by `MASK`."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def held(self, text: str) -> int:
        """Return how many characters at the end of `text` may be the beginning of a key that goes on."""
        most = 0
        for secret in self._known:
            for size in range(min(len(secret) - 1, len(text)), most, -1):
                if text.endswith(secret[:size]):
                    most = size
                    break
        return most

    def shade(self, text: str) -> str:
        """Return a piece of a screen, in the same width, with keys as dots; also one that it begins or ends within."""
        for secret in self._known:
            if secret[:PART] not in text and secret[-PART:] not in text:
                continue
            text = text.replace(secret, DOT * len(secret))
            body = text.strip()
            at = len(text) - len(text.lstrip())
            for size in range(min(len(secret) - 1, len(body)), PART - 1, -1):
                if body.endswith(secret[:size]):
                    end = at + len(body)
                    text = text[: end - size] + DOT * size + text[end:]
                    break
            for size in range(min(len(secret) - 1, len(body)), PART - 1, -1):
                if body.startswith(secret[-size:]):
                    text = text[:at] + DOT * size + text[at + size :]
                    break
        return text


KNOWN = Secrets()
"""Keys that the studio sends: its screen shows them as dots, wherever a server repeats them. Values keep them."""
