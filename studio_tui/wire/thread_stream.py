"""What the frames of a thread's stream say: that something happened, not what. That is read."""

from __future__ import annotations

from msgspec import Struct

from studio_tui.domain.ids import RunId
from studio_tui.jsonkit.received import parse_received
from studio_tui.jsonkit.value import as_object, as_str
from studio_tui.wire.frames import Frame

MODES = ("lifecycle", "state_update")
"""What the stream of a thread is asked for."""


class RunBegan(Struct, frozen=True):
    """A run of the thread has begun, whoever started it."""

    run_id: RunId


class Changed(Struct, frozen=True):
    """Something about the thread is different; for the end of a run, of which one."""

    run_id: RunId | None = None


def meaning(frame: Frame) -> RunBegan | Changed | None:
    """Return what a frame says; None for what concerns nobody here."""
    if frame.event == "state_update":
        return Changed()
    if frame.event != "metadata":
        return None
    try:
        said = as_object(parse_received(frame.data.encode("utf-8", "replace")))
    except ValueError:
        return None
    run_id = RunId(as_str(said.get("run_id")))
    if said.get("status") == "run_done":
        return Changed(run_id or None)
    return RunBegan(run_id) if run_id else None
