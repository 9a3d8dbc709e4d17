"""Two checkpoints side by side: what they are, then every difference with the old value left and the new one right."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice, zip_longest
from typing import cast

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.jsonkit.diff import Change, Diff, diff
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.show import path_text, pretty, preview
from studio_tui.jsonkit.value import Json, as_object
from studio_tui.present.kit.diff_rows import CHANGE_ROLES, own, twins
from studio_tui.present.kit.rows import Rows
from studio_tui.present.timetravel.state import checkpoint_name, compared, next_names
from studio_tui.text.cells import wrap
from studio_tui.text.fmt import age, id_start, plural
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span, fit_line, plain

BRIEF = 4
"""Rows of a value until it is expanded."""
LONGEST = 400
"""Rows of an expanded value."""


class CompareRows(Rows):
    """`Rows` in two columns; a change takes a row for its path and some for its two values."""

    def __init__(self, left: Checkpoint, right: Checkpoint, *, now: float, mark: CheckpointId | None = None) -> None:
        """`left` is the older one; `mark`: the checkpoint that the user marked, which the first row then says."""
        self.left, self.right = left, right
        self._words = compared(left, right, mark)
        self.diff: Diff = diff(left.values, right.values)
        self._now = now
        self._open: set[int] = set()
        self._rows: list[tuple[int, Line]] = []
        """For every row the number of its change (-1: none) and what it shows."""

    def change(self, row: int) -> Change | None:
        number = self._rows[row][0]
        return self.diff.changes[number] if number >= 0 else None

    def toggle(self, row: int) -> None:
        """Show a change's values in full, or only their beginning."""
        number = self._rows[row][0]
        if number >= 0:
            self._open ^= {number}
            self.lay_out_anew()

    def first_row(self, row: int) -> int:
        """Return the first row of the change that a row belongs to."""
        number = self._rows[row][0]
        return next(place for place, (owner, _) in enumerate(self._rows) if owner == number) if number >= 0 else row

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> Hashable:
        return (index, self._rows[index][1])

    def line(self, index: int, width: int) -> Line:  # noqa: ARG002 - laid out for the width already
        return self._rows[index][1]

    def text(self, index: int) -> str:
        return plain(self._rows[index][1])

    # -- laying out ---------------------------------------------------------------------------------------------

    @property
    def _half(self) -> int:
        return max(8, (self.cells - 3) // 2)

    def lay_out_anew(self) -> bool:
        self._rows = [(-1, (Span(line, "muted"),)) for line in wrap(self._words, max(16, self.cells))]
        self._rows += [(-1, line) for line in self._heads()]
        self._rows.append((-1, ()))
        keys = list(dict.fromkeys([*as_object(self.left.values), *as_object(self.right.values)]))
        differing = {change.path[0] for change in self.diff.changes if change.path}
        same = [clean(key, 40) for key in keys if key not in differing]
        if not self.diff.changes:
            self._rows.append((-1, (Span("The values are the same.", "ok"),)))
        alike = twins(self.diff.changes)
        for number, change in enumerate(self.diff.changes):
            head = Span(f"{change.op} {path_text(change.path)}", f"{CHANGE_ROLES[change.op]} bold")
            self._rows.append((number, (head, *self._apart(change, alike.get(id(change))))))
            self._rows += [(number, line) for line in self._values(number, change)]
        if self.diff.truncated:
            self._rows.append((-1, (Span("Only the first differences are listed.", "warn"),)))
        if same and self.diff.changes:
            self._rows += [(-1, ()), (-1, (Span(f"The same: {', '.join(same)}", "muted"),))]
        return True

    def _heads(self) -> list[Line]:
        rows: list[Line] = []
        for left, right in zip(_facts(self.left, self._now), _facts(self.right, self._now), strict=True):
            rows.append(self._pair((Span(left, "title"),), (Span(right, "title"),)))
        return rows

    def _apart(self, change: Change, both: Change | None) -> Line:
        """What a message has of its own that another looks like which was put in or taken out."""
        if both is None:
            return ()
        told, is_all = own(both, change.new if change.op == "+" else change.old, self.cells, self.signs)
        return (Span("  "), *told, Span(", else alike" if is_all else "", "muted")) if told else ()

    def _values(self, number: int, change: Change) -> list[Line]:
        most = LONGEST if number in self._open else BRIEF
        seen = LONGEST if change.op == "~" else most
        left = [] if change.op == "+" else self._column(change.old, "diff-del", seen)
        right = [] if change.op == "-" else self._column(change.new, "diff-add", seen)
        if most == BRIEF:
            left, right = _from_difference(left, right)
        rows = [self._pair(one or (), other or ()) for one, other in zip_longest(left, right)]
        if most == BRIEF and max(len(left), len(right)) > BRIEF:
            rows[BRIEF:] = [(Span(Hint("  … show all of it ({list-open-row})"), "muted"),)]
        return rows

    def _column(self, value: object, role: str, most: int) -> list[Line]:
        cells = self._half
        value = shortened(cast("Json", value), told_apart=True)
        if isinstance(value, str):
            return [(Span(line, role),) for line in islice(wrap(clean_block(value), cells), most + 1)]
        if most == BRIEF and not isinstance(value, dict | list):
            return [preview(value, cells)]
        lines = (clean(plain(line)) for line in islice(pretty(value), most + 1))
        out: list[Line] = [(Span(part, role),) for line in lines for part in wrap(line, cells)]
        return out[: most + 1]

    def _pair(self, left: Line, right: Line) -> Line:
        return (*fit_line(left, self._half), Span(f" {self.signs.bar} ", "border"), *fit_line(right, self._half))


def _from_difference(left: list[Line], right: list[Line]) -> tuple[list[Line], list[Line]]:
    """Leave out the rows with which both begin, where the difference would be out of sight; a row says that."""
    pairs = enumerate(zip_longest(left, right))
    common = next((at for at, (one, other) in pairs if one is None or other is None or plain(one) != plain(other)), 0)
    if common < BRIEF:
        return left, right
    begin: Line = (Span("…", "muted"),)
    return [begin, *left[common:]], [begin, *right[common:]]


def _facts(item: Checkpoint, now: float) -> list[str]:
    """Return what a checkpoint is, in as many lines for every checkpoint."""
    waits = ", ".join(clean(str(name), 60) for name in next_names(item)) or "nothing (finished)"
    ran = f"run {clean(id_start(item.run_id))}" if item.run_id else "no run"
    return [
        checkpoint_name(item),
        f"thread {clean(id_start(item.thread_id))}",
        f"{age(item.created_at, now)} old · {ran}",
        f"next: {waits} · {plural(len(as_object(item.values)), 'key')}",
    ]
