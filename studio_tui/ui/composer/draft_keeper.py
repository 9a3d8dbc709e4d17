"""What the composer keeps: drafts per thread, the inputs sent before, and the last one in case its run fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from textual import on
from textual.timer import Timer
from textual.worker import Worker

from studio_tui.core.inputs.drafts import Draft, DraftKey, Found, early_key
from studio_tui.core.inputs.input_memory import InputMemory
from studio_tui.core.inputs.run_input import MODES, Mode, RunInput
from studio_tui.core.inputs.unsaved import Unsaved
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json
from studio_tui.ui.composer.view import ComposerView
from studio_tui.ui.contracts.services import services_if_any
from studio_tui.ui.kit.drafts import UNSAFE
from studio_tui.ui.kit.text_inputs import Area

SAVE_AFTER = 0.7
"""Seconds between a change and the draft on disk."""


class ComposerKeeping(ComposerView):
    """Keeps drafts and history on disk, in threads: no key waits for them."""

    def __init__(self, *, state_dir: Path, id: str | None = None) -> None:
        super().__init__(id=id)
        self._memory = InputMemory(state_dir / "drafts", state_dir / "history")
        self._unsent: RunInput | None = None
        self._unsafe = False
        """The last draft could not be written."""
        self._before_walk: RunInput | None = None
        self._save_timer: Timer | None = None
        self._times_put_away = 0
        """How often another assistant or thread took the place of what was typed."""
        self._early: DraftKey | None = None
        """What text belongs to until there is an assistant."""
        self._unread_early: DraftKey | None = None
        """The same, as long as nobody has looked what is on disk."""

    def begin_at(self, place: str) -> None:
        """Keep what is typed before there is an assistant under what was started, and take up what is left there."""
        if self._memory.target is None and self._early is None:
            self._early = self._unread_early = early_key(place)
            self._aim(self._early)
            self._load_soon(self._early)

    def hold(self, place: str, text: str) -> None:
        """Take text that was typed before there was anything to type into; needs no screen."""
        if self._memory.target is None:
            self._memory.aim(early_key(place))
        self.state.chat += text
        self._note_touch("chat")

    def on_unmount(self) -> None:
        self.save_draft()
        self._unsaved_of_app(lambda unsaved: unsaved.drop(self))

    def _unsaved_of_app(self, use: Callable[[Unsaved], None]) -> None:
        if services := services_if_any(self.app):
            use(services.unsaved)

    def set_target(self, server: str, assistant_id: str, thread_id: str | None = None) -> None:
        """Keep drafts and history for this assistant and thread from now on, and take up what is kept there."""
        target = DraftKey(server, assistant_id, thread_id or "")
        old = self._memory.target
        if target == old:
            return
        self.read()
        was_early = old is not None and old == self._early
        same_assistant = old is not None and (old.server, old.assistant) == (target.server, target.assistant)
        # Text typed before there was an assistant, or before the first run has made its thread, goes along; elsewhere
        # each thread has its own.
        known = self._memory.known(target)
        if old is not None and known is None and (was_early or (same_assistant and not old.thread)):
            self._move(target, old)
        else:
            self._save(self._draft())
            self._aim(target)
            if same_assistant:
                self._times_put_away += 1
                self.state.put_away()
            elif old is not None and not was_early:
                self._times_put_away += 1
                self.state.start_over()
        self._form_stale = self._form_stale or not same_assistant
        if known is not None and not self.state.touched:
            # At once: what is typed next belongs behind it.
            self._form_stale = self.state.restore(known.mode, known.text) or self._form_stale
        self.sync()
        self._load_soon(target)

    def _aim(self, target: DraftKey) -> None:
        self._unsaved_of_app(lambda unsaved: unsaved.add(self, "the input", self.save_draft))
        self._memory.aim(target)

    def _move(self, target: DraftKey, old: DraftKey) -> None:
        """Keep the draft under `target`, and when it is safe there no longer under `old`."""
        if self._save_timer is not None:
            self._save_timer.stop()
            self._save_timer = None
        serial = self._memory.drafts.next_serial()
        self._aim(target)
        write = self._memory.keep(self._draft())
        self._memory.forget(old)

        def work() -> bool:
            safe = write is None or write()
            if safe:
                self._memory.drafts.save(old, None, serial)
            return safe

        self._in_thread(work, self._tell_unsafe)

    def _load_soon(self, target: DraftKey) -> None:
        async def load() -> None:
            await self._load(target)

        self._start(load)

    def save_draft(self) -> bool:
        """Put the draft on disk at once, as it stands in the editor; return whether it is safe."""
        self._take_first_words()
        self.read()
        write = self._memory.keep(self._draft())
        return write is None or write()

    def keep_sent(self) -> None:
        """Note that the input is being sent: it moves from the draft to the history."""
        self._unsent = self.state.snapshot()
        sent = self.state.sent()
        self.say("")
        if self.state.texts != self._unsent.texts:
            self._show_all()
        self.sync()
        self._save_now()
        if self._memory.remember(*sent):
            self._in_thread(self._memory.write_history)

    def remember(self, value: Json) -> None:
        """Keep an input that was written elsewhere among those that were sent."""

        async def work() -> None:
            text = await asyncio.to_thread(print_json, value)  # with files in it, it is long
            if self._memory.remember("json", text):
                await asyncio.to_thread(self._memory.write_history)

        self._start(work)

    def restore_sent(self) -> None:
        """Put the last input back, for a run that could not be started; nothing newer is overwritten."""
        self.read()
        if self._unsent is not None and not self.state.touched:
            self._go_back_to(self._unsent)
            self.post_message(self.Edited())

    def _go_back_to(self, state: RunInput) -> None:
        if state.schema is self.state.schema:
            known = self.state
            self.state = state.snapshot()
            self.state.awaited, self.state.shows_messages = known.awaited, known.shows_messages
            self._show_all()

    def _show_all(self) -> None:
        """Show a state that came from elsewhere, and keep the focus in the composer if it is there."""
        had_focus = self.has_focus_within
        self._form_stale = True
        self.sync()
        if had_focus:
            self.keep_focus()

    def history_previous(self) -> None:
        """Show the input sent before the one that is shown."""
        if not self._memory.walking:
            self.read()
            self._before_walk = self.state.snapshot()
        sent = self._memory.older()
        if sent is None:
            self.say("There is no older input." if self._memory.walking else "Nothing was sent yet.", "muted")
            return
        self._show_sent(_mode(sent.mode), sent.text)
        self.say(f"Input {self._memory.position} from the history", "muted")

    def history_next(self) -> None:
        """Show the input sent after the one that is shown, at last what was being typed."""
        if not self._memory.walking:
            return
        sent = self._memory.newer()
        if sent is not None:
            self._show_sent(_mode(sent.mode), sent.text)
            self.say(f"Input {self._memory.position} from the history", "muted")
            return
        if self._before_walk is not None:
            self._go_back_to(self._before_walk)
        self.say("")

    def search_history(self) -> None:
        """Pick an earlier input from a list that narrows while typing."""
        from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

        entries = list(self._memory.history.search("")) if self._memory.history is not None else []
        choices = [
            PickerChoice(entry.text, " ".join(entry.text[:400].split()), "" if entry.mode == "chat" else "JSON")
            for entry in entries
        ]

        def picked(text: str | None) -> None:
            entry = next((entry for entry in entries if entry.text == text), None)
            if entry is not None:
                self._show_sent(_mode(entry.mode), entry.text)
                self.post_message(self.Edited())

        empty = "Nothing was sent to this assistant yet."
        self.app.push_screen(PickerDialog("Inputs sent before", choices, empty=empty), picked)

    def _show_sent(self, mode: Mode, text: str) -> None:
        self.read()
        self.state.set_value(mode, text)
        self._show_all()

    @on(Area.Left, "#composer-line")
    def _left_line(self, event: Area.Left) -> None:
        event.stop()
        if event.direction < 0:
            self.history_previous()
        else:
            self.history_next()

    @on(ComposerView.Edited)
    def _edited(self, event: ComposerView.Edited) -> None:
        event.stop()
        self._memory.stop_walk()
        if self._save_timer is None:
            self._save_timer = self.set_timer(SAVE_AFTER, self._save_now)

    def _draft(self) -> Draft | None:
        dump = self.state.dump()
        return Draft(self.state.mode, dump) if dump else None

    def _save_now(self) -> None:
        self.read()
        self._save(self._draft())

    def _save(self, draft: Draft | None) -> None:
        """Write the target's draft in a thread; None removes it."""
        if self._save_timer is not None:
            self._save_timer.stop()
            self._save_timer = None
        write = self._memory.keep(draft)
        if write is not None:
            self._in_thread(write, self._tell_unsafe)

    def _tell_unsafe(self, safe: object) -> None:
        if not safe:
            self.say(UNSAFE, "warn")
        elif self._unsafe:
            self.say("")
        self._unsafe = not safe

    def _in_thread(self, write: Callable[[], object], then: Callable[[object], None] | None = None) -> None:
        """Do what blocks on the disk without holding up a key."""

        async def work() -> None:
            result = await asyncio.to_thread(write)
            if then is not None:
                then(result)

        self._start(work)

    def _start(self, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        # A function, not a coroutine: one that never gets to run must not warn when the program ends.
        return self.run_worker(work, group="composer")

    async def _load(self, target: DraftKey) -> None:
        found = await asyncio.to_thread(self._memory.load, target)
        early, self._unread_early = self._unread_early, None
        if early == target:
            self._unread_early = early if target != self._memory.target else None
            early = None
        if found is not None:
            self._restore(target, found)
        elif early is not None:
            # The assistant was there before the draft of the time without one was read.
            left = await asyncio.to_thread(self._memory.drafts.find, early)
            if left is not None and self._restore(target, left):
                self._move(target, early)

    def _restore(self, target: DraftKey, found: Found) -> bool:
        self.read()
        if target != self._memory.target or self.state.touched:
            return False
        if not self.state.restore(found.draft.mode, found.draft.text):
            return False
        self._memory.take(target, found)
        self._form_stale = True
        had_focus = self.has_focus_within
        self.sync()
        if had_focus:
            self.keep_focus()  # the draft may be in another editor than the one that was shown
        return True


def _mode(name: str) -> Mode:
    return next((mode for mode in MODES if mode == name), "json")
