"""One row of the timeline as spans, for any width: run headers, tasks, notes, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from studio_tui.core.runstate.error_text import error_text
from studio_tui.domain.interrupts.question_words import words_of
from studio_tui.domain.run import CheckpointMark, Note, NoteKind, Phase, RunState, TaskStatus, TaskView
from studio_tui.jsonkit.show import preview
from studio_tui.jsonkit.value import Json, JsonObject, is_object
from studio_tui.present.kit.signs import made_words, task_sign
from studio_tui.present.kit.written import Written, facts_line, keys_line
from studio_tui.present.runs.trace_bar import PARTS, Bar, bar_line
from studio_tui.text.cells import fit, width
from studio_tui.text.fmt import clock, count, duration, id_start, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width, spread

TIMED = 100
"""Cells from which on the clock has a column, the last one."""
WITH_BAR = 40
"""Cells from which on there is a time axis."""
WITH_LONG_NAMES = 48
"""Cells from which on names may take half of a row."""
WITH_TOKENS = 56
"""Cells from which on tokens have a column."""
_LEAD = 4
_TIME = 7
_TOKENS = 9
_CLOCK = 12
_PREVIEW = 10
"""Cells from which on the beginning of a value or a sentence tells something."""
_FIRST = 400
"""Characters of a foreign text that a row may show."""
_READ = 16 * 1024
"""Characters of a custom event up to which it is searched for how far it is."""


class Columns(NamedTuple):
    """The cells of a row's columns; 0: it has none."""

    names: int
    time: int
    bar: int
    """Inside of the axis; its ends take two more."""
    tokens: int
    clock: int


