"""A key that would take away what somebody typed: it works when it is pressed again, with nothing changed between."""

from __future__ import annotations

from collections.abc import Callable

CLEARED = "Press ctrl+r once more to remove what you typed here."
"""What an editor says at the first ctrl+r, wherever there is something to lose."""


class Twice:
    """What one editor asked last; `held` is what would be lost (any text that tells), empty where nothing would."""

    def __init__(self, held: Callable[[], str]) -> None:
        self._held = held
        self._asked: tuple[str, str] | None = None

    def agreed(self, action: str = "clear") -> bool:
        """Whether `action` may be done: nothing would be lost, or it was asked about just that before."""
        held = self._held()
        was, self._asked = self._asked, (action, held) if held else None
        if held and was != self._asked:
            return False
        self._asked = None
        return True

    def stands(self, action: str = "clear") -> bool:
        """Whether the question about `action` is still open: its sentence must stay in sight."""
        return self._asked is not None and self._asked == (action, self._held())
