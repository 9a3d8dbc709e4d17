"""Chat messages, whole or still growing, in the forms that servers send (PROTOCOL §10)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import astuple

from studio_tui.domain.ids import ROOT, Namespace, TaskId
from studio_tui.domain.message.content import ContentPart
from studio_tui.domain.message.deferred import growing
from studio_tui.jsonkit.value import Json, JsonObject

REMOVE_ALL = "__remove_all__"
"""The id whose removal removes every message before it."""
NO_ID = "~"
"""Begins the made-up id of a message that the server sends without one."""
SNAPSHOT = f"{NO_ID}/"
"""The same for messages of a whole state of the root graph, followed by the key and the place in its list."""


class Usage(Struct, frozen=True):
    """Token counts as the model reported them."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    """Of the input: read from the provider's cache."""
    reasoning_tokens: int = 0
    """Of the output: spent on reasoning."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(left + right for left, right in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Usage) -> Usage:
        return Usage(*(left - right for left, right in zip(astuple(self), astuple(other), strict=True)))


def total_usage(found: Iterable[Usage]) -> Usage:
    """Return what all of them count together."""
    return Usage(*map(sum, zip(*map(astuple, found), strict=True)))


@growing("arguments")
@dataclasses.dataclass(slots=True)
class ToolCall:
    """One tool call; while streaming, `arguments` is the text received so far."""

    id: str | None
    name: str
    arguments: str
    """JSON text, possibly unfinished."""
    parsed: Json = None
    """The arguments as JSON once they are complete, else None."""
    problem: str = ""
    """Why the call is not valid, where the model's library says that it is not."""


@growing("text", "thinking", "raw")
@dataclasses.dataclass(slots=True)
class Message:
    """One message. Strings are raw server text: presenters sanitise them."""

    id: str
    role: str
    """human, ai, tool, system, remove, or whatever type the server names."""
    text: str = ""
    """The readable text: string content, or the text blocks of list content joined."""
    thinking: str = ""
    """Reasoning blocks joined."""
    name: str | None = None
    tool_calls: list[ToolCall] = dataclasses.field(default_factory=list)
    tool_call_id: str | None = None
    """Of a tool message: the call that it answers."""
    status: str = ""
    """Of a tool message: success or error."""
    usage: Usage | None = None
    node: str = ""
    """The node that streamed it, when known."""
    ns: Namespace = ROOT
    task_id: TaskId | None = None
    streaming: bool = False
    chunk_count: int = 0
    first_at: float | None = None
    """Unix seconds of the first and last chunk; None for messages read from a state."""
    last_at: float | None = None
    in_checkpoint: bool = True
    """False for streamed text that no checkpoint holds (after a cancel)."""
    raw: JsonObject = dataclasses.field(default_factory=dict)
    """The complete message as the server holds it, or the merged one."""
    rev: int = 0
    """Grows with every change; cache keys use it."""
    parts: tuple[ContentPart, ...] = ()
    """The content block by block, where it is more than one text; while it streams, only what is no text."""
    extras: tuple[ContentPart, ...] = ()
    """What it holds besides content and calls: an artifact, sources, why it was cut off, fields of nobody."""
    model: str = ""
    """The model that wrote it, as its provider names it."""


def has_id(message: Message) -> bool:
    """Tell whether the server gave a message an id: others cannot be told apart but by what they say."""
    return bool(message.id) and not message.id.startswith(NO_ID)
