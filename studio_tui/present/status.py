"""The status line and the banner above it: which server, thread, run and phase, and what needs the user now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.answer_shape import saying_key, shape_of
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.run import Phase, RunState
from studio_tui.domain.thread_position import Standing, is_ahead, waits_after
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.value import as_str, is_object
from studio_tui.text.fmt import count, duration, plural, short_id
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean, hidden_count
from studio_tui.text.spans import Line, Span, fit_line, line_width

_PHASE_ROLES = {
    Phase.STARTING: "node-queued",
    Phase.QUEUED: "node-queued",
    Phase.RUNNING: "node-running",
    Phase.RECONNECTING: "warn bold",
    Phase.STOPPING: "warn bold",
    Phase.BREAKPOINT: "node-paused",
    Phase.INTERRUPT: "node-paused",
    Phase.DONE: "ok bold",
    Phase.FAILED: "err bold",
    Phase.CANCELLED: "warn",
    Phase.LOST: "err bold",
}


_STANDING_PHASES = {
    Standing.PAUSED: Phase.BREAKPOINT,
    Standing.ASKING: Phase.INTERRUPT,
    Standing.FAILED: Phase.FAILED,
    Standing.DONE: Phase.DONE,
}
_MADE_BY = {"update": "an edit", "fork": "a fork"}

LONG = 110
"""Cells from which on the status line writes sentences."""


class Segment(NamedTuple):
    """A part of the status line; of those that do not fit together the lowest `worth` goes first."""

    worth: int
    spans: Line


def _phase_glyph(phase: Phase, signs: Glyphs) -> str:
    match phase:
        case Phase.DONE:
            return signs.done
        case Phase.FAILED | Phase.LOST:
            return signs.error
        case Phase.CANCELLED:
            return signs.cancelled
        case Phase.INTERRUPT:
            return signs.interrupt
        case Phase.BREAKPOINT:
            return signs.paused
        case Phase.STARTING | Phase.QUEUED:
            return signs.queued
        case _:
            return signs.running


def status_line(
    app_state: AppState,
    width: int,
    *,
    now: float,
    signs: Glyphs,
    rate: float | None = None,
    activity: str = "",
    back: str,
) -> Line:
    """Return the status line in exactly `width` cells.

    `rate` is events per second of a live run; `back` the key that leaves the past.
    """
    segments = list(_segments(app_state, now, signs, rate, width, back))
    right: Line = (Span(f" {clean(activity)}{signs.ellipsis} ", "warn"),) if activity else ()
    gap = Span("  ")
    while True:
        left: list[Span] = [Span(" ")]
        for index, segment in enumerate(segments):
            left.extend(([gap] if index else []) + list(segment.spans))
        if line_width(left) + line_width(right) <= width or len(segments) <= 1:
            break
        segments.remove(min(segments, key=lambda item: item.worth))
    room = max(0, width - line_width(right))
    return fit_line((*fit_line(left, room), *right), width)


def _past(app_state: AppState, signs: Glyphs, width: int, back: str) -> Line:
    """Say that the panels show the past, and how to leave it."""
    shown = app_state.state
    if app_state.cursor is not None and (shown is None or shown.checkpoint_id != app_state.cursor):
        shown = app_state.history.by_id.get(app_state.cursor)
    step = shown.step if shown is not None else None
    where = f"step {step}" if step is not None else "an old checkpoint"
    words = f"you are looking at the past: {where}" if width >= LONG else f"past: {where}"
    spans = [Span(f"{signs.checkpoint} {words}", "mark bold")]
    if app_state.news:
        spans.append(Span(f" {signs.dot} {plural(app_state.news, 'new step')}", "warn"))
    return (*spans, Span(f" {signs.dot} {back} returns to now", "mark"))


def _segments(
    app_state: AppState, now: float, signs: Glyphs, rate: float | None, width: int, back: str
) -> Iterable[Segment]:
    yield from _server(app_state, signs)
    assistant = app_state.assistant
    if assistant is not None:
        name = clean(assistant.label, 40)
        yield Segment(6, (Span(name, "title"), Span(f" v{assistant.version}", "muted")))
    if app_state.link in (LinkState.UP, LinkState.DOWN):
        thread = short_id(clean(app_state.thread_id)) if app_state.thread_id else "new"
        yield Segment(7, (Span("thread ", "muted"), Span(thread, "value")))
    run = app_state.head_run
    if run is not None:
        waits = waits_after(run, app_state.position)
        if run.phase is Phase.DONE and app_state.position.standing is Standing.UNKNOWN:
            # The run is over; whether the thread waits somewhere only its state tells, which could not be read.
            yield Segment(10, (Span(f"{signs.warning} ENDED, state unread", "warn"), Span(_time(run, now), "muted")))
        else:
            yield from _waiting(app_state, run, now, signs) if waits else _phase(run, now, signs)
        yield from _run(run, signs, rate)
    else:
        yield from _standing(app_state, signs)
    if app_state.cursor is not None:
        yield Segment(12, _past(app_state, signs, width, back))
    marks = len(app_state.breakpoints)
    if marks:
        yield Segment(4, (Span(f"{signs.breakpoint} {marks}", "node-breakpoint"),))
    if app_state.watched:
        yield Segment(0, (Span(app_state.watched, "muted"),))
    if app_state.server is not None and app_state.server.in_memory:
        yield Segment(1, (Span("in memory: state may vanish on restart", "muted"),))


def _server(app_state: AppState, signs: Glyphs) -> Iterable[Segment]:
    if app_state.server is None:
        yield Segment(10, (Span("studio-tui", "title"), Span(f"  {app_state.link.value}", "muted")))
    else:
        host = clean(urlsplit(app_state.server.base_url).netloc or app_state.server.base_url, 40)
        spans = [Span(host, "muted")]
        if app_state.profile:
            spans = [Span(f" {clean(app_state.profile, 20)} ", "profile"), Span(" "), *spans]
        yield Segment(8 if app_state.profile else 5, tuple(spans))
    if app_state.readonly:
        yield Segment(11, (Span(" READONLY ", "badge"),))
    if app_state.link is LinkState.DOWN:
        yield Segment(10, (Span(f"{signs.error} {app_state.link.value}", "err bold"),))


def _phase(run: RunState, now: float, signs: Glyphs) -> Iterable[Segment]:
    word = Span(f"{_phase_glyph(run.phase, signs)} {run.phase.value.upper()}", _PHASE_ROLES[run.phase])
    yield Segment(10, (word, Span(_time(run, now), "muted")))


def _time(run: RunState, now: float) -> str:
    """How long a run took that was followed from its start; of others only checkpoints tell."""
    if run.started_at is None or run.from_history:
        return ""
    return " " + duration((run.ended_at or now) - run.started_at)


def _run(run: RunState, signs: Glyphs, rate: float | None) -> Iterable[Segment]:
    if run.gap:
        yield Segment(9, (Span(f"{signs.warning} events may be missing", "gap"),))
    if run.stateless:
        yield Segment(9, (Span("stateless", "badge"),))
    if run.step is not None:
        yield Segment(5, (Span("step ", "muted"), Span(str(run.step), "value")))
    if run.phase.is_live and rate is not None and run.event_count:
        yield Segment(2, (Span(f"{count(round(rate))} ev/s", "muted"),))
    if run.unknown_count:
        yield Segment(3, (Span(f"{signs.warning} {plural(run.unknown_count, 'unknown event')}", "warn"),))


def _waiting(app_state: AppState, run: RunState, now: float, signs: Glyphs) -> Iterable[Segment]:
    """Say that the thread waits where its last run was cut short."""
    asks = app_state.position.standing is Standing.ASKING
    sign, word = (signs.interrupt, Phase.INTERRUPT.value) if asks else (signs.paused, Standing.PAUSED.value)
    yield Segment(10, (Span(f"{sign} {word.upper()}", "node-paused"),))
    yield Segment(9, (Span(f"last run {run.phase.value}{_time(run, now)}", "muted"),))


def _standing(app_state: AppState, signs: Glyphs) -> Iterable[Segment]:
    """Say how the thread stands where no run left its head: it was edited, forked, or an edit was undone."""
    phase = _STANDING_PHASES.get(app_state.position.standing)
    head = app_state.head
    if phase is None or head is None or head.checkpoint_id is None:
        return
    yield Segment(10, (Span(f"{_phase_glyph(phase, signs)} {phase.value.upper()}", _PHASE_ROLES[phase]),))
    if head.source in _MADE_BY:
        yield Segment(6, (Span(f"after {_MADE_BY[head.source]}", "muted"),))
    if head.step is not None:
        yield Segment(5, (Span("step ", "muted"), Span(str(head.step), "value")))


def banner_line(app_state: AppState, width: int, *, signs: Glyphs, keys: Mapping[str, str]) -> Line | None:
    """Return the line that says what needs the user now, or None; `keys` names the keys of commands."""
    line = _server_words(app_state, signs, keys) or _link_words(app_state, signs) or _thread_words(app_state, signs)
    line = line or _pause_words(app_state, signs, keys)
    if line is None:
        return None
    return fit_line((Span(" "), *line), width)


def _server_words(app_state: AppState, signs: Glyphs, keys: Mapping[str, str]) -> Line | None:
    if not app_state.server_problem:
        return None
    reason = f" {signs.dot} ".join(clean(line.strip(), 300) for line in app_state.server_problem.splitlines()[:3])
    return (
        Span(f"{signs.error} The reload failed", "err bold"),
        Span(f" {signs.dot} {keys['server-log']} log", "key"),
        Span(f" {signs.dot} {reason}", "text"),
    )


def _thread_words(app_state: AppState, signs: Glyphs) -> Line | None:
    if not app_state.thread_problem:
        return None
    return (
        Span(f"{signs.warning} Read only", "warn bold"),
        Span(f" {signs.dot} {clean(app_state.thread_problem, 400)}", "text"),
    )


def _link_words(app_state: AppState, signs: Glyphs) -> Line | None:
    if app_state.link is not LinkState.DOWN:
        return None
    wait = app_state.next_retry_in
    again = f"next try in {duration(wait)}" if wait else "trying again"
    return (
        Span(f"{signs.error} Connection lost", "err bold"),
        Span(f" {signs.dot} {again} {signs.dot} what you see is kept", "text"),
    )


def _pause_words(app_state: AppState, signs: Glyphs, keys: Mapping[str, str]) -> Line | None:
    alone = app_state.run if app_state.shows_stateless else None
    if alone is not None and (stuck := alone.dead_end(alone.phase)):
        word = "The stateless run asked" if alone.interrupts else "The stateless run has stopped"
        return (
            Span(f"{signs.warning} {word}", "warn bold"),
            Span(f" {signs.dot} {stuck}", "text"),
        )
    position = app_state.position
    questions = position.questions if app_state.cursor is None else ()
    if questions:
        first = questions[0]
        more = f" (1 of {len(questions)})" if len(questions) > 1 else ""
        hidden = hidden_count(str(first.value))
        warning = f" {signs.warning} {hidden} hidden characters" if hidden else ""
        return (
            Span(f"{signs.interrupt} {clean(first.node) or 'The graph'} asks{more}", "node-paused"),
            Span(f" {signs.dot} {keys['continue']} answer", "key"),
            Span(warning, "warn"),
            Span(f" {signs.dot} {clean(_short(first), 400)}", "text"),
        )
    if position.standing is Standing.PAUSED and position.can_continue:
        places = ", ".join(clean(name) for name in position.places)
        before = f" before {places}" if places else ""
        return (
            Span(f"{signs.paused} Paused{before}", "node-paused"),
            Span(f" {signs.dot} {keys['step']} step {signs.dot} {keys['continue']} continue", "key"),
        )
    if app_state.state_problem and app_state.head is None:
        return (Span(f"{signs.error} {clean(app_state.state_problem, 400)}", "err bold"),)
    if position.standing is Standing.UNKNOWN or (app_state.state_problem and _is_behind(app_state)):
        return (
            Span(f"{signs.error} The state after the run could not be read", "err bold"),
            Span(f" {signs.dot} {clean(app_state.state_problem, 200)}" if app_state.state_problem else "", "text"),
        )
    return None


def _is_behind(app_state: AppState) -> bool:
    """Whether the shown state is older than the last run, because the newer one could not be read."""
    run = app_state.thread_run
    return run is not None and is_ahead(run, app_state.head)


def _short(question: Interrupt) -> str:
    value, shape = question.value, shape_of(question.value, question.response_schema)
    if shape.contract != "any":
        return ", ".join(review.heading for review in shape.reviews)
    if value == "":
        return "(an empty text)"
    if is_object(value) and (key := saying_key(value)) is not None:
        return as_str(value[key])
    short = shortened(value)
    return short if isinstance(short, str) else json.dumps(short, ensure_ascii=False, default=str)
