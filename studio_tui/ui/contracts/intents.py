"""What widgets ask for that another feature does: the Studio screen or the app hears it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from studio_tui.domain.ids import CheckpointId, NodeId, TaskId
from studio_tui.domain.message.content import ContentPart
from studio_tui.jsonkit.value import Json


@dataclass
class TaskPicked(Message):
    """The timeline's cursor moved to a task, or left all tasks (None)."""

    task_id: TaskId | None
    node: NodeId | None
    checkpoint_id: CheckpointId | None


@dataclass
class DetailWanted(Message):
    """Show one value or text in full: a JSON viewer over whatever screen it is wanted on."""

    title: str
    value: Json


@dataclass
class ContentWanted(Message):
    """Show one content block of a message: what it is, its fields, and what can be done with it."""

    part: ContentPart
    where: str
    """The message that holds it, in words."""


class QuestionsChanged(Message):
    """Questions have come up in the dock, or all are gone."""


class AnswersChanged(Message):
    """The question in the dock takes other answers than before."""


class ThreadPicked(Message):
    """A thread of the list is being opened: the list has done what it was opened for."""
