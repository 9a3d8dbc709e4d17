"""What widgets ask of their screen. Widgets post these and never act themselves; the screen decides."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from studio_tui.domain.ids import CheckpointId, NodeId, TaskId, ThreadId
from studio_tui.domain.message.content import ContentPart
from studio_tui.domain.thread import Thread
from studio_tui.jsonkit.value import Json


class Intent(Message):
    """What a widget asks for; the Studio screen does it."""


class NodeOpened(Intent):
    """Enter or double click on a node: show the inspector."""

    def __init__(self, node: NodeId) -> None:
        super().__init__()
        self.node = node


class ThreadOpened(Intent):
    """Open a thread."""

    def __init__(self, thread_id: ThreadId) -> None:
        super().__init__()
        self.thread_id = thread_id


class MoreThreadsWanted(Intent):
    """The thread list was scrolled near its end."""


class NamesWanted(Intent):
    """Threads can be seen that the list does not name."""

    def __init__(self, threads: Sequence[Thread]) -> None:
        super().__init__()
        self.threads = threads


class MoreHistoryWanted(Intent):
    """The timeline was scrolled near the oldest loaded checkpoint."""


class TaskPicked(Intent):
    """The timeline's cursor moved to a task, or left all tasks (None)."""

    def __init__(self, task_id: TaskId | None, node: NodeId | None, checkpoint_id: CheckpointId | None) -> None:
        super().__init__()
        self.task_id = task_id
        self.node = node
        self.checkpoint_id = checkpoint_id


class DetailWanted(Intent):
    """Show one value or text in full: a JSON viewer over whatever screen it is wanted on."""

    def __init__(self, title: str, value: Json) -> None:
        super().__init__()
        self.title = title
        self.value = value


class ContentWanted(Intent):
    """Show one content block of a message: what it is, its fields, and what can be done with it."""

    def __init__(self, part: ContentPart, where: str) -> None:
        """`where`: the message that holds it, in words."""
        super().__init__()
        self.part = part
        self.where = where


class QuestionsChanged(Intent):
    """Questions have come up in the dock, or all are gone."""
