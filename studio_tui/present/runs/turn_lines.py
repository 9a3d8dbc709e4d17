"""The row that heads a turn, with the totals of its runs, and those that say how one run went on after another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from studio_tui.core.runstate.turns import is_from_edit
from studio_tui.domain.ids import ROOT, task_of
from studio_tui.domain.run import CheckpointMark, Note, NoteKind, Phase, RunState
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str, is_list, is_object
from studio_tui.present.kit.signs import phase_sign, phase_word
from studio_tui.present.kit.written import facts_line, told_value, written
from studio_tui.present.runs.timeline_lines import head, note_text
from studio_tui.text.fmt import count, duration, plural, short_id
from studio_tui.text.glyphs import ASCII, Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line, line_width

_NEAR = 16
"""Entries at an end of a run among which there is one of its own graph."""
_NARROW = 60
"""Cells below which the sign of a turn comes before its words, and these come last."""
_LEGIBLE = 16
"""Cells below which the beginning of what a run was asked says nothing."""
_WAYS = (
    ((), False, True),
    ((), False, False),
    ((), True, False),
    ((3,), True, False),
    ((0, 3), True, False),
    ((0, 2, 3), True, False),
    ((0, 1, 2, 3), True, False),
)
"""How a head that is too long gets shorter: which of its facts are left out (how many runs, time, steps, tokens),
whether its state is told in one word, and whether it is told that it was read from the history."""
_ANSWER, _DECISIONS = 120, 4
"""Characters of an answer, and decisions of one, that a row may show."""
_WAITED = 1.0
"""Seconds from which on it is told how long a thread stood still."""


class Totals(NamedTuple):
    """What the runs of a turn did together."""

    seconds: float | None
    first_step: int | None
    last_step: int | None
    tokens: int
    runs: int


def totals_of(runs: Sequence[RunState], now: float) -> Totals:
    """Add up the runs of one turn; times between them are not counted."""
    known = [seconds for run in runs if (seconds := run.seconds(now)) is not None]
    firsts = [step for run in runs[:1] if (step := _first_step(run)) is not None]
    lasts = [step for run in runs if (step := last_step(run)) is not None]
    tokens = sum(run.usage.total_tokens for run in runs)
    return Totals(
        sum(known) if known else None, firsts[0] if firsts else None, max(lasts, default=None), tokens, len(runs)
    )


def _first_step(run: RunState) -> int | None:
    if run.earlier is None:
        for key in islice(run.tasks, _NEAR):
            task = run.tasks[key]
            if task.ns == ROOT and task.step is not None:
                return task.step
    mark = first_mark(run)
    return None if mark is None or mark.step is None else mark.step + 2 if mark.source == "input" else mark.step


def last_step(run: RunState) -> int | None:
    """Return the superstep that a run came to: also one that no checkpoint followed."""
    newest = (run.tasks.get(entry) for entry in islice(reversed(run.timeline), _NEAR) if not isinstance(entry, Note))
    steps = [task.step for task in newest if task is not None and task.ns == ROOT and task.step is not None]
    return max([*steps, *([] if run.step is None else [run.step])], default=None)


def _steps(totals: Totals, phase: Phase, signs: Glyphs) -> str:
    first, last = totals.first_step, totals.last_step
    if last is None or last < 1:
        return ""
    if phase is Phase.FAILED:
        return f"step {last}"
    if first is None or first > last:
        return f"step {last}"
    if first <= 1:
        return plural(last, "step")
    return f"step {last}" if first == last else f"steps {first}{'-' if signs is ASCII else '–'}{last}"


def turn_line(
    runs: Sequence[RunState],
    signs: Glyphs,
    now: float,
    *,
    cells: int,
    is_open: bool,
    is_now: bool,
    asked: Line,
    origin: int | None = None,
) -> Line:
    """Return the head of a turn: how it stands, its totals, and what it was `asked`.

    Not `is_now`: the thread went on since, and nothing of it waits. `origin`: the step at which it branches off.
    """
    first, run = runs[0], runs[-1]
    sign, role = phase_sign(run.phase, signs)
    totals = totals_of(runs, now)
    narrow = cells < _NARROW
    name = "run" if first.run_id is None else f"run {first.run_id[-4:] if narrow else short_id(first.run_id)}"
    facts = [
        f"{len(runs)} runs" if len(runs) > 1 else "",
        duration(totals.seconds) if totals.seconds is not None else "",
        _steps(totals, run.phase, signs),
        f"{count(totals.tokens)} tok" if totals.tokens else "",
    ]
    dot = f" {signs.dot} "
    lead = [
        Span(f"{signs.open if is_open else signs.closed} ", "muted"),
        Span(f"{sign} ", role),
        Span(head(name), "title"),
    ]
    if origin is not None:
        lead.append(Span(f"  from step {origin}", "warn"))
    tail: list[Span] = []
    if max(item.attempt for item in runs) > 1:
        tail.append(Span(f"{dot}attempt {run.attempt}", "warn"))
    if any(item.gap for item in runs):
        tail.append(Span(f"{dot}{signs.warning} events may be missing", "gap"))
    if run.stateless:
        tail.append(Span(f"{dot}stateless, nothing is kept", "muted"))
    room = cells - line_width(lead) - line_width(tail)
    history = f"{dot}from history" if run.from_history else ""
    for left_out, is_short, last in _WAYS:
        told = [fact for place, fact in enumerate(facts) if fact and place not in left_out]
        told.insert(len(told) if narrow else 0, phase_word(run, is_now=is_now, is_short=is_short))
        text, ending = f"  {dot.join(told)}", history if last else ""
        if len(text) + len(ending) <= room:
            break
    spans = [*lead, Span(text, role if totals.seconds is None else "text"), *tail]
    if ending:
        spans.append(Span(ending, "muted"))
    if asked and cells - line_width(spans) >= min(_LEGIBLE, 2 + line_width(asked)):
        spans += (Span("  "), *asked)
    if first.graph_id and cells - line_width(spans) >= min(_LEGIBLE, 2 + len(first.graph_id)):
        spans.append(Span(f"  {head(first.graph_id)}", "accent"))
    return fit_line(spans, cells)


def asked_of(run: RunState) -> Line:
    """Return the beginning of what a run was given: its input, or the answer that it goes on with."""
    request = run.request
    command = as_object(request.get("command"))
    if "resume" in command:
        value = command["resume"]
        if is_object(value) and len(value) == 1:  # answers are sent by the ids of their questions
            value = next(iter(value.values()))
        return (Span("answer ", "muted"), *_answer(value))
    given = request.get("input")
    if given is None:
        return ()
    if not is_object(given):
        return told_value(given, 60)
    return written(given).line


def _answer(value: Json) -> Line:
    """Return what was answered on one line: each decision by its word and what it says, any other value whole."""
    given = as_object(value).get("decisions") if is_object(value) and len(value) == 1 else value
    items = given if is_list(given) else [given]
    if items and all(is_object(item) and as_str(item.get("type")) for item in items):
        return (Span(" · ".join(_decision(as_object(item)) for item in items[:_DECISIONS]), "text"),)
    if is_object(value) or is_list(value):
        return (Span(clean(print_json(shortened(value), indent=None), _ANSWER), "text"),)
    return told_value(value, 60)


def _decision(item: JsonObject) -> str:
    content = next((item[key] for key in ("args", "edited_action", "editedAction", "message") if key in item), None)
    content = as_object(content).get("args", content)  # an edited action: what it is called with
    told = facts_line(content) if is_object(content) else "" if content is None else str(content)[:_ANSWER]
    return clean(f"{item['type']} {told}".rstrip(), _ANSWER)


def went_on_line(before: RunState, run: RunState, signs: Glyphs, *, cells: int, is_open: bool, asked: Line) -> Line:
    """Return the row between two runs of a turn: why the first one stopped, and for how long the thread stood still."""
    sign, role = phase_sign(before.phase, signs)
    waited = ""
    if run.started_at is not None and before.ended_at is not None and run.started_at - before.ended_at >= _WAITED:
        waited = f" {signs.dot} waited {duration(run.started_at - before.ended_at)}"
    edited = is_from_edit(run, before)
    lead = "    " if is_open else f"  {signs.closed} "
    spans = [
        Span(lead, "muted"),
        Span(f"{sign} ", role),
        Span("failed" if edited and before.phase is Phase.FAILED else _stopped(before), role),
        Span(f" {signs.dot} went on from an edited state" if edited else "", "muted"),
        Span(waited, "muted"),
        *((Span(f" {signs.dot} ", "muted"), *asked) if asked else ()),
        Span(f" {signs.warning} events may be missing" if run.gap else "", "gap"),
    ]
    return fit_line([span for span in spans if span.text], cells)


def _stopped(run: RunState) -> str:
    if run.phase is Phase.FAILED:
        return "failed, tried again"
    if run.phase is Phase.CANCELLED:
        return "stopped, then continued"
    if run.phase is Phase.LOST:
        return "lost, then continued"
    note = pause_note(run)
    if note is not None and run.phase is Phase.BREAKPOINT:
        return note_text(note)
    mark = newest_mark(run)
    names = ", ".join(head(name) for name in mark.next[:6]) if mark is not None else ""
    if run.phase is Phase.INTERRUPT:
        tasks = [task for task in run.tasks.values() if task.interrupts]
        around = {task_of(part) for task in tasks for part in task.ns}  # those only pass the question on
        asking = list(dict.fromkeys(head(task.name) for task in tasks if task.id not in around))
        return f"{', '.join(asking[:6]) or names or 'the graph'} asked"
    return f"paused before {names}" if names else "paused"


def first_mark(run: RunState) -> CheckpointMark | None:
    """Return the first checkpoint of a run's own graph that is in memory."""
    return next((mark for mark in islice(run.checkpoints.values(), _NEAR) if not mark.ns), None)


def newest_mark(run: RunState) -> CheckpointMark | None:
    return next((mark for mark in reversed(run.checkpoints.values()) if not mark.ns), None)


def pause_note(run: RunState) -> Note | None:
    """Return the entry that says where a run paused, which is one of its last."""
    return _last_note(run, "paused")


def error_note(run: RunState) -> Note | None:
    """Return the entry that says why a run failed, which is one of its last."""
    return _last_note(run, "error")


def _last_note(run: RunState, kind: NoteKind) -> Note | None:
    near = (entry for entry in islice(reversed(run.timeline), _NEAR) if isinstance(entry, Note))
    return next((note for note in near if note.kind == kind), None)
