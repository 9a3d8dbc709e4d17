"""Everything typed that may not be on disk yet, and the one call that puts it there. Needs no loop and no network."""

from __future__ import annotations

from collections.abc import Callable

Save = Callable[[], bool]
"""Puts one editor's text on disk, at once and in the calling thread; returns whether it is safe there."""


class Unsaved:
    """The editors that hold something typed. Each says how its text is kept; whoever ends the program calls `save`."""

    def __init__(self) -> None:
        self._holders: dict[object, tuple[str, Save]] = {}

    def add(self, holder: object, name: str, save: Save) -> None:
        """Call `save` of `holder` when all drafts are saved; `name` is what the user calls its text."""
        self._holders[holder] = (name, save)

    def drop(self, holder: object) -> None:
        """The holder is gone, or has nothing of the user's any more."""
        self._holders.pop(holder, None)

    def save(self) -> list[str]:
        """Put every draft on disk now; return the names of those that are not. Never raises."""
        failed: list[str] = []
        for name, save in list(self._holders.values()):
            try:
                safe = save()
            except Exception:
                # Whatever is wrong with one editor must not cost the text of the others.
                safe = False
            if not safe:
                failed.append(name)
        return failed
