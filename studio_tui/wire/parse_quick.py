"""The events that a stream has thousands of, read without what nobody looks at: tasks, and pieces of messages.

Real servers send with each of them who runs it, where and in which versions: most of the text. Here only the fields
that count become values. What has another shape than usual is left to the rules in `parse_tasks` and `parse_messages`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import UNSET, Struct
from msgspec.json import Decoder

from studio_tui.domain.ids import Namespace, TaskId
from studio_tui.domain.message.read import flat_message, is_chunk
from studio_tui.jsonkit.lazy import LazyJson
from studio_tui.jsonkit.value import as_int
from studio_tui.wire.events import Event, MessageDelta, TaskFinished, TaskStarted
from studio_tui.wire.frames import Frame, segments
from studio_tui.wire.parse_tasks import interrupts_in, writes

MOST = 64 * 1024
"""Characters up to which a payload is read here."""
_INPUT, _RESULT = ("input",), ("result",)


class _Task(Struct, gc=False):
    """What counts of a `tasks` payload."""

    id: str
    name: str = ""
    input: Any = UNSET
    triggers: tuple[str, ...] = ()
    result: Any = UNSET
    error: str | None = None
    interrupts: list[Any] | None = None
    type: Any = None


class _About(Struct, gc=False):
    """What counts of a message's metadata."""

    langgraph_node: str = ""
    langgraph_step: Any = None
    langgraph_checkpoint_ns: str = ""
    checkpoint_ns: str = ""


_task = Decoder(_Task).decode
_pair = Decoder(tuple[dict[str, Any], _About]).decode


def _tasks(frame: Frame, ns: Namespace) -> Event | None:
    data = frame.data
    item = _task(data if data.isascii() else data.encode())
    task_id, given, made = item.id, item.input, item.result
    if not task_id or item.type is not None:
        return None
    if given is not UNSET:
        return TaskStarted(
            seq=frame.seq,
            at=frame.at,
            ns=ns,
            task_id=TaskId(task_id),
            name=item.name,
            input=given,
            triggers=item.triggers,
            payload=LazyJson(data, _INPUT, 0, given),
        )
    if made is UNSET:
        return None
    asked = item.interrupts
    return TaskFinished(
        seq=frame.seq,
        at=frame.at,
        ns=ns,
        task_id=TaskId(task_id),
        name=item.name,
        result=made if type(made) is dict else writes(made),
        error=item.error,
        interrupts=interrupts_in(asked, ns, item.name, TaskId(task_id)) if asked else (),
        payload=LazyJson(data, _RESULT, 0, made),
    )


def _messages(frame: Frame, ns: Namespace) -> Event | None:
    data = frame.data
    told, about = _pair(data if data.isascii() else data.encode())
    message = flat_message(told)
    path, task_id = _place(about.langgraph_checkpoint_ns or about.checkpoint_ns)
    return MessageDelta(
        seq=frame.seq,
        at=frame.at,
        ns=ns if path is None else path,
        message=message,
        replaces=not is_chunk(message),
        node=about.langgraph_node,
        task_id=task_id,
        step=as_int(about.langgraph_step),
    )


@lru_cache(maxsize=1024)
def _place(path: str) -> tuple[Namespace | None, TaskId | None]:
    """What `task_place` finds in a checkpoint's namespace, which ends with the task itself."""
    found = segments(path)
    task = found[-1].partition(":")[2] if found else ""
    return (found[:-1] if found else None), TaskId(task) if task else None


QUICK: dict[str, Callable[[Frame, Namespace], Event | None]] = {"tasks": _tasks, "messages": _messages}
"""What reads a frame of a mode, of at most `MOST` characters, as one event. It returns None, or raises ValueError or
RecursionError, where the rules of its mode are to be asked."""
