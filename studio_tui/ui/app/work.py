"""Doing something that takes time for the user: in a worker, with its errors told and its progress visible."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from textual.worker import Worker

from studio_tui.core.state.app_state import Slice
from studio_tui.ui.kit.beside import fault_of
from studio_tui.ui.kit.terminal.notices import Topped
from studio_tui.ui.kit.terminal.safe import plain_notify

if TYPE_CHECKING:
    from studio_tui.ui.app.app import StudioApp

VISIBLE_AFTER = 0.3
"""Seconds after which something under way is shown."""

OPENING = 5.0
"""Seconds that keys wait for an editor or dialog that a command opens."""
BRIEF = 0.05
"""Seconds that keys wait for what else begins: it may open a dialog at once."""

_numbers = itertools.count()


class Activity(Struct, eq=False):
    """Something under way on behalf of the user."""

    label: str
    worker: Worker[None] | None = None
    started: float = field(default_factory=time.monotonic)
    asking: bool = False
    """It waits for the user, not the user for it."""
    ahead: float = 0.0
    """Seconds that keys wait for what it opens."""
    opens: bool = False
    """It was begun to open an editor or dialog: keys for one that never comes are dropped."""
    answered: float = 0.0
    """When its last dialog was answered (monotonic)."""
    done: bool = False
    pressed: int = 0
    """How many keys the user had pressed when it began, or when its last dialog was answered."""

    @property
    def visible(self) -> bool:
        """Whether it has taken long enough to be shown."""
        return bool(self.label) and not self.asking and time.monotonic() - self.started >= VISIBLE_AFTER


_current: ContextVar[Activity | None] = ContextVar("activity", default=None)


class Work:
    """What is under way. Errors become toasts, unknown exceptions a dialog and a log entry; the app lives on."""

    def __init__(self, app: StudioApp) -> None:
        self._app = app
        self.activities: list[Activity] = []

    def start(
        self,
        awaitable: Awaitable[object],
        label: str = "",
        *,
        group: str = "",
        opens: bool = False,
        ahead: bool | float = True,
    ) -> Activity:
        wait = OPENING if opens else BRIEF if ahead is True else float(ahead)
        activity = Activity(label, ahead=wait, opens=opens, pressed=self._app.typeahead.pressed)
        if self._app._exit:  # nothing begins any more; what is never awaited must not warn about it
            if inspect.iscoroutine(awaitable):
                awaitable.close()
            return activity
        if ahead:
            self._app.typeahead.opens(activity)
        self.activities.append(activity)
        activity.worker = self._app.run_worker(
            partial(self._guard, awaitable, activity),
            name=label or "work",
            group=group or f"work-{next(_numbers)}",
            exclusive=bool(group),
            exit_on_error=False,
        )
        task = activity.worker._task
        if task is not None:
            task.add_done_callback(lambda _task: self._ended(activity, awaitable))
        if label:
            self._app.set_timer(VISIBLE_AFTER + 0.02, self._changed)
        return activity

    def _changed(self) -> None:
        for screen in self._app.screen_stack:
            if isinstance(screen, Topped):
                self._app.clock.owe(screen.status, frozenset({Slice.CONNECTION}))

    def _ended(self, activity: Activity, awaitable: Awaitable[object]) -> None:
        """However it ended; a newer one of its group can end it before it has begun."""
        if inspect.iscoroutine(awaitable):
            awaitable.close()
        activity.done = True
        self.activities.remove(activity)
        if activity.label and not self._app._exit:
            self._changed()

    def cancel_newest(self) -> bool:
        for activity in reversed(self.activities):
            if activity.visible and activity.worker is not None:
                activity.worker.cancel()
                return True
        return False

    @property
    def shown(self) -> Activity | None:
        return next((item for item in reversed(self.activities) if item.visible), None)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Mark the current activity as waiting for the user."""
        activity = _current.get()
        if activity is None:
            yield
            return
        activity.asking = True
        if activity.pressed != self._app.typeahead.pressed:
            self._app.typeahead.focus_moved("A question came up while you were typing", text_too=True)
        try:
            yield
        finally:
            activity.asking = False
            activity.answered = time.monotonic()
            activity.pressed = self._app.typeahead.pressed
            if activity.ahead:
                self._app.typeahead.opens(activity)
            activity.started = time.monotonic()
            if activity.label:
                self._app.set_timer(VISIBLE_AFTER + 0.02, self._changed)

    async def _guard(self, awaitable: Awaitable[object], activity: Activity) -> None:
        _current.set(activity)
        try:
            await awaitable
        except asyncio.CancelledError:
            if activity.visible:
                plain_notify(self._app, f"Given up: {activity.label}", "warning")
            raise
        except Exception as error:
            if (fault := fault_of(error, activity.label)) is not None:
                self._app.tell_error(fault)
