"""What is shown once a run has ended: the state and the checkpoints that it left, and what must be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.core.state.app_state import AppState
from studio_tui.core.threads.history import ThreadHistory
from studio_tui.domain.run import RunState
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.runstate.settle import Truth


def show_end(app_state: AppState, history: ThreadHistory, run: RunState, truth: Truth) -> None:
    if run.stateless:
        _tell_stateless_end(app_state, run)
    if run.thread_id != app_state.thread_id:
        return
    if run.thread_id is not None:
        app_state.thread_row = truth.row
        if truth.info is not None:  # the list itself is read again only later
            others = [item for item in app_state.thread_runs if item.run_id != truth.info.run_id]
            app_state.thread_runs = [truth.info, *others]
        history.take_end(list(truth.history), truth.head, connects=truth.connects)
    if truth.problem is not None:
        what = truth.unread or "the thread's state"
        app_state.state_problem = clean(f"{what[:1].upper()}{what[1:]} could not be read: {truth.problem}")
        hint = Hint("What the panels show of the thread may be older than the run. Read it again ({refresh}).")
        title = f"After the run, {what} could not be read: {truth.problem}"
        app_state.tell(clean(title, 300), clean(truth.problem.detail, 400), hint, severity="error", key="state")


def _tell_stateless_end(app_state: AppState, run: RunState) -> None:
    """Say how it ended where the panels show an open thread instead, and that nobody can answer or continue it."""
    stuck, thread_is_open = run.dead_end(run.phase), app_state.thread_id is not None
    if not stuck and not thread_is_open:
        return
    said = [f"{stuck[:1].upper()}{stuck[1:]}."] if stuck else []
    if thread_is_open:
        said.append("The panels show the open thread again; what the run did stays in the timeline.")
    hint = "Run it on a thread to go on from there." if stuck else "Nothing of it is kept."
    severity = "warning" if stuck else "information"
    title = f"The stateless run has ended: {run.phase.value}"
    app_state.tell(title, " ".join(said), hint, severity=severity, key="stateless")
