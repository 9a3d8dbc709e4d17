"""What a run can be asked to stream: the one table of modes.

A new mode is a row here and a rule in `wire/parse.py`. Modes that only a server knows stay plain strings: they are
shown by their names, and their frames become `UnknownEvent`s.
"""

from __future__ import annotations

from enum import Flag, StrEnum, auto


class Tells(Flag):
    """What can be learned of a run from one of its modes."""

    NOTHING = 0
    TASKS = auto()
    """Start and end of each task, with its id."""
    WRITES = auto()
    """What each node wrote."""
    NODES = auto()
    """Which nodes run, at the latest when their superstep has ended."""
    ROWS = auto()
    """Enough of a task for a row of the timeline."""
    CHECKPOINTS = auto()
    """Ids of checkpoints, as the last thing of a superstep."""


_WORK = Tells.WRITES | Tells.NODES | Tells.ROWS


class StreamMode(StrEnum):
    """The modes in the order that pickers show. Columns: words, role of its frames' colour, what it tells, tokens."""

    words: str
    role: str
    tells: Tells
    is_tokens: bool
    """Comes in pieces, of which equal ones within one millisecond are no repeats."""

    def __new__(
        cls, value: str, words: str, role: str, tells: Tells = Tells.NOTHING, is_tokens: bool = False
    ) -> StreamMode:
        mode = str.__new__(cls, value)
        mode._value_, mode.words, mode.role, mode.tells, mode.is_tokens = value, words, role, tells, is_tokens
        return mode

    VALUES = "values", "the whole state after each step", "string"
    UPDATES = "updates", "what each node returned", "ok", _WORK
    MESSAGES = "messages", "whole model messages; older form", "msg-ai", Tells.ROWS, True
    MESSAGES_TUPLE = "messages-tuple", "message chunks, token by token", "msg-ai", Tells.ROWS, True
    DEBUG = "debug", "tasks and checkpoints; older form", "muted", ~Tells.NOTHING
    EVENTS = "events", "every LangChain event; heavy", "muted", Tells.NODES | Tells.ROWS, True
    CUSTOM = "custom", "what nodes write to the stream", "info", Tells.NOTHING, True
    TASKS = "tasks", "start and end of every task", "node-running", _WORK | Tells.TASKS
    CHECKPOINTS = "checkpoints", "every checkpoint as it is written", "accent", Tells.NODES | Tells.CHECKPOINTS


MODES: tuple[StreamMode, ...] = tuple(StreamMode)

DEFAULT_MODES: tuple[str, ...] = ("values", "updates", "messages-tuple", "custom", "tasks", "checkpoints")
"""Fills every panel; holds `checkpoints`, so that JavaScript servers survive `values` with subgraphs."""


def telling(what: Tells) -> frozenset[str]:
    """Return the modes that tell `what`."""
    return frozenset(mode for mode in MODES if what in mode.tells)
