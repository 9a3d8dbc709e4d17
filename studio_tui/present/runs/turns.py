"""The turns of a timeline: which runs one head stands for, and the time axis of each."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

from msgspec import Struct, field

from studio_tui.core.runstate.turns import continues
from studio_tui.domain.run import Note, Phase, RunState
from studio_tui.present.runs.trace_bar import LIVE_GRAIN, Axis, scale
from studio_tui.present.runs.turn_lines import pause_note
from studio_tui.text.spans import Line

_NO_AXIS = Axis(0.0, 0.0, 0.0)


class Turns(Struct):
    """By the places of runs in the thread's list."""

    runs: Sequence[RunState] = ()
    heads: list[int] = field(default_factory=list)
    """For each run the place of the first one of its turn."""
    asked: dict[int, tuple[RunState, Line]] = field(default_factory=dict)
    """What runs were given, read once."""
    _looks: list[tuple[RunState | None, Phase | None, RunState, int]] = field(default_factory=list)
    _ends: list[tuple[Phase, int]] = field(default_factory=list)
    """Phase and checkpoints of each run, when turns were last told apart."""
    _places: dict[int, int] = field(default_factory=dict)
    _axes: dict[int, Axis] = field(default_factory=dict)
    _now: float = 0.0

    def update(self, runs: Sequence[RunState]) -> bool:
        """Take over the thread's runs, oldest first; return whether they are others than before."""
        self._axes.clear()
        ends = [(run.phase, len(run.checkpoints)) for run in runs]
        are_same = len(runs) == len(self.runs) and all(map(is_, runs, self.runs))
        if are_same and ends == self._ends:
            return False  # it is called with every frame, and a thread may have hundreds of runs
        self._ends = ends
        if not are_same:
            self._places = {id(run): place for place, run in enumerate(runs)}
            kept = self.asked.items()
            self.asked = {at: told for at, told in kept if at < len(runs) and runs[at] is told[0]}
        self.runs = tuple(runs)
        del self._looks[len(runs) :], self.heads[len(runs) :]
        before: RunState | None = None
        for place, run in enumerate(runs):
            look = (before, before.phase if before is not None else None, run, len(run.checkpoints))
            fresh = place >= len(self._looks)
            if fresh or not _same(self._looks[place], look):
                joined = before is not None and continues(run, before)
                self._looks[place : place + 1] = [look]
                self.heads[place : place + 1] = [-1 if joined else place]
            before = run
        for place, head in enumerate(self.heads):
            if head != place:
                self.heads[place] = self.heads[place - 1]
        return not are_same

    def place(self, run: RunState) -> int:
        return self._places.get(id(run), 0)

    def parts(self, place: int) -> Sequence[RunState]:
        """The runs of the turn that a run is of."""
        head = self.heads[place] if place < len(self.heads) else place
        end = head + 1
        while end < len(self.heads) and self.heads[end] == head:
            end += 1
        return self.runs[head:end]

    def before(self, place: int) -> RunState | None:
        """The run that one went on from, None for the first of a turn."""
        return self.runs[place - 1] if 0 < place < len(self.heads) and self.heads[place] != place else None

    def told_by_next(self, place: int) -> Note | None:
        """The pause at the end of a run that the row of the next one tells of, if there is one."""
        if place + 1 >= len(self.heads) or self.heads[place + 1] == place + 1:
            return None
        return pause_note(self.runs[place])

    def axis(self, run: RunState, now: float) -> Axis:
        """Return what the bars of a run are drawn on: its turn, without the times in which nothing ran."""
        if now != self._now:
            self._axes.clear()
            self._now = now
        place = self.place(run)
        known = self._axes.get(place)
        if known is None:
            known = self._axes[place] = self._axis(place, run, now)
        return known

    def _axis(self, place: int, run: RunState, now: float) -> Axis:
        if run.started_at is None:
            return _NO_AXIS
        offset = total = 0.0
        is_live = False
        for part in self.parts(place):
            if part is run:
                offset = total
            total += part.seconds(now) or 0.0
            is_live = is_live or part.phase.is_live
        if is_live:
            return Axis(run.started_at, offset, scale(total), LIVE_GRAIN)
        return Axis(run.started_at, offset, total)


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return all(a is b or (isinstance(a, int) and a == b) for a, b in zip(one, other, strict=True))
