"""Keys in the order in which they were pressed: each one waits until the one before it has had its whole effect.

Textual hands a key to whatever has the focus when it arrives and carries commands out later. In a burst (a slow link,
a paste without brackets, fast fingers) `ctrl+s` would send the text of before the last letters, and what follows a key
that opens an editor would run as commands. Here a key that comes too early waits: for the messages of the one before
it, for a dialog or editor that it opens, for a form that is being built. Text for one and the same editor flows.

Where the focus has moved without the user, letters are not taken for a moment: they were meant for another place.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from textual import events
from textual.message_pump import MessagePump
from textual.messages import Prompt
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from studio_tui.core.inputs.drafts import Drafts, early_key
from studio_tui.core.inputs.run_input import RunInput
from studio_tui.text.fmt import plural
from studio_tui.ui.contracts.panel import Building, Kept
from studio_tui.ui.kit.terminal.safe import plain_notify
from studio_tui.ui.kit.text_inputs import one_line, typeable

if TYPE_CHECKING:
    from studio_tui.ui.app.app import StudioApp
    from studio_tui.ui.app.work import Activity

Typed: TypeAlias = "events.Key | events.Paste"

SETTLE = 2.0
"""Seconds that a key waits at most for the effects of the one before it: a busy program must not swallow keys."""
ROUNDS = 4
"""Times that all queues between the focus and the app must have been found empty."""
AFTER_ANSWER = 0.5
"""Seconds that keys wait for another dialog of the same command once one was answered."""
GRACE = 0.7
"""Seconds without a key after which letters are commands again where the focus had moved by itself."""
BEGINNING = 20.0
"""Seconds that keys wait at most for the first screen."""
_SCREENS = 2
"""Textual's empty screen and ours."""
MOST = 20_000
"""Keys that may wait."""
_TICK = 0.01
_ANSWERS = ("ctrl+s", "enter", "y", "n")
"""Keys that answer a dialog and do something else below it, such as sending what is typed there."""
_ALWAYS = ("ctrl+q", "ctrl+c", "ctrl+z")
"""What a terminal that is too small still takes."""


