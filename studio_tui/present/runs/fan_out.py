"""The tasks of one node in one superstep, folded into one row: `work ×200 · 3 failed`, told apart by their input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable

from studio_tui.core.runstate.error_text import error_text
from studio_tui.domain.ids import Namespace
from studio_tui.domain.run import RunState, TaskStatus, TaskView, elapsed
from studio_tui.jsonkit.show import label_text, preview
from studio_tui.jsonkit.value import Json, is_object
from studio_tui.present.kit.signs import task_sign
from studio_tui.present.kit.written import keys_line
from studio_tui.present.runs.timeline_lines import Columns, Place, end_of, head, right_columns, worth
from studio_tui.present.runs.trace_bar import Bar, bar_line
from studio_tui.text.cells import cut, width
from studio_tui.text.fmt import count, duration
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width, plain, spread

FOLDED_FROM = 6
"""Tasks of one node in one superstep from which on they are one row."""
LABEL_CHARS = 60
_NAMING = 32
"""Tasks whose keys are named together."""
MOST_NAMED = 4
"""Keys of a task's own input that its label names."""
_WORDS = (
    (TaskStatus.ERROR, "failed", "err"),
    (TaskStatus.INTERRUPTED, "waiting", "node-paused"),
    (TaskStatus.RUNNING, "running", "node-running"),
    (TaskStatus.CANCELLED, "stopped", "muted"),
    (TaskStatus.UNKNOWN, "end unknown", "muted"),
    (TaskStatus.CACHED, "kept from before", "muted"),
)


