"""The checkpoints of a thread as rows: lanes of branches, then step, who wrote it and what, and its age."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from studio_tui.domain.checkpoint import Checkpoint, History
from studio_tui.domain.forest import CROSS, DASH, EMPTY, JOIN_END, JOIN_UP, LINE, NODE, Forest, ForestRow
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.position import has_failed
from studio_tui.domain.run import RunState
from studio_tui.jsonkit.value import as_object, is_object
from studio_tui.present.kit.rows import Rows
from studio_tui.present.timetravel.content import Contents, content_of, source_words
from studio_tui.present.timetravel.state import next_names
from studio_tui.text.cells import fit, width
from studio_tui.text.fmt import age, plural, short_id
from studio_tui.text.glyphs import ASCII, Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line, line_width, plain, spread

WITH_RUN = 110
"""Cells from which on the run's id is shown."""
_NAMES = 100
"""Newest checkpoints whose names are measured."""
_TASKS = 400
"""Tasks of one superstep that are looked at for names and keys."""
_ASCII_LANES = {LINE: "|", NODE: "*", DASH: "-", CROSS: "+", JOIN_UP: "+", JOIN_END: "'", EMPTY: " "}
_JOINS = (DASH, CROSS, JOIN_UP, JOIN_END)


class Facts(NamedTuple):
    """What a row tells of its checkpoint, in safe text."""

    step: str
    source: str
    writer: str
    keys: str
    run: str
    waits: str
    """Nodes that a tip waits for."""
    questions: int
    failed: str
    """Nodes that were to run after it and failed: it was written before them."""
    created_at: float | None


def facts_of(item: Checkpoint, parent: Checkpoint | None) -> Facts:
    """Return what is told of a checkpoint; who wrote it stands with its parent's tasks."""
    nodes, keys = _written(item, parent)
    return Facts(
        step=str(item.step) if item.step is not None else "–",
        source=clean(item.source[:12]),
        writer=_counted(nodes),
        keys=", ".join(clean(key[:40]) for key in islice(keys, 8)),
        run=clean(short_id(item.run_id)) if item.run_id else "",
        waits=_counted(str(name) for name in next_names(item)),
        questions=len(item.pending_interrupts),
        failed=_counted(task.name for task in item.tasks if has_failed(task)),
        created_at=item.created_at,
    )


def deed(item: Checkpoint, parent: Checkpoint | None, run: RunState | None, signs: Glyphs) -> Line:
    """Return who led to a checkpoint and what it brought, on one line; `run` is the one that made it."""
    facts = facts_of(item, parent)
    words, role = source_words(item, parent, signs)
    told = content_of(item, parent, run, signs) or ((Span(facts.keys, "key"),) if facts.keys else ())
    name = words or facts.writer or facts.source
    return (Span(f"{name} " if told else name, role if words else "text"), *told)


def _written(item: Checkpoint, parent: Checkpoint | None) -> tuple[list[str], Iterable[str]]:
    """Return the nodes that led to a checkpoint, and the keys that they wrote."""
    writes = as_object(item.metadata.get("writes"))
    if writes:
        return list(writes), {key: None for value in writes.values() for key in as_object(value)}
    if item.source == "input":
        own = (task.result for task in item.tasks[:_TASKS] if is_object(task.result))
        return [], {key: None for result in own for key in result}
    if parent is None:
        return [], ()
    if item.source in ("update", "fork"):
        return [], _changed(item, parent)
    ran = parent.tasks[:_TASKS]
    results = (task.result for task in ran if is_object(task.result))
    return [task.name for task in ran], {key: None for result in results for key in result}


def _changed(item: Checkpoint, parent: Checkpoint) -> Iterable[str]:
    if not is_object(item.values) or not is_object(parent.values):
        return ()
    before = parent.values
    return [key for key, value in item.values.items() if key not in before or before[key] != value]


