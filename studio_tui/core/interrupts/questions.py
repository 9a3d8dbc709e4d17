"""What the graph asks on the open thread, and how answers to it are spelled in a `resume`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import UnsupportedError, UsageError
from studio_tui.jsonkit.value import Json, is_object
from studio_tui.text.sanitize import clean


def pending_questions(app_state: AppState) -> tuple[Interrupt, ...]:
    """Return what the graph asks on the open thread and nobody has answered, all namespaces included."""
    return app_state.position.questions


def resume_value(answers: Mapping[str, Json], pending: Sequence[Interrupt], server: ServerInfo) -> Json:
    """Return the value of `resume`: always the map by id, except on servers whose questions have none.

    Raises UsageError or UnsupportedError for what such servers cannot take.
    """
    asked = {item.key: item for item in pending}
    if server.can("resume_map").works and all(asked[key].id for key in answers):
        return {asked[key].id or "": value for key, value in answers.items()}
    first = next(iter(asked), "")
    if len(answers) > 1 or next(iter(answers)) != first:
        node = clean(asked[first].node) or "first"
        hint = f"Answer the question of {node} first, alone; the next one waits."
        raise UsageError("This server takes one answer at a time, in its own order", "", hint)
    (value,) = answers.values()
    if value is None:
        raise UnsupportedError("This server cannot take null as an answer", "It fails on it.", "Answer with a value.")
    if is_object(value) and value and set(value) <= {item.id for item in pending if item.id}:
        raise UsageError("This answer reads like a map of answers by id", "", "Wrap it in a list or another object.")
    return value
