"""What a user asks for when starting a run, independent of any screen, and the body it becomes (PROTOCOL §6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal

from msgspec import Struct, field
from msgspec.structs import asdict

from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.stream_mode import DEFAULT_MODES
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str


class Unset(Enum):
    """Tells "no answer given" from the answer null."""

    TOKEN = "unset"


UNSET: Final = Unset.TOKEN

Multitask = Literal["reject", "enqueue", "interrupt", "rollback"]
Durability = Literal["sync", "async", "exit"]
OnDisconnect = Literal["continue", "cancel"]
Step = Literal["", "over", "into", "out"]


class _HowToRun(Struct, frozen=True):
    """What a run can be told besides its input. Unset fields are not sent; the defaults fill every panel."""

    stream_modes: tuple[str, ...] = DEFAULT_MODES
    interrupt_before: tuple[str, ...] | Literal["*"] = ()
    interrupt_after: tuple[str, ...] | Literal["*"] = ()
    multitask: Multitask = "reject"
    durability: Durability | None = None
    on_disconnect: OnDisconnect = "continue"
    """What the server does with the run when nobody follows its stream any more."""
    recursion_limit: int | None = None
    webhook: str = ""
    metadata: JsonObject = field(default_factory=dict)
    config: JsonObject = field(default_factory=dict)
    context: JsonObject = field(default_factory=dict)
    after_seconds: int | None = None
    background: bool = False
    """Start without following; it can be joined later."""
    stateless: bool = False
    """Run without a thread; nothing is kept."""


class RunRequest(_HowToRun, frozen=True):
    """One run to start on the open thread."""

    input: Json | Unset = None
    """UNSET continues from the head (sends `input: null`)."""
    command: JsonObject | None = None
    checkpoint: JsonObject | None = None
    """Where to start from: a checkpoint object as the server gave it."""
    step: Step = ""
    """Stop after one superstep (over), at the first task of a subgraph (into), or at the end of this one (out)."""
    until: str = ""
    """Stop before this node; inside subgraphs it is a path, `worker:draft`."""


class RunOptions(_HowToRun, frozen=True):
    """How runs are to be started, whatever their input."""

    def request(self, value: Json | Unset) -> RunRequest:
        """Return the request for one run with `value` as its input."""
        return RunRequest(input=value, **asdict(self))

    def continuing(self) -> RunRequest:
        """Return the request for a run that goes on where the thread stands."""
        return self.request(UNSET)


def checkpoint_in(request: Mapping[str, Json]) -> CheckpointId | None:
    """Return the checkpoint that the body of a request starts from; None where it names none."""
    named = as_str(as_object(request.get("checkpoint")).get("checkpoint_id")) or as_str(request.get("checkpoint_id"))
    return CheckpointId(named) if named else None
