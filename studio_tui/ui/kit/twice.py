"""What a key does at its second press only: the one place where "press it again" is decided and said."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.widget import Widget

from studio_tui.ui.contracts.services import with_keys

HELD = 0.7
"""Presses of a key that are not further apart (seconds) are one press, of a key that is held: terminals do not tell
when a key is let go, and repeat it for the first time after up to so long."""


def too_quick(key: str) -> str:
    """Say why the second of two presses was not taken for one."""
    return f"Two presses so close together count as one: {key} again, a little later."


class Twice:
    """A key that takes away what somebody typed, or sends an answer: it works at its second press in a row.

    `held` is what would be lost, or is answered (any text that tells): it must be the same at both presses. Where it is
    empty, nothing is asked.
    """

    def __init__(self, held: Callable[[], str]) -> None:
        self._held = held
        self._asked: tuple[str, str] | None = None
        self._pressed_at = 0.0
        self.was_quick = False
        """The last press came so soon after the one before that it counts as that one."""

    def agreed(self, action: str = "clear") -> bool:
        """Whether `action` may be done: nothing would be lost, or it was asked about just that before.

        A press less than `HELD` seconds after the one before is the same press: a key that is held repeats itself.
        """
        held, now = self._held(), time.monotonic()
        was, self._asked = self._asked, (action, held) if held else None
        before, self._pressed_at = self._pressed_at, now
        self.was_quick = bool(held) and was == self._asked and now - before < HELD
        if held and (was != self._asked or self.was_quick):
            return False
        self._asked = None
        return True

    def forget(self) -> bool:
        """Take back what was asked about; return whether anything was."""
        was, self._asked = self._asked is not None, None
        return was

    @property
    def is_open(self) -> bool:
        """Whether any question is still open."""
        return self._asked is not None

    def stands(self, action: str = "clear") -> bool:
        """Whether the question about `action` is still open: its sentence must stay in sight."""
        return self._asked is not None and self._asked == (action, self._held())


def asks_again(editor: Widget, command_id: str, twice: Twice, what: str = "what you typed here") -> str:
    """Return what an editor says to a press of a command's key to which `twice` has not agreed: it removes `what`."""
    key = f"{{{command_id}}}"
    return with_keys(editor, too_quick(key) if twice.was_quick else f"Press {key} once more to remove {what}.")