def _counted(names: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    shown = (f"{clean(name[:40])} ×{number}" if number > 1 else clean(name[:40]) for name, number in counts.items())
    return ", ".join(islice(shown, 6))


def _failed(facts: Facts) -> str:
    return f"{facts.failed} failed next" if facts.failed else ""


def lane_spans(row: ForestRow, lanes: int, *, ascii: bool = False) -> Line:
    """Return the lanes beside a row, two cells each, for a list that is printed once."""
    cells: list[Span] = []
    for place in range(lanes):
        glyph = row.lanes[place] if place < len(row.lanes) else EMPTY
        after = row.lanes[place + 1] if place + 1 < len(row.lanes) else EMPTY
        gap = DASH if after in _JOINS and glyph in (NODE, DASH, CROSS, JOIN_UP) else EMPTY
        role = "ok bold" if glyph == NODE and row.branch == 0 else "edge"
        sign = "o" if ascii and glyph == NODE and row.is_open else glyph
        for part in (sign, gap):
            cells.append(Span(_ASCII_LANES.get(part, part) if ascii else part, role))
    return tuple(cells)


class HistoryRows(Rows):
    """`Rows` over the forest of checkpoints, newest first."""

    def __init__(self) -> None:
        self.cursor: CheckpointId | None = None
        """The checkpoint that every panel shows."""
        self.mark: CheckpointId | None = None
        self._forest = Forest()
        self._rows: list[ForestRow] = []
        self._history = History()
        self._items: object = None
        self._names: Mapping[CheckpointId, str] = {}
        self._places: dict[CheckpointId, int] = {}
        self._facts: dict[CheckpointId, tuple[Checkpoint, Checkpoint | None, Facts]] = {}
        self._contents = Contents()
        self._widest: list[int] = []
        """For each row the lanes of the widest one from the top down to it."""
        self._lanes = 1
        self._longest = 0
        """Cells that the longest of the newest names takes, from which their column follows."""

    def update(
        self, history: History, names: Mapping[CheckpointId, str], runs: Sequence[RunState] | None = None
    ) -> bool:
        """Lay out the history anew if its list or a branch's name changed; return whether it did.

        The tasks of `runs` tell what checkpoints brought that have given their values back.
        """
        if runs is not None:
            self._contents.take_runs(runs)
        if history.items is self._items and names == self._names:
            return False
        if history is not self._history:
            self._forest = Forest()
            self._facts.clear()
            self._contents.clear()
        self._history, self._items, self._names = history, history.items, dict(names)
        self._rows = self._forest.update(history, names)
        kept = self._forest.kept
        if kept == 0:
            self._places.clear()
        del self._widest[kept:]
        for place in range(kept, len(self._rows)):
            row = self._rows[place]
            self._places[row.checkpoint_id] = place
            self._widest.append(max(len(row.lanes), self._widest[-1] if self._widest else 1))
        self._lanes = self._widest[-1] if self._widest else 1
        names_of = (self.facts(place) for place in range(min(len(self._rows), _NAMES)))
        self._longest = max((width(facts.writer or facts.source) for facts in names_of), default=0)
        return True

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> ForestRow:
        return self._rows[index]

    def checkpoint(self, index: int) -> Checkpoint:
        return self._history.by_id[self._rows[index].checkpoint_id]

    def anchor(self, index: int) -> CheckpointId:
        return self._rows[index].checkpoint_id

    def row_of(self, anchor: Hashable) -> int | None:
        """Return the row of a checkpoint, or None if it is not loaded."""
        return self._places.get(anchor)  # type: ignore[call-overload, no-any-return]

    def tip(self, checkpoint_id: CheckpointId | None, delta: int) -> CheckpointId | None:
        """Return the tip of the branch `delta` places newer (negative: older) than that of a checkpoint."""
        tips = [row for row in self._rows if row.is_tip]
        row = self.row_of(checkpoint_id) if checkpoint_id is not None else 0
        if not tips or row is None:
            return None
        branch = self._rows[row].branch
        place = next((place for place, tip in enumerate(tips) if tip.branch == branch), 0)
        target = place - delta
        return tips[target].checkpoint_id if 0 <= target < len(tips) else None

    def facts(self, index: int) -> Facts:
        """Return what the row tells; worked out once for a checkpoint and its parent."""
        key = self._rows[index].checkpoint_id
        known = self._facts.get(key)
        if known is not None and key not in self._history.by_id:
            return known[2]  # another thread was opened: these rows go with the next frame
        item = self.checkpoint(index)
        parent = self._history.by_id.get(item.parent_id) if item.parent_id is not None else None
        if known is not None and known[0] is item and known[1] is parent:
            return known[2]
        facts = facts_of(item, parent)
        if known is not None and not facts.keys:
            # Older checkpoints give their values back; what was learnt of them stays.
            facts = facts._replace(keys=known[2].keys)
        self._facts[key] = (item, parent, facts)
        return facts

    def key(self, index: int) -> Hashable:
        row, facts = self._rows[index], self.facts(index)
        is_cursor = row.checkpoint_id == self._shown()
        item, parent = self._pair(index)
        told = self._contents.of(row.checkpoint_id, item, parent, self.signs)
        shown = (age(facts.created_at, self.now), is_cursor, row.checkpoint_id == self.mark, self._lanes, self._longest)
        return (row, facts, told, shown)

    def line(self, index: int, width: int) -> Line:
        row, facts = self._rows[index], self.facts(index)
        right = self._right(row, facts, width)
        left = [*self._lane_spans(row, width), *self._flags(row), *self._what(index, facts, width)]
        # `spread` cuts the left part first; what a row waits for is worth more than the end of a list of names.
        return spread(left, right, width)

    def text(self, index: int) -> str:
        row, facts = self._rows[index], self.facts(index)
        item, parent = self._pair(index)
        told = self._contents.of(row.checkpoint_id, item, parent, self.signs)
        asks = plural(facts.questions, "question") if facts.questions else ""
        parts = (
            f"step {facts.step}", facts.source, facts.writer, facts.keys, plain(told),
            f"next {facts.waits}" if facts.waits else "", _failed(facts), asks,
            "head" if row.is_head else "", clean(row.branch_name), clean(row.checkpoint_id), clean(item.run_id or ""),
        )  # fmt: skip
        return " ".join(part for part in parts if part)

    # -- parts of a row -----------------------------------------------------------------------------------------

    def _shown(self) -> CheckpointId | None:
        if self.cursor is not None:
            return self.cursor
        return self._rows[0].checkpoint_id if self._rows else None

    def _lane_spans(self, row: ForestRow, width: int) -> Line:
        room = max(4, width // 3)
        spaced = 2 * self._lanes <= room
        most = min(self._lanes, room // 2 if spaced else room)
        cells: list[Span] = []
        for place in range(most):
            glyph = row.lanes[place] if place < len(row.lanes) else EMPTY
            if glyph == NODE:
                role = "accent bold" if row.checkpoint_id == self._shown() else "ok" if row.branch == 0 else "edge"
            else:
                role = "edge"
            after = row.lanes[place + 1] if place + 1 < len(row.lanes) else EMPTY
            joined = after in _JOINS and (glyph == NODE or glyph in (DASH, CROSS, JOIN_UP))
            gap = (DASH if joined else EMPTY) if spaced else ""
            sign = "o" if self.signs is ASCII and glyph == NODE and row.is_open else glyph
            cells.append(Span(self._spell(sign), role))
            if gap:
                cells.append(Span(self._spell(gap), "edge"))
        return (*cells, Span("" if spaced else " "))

    def _spell(self, lane: str) -> str:
        return _ASCII_LANES.get(lane, lane) if self.signs is ASCII else lane

    def _flags(self, row: ForestRow) -> Line:
        cursor = self.signs.mark if row.checkpoint_id == self._shown() else " "
        return (Span(cursor, "accent bold"), Span("M" if row.checkpoint_id == self.mark else " ", "mark bold"))

    def _what(self, index: int, facts: Facts, cells: int) -> Line:
        item, parent = self._pair(index)
        words, role = source_words(item, parent, self.signs)
        name = words or facts.writer or facts.source
        spans = [Span(f"{facts.step:>3} ", "value")]
        wide = min(max(9, self._longest), max(9, min(20, cells // 5)))
        told = self._contents.of(self._rows[index].checkpoint_id, item, parent, self.signs)
        told = told or ((Span(facts.keys, "key"),) if facts.keys else ())
        if told:
            spans.append(Span(f"{fit(name, max(wide, width(words)))} ", role if words else "text"))
            spans += told
        else:
            spans.append(Span(name, role if words else "text"))
        return tuple(spans)

    def _pair(self, index: int) -> tuple[Checkpoint, Checkpoint | None]:
        """A row's checkpoint and the one before it, also where another thread was opened since."""
        key = self._rows[index].checkpoint_id
        known = self._facts.get(key)
        if known is not None and key not in self._history.by_id:
            return known[0], known[1]
        item = self.checkpoint(index)
        return item, self._history.by_id.get(item.parent_id) if item.parent_id is not None else None

    def _right(self, row: ForestRow, facts: Facts, cells: int) -> Line:
        spans: list[Span] = []
        if row.branch_name:
            spans.append(Span(f" {clean(row.branch_name, 20)}", "badge"))
        if row.is_head:
            spans.append(Span(" head", "accent bold"))
        if facts.questions:
            spans.append(Span(f" {self.signs.interrupt} {plural(facts.questions, 'question')}", "node-paused"))
        elif facts.failed:
            spans.append(Span(f" {self.signs.error} {_failed(facts)}", "err"))
        elif row.is_tip and facts.waits:
            spans.append(Span(f" {self.signs.arrow} {facts.waits}", "node-paused"))
        if facts.run and cells >= WITH_RUN:
            spans.append(Span(f" {facts.run}", "muted"))
        when = Span(f" {age(facts.created_at, self.now):>3}", "muted")
        room = max(0, cells // 2 - width(when.text))
        shown = tuple(spans) if line_width(spans) <= room else fit_line(spans, room)
        return (*shown, when)
