"""From a key to the frame that shows its effect: nothing of what streams in is drawn or folded in between.

Textual paints at its own beat, 8 to 17 ms after the paint before. While data streams there always is one before, so
that a key would wait for that: what it does is painted as soon as it is done.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from studio_tui.core.connection.right_of_way import RightOfWay

if TYPE_CHECKING:
    from textual.app import App

HELD = 0.3
"""Seconds for which keys that never end, as those of a long paste, hold frames back at a stretch,"""
LEFT = 0.05
"""and those that are then left to frames: Textual's beat comes within 17 ms."""


class KeyTurn:
    """Lives on the UI's loop."""

    def __init__(self, app: App[Any], way: RightOfWay) -> None:
        self._way = way
        self._done = True
        self.any_key = False
        """Any key was pressed in this session."""
        self._began: float | None = None
        """When the first of the keys was pressed of which one is always on its way since."""
        TURNS[app] = self

    @property
    def waiting(self) -> bool:
        """A key was pressed and has not had its effect yet: frames of what streams in would only be in its way."""
        if self._done or self._began is None or not self._way.taken:
            return False
        return (monotonic() - self._began) % (HELD + LEFT) < HELD

    @property
    def due(self) -> bool:
        """A key has had its effect, which is to be painted at once."""
        return self._done and self._way.taken

    def arrives(self) -> None:
        """A key was read and is on its way; called by the thread that reads keys."""
        self.any_key = True
        self._way.take()

    def begin(self) -> None:
        """A key is about to have its effect."""
        self.any_key = True
        self._done = False
        if self._began is None:
            self._began = monotonic()
        self._way.take()

    def done(self) -> None:
        """What the key does is done, but for what it has sent to other widgets."""
        self._done = True

    def end(self) -> None:
        """All that the key set going has been handled."""
        self._done = True
        self._began = None
        self._way.give()


TURNS: WeakKeyDictionary[App[Any], KeyTurn] = WeakKeyDictionary()
"""For what is changed inside Textual, which knows the app only as its own."""
