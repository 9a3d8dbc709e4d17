"""How servers differ where they speak the same protocol: built once from what a server showed, then only read.

Families (PROTOCOL §2, §18) are where the probe starts from; what a server shows of itself (its `/info`, its OpenAPI
file, what it answers to harmless questions) changes single fields. A new server is one more entry and its recordings.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ServerKind(StrEnum):
    """The families of servers, for display. Code asks the `Dialect`, never the family."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    AEGRA = "aegra"
    OLD_PYTHON = "old python"
    UNKNOWN = "unknown"


class Dialect(Struct, frozen=True):
    """One field per difference; the defaults are the protocol as most servers speak it."""

    # Runs
    takes_context: bool = True
    """Runs and assistants have a `context`; older servers know `config.configurable` only."""
    mirrors_context: bool = True
    """`context` and `config.configurable` are two names of one thing, and must not contradict each other."""
    takes_durability: bool = True
    """The field is called `durability`, not `checkpoint_during`."""
    checkpoints_with_values: bool = False
    """`values` and `messages` with subgraphs fail unless `checkpoints` is asked for, too (PROTOCOL §8)."""
    head_with_every_run: bool = False
    """A run without checkpoint would start from the one that was last replayed (PROTOCOL §12)."""
    head_with_null_input: bool = False
    """`input: null` is refused unless the checkpoint to go on from is named."""
    steerable: bool = True
    """Breakpoints of a run, null input, replays and joining do what they should."""
    one_answer: bool = False
    """Of several questions only one can be answered at a time."""
    resumes_breakpoints: bool = False
    """Where `input: null` does not work, `command: {"resume": true}` leaves a compiled breakpoint."""
    mixed_goto: bool = False
    """One `goto` list may hold names and objects."""

    asks_again: bool | None = True
    """A question that was answered is asked again when its checkpoint is replayed; else the old answer counts again.
    None: not known."""

    # Streams and how runs end
    heartbeats: bool = False
    """Comments come every few seconds, so that silence means a dead link."""
    keeps_streams: bool = False
    """The stream of any ended run can be had again, whether it was asked to be resumable or not."""
    joins_from_start: bool = False
    """A run that is joined is told from its first event to its last, as a recording does it."""
    cancel_is_error: bool = True
    """A cancelled run may be booked as `error`, with the cancel's name as its text."""
    error_may_be_cancel: bool = False
    """A run booked as `error` without a text may have been cancelled."""
    asking_is_interrupted: bool = False
    """A run that stopped at a question or breakpoint is booked as `interrupted`, the word for cancelled elsewhere."""

    # State
    in_memory: bool | None = None
    """State may vanish on a restart; None: the server's metrics tell."""
    hides_joins: bool = False
    """States leave out of `next` and `tasks` what waits behind a join edge (PROTOCOL §17)."""
    any_thread_id: bool = False
    """Thread ids need not be UUIDs."""
    writes_while_busy: bool = False
    """State updates are taken while a run goes on."""
    overwrites: bool | None = True
    """Whether `{"__overwrite__": …}` replaces the value of a key with a reducer; None: not known."""
    text_flags: bool = False
    """`subgraphs` in a body is a text, `"true"`."""
    text_cursor: bool = False
    """`before` in the body of a history request is an id, not an object."""
    pages_history: bool = True
    """`before` works at all."""

    # Lists and the rest
    most_threads: int = 1000
    """Threads in one page at most."""
    oldest_run_first: bool = False
    """Lists of runs begin with the oldest."""
    xray_depths: bool = True
    """`xray` may be a depth."""
    slow_schemas: bool = False
    """Schemas may fail with 500 when the server was too slow; the second attempt is fast."""
    repeats_labels: bool = False
    """A namespace in a query is one parameter per label, not one with dots."""


FAMILIES: dict[ServerKind, Dialect] = {
    ServerKind.PYTHON: Dialect(heartbeats=True, cancel_is_error=False, hides_joins=True),
    ServerKind.OLD_PYTHON: Dialect(
        takes_context=False, mirrors_context=False, takes_durability=False, head_with_every_run=True, asks_again=False,
        one_answer=True, heartbeats=True, overwrites=False, hides_joins=True,
    ),
    ServerKind.JAVASCRIPT: Dialect(
        mirrors_context=False, checkpoints_with_values=True, head_with_every_run=True, mixed_goto=True,
        keeps_streams=True, error_may_be_cancel=True, text_flags=True, text_cursor=True, oldest_run_first=True,
        slow_schemas=True, in_memory=True,
    ),
    ServerKind.AEGRA: Dialect(
        steerable=False, resumes_breakpoints=True, asks_again=None, asking_is_interrupted=True, any_thread_id=True,
        in_memory=False, writes_while_busy=True,
        overwrites=None, pages_history=False, most_threads=100, xray_depths=False, repeats_labels=True,
    ),
    ServerKind.UNKNOWN: Dialect(any_thread_id=True, asks_again=None, overwrites=None, hides_joins=True),
}  # fmt: skip
"""What each family was seen to do when nothing more is known of the server."""
