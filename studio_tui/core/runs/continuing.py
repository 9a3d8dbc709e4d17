"""Turns "go on", an answer, or a whole command into the request that continues a paused thread (PROTOCOL §11.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.run_request import UNSET, RunRequest, Unset
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import UsageError
from studio_tui.jsonkit.value import Json, JsonObject


def continuation(
    options: RunRequest | None,
    *,
    resume: Json | Unset,
    answers: Mapping[str, Json] | None,
    update: JsonObject | None,
    goto: Sequence[str],
) -> RunRequest:
    """Return the request; `options` gives modes, breakpoints and config, its input and command do not count."""
    command: dict[str, Json] = {}
    if answers:
        command["resume"] = dict(answers)
    elif not isinstance(resume, Unset):
        command["resume"] = resume
    if update is not None:
        command["update"] = update
    if goto:
        command["goto"] = list(goto)
    return replace(options or RunRequest(), input=UNSET, command=command or None)


def addressed(value: Json, head: Checkpoint | None, server: ServerInfo) -> Json:
    """Address a single answer by the interrupt's id, as servers that know ids want it.

    Raises UsageError when several questions are open: one answer would not say which is meant.
    """
    pending = head.pending_interrupts if head is not None else ()
    if len(pending) > 1 and not server.can("resume_map").works:
        return value  # such servers take one answer at a time, and give it to the first question
    if len(pending) > 1:
        hint = "Answer each one, or several together by their ids."
        raise UsageError(f"{len(pending)} questions are open", "One answer would not say which is meant.", hint)
    return {pending[0].id: value} if pending and pending[0].id and server.can("resume_map").works else value
