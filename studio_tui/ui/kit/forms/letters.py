"""Letters in forms: they type or search, and never reach what stands around as commands."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.widget import Widget


def is_text(key: str, character: str | None) -> bool:
    """Whether a key is a letter, a digit or a sign; space, which opens and switches, is none."""
    return bool(character) and str(character).isprintable() and key != "space"


def found(labels: Sequence[str], value: str, begun: str, letter: str) -> tuple[int, str]:
    """Return the place of the label that typing leads to, and what has been typed of it; -1 where none begins so.

    `begun`: the letters before. What begins with all of them comes first, else the next one that begins with `letter`.
    """
    lower = [label.lower() for label in labels]
    at = labels.index(value) if value in labels else -1
    typed = (begun + letter).lower()
    if begun:
        kept = [at, *range(at + 1, len(lower)), *range(max(0, at))] if at >= 0 else range(len(lower))
        for place in kept:
            if lower[place].startswith(typed):
                return place, typed
    for place in (*range(at + 1, len(lower)), *range(at + 1)):
        if lower[place] and lower[place].startswith(letter.lower()):
            return place, letter.lower()
    return -1, ""


class LetterSearch:
    """Goes to labels by the letters that are typed one after the other."""

    def __init__(self) -> None:
        self._typed = ""

    def forget(self) -> None:
        """Begin anew with the next letter."""
        self._typed = ""

    def take(self, event: events.Key, labels: Sequence[str], value: str) -> int:
        """Take a key, `value` being the label that it starts from; return the place of the one that it leads to.

        -1 where none begins so, and for a key that is no letter, which is left to others.
        """
        if not is_text(event.key, event.character):
            self._typed = ""
            return -1
        event.stop()
        at, self._typed = found(labels, value, self._typed, event.character or "")
        return at


def keep(event: events.Key, root: Widget) -> None:
    """Stop a letter that nothing between the focus and `root` has a use for: further out it would be a command."""
    if not is_text(event.key, event.character) and event.key != "space":
        return
    node = root.screen.focused
    while node is not None and event.key not in node._bindings.key_to_bindings:
        if node is root:
            event.stop()
            return
        node = node.parent if isinstance(node.parent, Widget) else None
