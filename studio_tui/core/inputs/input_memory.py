"""The composer's memory: the draft of its target, and the inputs sent before. Files only; knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio_tui.core.inputs.drafts import Draft, DraftKey, Drafts, Found
from studio_tui.core.inputs.sent_inputs import Sent, SentInputs


class InputMemory:
    """Drafts and history of one composer. `load`, `write_history` and what `keep` returns block on the disk."""

    def __init__(self, drafts: Path, history: Path) -> None:
        self.drafts = Drafts(drafts)
        self._history_dir = history
        self.target: DraftKey | None = None
        self.history: SentInputs | None = None
        self._kept: dict[DraftKey, Draft | None] = {}
        self._walked: list[Sent] = []
        self._at = 0

    def aim(self, target: DraftKey) -> None:
        """Make `target` the one that is saved for; its history starts empty until `load`."""
        old = self.target
        self.target = target
        if old is None or (old.server, old.assistant) != (target.server, target.assistant):
            self.history = SentInputs(self._history_dir, target.server, target.assistant)
        self.stop_walk()

    def known(self, target: DraftKey) -> Draft | None:
        """Return what this session has put away for a target; it may still be on its way to the disk."""
        return self._kept.get(target)

    def load(self, target: DraftKey) -> Found | None:
        """Read the history of the target's assistant, and return the draft on disk; `take` makes it ours."""
        history = self.history
        if history is not None:
            history.load()
        return self.drafts.find(target) if target not in self._kept else None

    def take(self, target: DraftKey, found: Found) -> None:
        """The draft stands in the composer now."""
        self.drafts.take(found)
        self._kept[target] = found.draft

    def keep(self, draft: Draft | None) -> Callable[[], bool] | None:
        """Keep the target's draft in memory; return what writes it (it blocks), None when there is nothing to write."""
        if self.target is None or (draft is None and self._kept.get(self.target) is None):
            return None  # A draft that nobody has taken yet is not removed.
        self._kept[self.target] = draft
        return self.drafts.saving(self.target, draft)

    def forget(self, target: DraftKey) -> None:
        """The draft of a target belongs to another one now."""
        self._kept.pop(target, None)

    def remember(self, mode: str, text: str) -> bool:
        """Add a sent input; return whether the history needs writing."""
        self.stop_walk()
        return self.history is not None and self.history.remember(Sent(mode, text))

    def write_history(self) -> None:
        """Put the history on disk."""
        if self.history is not None:
            self.history.write()

    @property
    def walking(self) -> bool:
        """Whether the user is going through older inputs."""
        return bool(self._walked)

    @property
    def position(self) -> str:
        """Where in the history the user is: `2 of 14`."""
        return f"{len(self._walked) - self._at} of {len(self._walked)}"

    def older(self) -> Sent | None:
        """Step back; None at the oldest input."""
        if not self._walked:
            self._walked = list(self.history.entries) if self.history is not None else []
            self._at = len(self._walked)
        if self._at <= 0:
            return None
        self._at -= 1
        return self._walked[self._at]

    def newer(self) -> Sent | None:
        """Step forward; None when that leads back to what was being typed (the walk has then ended)."""
        if self._at + 1 >= len(self._walked):
            self.stop_walk()
            return None
        self._at += 1
        return self._walked[self._at]

    def stop_walk(self) -> None:
        """Forget the place in the history: the input was edited or sent."""
        self._walked = []
        self._at = 0