class FanOut:
    """One folded superstep of one node. Counts and times cost what still runs, not what ran."""

    __slots__ = (
        "_done", "_epoch", "_first", "_labels", "_last", "_longest", "_open", "_rough", "_taken",
        "name", "ns", "run", "step", "tasks",
    )  # fmt: skip

    def __init__(self, run: RunState, task: TaskView) -> None:
        self.run, self.name, self.ns, self.step = run, task.name, task.ns, task.step
        self.tasks: list[TaskView] = []
        self._epoch: tuple[object, ...] = ()
        self._taken = 0
        self._open: list[TaskView] = []
        self._done: Counter[TaskStatus] = Counter()
        self._first: float | None = None
        self._last: float | None = None
        """The first start and the last end of those that are over."""
        self._longest: float | None = None
        """Seconds of the longest of them."""
        self._rough = False
        """Whether the times of one of them are only known from checkpoints."""
        self._labels: dict[int, tuple[int, str]] = {}

    @property
    def key(self) -> tuple[Namespace, int | None, str]:
        return (self.ns, self.step, self.name)

    def counts(self) -> Counter[TaskStatus]:
        self._take_over()
        return self._done + Counter(task.status for task in self._open)

    def _take_over(self) -> None:
        """Add up the tasks that have ended since."""
        epoch = self.run.epoch
        if epoch != self._epoch:
            self._epoch, self._taken, self._open, self._done = epoch, 0, [], Counter()
            self._first, self._last, self._longest, self._rough = None, None, None, False
        tasks, self._open = [*self._open, *self.tasks[self._taken :]], []
        self._taken = len(self.tasks)
        for task in tasks:
            if not task.status.is_final or task.ended_at is None:
                self._open.append(task)
                continue
            self._done[task.status] += 1
            self._rough = self._rough or task.between_checkpoints
            self._first = _of(min, self._first, task.started_at)
            self._last = _of(max, self._last, task.ended_at)
            self._longest = _of(max, self._longest, task.duration)

    def look(self) -> Hashable:
        return tuple(sorted((status.value, number) for status, number in self.counts().items()))

    def line(
        self, signs: Glyphs, now: float, *, place: Place, cells: int, widths: Columns, bar: Bar | None, is_open: bool
    ) -> Line:
        """Return the row: how many, how long the longest took, when they ran, and how many failed, wait and run."""
        counts = self.counts()
        sign, role = task_sign(self._status(counts), signs)
        indent = "  " * min(place.depth, max(0, (widths.names - 10) // 2))
        many = f" {signs.times}{count(len(self.tasks))}"
        fold = f"{sign} {signs.open if is_open else signs.closed} "
        name = cut(head(self.name), max(1, widths.names - width(indent + fold + many)))
        gap = " " * (widths.names - width(indent + fold + name + many))
        spans = [
            Span(f"{place.step:>3} ", "muted"),
            Span(indent + sign, role),
            Span(fold[len(sign) :], "muted"),
            Span(name, "text"),
            Span(many + gap, "accent"),
        ]
        if widths.time:
            took = self.seconds(now)
            rough = self._rough or any(task.between_checkpoints for task in self._open)
            at_most = signs.at_most if rough else ""
            told = f"{at_most}{duration(took)}"
            spans.append(Span(f"{told:>{widths.time}} ", role if counts[TaskStatus.RUNNING] else "text"))
        if widths.bar:
            spans += bar_line(bar, widths.bar, role, signs)
        told_any, facts = False, list[Span]()
        for status, word, word_role in _WORDS:
            if counts[status]:
                state = "paused then" if status is TaskStatus.INTERRUPTED and not place.is_now else word
                facts.append(Span(f"{f' {signs.dot} ' if told_any else ' '}{count(counts[status])} {state}", word_role))
                told_any = True
        error = next((task.error for task in self.tasks if task.error), "") if counts[TaskStatus.ERROR] else ""
        if error:
            facts.append(Span(f"  {head(error_text(error).first_line)}", "err"))
        if not told_any:
            keys = list(dict.fromkeys(key.partition("[")[0] for task in self.tasks[:_NAMING] for key in task.keys))
            facts += (Span(" wrote ", "muted"), *keys_line(keys)) if keys else ()
        tokens = sum(task.usage.total_tokens for task in self.tasks if task.usage is not None)
        right = right_columns(tokens, self.span(now)[0], widths)
        spans += worth(facts, cells - line_width(spans) - line_width(right))
        return spread(spans, right, cells)

    def seconds(self, now: float) -> float | None:
        """Return how long the longest of them took, or has so far."""
        self._take_over()
        longest = self._longest
        for task in self._open:
            longest = _of(max, longest, elapsed(task.started_at, end_of(task, now)))
        return longest

    def span(self, now: float) -> tuple[float | None, float | None, bool]:
        """Return the first start, the last end (that of what still runs is now), and whether both were observed."""
        self._take_over()
        first, last, sure = self._first, self._last, not self._rough
        for task in self._open:
            ended = end_of(task, now)
            first, last = _of(min, first, task.started_at), _of(max, last, ended)
            sure = sure and ended is not None and not task.between_checkpoints
        return first, last, sure

    def text(self, signs: Glyphs) -> str:
        """Return name and counts."""
        counts = self.counts()
        told = [f"{count(counts[status])} {word}" for status, word, _ in _WORDS if counts[status]]
        sign, _ = task_sign(self._status(counts), signs)
        return " ".join(
            [f"{sign} {head(self.name)} {signs.times}{count(len(self.tasks))}", f" {signs.dot} ".join(told)]
        )

    def label(self, task: TaskView, slot: int) -> tuple[str, str]:
        """Return what tells a task from its siblings: its number, and that part of its input which is its own."""
        known = self._labels.get(slot)
        if known is not None and known[0] == task.rev:
            return str(slot + 1), known[1]
        text = self._own(task, slot)
        self._labels[slot] = (task.rev, text)
        return str(slot + 1), text

    def _own(self, task: TaskView, slot: int) -> str:
        value: Json = task.input.value() if task.input is not None else None
        if value is None:
            return ""
        other = self.tasks[0 if slot else 1].input if len(self.tasks) > 1 else None
        beside = other.value() if other is not None else None
        if is_object(value) and is_object(beside):
            own = {name: part for name, part in value.items() if name not in beside or beside[name] != part}
            named = [f"{label_text(name)}: {_short(part)}" for name, part in list((own or value).items())[:MOST_NAMED]]
            return ", ".join(named)[:LABEL_CHARS]
        return _short(value)

    @staticmethod
    def _status(counts: Counter[TaskStatus]) -> TaskStatus:
        order = (TaskStatus.RUNNING, TaskStatus.INTERRUPTED, TaskStatus.ERROR)
        return next((status for status in order if counts[status]), TaskStatus.DONE)


def _of(choose: Callable[[float, float], float], one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else choose(one, other)


def _short(value: Json) -> str:
    return clean(value, LABEL_CHARS) if isinstance(value, str) else plain(preview(value, LABEL_CHARS))
