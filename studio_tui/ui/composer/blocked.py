"""Why an input cannot be sent as things are now."""

from __future__ import annotations

from textual.widget import Widget

from studio_tui.core.state.app_state import AppState
from studio_tui.ui.contracts.services import with_keys


def why_blocked(composer: Widget, app_state: AppState) -> str:
    """Return the reason (display text), or an empty text where it can be sent."""
    if app_state.readonly:
        return "This session is read-only; nothing is sent."
    if app_state.server is None:
        return "Not connected to a server yet."
    if app_state.assistant_id is None:
        return "Pick an assistant first."
    if problem := app_state.thread_problem:
        ways = with_keys(composer, "Start another thread ({thread-new}), or pick another assistant ({assistants}).")
        return f"{problem[:1].upper()}{problem[1:]}. {ways}"
    if app_state.sends_from is not None and not (replay := app_state.server.can("replay")).works:
        way = with_keys(composer, "Leave the past first, or fork here ({fork}) and then send.")
        return f"Nothing can be sent from an old checkpoint: {replay.reason} {way}"
    runs = app_state.server.can("runs")
    if not runs.works and not app_state.server.can("stateless").works:
        return f"{runs.reason} What is there can be looked at."
    return ""