@lru_cache(16)
def columns(cells: int, longest: int) -> Columns:
    """Divide a row of `cells`, where names (with sign and indent) are up to `longest`; the least useful go first."""
    left = cells - _LEAD
    if left < 14:
        return Columns(max(1, left), 0, 0, 0, 0)
    left -= _TIME + 1
    if cells < WITH_BAR:
        return Columns(min(left, max(longest, left // 2)), _TIME, 0, 0, 0)
    usual = max(12, min(cells - 30, cells * 2 // 5))
    names = min(max(10, longest), max(usual, min(cells - 26, cells // 2)) if cells >= WITH_LONG_NAMES else usual)
    bar = min(32, max(6, cells // 6)) if names <= usual else 6
    tokens, timed = (_TOKENS if cells >= WITH_TOKENS else 0), (_CLOCK if cells >= TIMED else 0)
    return Columns(names, _TIME, bar, tokens, timed)


def head(text: str) -> str:
    """Return the beginning of a foreign text, safe and on one line."""
    return clean(text[:_FIRST])


def known_until(runs: Sequence[RunState], now: float, before: float) -> float:
    """Return the time up to which running things are known to run: it stands still while the connection is lost."""
    is_lost = bool(runs) and runs[-1].phase is Phase.RECONNECTING and before > 0
    return min(now, before) if is_lost else now


def task_seconds(task: TaskView, now: float) -> float | None:
    """Return how long a task took, or has taken so far."""
    if task.status is TaskStatus.RUNNING and task.started_at is not None and task.ended_at is None:
        return max(0.0, now - task.started_at)
    return task.duration


def task_duration(task: TaskView, now: float, signs: Glyphs) -> str:
    """Return how long a task took; with a sign where only the checkpoints around it tell."""
    sign = signs.at_most if task.between_checkpoints and task.duration is not None else ""
    return f"{sign}{duration(task_seconds(task, now))}"


class Place(NamedTuple):
    """Where a row stands: what its first column says, how deep it is, and whether the thread still is there."""

    step: str = ""
    depth: int = 0
    is_now: bool = True
    """Not: the thread went on since, and nothing of it waits."""


def task_line(
    task: TaskView,
    signs: Glyphs,
    now: float,
    *,
    place: Place,
    cells: int,
    widths: Columns,
    bar: Bar | None,
    wrote: Written,
    fold: str = "",
    label: tuple[str, str] | None = None,
    told_below: bool = False,
) -> Line:
    """Return the row of a task. `fold` is shown before the name; `label` is a number instead of it, and its input.

    `told_below`: its error stands in the rows below.
    """
    sign, role = task_sign(task.status, signs)
    names = widths.names
    indent = "  " * min(place.depth, max(0, (names - 10) // 2))
    name = fit(f"{indent}{sign} {fold}{label[0] if label else head(task.name)}", names)
    at = len(indent) + len(sign)
    spans = [
        Span(f"{place.step:>3} ", "muted"),
        Span(name[: len(indent)]),
        Span(name[len(indent) : at], role),
        Span(name[at:], _name_role(task)),
    ]
    if widths.time:
        took = task_duration(task, now, signs)
        spans.append(Span(f"{took:>{widths.time}} ", role if is_running(task) else "text"))
    if widths.bar:
        spans += bar_line(bar, widths.bar, role, signs)
    spans.append(Span(" "))
    right = right_columns(tokens_of(task, wrote), task.started_at, widths)
    facts = task_facts(task, wrote, is_now=place.is_now, told_below=told_below)
    if label and label[1]:  # it tells the tasks apart, were there ever so little room
        facts.insert(0, Span(f"{label[1]} ", "text"))
        return spread([*spans, *facts], right, cells)
    spans += worth(facts, cells - line_width(spans) - line_width(right))
    return spread(spans, right, cells)


def worth(facts: Sequence[Span], room: int) -> Sequence[Span]:
    """Leave out of `facts` what would be cut to less than tells something."""
    if room >= _PREVIEW:
        return facts
    kept: list[Span] = []
    for span in facts:
        room -= width(span.text.rstrip())
        if room < 0:
            break
        kept.append(span)
        room -= width(span.text) - width(span.text.rstrip())
    return kept


def tokens_of(task: TaskView, wrote: Written) -> int:
    usage = task.usage or wrote.usage
    return usage.total_tokens if usage is not None else 0


def right_columns(tokens: int, at: float | None, widths: Columns) -> Line:
    """The columns at the right end: what is empty in all of them is room for what is left of it."""
    told = f" {tokens_text(tokens)}" if tokens and widths.tokens else ""
    if not widths.clock:
        return (Span(told, "muted"),) if told else ()
    return (Span(f"{told:>{widths.tokens + 1}}", "muted"), Span(f"  {clock(at):<{_CLOCK}}", "muted"))


def tokens_text(tokens: int) -> str:
    """Return a number of tokens in at most nine cells."""
    told = count(tokens) if tokens < 10_000 else f"{count(round(tokens / 1000))}k"
    return f"{told} tok"


def is_running(task: TaskView) -> bool:
    """Tell whether the row of `task` changes by itself."""
    return task.status is TaskStatus.RUNNING and task.started_at is not None


def end_of(task: TaskView, now: float) -> float | None:
    """Return when a task ended; of one that runs that is now, and never before it began."""
    return max(now, task.started_at or now) if is_running(task) else task.ended_at


def task_facts(task: TaskView, wrote: Written, *, is_now: bool = True, told_below: bool = False) -> list[Span]:
    """Return what a task did: error (unless that is `told_below`), question, what it wrote or is writing."""
    if task.status is TaskStatus.ERROR or task.error:
        if told_below:
            return [Span("failed", "err")]
        return [Span(head(error_text(task.error).first_line) if task.error else "failed", "err")]
    spans: list[Span] = []
    if task.status is TaskStatus.INTERRUPTED:
        spans.append(Span(_waiting(task, is_now=is_now) + " ", "node-paused"))
        spans += question_words(task)
    elif task.status in (TaskStatus.CACHED, TaskStatus.CANCELLED, TaskStatus.UNKNOWN):
        spans.append(Span(_WORDS[task.status] + " ", "muted"))
    spans += wrote.line or keys_line(task.keys)
    if not spans and task.chunk_count and task.status is TaskStatus.RUNNING:
        spans.append(Span(plural(task.chunk_count, "chunk"), "muted"))
    return [*spans[:-1], Span(spans[-1].text.rstrip(), spans[-1].role)] if spans else []


def question_words(task: TaskView) -> Line:
    """Return the beginning of what a task asks."""
    if not task.interrupts:
        return ()
    words = words_of(task.interrupts[0])
    return (Span(f'"{head(words)}"', "string"),) if words else preview(task.interrupts[0].value)


_WORDS = {
    TaskStatus.CACHED: "kept from before",
    TaskStatus.CANCELLED: "stopped",
    TaskStatus.UNKNOWN: "end unknown",
}

_NOTES: dict[NoteKind, tuple[str, str]] = {
    "gap": ("warning", "gap"),
    "error": ("error", "err"),
    "custom": ("note", "info"),
    "log": ("note", "muted"),
    "phase": ("note", "muted"),
    "paused": ("paused", "node-paused"),
}


def note_line(note: Note, signs: Glyphs, *, depth: int, cells: int, here: Sequence[str] = ()) -> Line:
    """Return the row of something that is no task; `here` names the nodes where the thread is paused now."""
    sign, role = _NOTES[note.kind]
    label = "" if note.kind in ("phase", "paused", "gap", "error") else f"{note.kind} "
    bar = _progress(note, signs, cells)
    text = pause_words(note, ", ".join(map(head, here))) if here else note_text(note, beside_bar=bool(bar))
    lead, clock_cells = " " * _LEAD + "  " * min(depth, 8), line_width(_clock_only(note.at, cells))
    if note.kind == "paused" and width(text) > cells - len(lead) - 2 - clock_cells:
        text = " ".join(map(_innermost, text.split(" ")))
    spans = [
        Span(lead),
        Span(f"{getattr(signs, sign)} ", role),
        Span(label, "muted"),
        *bar,
        Span(text, f"{role} bold" if here else role),
    ]
    return spread(spans, _clock_only(note.at, cells), cells)


def _innermost(word: str) -> str:
    """Leave of a node's path the node itself, which says more than the subgraphs around it."""
    last = word.rpartition(":")[2]
    return f"…:{last}" if last and last != word else word


def pause_words(note: Note, places: str, *, is_now: bool = True) -> str:
    """Return what a note of a pause says of the places (safe text) where it was, or is."""
    if note.text.partition(":")[0] == Phase.INTERRUPT.value:
        return " in ".join(filter(None, ("asks" if is_now else "asked", places)))
    return " before ".join(filter(None, ("paused", places)))


def note_text(note: Note, *, beside_bar: bool = False) -> str:
    """Return what a note says: of a pause, before which nodes it was. `beside_bar`: a bar and its percentage stand
    before it."""
    if note.kind == "paused":
        return pause_words(note, head(note.text.partition(": ")[2]), is_now=False)
    if note.kind == "custom" and note.payload is not None and note.payload.size <= _READ:
        value: Json = note.payload.value()
        if is_object(value) and value:
            told = beside_bar and ("total" not in value or isinstance(value["progress"], float))
            return head(facts_line({key: part for key, part in value.items() if not told or key != "progress"}))
    return head(error_text(note.text).first_line if note.kind == "error" else note.text)


def _clock_only(at: float | None, cells: int) -> Line:
    return (Span(f"  {clock(at):<{_CLOCK}}", "muted"),) if cells >= TIMED else ()


def _progress(note: Note, signs: Glyphs, cells: int) -> Line:
    """A bar for a custom event that tells how far it is."""
    share = progress_of(note) if cells >= WITH_BAR else None
    if share is None:
        return ()
    inside = min(20, max(6, cells // 8))
    bar = Bar(0, round(share * inside * PARTS), sure=True)
    return (*bar_line(bar if bar.last else None, inside, "info", signs), Span(f" {share:4.0%} ", "value"))


def progress_of(note: Note) -> float | None:
    """Return how much of something a custom event says is done, from 0 to 1; None where it does not say that clearly.

    A fraction below 1 is a share, also beside a `total` of things that are counted. A whole number is so many of the
    `total`, without one a percentage; but 1 alone may be a hundredth or all.
    """
    if note.kind != "custom" or note.payload is None or note.payload.size > _READ:
        return None
    value: Json = note.payload.value()
    if not is_object(value):
        return None
    done = _number_in(value, "progress")
    if done is None:
        return None
    total = _number_in(value, "total")
    if total is None or total <= 0:
        if done == 1 and not isinstance(done, float):
            return None
        share = done if isinstance(done, float) and done <= 1 else done / 100
    elif total > 1 and 0 < done < 1:
        share = done if total == int(total) else -1
    elif total > 1 and done == 1 and isinstance(done, float):  # one of them, or all: another count of them tells
        counted = _number_in(value, "done")
        share = counted / total if counted in (1, total) and counted is not None else -1
    else:
        share = done / total
    return share if 0 <= share <= 1 else None


def _number_in(value: JsonObject, key: str) -> float | int | None:
    number = value.get(key)
    return number if isinstance(number, int | float) and not isinstance(number, bool) and isfinite(number) else None


def mark_line(mark: CheckpointMark, signs: Glyphs, *, cells: int) -> Line:
    """Return the row of a checkpoint; what somebody made of the past is named as in the history."""
    ahead = f" {signs.arrow} {', '.join(head(name) for name in mark.next[:6])}" if mark.next else ""
    source = f" · {head(mark.source)}" if mark.source and mark.source != "loop" else ""
    name = head(id_start(mark.checkpoint_id)) if mark.checkpoint_id is not None else "saved"
    text = f"checkpoint {name}{source}"
    made = made_words(mark.source, mark.step, signs)
    number = f"{mark.step:>3} " if made and mark.step is not None else " " * _LEAD
    name_span = Span(made, "warn") if made else Span(f"{signs.checkpoint} {text}", "muted")
    spans = (Span(number, "muted"), name_span, Span(ahead, "muted"))
    return spread(spans, _clock_only(mark.at, cells), cells)


def _name_role(task: TaskView) -> str:
    if task.status is TaskStatus.RUNNING:
        return "node-running"
    return "muted" if task.status in (TaskStatus.CACHED, TaskStatus.UNKNOWN) else "text"


def _waiting(task: TaskView, *, is_now: bool) -> str:
    if not task.interrupts:
        return "paused"
    asked = len(task.interrupts)
    verb = "asks" if is_now else "asked"
    return verb if asked == 1 else f"{verb} {asked} times"
