"""What happens on the open thread, in words, and the keys that act: the right end of the top row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from studio_tui.core.runstate.error_text import error_text
from studio_tui.core.runstate.turns import failures_of
from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.interrupts.answer_shape import shape_of
from studio_tui.domain.interrupts.question_words import preview_of
from studio_tui.domain.run import Phase, RunState, TaskStatus
from studio_tui.domain.thread_position import Standing, is_ahead, waits_after
from studio_tui.text.fmt import duration, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean, hidden_count
from studio_tui.text.segments import Segment
from studio_tui.text.spans import Span

_PHASES = {
    Phase.STARTING: ("queued", "node-queued"),
    Phase.QUEUED: ("queued", "node-queued"),
    Phase.RUNNING: ("running", "node-running"),
    Phase.RECONNECTING: ("running", "warn bold"),
    Phase.STOPPING: ("running", "warn bold"),
    Phase.BREAKPOINT: ("paused", "node-paused"),
    Phase.INTERRUPT: ("interrupt", "node-paused"),
    Phase.DONE: ("done", "ok bold"),
    Phase.FAILED: ("error", "err bold"),
    Phase.CANCELLED: ("cancelled", "warn"),
    Phase.LOST: ("error", "err bold"),
}
_OVER = (Phase.DONE, Phase.FAILED, Phase.CANCELLED)
_STANDING_PHASES = {
    Standing.PAUSED: Phase.BREAKPOINT,
    Standing.ASKING: Phase.INTERRUPT,
    Standing.FAILED: Phase.FAILED,
    Standing.DONE: Phase.DONE,
}
_MADE_BY = {"update": "an edit", "fork": "a fork"}
_ASKS = "ASKS YOU"
_PAUSED = "PAUSED"
_STOPPED = "STOPPED"
"""Somebody cancelled the run: no breakpoint, and no question."""
GOOD = 60
"""Cells in which a reason or a question says enough."""
_PLACES = 30
"""Cells in which it is told where a thread waits."""
ACTS = ("stop-now", "step", "continue", "back", "server-log", "whole-error")
"""Commands whose keys it names."""


def happening(
    app_state: AppState, now: float, signs: Glyphs, keys: Mapping[str, str], *, asked_below: bool = False
) -> Iterator[Segment]:
    """Yield what needs the user first, then how the thread stands; the first part is never given up.

    `asked_below`: the question stands on the screen already, and who asks it.
    """
    said = _Said(app_state, now, signs, keys, asked_below)
    problem = list(said.problem())
    yield from problem
    past = list(said.past()) if app_state.cursor is not None else []
    yield from past
    yield from said.standing(brief=bool(problem or past))


def failure_of(app_state: AppState) -> tuple[str, str]:
    """Return the node in which the newest run failed, and why: both raw, empty where nothing is known."""
    run = app_state.head_run
    if run is not None and run.phase is not Phase.FAILED:
        return "", ""
    if run is not None:
        failed = [task for task in run.tasks.values() if task.status is TaskStatus.ERROR]
        # The innermost task that failed says why; those around it only pass it on.
        inner = max(failed, key=lambda task: len(task.ns), default=None)
        told = f"{run.error.kind}: {run.error.message}".strip(": ") if run.error is not None else ""
        if inner is not None:
            return inner.name, inner.error or told
        if told:
            return "", told
    return _failed_task(app_state.head)


def _failed_task(head: Checkpoint | None) -> tuple[str, str]:
    for task in head.tasks if head is not None else ():
        if task.subgraph is not None and (found := _failed_task(task.subgraph)) != ("", ""):
            return found
        if task.error:
            return task.name, task.error
    return "", ""


class _Said:
    """Says one moment of the app state."""

    def __init__(
        self, app_state: AppState, now: float, signs: Glyphs, keys: Mapping[str, str], asked_below: bool
    ) -> None:
        self.app_state, self.now, self.signs, self.keys, self.asked_below = app_state, now, signs, keys, asked_below
        self.dot = Span(f" {signs.dot} ", "muted")

    def part(self, worth: int, *spans: Span, least: int = 0) -> Segment:
        return Segment(worth, spans, least, self.dot, GOOD if least else 0)

    def key(self, worth: int, command: str, word: str) -> Iterator[Segment]:
        if key := self.keys.get(command, ""):
            yield self.part(worth, Span(key, "key"), Span(f" {word}", "muted"))

    # -- what stands above everything ---------------------------------------------------------------------------

    def problem(self) -> Iterator[Segment]:
        app_state, signs = self.app_state, self.signs
        run = app_state.run if app_state.shows_stateless else None
        if app_state.server_problem:
            lines = [clean(line.strip(), 300) for line in app_state.server_problem.splitlines()[:3]]
            yield self.part(99, Span(f"{signs.error} The reload failed", "err bold"))
            yield from self.key(85, "server-log", "log")
            yield self.part(70, Span(f" {signs.dot} ".join(lines), "text"), least=16)
        elif app_state.link is LinkState.DOWN and app_state.server is not None:
            wait = app_state.next_retry_in
            again = f"next try in {duration(wait)}" if wait else "trying again"
            yield self.part(99, Span(f"{signs.error} Connection lost", "err bold"))
            yield self.part(80, Span(again, "text"))
            yield self.part(30, Span("what you see is kept", "muted"))
        elif app_state.thread_problem:
            yield self.part(99, Span(f"{signs.warning} Read only", "warn bold"))
            yield self.part(80, Span(clean(app_state.thread_problem, 400), "text"), least=16)
        elif run is not None and (stuck := run.dead_end(run.phase)):
            word = "The stateless run asked" if run.interrupts else "The stateless run has stopped"
            yield self.part(99, Span(f"{signs.warning} {word}", "warn bold"))
            yield self.part(80, Span(stuck, "text"), least=16)
        elif app_state.state_problem and app_state.head is None:
            yield self.part(99, Span(f"{signs.error} {clean(app_state.state_problem, 400)}", "err bold"), least=30)
        elif app_state.position.standing is Standing.UNKNOWN or (app_state.state_problem and _is_behind(app_state)):
            yield self.part(99, Span(f"{signs.error} The state after the run could not be read", "err bold"))
            if app_state.state_problem:
                yield self.part(70, Span(clean(app_state.state_problem, 200), "text"), least=16)

    def past(self) -> Iterator[Segment]:
        """Say that the panels show the past, and how to leave it."""
        app_state, signs = self.app_state, self.signs
        shown = app_state.state
        if shown is None or shown.checkpoint_id != app_state.cursor:
            shown = app_state.history.by_id.get(app_state.cursor) if app_state.cursor is not None else None
        where = "an old checkpoint" if shown is None or shown.step is None else f"step {shown.step}"
        if shown is not None and shown.step is not None and (newest := app_state.history.head) is not None:
            # Steps are counted along a branch: those of two branches are no part of one another.
            here = app_state.history.leads_to_head(shown)
            where += f" of {newest.step}" if here else ", another branch" if here is False else ""
        yield self.part(98, Span(f"{signs.checkpoint} THE PAST", "mark bold"))
        yield self.part(95, Span(where, "mark"))
        if app_state.news:
            yield self.part(60, Span(plural(app_state.news, "new step"), "warn"))
        yield from self.key(90, "back", "= now")

    # -- how the thread stands ----------------------------------------------------------------------------------

    def standing(self, *, brief: bool) -> Iterator[Segment]:
        """Say the phase; `brief`: something else is said before it, which matters more."""
        app_state, run = self.app_state, self.app_state.head_run
        questions = app_state.position.questions if app_state.cursor is None and not app_state.shows_stateless else ()
        if run is not None and run.phase.is_live:
            yield from self._live(run, brief=brief)
        elif brief:
            # In the past the thread's name is worth more than how its newest run ended; what asks is not.
            ended = app_state.cursor is not None and run is not None and run.phase in _OVER
            yield from self._word(run, 40 if ended else 55)
        elif questions:
            yield from self._questions(questions, run)
        elif run is not None and not waits_after(run, app_state.position):
            yield from self._ended(run)
        else:
            yield from self._waiting(run)

    def _word(self, run: RunState | None, worth: int) -> Iterator[Segment]:
        standing = self.app_state.position.standing
        if run is not None and run.phase is Phase.DONE and standing is Standing.UNKNOWN:
            # The run is over; whether the thread waits somewhere only its state tells, which could not be read.
            yield self.part(worth, Span(f"{self.signs.warning} ENDED, state unread", "warn"))
            return
        phase = run.phase if run is not None else _STANDING_PHASES.get(standing)
        if phase is not None:
            sign, role = _PHASES[phase]
            word = {Phase.INTERRUPT: _ASKS, Phase.BREAKPOINT: _PAUSED, Phase.CANCELLED: _STOPPED}.get(
                phase, phase.value.upper()
            )
            yield self.part(worth, Span(f"{getattr(self.signs, sign)} {word}", role))

    def _live(self, run: RunState, *, brief: bool) -> Iterator[Segment]:
        for word in self._word(run, 97):
            yield self.part(97, *word.spans, Span(_time(run, self.now), "muted"))
        yield from self._flaws(run)
        if not brief:
            if run.step is not None:
                yield self.part(35, Span("step ", "muted"), Span(str(run.step), "value"))
            if run.last_edge is not None:
                tail, head = (clean(node.rpartition(":")[2], 24) for node in run.last_edge)
                yield self.part(20, Span(f"{tail}{self.signs.arrow}{head}", "muted"))
        yield from self.key(90, "stop-now", "stop")

    def _flaws(self, run: RunState) -> Iterator[Segment]:
        if run.stateless:
            yield self.part(76, Span("stateless", "badge"))
        if run.gap:
            yield self.part(75, Span(f"{self.signs.warning} events may be missing", "gap"))
        if run.unknown_count:
            yield self.part(25, Span(f"{self.signs.warning} {plural(run.unknown_count, 'unknown event')}", "warn"))

    def _questions(self, questions: tuple[Interrupt, ...], run: RunState | None) -> Iterator[Segment]:
        first = questions[0]
        yield self.part(99, Span(f"{self.signs.interrupt} {_ASKS}", "node-paused"))
        if len(questions) > 1:
            yield self.part(60, Span(plural(len(questions), "question"), "node-paused"))
        if hidden := hidden_count(str(first.value)):
            yield self.part(92, Span(f"{self.signs.warning} {hidden} hidden characters", "warn"))
        if run is not None:
            yield from self._flaws(run)
        if run is not None and waits_after(run, self.app_state.position):
            yield self.part(40, Span(_before(run, self.now), "muted"))
        yield from self._after_edit(run)
        words = clean(_short(first), 400)
        node = clean(first.node)
        if words.casefold().startswith(f"{node.casefold()}:"):
            node = clean("")  # it says so itself
        if not self.asked_below:
            who = Span(f"{node}: " if node and words else node, "node-paused")
            yield self.part(55, who, Span(words, "text"), least=20)
        yield from self.key(80, "continue", "read" if self.app_state.readonly else "answer")

    def _ended(self, run: RunState) -> Iterator[Segment]:
        if run.phase is Phase.FAILED:
            yield from self._failed(run)
            return
        if run.phase is Phase.BREAKPOINT and not run.stateless:
            yield from self._waiting(run)
            return
        for word in self._word(run, 99):
            yield self.part(99, *word.spans, Span(_time(run, self.now), "muted"))
        yield from self._flaws(run)
        if run.step is not None:
            yield self.part(35, Span("step ", "muted"), Span(str(run.step), "value"))

    def _failed(self, run: RunState | None) -> Iterator[Segment]:
        node, why = failure_of(self.app_state)
        sign, role = _PHASES[Phase.FAILED]
        yield self.part(99, Span(f"{getattr(self.signs, sign)} FAILED", role))
        if node:
            yield Segment(85, (Span(f"in {clean(node, 40)}", role),), lead=Span(" "))
        if run is not None:
            failures, is_all = failures_of(self.app_state.runs, run)
            if failures > 1:  # else nobody would see that it has run again
                yield self.part(84, Span(f"{failures} times" if is_all else "again", role))
            yield from self._flaws(run)
        yield from self._after_edit(run)
        if why:
            yield self.part(70, Span(clean(error_text(why).first_line, 400), "text"), least=14)
            yield from self.key(75, "whole-error", "whole error")

    def _waiting(self, run: RunState | None) -> Iterator[Segment]:
        """Say where it waits to go on without an answer, and after what."""
        position = self.app_state.position
        if position.standing is Standing.FAILED:
            yield from self._failed(run)
            return
        if position.standing is not Standing.PAUSED or self.app_state.cursor is not None:
            yield from self._word(None, 99)
            yield from self._after_edit(run)
            return
        places = ", ".join(clean(name) for name in position.places) if position.can_continue else ""
        last = run or self.app_state.thread_run  # an edit, or its undo, leaves the thread as its last run did
        stopped = last is not None and waits_after(last, position)
        sign, word = (self.signs.cancelled, _STOPPED) if stopped else (self.signs.paused, _PAUSED)
        yield self.part(99, Span(f"{sign} {word}", "node-paused"))
        if places:
            yield Segment(85, (Span(f"before {places}", "node-paused"),), least=12, lead=Span(" "), good=_PLACES)
        if run is not None:
            yield from self._flaws(run)
            if stopped and (took := _time(run, self.now)):
                yield self.part(15, Span(f"after{took}", "muted"))
        yield from self._after_edit(run)
        if position.can_continue:
            yield from self.key(82, "step", "step")
            yield from self.key(81, "continue", "continue")

    def _after_edit(self, run: RunState | None) -> Iterator[Segment]:
        head = self.app_state.head
        if run is not None or head is None or head.checkpoint_id is None:
            return
        if head.source in _MADE_BY:
            yield self.part(40, Span(f"after {_MADE_BY[head.source]}", "muted"))
        if head.step is not None:
            yield self.part(35, Span("step ", "muted"), Span(str(head.step), "value"))


def _time(run: RunState, now: float) -> str:
    seconds = run.seconds(now)
    return "" if seconds is None else f" {duration(seconds)}"


_ENDS = {Phase.CANCELLED: "was stopped", Phase.DONE: "ended", Phase.FAILED: "failed", Phase.LOST: "was lost"}


def _before(run: RunState, now: float) -> str:
    """Say how the newest run ended, where the thread waits as if it had not been."""
    took = _time(run, now)
    return f"the last run {_ENDS.get(run.phase, f'was {run.phase.value}')}{f' after{took}' if took else ''}"


def _is_behind(app_state: AppState) -> bool:
    """Whether the shown state is older than the last run, because the newer one could not be read."""
    run = app_state.thread_run
    return run is not None and is_ahead(run, app_state.head)


def _short(question: Interrupt) -> str:
    shape = shape_of(question.value, question.response_schema)
    if shape.contract != "any":
        return ", ".join(review.heading for review in shape.reviews)
    return preview_of(question)