class TypeAhead:
    """Lets one key pass at a time."""

    def __init__(self, app: StudioApp) -> None:
        self._app = app
        self.pressed = 0
        """Keys that have had their effect: what began at the same number was begun by the same key."""
        self._queue: deque[Typed] = deque()
        self.arriving: deque[Typed] = deque()
        """Keys that were read from the terminal and have not come to the app yet; the reading thread adds to it."""
        self._on_their_way: set[Typed] = set()
        """The same keys: looking for one in what another thread adds to would fail."""
        self._passing: Typed | None = None
        self._task: asyncio.Task[None] | None = None
        self._awaited: Activity | None = None
        self._ended = False
        self._held = ""
        """Text that came before the first screen."""
        self._editor: object = None
        """The editor that got text as the last key."""
        self._place_before: tuple[int, ...] = ()
        """Screens and focus as they were before the last key."""
        self._last: tuple[str, int, float] = ("", 0, 0.0)
        """The last key's name, how many screens there were, and when it was pressed."""
        self._deaf_until = 0.0
        self._deaf: tuple[str, float, bool] = ("", 0.0, False)
        """What was told last by `focus_moved`: why, seconds, text too."""

    # -- what the app asks --------------------------------------------------------------------------------------

    def admit(self, event: Typed) -> bool:
        """Tell whether a key may have its effect now; otherwise it waits, or is not taken at all."""
        passes = self._passes(event)
        if not passes and self._task is None:
            self._app.turn.end()
        return passes

    def _passes(self, event: Typed) -> bool:
        if self._ended:
            return False
        if event is self._passing:
            self._passing = None
            return self._counted(event)
        if event in self._on_their_way:
            while (first := self.arriving.popleft()) is not event:
                self._on_their_way.discard(first)  # Nobody took that one.
            self._on_their_way.discard(event)
        passes = not self._focus_pending() and (self._task is None or self._may_flow(event))
        if passes and not self._counted(event):
            return False
        if not passes:
            if self._gives_up(event):
                return self._give_up(leaving=_name(event) == "ctrl+q")
            if len(self._queue) < MOST:
                self._queue.append(event)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch(), name="type-ahead")
        return passes

    def arrives(self, event: Typed) -> None:
        """A key was read from the terminal and is on its way to the app; called by the thread that reads."""
        if len(self.arriving) < MOST:
            self.arriving.append(event)
            self._on_their_way.add(event)
        self._app.turn.arrives()

    def end(self, *, later: bool = True) -> None:
        """The program ends: put the text that still waits into its editor, up to the first key that is no text.

        Without `later` only what was typed before the key that is having its effect. No key has an effect after this.
        May be called again, and from a thread while the loop hangs; never raises.
        """
        self._ended = True
        if self._passing is not None:
            self._queue.appendleft(self._passing)
            self._passing = None
        waiting: list[Typed] = []
        for keys in (self._queue, self.arriving) if later else (self._queue,):
            while keys:
                waiting.append(keys.popleft())
        with contextlib.suppress(Exception):
            if len(self._app._screen_stack) < _SCREENS:
                self._hold(_leading_text(waiting))
                return
            editor = self._editor_for_text()
            if editor is None:
                return
            text = _leading_text([*_unread(editor), *waiting])
            if text:
                _put(editor, text)

    def _hold(self, text: str) -> None:
        """Keep text for which there is no editor yet where the composer looks for what was typed early."""
        options = self._app.options
        if text and options.offline is None:
            self._held += typeable(text)[0]
            draft = RunInput(chat=self._held, touched={"chat"}).draft()
            save = Drafts(options.paths.drafts_dir).saving(early_key(options.place), draft)
            self._app.unsaved.add(self, "the input", save)

    def _editor_for_text(self) -> TextArea | Input | None:
        """The editor that would get a letter that is typed now."""
        if time.monotonic() < self._deaf_until and self._deaf[2]:
            return None
        typed_into = self._app.studio_screen.composer.editors.typed_into if self._focus_pending() else None
        return _as_editor(self._app.focused if self._app.screen_stack else None) or _as_editor(typed_into)

    def opens(self, activity: Activity) -> None:
        """The key that is having its effect began something that may open an editor or dialog."""
        if self._task is not None:
            self._awaited = activity

    def focus_moved(self, why: str, seconds: float | None = None, *, text_too: bool = False) -> None:
        """The focus has moved without a key: letters that are on their way are not commands of the new place.

        `text_too`: not even text for an editor, because a dialog came up under the user's fingers.
        """
        seconds = GRACE if seconds is None else seconds
        if seconds > 0:
            self._deaf = (why, seconds, text_too)
            self._deaf_until = time.monotonic() + seconds

    def drop(self, why: str) -> None:
        """Forget the keys that wait: what they were meant for is not there."""
        count = len(self._queue)
        self._queue.clear()
        if count:
            plain_notify(self._app, f"{why}: {plural(count, 'key')} typed ahead not taken.", "warning")

    # -- one key after the other --------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Wait for the effects of the key that passed, then let the next one pass."""
        try:
            while True:
                number = self.pressed
                await self._settled()
                self._app.turn.end()
                await self._opened()
                if number != self.pressed:
                    continue  # text went on flowing meanwhile
                if not self._queue:
                    return
                await self._release()
                while self._queue and self._flows(self._queue[0]):
                    await self._release()
        finally:
            self._task = None
            self._awaited = None

    async def _release(self) -> None:
        self._passing = self._queue.popleft()
        self._app.post_message(self._passing)
        waited = 0.0
        while self._passing is not None and self._app.is_running:
            await asyncio.sleep(waited)
            waited = _TICK

    async def _settled(self) -> None:
        """Wait until everything that a key set going in the widgets is done, for SETTLE seconds at most.

        One round goes from the focus up to the app and waits in each queue: what was in it has then been handled, and
        what that sent further up too. Messages that handlers send begin anew, hence the further rounds.
        """
        # What is typed ahead of the first screen is for its first field, however busy the machine is.
        deadline = time.monotonic() + (SETTLE if self.pressed else BEGINNING)
        quiet = 0
        while quiet < ROUNDS and self._app.is_running:
            for pump in self._on_the_way():
                left = deadline - time.monotonic()
                if left <= 0 or not await _handled(pump, left):
                    return
            self._app.turn.done()
            if self._is_busy():
                quiet = 0
                await asyncio.sleep(_TICK / 4)
            else:
                quiet += 1

    async def _opened(self) -> None:
        """Wait for the editor or dialog that the key opens. Keys for one that never came are dropped."""
        activity = self._awaited
        if activity is None:
            return
        deadline = time.monotonic() + activity.ahead
        while not activity.done and not activity.asking and time.monotonic() < deadline and self._app.is_running:
            await asyncio.sleep(_TICK)
            if activity.answered:
                deadline = min(deadline, activity.answered + AFTER_ANSWER)
        if activity.done or not activity.asking:
            self._awaited = None
        await self._settled()
        if activity.opens and activity.done and not activity.answered and self._place() == self._place_before:
            self.drop("Nothing was opened")

    def _gives_up(self, event: Typed) -> bool:
        """Whether a key ends the wait for what opens; not esc for a page that came already, and only reads yet."""
        awaited, name = self._awaited, _name(event)
        if awaited is None or name not in ("escape", "ctrl+q"):
            return False
        is_page = not awaited.asking and len(self._place()) > len(self._place_before)
        return name == "ctrl+q" or not is_page

    def _give_up(self, *, leaving: bool) -> bool:
        """Esc, or the key that leaves, came while something opens; returns whether that key has its effect as well."""
        activity, self._awaited = self._awaited, None
        if leaving:
            self.end(later=False)
        self.drop("Given up")
        if activity is not None and activity.worker is not None:
            activity.worker.cancel()
        return leaving

    # -- where keys go ------------------------------------------------------------------------------------------

    @property
    def _screen(self) -> Screen[Any] | None:
        """The screen that gets the keys; None once the program ends."""
        return self._app.screen if self._app.screen_stack and not self._app._exit else None

    def _place(self) -> tuple[int, ...]:
        return () if self._screen is None else (*map(id, self._app.screen_stack), id(self._app.focused))

    def _on_the_way(self) -> list[MessagePump]:
        """Whatever handles keys and their messages now: the focused widget, all that hold it, and the app."""
        screen = self._screen
        return [] if screen is None else [self._app, *(self._app.focused or screen).ancestors_with_self]

    def _is_busy(self) -> bool:
        screen, is_own = self._screen, self._app.clock.is_own
        unpainted = screen is not None and any(not is_own(callback) for callback, _ in screen._callbacks)
        pending = unpainted or self._focus_pending()
        return pending or any(pump.message_queue_size for pump in self._on_the_way())

    def _focus_pending(self) -> bool:
        """Whether what keys are meant for is still being built: the studio, or a form."""
        screen = self._screen
        if screen is None:
            return False
        return len(self._app.screen_stack) < _SCREENS or (isinstance(screen, Building) and screen.focus_pending)

    # -- text and letters ---------------------------------------------------------------------------------------

    def _flows(self, event: Typed) -> bool:
        """Text for the editor that got the key before: the editor takes it in order, there is nothing to wait for."""
        is_more = self._editor is not None and self._app.focused is self._editor
        return is_more and _is_text(event) and not self._focus_pending()

    def _may_flow(self, event: Typed) -> bool:
        is_first = not self._queue and self._passing is None and self._awaited is None
        return is_first and self._flows(event) and time.monotonic() >= self._deaf_until

    def _counted(self, event: Typed) -> bool:
        """Note a key that is to have its effect; False when it is not taken."""
        screen: object = self._screen
        name = _name(event)
        if isinstance(screen, Kept) and screen.focus_keeper.too_small and name not in _ALWAYS:
            screen.focus_keeper.untaken += 1
            return False
        why, seconds, text_too = self._deaf
        editor = _as_editor(self._app.focused if screen is not None else None)
        deaf = time.monotonic() < self._deaf_until and (text_too or editor is None)
        if deaf and (_is_text(event) or name in ("enter", "backspace", "delete")):
            self._deaf_until = time.monotonic() + seconds
            if why:
                plain_notify(self._app, f"{why}: what you type is not taken. Pause for a moment.", "warning")
                self._deaf = ("", seconds, text_too)
            return False
        if self._is_meant_for_a_closed_dialog(event):
            return False
        if name == "escape":
            self._deaf_until = 0.0
        self._place_before = self._place()
        self._editor = editor if _is_text(event) else None
        self.pressed += 1
        self._app.turn.begin()
        return True

    def _is_meant_for_a_closed_dialog(self, event: Typed) -> bool:
        """Whether it is a second press of the key that has closed a dialog: what is below is not what it answers."""
        name, screens, pressed = self._last
        again = _name(event) == name and name in _ANSWERS and event.time - pressed < GRACE
        is_late = again and 0 < len(self._place()) < screens
        self._last = (_name(event), screens if is_late else len(self._place()), event.time)
        return is_late


