"""Text that grows at its end, wrapped to lines: what arrives costs only itself, however long the text is already."""

from __future__ import annotations

from studio_tui.text.cells import pieces
from studio_tui.text.sanitize import clean_block

_HELD = 64
"""Most characters at the end that wait for what follows, because sanitising them depends on it."""


class GrowingText:
    """Safe lines of at most `cells` cells, the first of `first`, over a raw text. `set` takes all of it each
    time."""

    def __init__(self, cells: int, first: int | None = None) -> None:
        self.cells = max(1, cells)
        self.first = self.cells if first is None else max(1, first)
        """Cells of the first line."""
        self._raw = ""
        self._done: list[str] = []
        """Lines that cannot change any more."""
        self._joints: list[str] = []
        """What stands before each line in the text; the last is of the line that is not done."""
        self._tail = ""
        """The last line, as far as it is settled."""
        self._fed = 0
        """Raw characters that are settled."""
        self._ends: list[str] = [""]
        self._end_joints = [""]

    def set(self, raw: str) -> None:
        """Show `raw`; only what it has more than before is looked at."""
        if raw is self._raw:
            return
        if not raw.startswith(self._raw):
            self._done, self._joints, self._tail, self._fed = [], [], "", 0
        self._raw = raw
        settled = _settled(raw, self._fed)
        if settled > self._fed:
            self._tail += clean_block(raw[self._fed : settled], settled)
            self._fed = settled
            (*finished, self._tail), joints = _wrapped(self._tail, self.cells, self._room)
            self._done.extend(finished)
            self._joints.extend(joints if not self._joints else joints[1:])
        waiting = raw[settled:]
        self._ends, self._end_joints = [self._tail], [""]
        if waiting:
            self._ends, self._end_joints = _wrapped(self._tail + clean_block(waiting), self.cells, self._room)

    @property
    def _room(self) -> int:
        """Cells of the line that is not done."""
        return self.cells if self._done else self.first

    @property
    def raw(self) -> str:
        return self._raw

    @property
    def finished(self) -> int:
        """Lines that cannot change any more."""
        return len(self._done)

    def __len__(self) -> int:
        return (len(self._done) + len(self._ends)) if self._raw else 0

    def joint(self, index: int) -> str:
        """Return what stands in the text before a line: a break where it was sent so, else what wrapping left out."""
        if index < len(self._joints):
            return self._joints[index]
        return self._end_joints[index - len(self._done)]

    def __getitem__(self, index: int) -> str:
        done = len(self._done)
        return self._done[index] if index < done else self._ends[index - done]


def _wrapped(text: str, cells: int, first: int) -> tuple[list[str], list[str]]:
    """Wrap a text, its first line to `first` cells; return its lines, and what stands before each of them."""
    lines: list[str] = []
    joints: list[str] = []
    for paragraph in text.split("\n"):
        joint, before = "\n" if lines else "", 0
        for start, end in pieces(paragraph, cells, cells if lines else first):
            joints.append(joint if not start else paragraph[before:start])
            lines.append(paragraph[start:end])
            before = end
    return lines, joints


def _settled(raw: str, start: int) -> int:
    """Return where the end begins that may look different once more text follows: `\\r`, joined emoji."""
    end = len(raw)
    while end > start and len(raw) - end < _HELD and _depends_on_next(raw[end - 1]):
        end -= 1
    return end


def _depends_on_next(char: str) -> bool:
    return char in "\r\u200d\ufe0f" or "\u2190" <= char <= "\u2bff" or "\U0001f000" <= char <= "\U0001faff"
