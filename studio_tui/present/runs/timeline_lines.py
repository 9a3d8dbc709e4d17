"""One row of the timeline as spans, for any width: run headers, tasks, notes, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from studio_tui.domain.run import CheckpointMark, Note, NoteKind, RunState, TaskStatus, TaskView
from studio_tui.present.kit.signs import phase_sign, run_seconds, run_summary, task_sign
from studio_tui.text.cells import fit, width
from studio_tui.text.fmt import clock, count, duration, id_start, plural, short_id
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

TIMED = 56
"""Cells from which on the start time has a column."""
_FIRST = 400
"""Characters of a foreign text that a row may show."""


def head(text: str) -> str:
    """Return the beginning of a foreign text, safe and on one line."""
    return clean(text[:_FIRST])


def task_seconds(task: TaskView, now: float) -> float | None:
    """Return how long a task took, or has taken so far."""
    if task.status is TaskStatus.RUNNING and task.started_at is not None and task.ended_at is None:
        return max(0.0, now - task.started_at)
    return task.duration


def task_duration(task: TaskView, now: float, signs: Glyphs) -> str:
    """Return how long a task took; with a sign where only the checkpoints around it tell."""
    sign = signs.at_most if task.between_checkpoints and task.duration is not None else ""
    return f"{sign}{duration(task_seconds(task, now))}"


def run_line(run: RunState, signs: Glyphs, now: float, is_open: bool, *, is_now: bool = True) -> Line:
    """Return the header row of a run; not `is_now`: the thread went on since, and nothing of it waits."""
    sign, role = phase_sign(run.phase, signs)
    name = f"run {short_id(run.run_id)}" if run.run_id else "run"
    spans = [
        Span(f"{signs.open if is_open else signs.closed} ", "muted"),
        Span(f"{sign} ", role),
        Span(head(name), "title"),
        Span(f"  {head(run.graph_id)}" if run.graph_id else "", "accent"),
        Span(f"  {run_summary(run, now, is_now=is_now)}", role if run_seconds(run, now) is None else "text"),
    ]
    if run.attempt > 1:
        spans.append(Span(f" · attempt {run.attempt}", "warn"))
    if run.gap:
        spans.append(Span(f" · {signs.warning} events may be missing", "gap"))
    if run.stateless:
        spans.append(Span(" · stateless, nothing is kept", "muted"))
    if run.from_history:
        spans.append(Span(" · from history", "muted"))
    return tuple(span for span in spans if span.text)


def task_line(
    task: TaskView,
    signs: Glyphs,
    now: float,
    *,
    step: str,
    depth: int,
    cells: int,
    fold: str,
    label: str = "",
    is_now: bool = True,
) -> Line:
    """Return the row of a task. `step` is shown in the first column, `fold` before the name, `label` instead of it.

    `is_now` as for `run_line`.
    """
    sign, role = task_sign(task.status, signs)
    lead = [Span(f"{step:>3} ", "muted")]
    if cells >= TIMED:
        lead.append(Span(f"{clock(task.started_at):<12}  ", "muted"))
    used = sum(width(span.text) for span in lead)
    names, time_cells, rest = _columns(cells - used)
    if label and rest > 2 * names:  # what tells tasks of one node apart is worth more room than a node's name
        names += rest // 3
    indent = "  " * min(depth, max(0, (names - 10) // 2))
    name = fit(f"{indent}{sign} {fold}{label or head(task.name)}", names)
    at = len(indent) + len(sign)
    spans = [*lead, Span(name[: len(indent)]), Span(name[len(indent) : at], role), Span(name[at:], _name_role(task))]
    if time_cells:
        took = task_duration(task, now, signs)
        spans.append(Span(f"{took:>{time_cells}}  ", role if is_running(task) else "text"))
    if rest:
        spans.extend(task_facts(task, signs, is_now=is_now))
    return tuple(spans)


def is_running(task: TaskView) -> bool:
    """Tell whether the row of `task` changes by itself."""
    return task.status is TaskStatus.RUNNING and task.started_at is not None


def task_facts(task: TaskView, signs: Glyphs, *, is_now: bool = True) -> list[Span]:
    """Return what a task did: error, question, keys written, tokens."""
    if task.status is TaskStatus.ERROR or task.error:
        return [Span(head(task.error.partition("\n")[0]) if task.error else "failed", "err")]
    spans: list[Span] = []
    if task.status is TaskStatus.INTERRUPTED:
        spans.append(Span(_waiting(task, signs, is_now=is_now) + " ", "node-paused"))
    elif task.status in (TaskStatus.CACHED, TaskStatus.CANCELLED, TaskStatus.UNKNOWN):
        spans.append(Span(_WORDS[task.status] + " ", "muted"))
    spans.extend(Span(f"+{head(key)} ", "diff-add") for key in task.keys[:8])
    if task.usage and task.usage.total_tokens:
        spans.append(Span(f"{count(task.usage.total_tokens)} tok ", "muted"))
    elif task.chunk_count:
        spans.append(Span(f"{plural(task.chunk_count, 'chunk')} ", "muted"))
    return [*spans[:-1], Span(spans[-1].text.rstrip(), spans[-1].role)] if spans else []


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
    text = f"paused here: {', '.join(head(node) for node in here)}" if here else head(note.text)
    time = Span(f"{clock(note.at):<12}  ", "muted") if cells >= TIMED else Span("")
    return (
        Span("    "),
        time,
        Span("  " * min(depth, 8) + f"{getattr(signs, sign)} ", role),
        Span(label, "muted"),
        Span(text, f"{role} bold" if here else role),
    )


def mark_line(mark: CheckpointMark, signs: Glyphs, *, cells: int) -> Line:
    ahead = f" {signs.arrow} {', '.join(head(name) for name in mark.next[:6])}" if mark.next else ""
    source = f" · {head(mark.source)}" if mark.source and mark.source != "loop" else ""
    time = Span(f"{clock(mark.at):<12}  ", "muted") if cells >= TIMED else Span("")
    name = head(id_start(mark.checkpoint_id)) if mark.checkpoint_id is not None else "saved"
    text = f"checkpoint {name}{source}"
    return (Span("    "), time, Span(f"{signs.checkpoint} {text}", "muted"), Span(ahead, "muted"))


def _columns(cells: int) -> tuple[int, int, int]:
    """Split what is left of a row into name, duration and the rest; the least useful columns go first."""
    if cells < 18:
        return max(1, cells), 0, 0
    time_cells = 7
    left = cells - time_cells - 2
    if left < 24:
        return left, time_cells, 0
    names = min(32, max(17, left * 45 // 100))
    return names, time_cells, left - names


def _name_role(task: TaskView) -> str:
    if task.status is TaskStatus.RUNNING:
        return "node-running"
    return "muted" if task.status in (TaskStatus.CACHED, TaskStatus.UNKNOWN) else "text"


def _waiting(task: TaskView, signs: Glyphs, *, is_now: bool) -> str:
    if not task.interrupts:
        return "paused"
    asked = len(task.interrupts)
    if not is_now:
        return f"{signs.interrupt} asked" if asked == 1 else f"{signs.interrupt} asked {asked} times"
    return f"{signs.interrupt} waits for an answer" if asked == 1 else f"{signs.interrupt} waits for {asked} answers"
