"""One server-sent event as it came, and where it comes from, as the interpreting rules need it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from studio_tui.domain.ids import Namespace, TaskId
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import JsonObject, as_int, as_str


class Frame(NamedTuple):
    """A raw event. `seq` counts arrivals within one run, `at` is unix seconds, `id` the newest wire id (not unique)."""

    seq: int
    at: float
    event: str
    """The event name as sent, `updates|level1:069f…`."""
    data: str
    """The data lines joined with line feeds."""
    id: str = ""

    @property
    def mode(self) -> str:
        """The stream mode without namespace."""
        return self.event.split("|", 1)[0]


class UnexpectedShape(Exception):
    """A payload does not have the shape that its mode promises; the text says what is odd."""


class FrameOrigin(NamedTuple):
    """A frame's sequence number, arrival, namespace and mode, with the payload's text."""

    seq: int
    at: float
    ns: Namespace
    mode: str
    data: str

    def part_of(self, *path: str) -> LazyJson:
        """Return the part of the payload at `path`, kept as the text that is there anyway."""
        return LazyJson(self.data, _shared(path))


@lru_cache(maxsize=1024)
def _shared(path: tuple[str, ...]) -> tuple[str, ...]:
    """The same path as one object, since it is kept with every payload."""
    return path


class TaskPlace(NamedTuple):
    """Which task a message or trace event belongs to, as its metadata says."""

    ns: Namespace
    node: str
    task_id: TaskId | None
    step: int | None


def segments(path: str) -> Namespace:
    """Split a namespace; bare numbers in it count calls of one subgraph and name no node."""
    return tuple(part for part in path.split("|") if part and not part.isdigit())


def task_place(metadata: JsonObject, fallback: Namespace) -> TaskPlace:
    """Read the task from LangGraph's metadata; its namespace ends with the task itself."""
    node = as_str(metadata.get("langgraph_node"))
    step = as_int(metadata.get("langgraph_step"))
    path = segments(as_str(metadata.get("langgraph_checkpoint_ns")) or as_str(metadata.get("checkpoint_ns")))
    if not path:
        return TaskPlace(fallback, node, None, step)
    task = path[-1].partition(":")[2]
    return TaskPlace(path[:-1], node, TaskId(task) if task else None, step)
