"""What runs told of messages beside what they say: who wrote them, how fast, how long tools took."""

from __future__ import annotations

from collections.abc import Sequence

from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.message.message import Message
from studio_tui.domain.run import RunState
from studio_tui.present.kit.rows import Held
from studio_tui.present.messages.conversation import Told
from studio_tui.present.messages.entry import Pending

MOST_RUNS = 50
"""The newest of a thread's, which are asked each time that the panel is drawn."""
MOST_TASKS = 1_000
"""Tasks of past runs in which writers of messages are looked for."""


class EarlierRuns:
    """Remembers what runs told that are not the newest any more."""

    def __init__(self) -> None:
        self._basis: object = None
        self._before: dict[str, Message] = {}
        self._seconds: dict[str, float] = {}

    def told(self, runs: Sequence[RunState], run: RunState | None, state: Checkpoint | None = None) -> Told:
        """Return what is known beside the messages; `run` is the one that tells of the newest, `state` what is shown
        instead of it."""
        others = [item for item in runs[-MOST_RUNS:] if item is not run and not item.stateless]
        basis = [(Held(item), item.reconciled, len(item.messages), len(item.tasks)) for item in others]
        if basis != self._basis:
            self._basis, self._before = basis, {}
            self._seconds = {}
            left = MOST_TASKS
            for item in reversed(others):  # what the newest told of a message holds
                left -= len(item.tasks)
                if item.from_history and left > 0:
                    self._take(item, _written_by(item))
                elif not item.from_history:
                    self._take(item, item.messages)
        return Told(self._before, _pending(run, state), lambda message: self._took(message, run))

    def _take(self, run: RunState, messages: dict[str, Message]) -> None:
        for key, message in messages.items():
            if key not in run.ledger.inherited and not message.streaming:
                self._before.setdefault(key, message)
                took = _task_seconds(run, message)
                if took is not None:
                    self._seconds.setdefault(key, took)

    def _took(self, message: Message, run: RunState | None) -> float | None:
        own = _task_seconds(run, message) if run is not None else None
        return self._seconds.get(message.id) if own is None else own


class Answers:
    """Counts the messages that a run brought, those of people aside."""

    def __init__(self) -> None:
        self._basis: tuple[object, int] = (None, 0)
        self._count = 0

    def count(self, run: RunState | None) -> int:
        """Return the number; it is counted again only when there are other messages."""
        basis = (Held(run), len(run.messages) if run is not None else 0)
        if basis != self._basis:
            self._basis = basis
            messages = run.messages.items() if run is not None else ()
            own = run.ledger.inherited if run is not None else ()
            self._count = sum(message.role != "human" and key not in own for key, message in messages)
        return self._count


def _task_seconds(run: RunState, message: Message) -> float | None:
    """How long the task took that wrote a message of a tool."""
    if message.role != "tool" and message.role:
        return None
    task = run.tasks.get(message.task_id) if message.task_id is not None else None
    return None if task is None or task.between_checkpoints else task.duration


def _written_by(run: RunState) -> dict[str, Message]:
    from studio_tui.core.runstate.past_runs import written_by

    return written_by(run)


def _pending(run: RunState | None, state: Checkpoint | None) -> Pending:
    """What calls of the newest message are that nobody has answered: in a state of the past those may come next."""
    if run is None:
        return Pending.WAITING if state is not None and state.next else Pending.LOST
    return Pending.RUNNING if run.phase.is_live else Pending.WAITING if run.phase.is_paused else Pending.LOST
