"""Which keys the bottom row of the Studio shows: by what has the focus, and by what the run, the thread and the time
cursor are doing. Pure: an area and a situation in, command ids out, the next thing to do first."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.thread_position import Standing
from studio_tui.present.timetravel.state import OtherBase, other_base

State = Literal["idle", "live", "asks", "paused", "failed", "past"]
"""What matters most now. The past comes before all but a live run: keys act on the checkpoint under the cursor."""


class Situation(Struct, frozen=True):
    """What decides, besides the focus."""

    state: State = "idle"
    search: bool = False
    """A search is active in the panel in use."""
    zoomed: bool = False
    form: bool = False
    """What is typed into is a form or JSON: enter does not send."""
    diff_seen: bool = False
    other_base: OtherBase = ""
    """What Diff would compare with instead."""
    marked: bool = False
    """The checkpoint that is shown is the marked one."""
    folding: str = ""
    """What can be done to the subgraph under the graph's cursor, in a word; empty where there is none."""
    gone: bool = False
    """The server does not have the thread any more: nothing runs on it."""


FOLD = "graph-collapse-or-expand-subgraph"
WHERE_ABLE = ("undo", "redo")
"""Shown only where there is something to take back, or to do again."""
TYPING = ("composer", "answer")
"""Areas where a single letter is text."""


_GO_TO_MATCHES = ("step", "step-in")
"""Commands whose keys go to the next match and the one before, while a search is active."""

_ON_THREAD = ("list-open-row", "thread-rename", "delete")

_FIRST: dict[State, tuple[str, ...]] = {
    "idle": (),
    "live": ("stop-now",),
    "asks": ("continue",),
    "paused": ("step", "continue"),
    "failed": ("rerun", "edit", "whole-error"),
    "past": (),
}
"""What comes first whatever panel has the focus; not in the list of threads, where runs of the open one are refused."""

_PANELS: dict[str, tuple[str, ...]] = {
    "threads": ("list-open-row", "thread-new", "thread-rename", "delete", "filter", "threads", "assistants", "yank"),
    "graph": ("input", "break-before", "xray", "filter", "zoom", "assistants", "export-graph", "observed"),
    "timeline": ("rerun", "edit", "fork", "undo", "redo", "older", "follow", "filter", "yank"),
    "history": ("rerun", "edit", "fork", "undo", "redo", "mark", "diff", "older", "filter", "branch-prev"),
    "state": ("edit", "fork", "rerun", "undo", "redo", "older", "diff", "raw", "filter", "yank"),
    "messages": ("input", "list-open-row", "filter", "yank", "raw", "follow", "zoom"),
    "diff": ("older", "mark", "diff", "filter", "yank"),
    "raw": ("raw", "filter", "follow", "modes", "yank", "zoom"),
}
"""What a panel is there for, the most useful first."""

_IN_STATE: dict[tuple[str, State], tuple[str, ...]] = {
    ("graph", "paused"): ("step-in", "run-to", "break-before", "breakpoints", "xray", "edit", "filter"),
    ("timeline", "paused"): ("step-in", "edit", "fork", "undo", "redo", "rerun", "older", "filter"),
    ("messages", "paused"): ("edit", "input", "filter", "yank"),
    ("timeline", "failed"): ("fork", "older", "server-log", "filter"),
    ("graph", "failed"): ("break-before", "server-log", "filter", "zoom"),
    ("messages", "failed"): ("input", "server-log", "filter", "yank"),
    ("timeline", "live"): ("follow", "filter", "yank", "zoom"),
    ("graph", "live"): ("break-before", "xray", "filter", "zoom"),
    ("messages", "live"): ("follow", "input", "filter", "yank", "zoom"),
    ("state", "live"): ("raw", "filter", "yank", "zoom"),
    ("graph", "past"): ("rerun", "edit", "fork", "undo", "redo", "older", "diff", "mark", "filter"),
    ("timeline", "past"): ("rerun", "edit", "fork", "undo", "redo", "older", "diff", "mark", "filter"),
    ("messages", "past"): ("rerun", "edit", "fork", "undo", "redo", "older", "filter", "yank"),
}
"""Where a state leaves other things to do than the panel's own."""


