"""An answer by one letter is sent at the second press of its key: the first one shows what will be sent. Pure."""

from __future__ import annotations

from collections.abc import Hashable

from studio_tui.domain.answer_shape import Act


class SecondPress:
    """The decision that waits for its second press. Any other key, another question, a lost focus: `forget`."""

    def __init__(self) -> None:
        self._armed: tuple[Hashable, Act] | None = None

    def press(self, question: Hashable, act: Act) -> bool:
        """Take a press for `question` (what identifies it as its user sees it); return whether it is the second."""
        if self._armed == (question, act):
            self._armed = None
            return True
        self._armed = (question, act)
        return False

    def forget(self) -> bool:
        """Take the decision back; return whether there was one."""
        was, self._armed = self._armed is not None, None
        return was
