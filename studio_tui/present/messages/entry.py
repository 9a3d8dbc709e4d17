"""What a conversation is made of: messages with what streaming told of them, and the results of their calls."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from studio_tui.domain.message.message import Message
from studio_tui.present.kit.rows import Held


class Pending(Enum):
    """What a call without a result is."""

    LOST = auto()
    """Nobody answered it."""
    RUNNING = auto()
    WAITING = auto()
    """The run is paused before it."""


class ChatEntry(Struct, frozen=True):
    """A message to show: its own data, what streaming told of it, and the tool results that belong to its calls."""

    key: str
    message: Message
    streamed: Message | None = None
    results: tuple[Message, ...] = ()
    unsaved: bool = False
    """It was streamed and the state that the run left does not hold it."""
    pending: Pending = Pending.LOST
    """What its calls without a result are."""
    seconds: tuple[tuple[str, float], ...] = ()
    """How long the tasks of its results took, by the ids of those."""

    @property
    def state(self) -> tuple[object, ...]:
        """Changes whenever the entry looks different."""
        streamed = self.streamed
        return (
            self.message.rev,
            self.message.streaming,
            self.message.in_checkpoint,
            self.unsaved,
            self.pending,
            self.seconds,
            (Held(streamed), streamed.rev) if streamed else None,
            tuple((Held(result), result.rev) for result in self.results),
        )