def bar(area: str, now: Situation) -> tuple[str, ...]:
    """Return the commands of the bottom row, in the order of use; what does not fit is left out from the end.

    Where esc does something it comes last, as `back` or the leaving command of the area. That and the search stay.
    """
    if area == "composer":
        first = ("stop-now",) if now.state == "live" else ()
        send = ("run",) if now.form else ("composer-submit",)
        return (*send, *first, "composer-mode", "run-options", "message", "composer-leave")
    if area == "answer":
        return ("answer-send", "answer-leave") if now.form else ("answer-enter", "answer-editor", "answer-leave")
    if area == "dock":
        acts = (
            "answers-send",  # offered once all that goes in one request is decided
            "approve",
            "reject",
            "reject-words",
            "resume-edit",
            "resume",
            "answers-together",
            "question-whole",
        )
        return (*acts, "command-dialog", "inbox", "question-leave")
    own = _IN_STATE.get((area, now.state), _PANELS[area])
    # In the list another thread than the open one may be under the cursor.
    begins: tuple[str, ...] = () if area == "threads" and now.state != "live" else urgent(now)
    if area == "graph" and now.folding:
        at = own.index("xray") if "xray" in own else len(own)
        own = (*own[:at], FOLD, *own[at:])
    if now.diff_seen:  # its key does one thing only: it changes what Diff compares with
        turn = ("older", "diff") if now.other_base and "older" in own else ()
        own = (*turn, *(name for name in own if name not in ("diff", *turn)))
    if now.marked and "older" in own:  # how to take it back is always seen
        own = tuple(dict.fromkeys(("mark", *own)))
    found = dict.fromkeys((*begins, *own))
    if area in ("threads", "raw", "diff") and "input" not in found:
        found["input"] = None
    found["command"] = None
    if now.search:  # their keys go to matches then
        verbs = _ON_THREAD if area == "threads" else ()  # what is done to the thread that was looked for
        ahead = dict.fromkeys((*(name for name in begins if name not in _GO_TO_MATCHES), *verbs))
        found = {**ahead, _GO_TO_MATCHES[0]: None, **found}
        found.pop(_GO_TO_MATCHES[1], None)
    leaves = ("back",) if now.search or now.zoomed or now.state == "past" else ()
    return (*found, *leaves)


def urgent(now: Situation) -> tuple[str, ...]:
    """Return what keeps its place before all others, whether or not it can be done at this moment."""
    first = _FIRST[now.state]
    if now.gone and now.state != "asks":  # a question can still be read
        return tuple(name for name in first if name == "whole-error")
    return first


def words(area: str, now: Situation) -> dict[str, str]:
    """Return what commands are called in the bottom row where their own name would not say it."""
    said = {"older": "Time"}
    if now.state == "asks":
        said["continue"] = "Answer"
    if now.state == "failed":
        said |= {"rerun": "Run again", "edit": "Edit state", "whole-error": "Whole error"}
    if now.state == "past":
        said["rerun"] = "Run"
    if now.marked:
        said["mark"] = "Unmark"
    if now.diff_seen and now.other_base:
        said["diff"] = f"Against {now.other_base}"
    if now.search:
        said |= {"back": "Clear search", _GO_TO_MATCHES[0]: "Matches"}
    elif now.state == "past":
        said["back"] = "Now"
    elif now.zoomed:
        said["back"] = "Unzoom"
    if now.folding:
        said[FOLD] = now.folding
    if area == "messages":
        said["raw"] = "Source"
    if area == "composer":
        said |= {"run": "Send", "composer-leave": "Panels"}
    return said


def situation(
    app_state: AppState,
    *,
    search: bool = False,
    zoomed: bool = False,
    form: bool = False,
    diff_seen: bool = False,
    folding: str = "",
) -> Situation:
    """Read off the app state what the open thread is doing."""
    other = other_base(app_state.base, app_state.state, app_state.mark)
    shown = app_state.state
    marked = app_state.mark is not None and shown is not None and shown.checkpoint_id == app_state.mark
    gone = app_state.thread_gone
    return Situation(_state(app_state), search, zoomed, form, diff_seen, other, marked, folding, gone)


def _state(app_state: AppState) -> State:
    position, run = app_state.position, app_state.run
    if (run is not None and run.phase.is_live) or position.standing is Standing.RUNNING:
        return "live"
    if app_state.cursor is not None:
        return "past"
    match position.standing:
        case Standing.ASKING:
            return "asks"
        case Standing.PAUSED:
            return "paused"
        case Standing.FAILED:
            return "failed"
        case _:
            return "idle"
