"""What widgets ask for that another feature does: the Studio screen or the app hears it."""

from __future__ import annotations

from textual.message import Message

from studio_tui.domain.ids import CheckpointId, NodeId, TaskId
from studio_tui.domain.message.content import ContentPart
from studio_tui.jsonkit.value import Json


class TaskPicked(Message):
    """The timeline's cursor moved to a task, or left all tasks (None)."""

    def __init__(self, task_id: TaskId | None, node: NodeId | None, checkpoint_id: CheckpointId | None) -> None:
        super().__init__()
        self.task_id = task_id
        self.node = node
        self.checkpoint_id = checkpoint_id


class DetailWanted(Message):
    """Show one value or text in full: a JSON viewer over whatever screen it is wanted on."""

    def __init__(self, title: str, value: Json) -> None:
        super().__init__()
        self.title = title
        self.value = value


class ContentWanted(Message):
    """Show one content block of a message: what it is, its fields, and what can be done with it."""

    def __init__(self, part: ContentPart, where: str) -> None:
        """`where`: the message that holds it, in words."""
        super().__init__()
        self.part = part
        self.where = where


class QuestionsChanged(Message):
    """Questions have come up in the dock, or all are gone."""
