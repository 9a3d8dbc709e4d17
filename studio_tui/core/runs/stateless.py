"""What must be said of a run without a thread, of which nothing is left on the server."""

from __future__ import annotations

from studio_tui.core.state.app_state import AppState
from studio_tui.core.state.notices import tell
from studio_tui.domain.run import RunState


def tell_stateless_end(app_state: AppState, run: RunState) -> None:
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
    tell(app_state, title, " ".join(said), hint, severity=severity, key="stateless")