async def _handled(pump: MessagePump, seconds: float) -> bool:
    """Wait until all that is in a widget's queue now has been handled; return whether that was in time."""
    done = asyncio.Event()
    if not pump.is_running or not pump.call_later(done.set):
        return True
    try:
        async with asyncio.timeout(seconds):
            await done.wait()
    except TimeoutError:
        return pump._closing or pump._closed
    return True


def _unread(editor: TextArea | Input) -> list[Typed]:
    """Take out of an editor's queue the keys that it has not handled yet."""
    found: list[Typed] = []
    values: deque[object] = editor._message_queue.values
    for place, message in enumerate(list(values)):
        if isinstance(message, events.Key | events.Paste):
            found.append(message)
            values[place] = Prompt()  # In its place: whoever waits for the queue counts on finding something.
    return found


def _leading_text(waiting: Iterable[Typed]) -> str:
    taken = itertools.takewhile(_is_text, waiting)
    return "".join(event.text if isinstance(event, events.Paste) else event.character or "" for event in taken)


def _put(editor: TextArea | Input, text: str) -> None:
    """Put text where the cursor is, as typing does, without waiting for any message."""
    if isinstance(editor, Input):
        start, end = sorted(editor.selection)
        editor.value = editor.value[:start] + one_line(text)[0] + editor.value[end:]
    elif not editor.read_only:
        done = editor.replace(typeable(text)[0], *editor.selection, maintain_selection_offset=False)
        editor.move_cursor(done.end_location)


def _as_editor(widget: Widget | None) -> TextArea | Input | None:
    return widget if isinstance(widget, TextArea | Input) else None


def _name(event: Typed) -> str:
    return event.key if isinstance(event, events.Key) else ""


def _is_text(event: Typed) -> bool:
    return isinstance(event, events.Paste) or event.is_printable
