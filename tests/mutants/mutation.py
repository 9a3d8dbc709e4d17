"""One error put into the program on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutation:
    """In `file` (below studio_tui/), `old` becomes `new`; at least one of `tests` must fail then."""

    promise: str
    """What is broken, in a few words; unique."""
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """Files below tests/, or cases in them (`file.py::name`); they need no server."""

    def applied_to(self, tree: Path) -> str:
        """Return the changed text of the file in a copy of the repository; ValueError if `old` is not there once."""
        text = (tree / "studio_tui" / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: {self.old!r} is there {text.count(self.old)} times")
        return text.replace(self.old, self.new)
