"""What the composer keeps: a draft for each thread, and the inputs that were sent. No key waits for the disk."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from studio_tui.core.inputs.drafts import DraftKey, Found, InputDrafts, Save, early_key
from studio_tui.core.inputs.run_input import MODES, RunInput
from studio_tui.core.inputs.sent_inputs import Sent, SentInputs
from studio_tui.crossing import off_the_loop
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json
from studio_tui.ui.composer.editors import InputEditors, Say
from studio_tui.ui.kit.drafts import UNSAFE, DraftKeeper, save_beside
from studio_tui.ui.kit.forms.place import Place


class ComposerDrafts:
    """The draft of the assistant and thread that the composer writes for."""

    def __init__(self, editors: InputEditors, folder: Path, say: Say) -> None:
        self._tell_unsafe = partial(say, UNSAFE, "warn")
        self.keeper = DraftKeeper(editors, "the input", self._writing, self._tell_unsafe)
        self.kept = InputDrafts(folder)
        self._editors = editors
        self._unread: DraftKey | None = None
        """What text belongs to until there is an assistant, as long as nobody has looked what is on disk."""
        self.times_put_away = 0
        """How often another assistant or thread took the place of what was typed."""

    def begin_at(self, place: str) -> None:
        """Keep what is typed before there is an assistant under what was started, and take up what is left there."""
        self._unread = early_key(place)
        self.aim(self._unread)

    def aim(self, target: DraftKey) -> None:
        """Keep drafts for this target from now on, and take up what is kept there.

        Text typed before there was an assistant, or before the first run has made its thread, goes along; elsewhere
        each thread has its own.
        """
        old, known = self.kept.target, self.kept.known(target)
        state = self._editors.read()
        is_same = old is not None and (old.server, old.assistant) == (target.server, target.assistant)
        if old is not None and known is None and (old.is_early or (is_same and not old.thread)):
            self._move(old, target)
        else:
            self.keeper.save_beside()
            self.kept.target = target
            self.keeper.begin()
            if old is not None:
                self.times_put_away += 1
                state.put_away() if is_same else state.start_over()
        if known is not None and not state.touched:
            state.restore(known)  # at once: what is typed next belongs behind it
        self._editors.show(anew=not is_same)
        self._editors.start(partial(self._load, target))

    def _move(self, old: DraftKey, target: DraftKey) -> None:
        self.keeper.stop()
        write = self.kept.move(old, target, self._editors.read().draft())
        save_beside(self._editors, write, self._tell_unsafe)

    async def _load(self, target: DraftKey) -> None:
        found = await off_the_loop(partial(self.kept.load, target))
        if target.is_early and target != self.kept.target:
            return  # the assistant came first: its own turn looks here too
        early, self._unread = self._unread, None
        if found is not None:
            self._restore(target, found)
        elif early is not None and early != target:
            left = await off_the_loop(partial(self.kept.load, early))
            if left is not None and self._restore(target, left):
                self._move(early, target)

    def _restore(self, target: DraftKey, found: Found) -> bool:
        state = self._editors.read()
        if target != self.kept.target or state.touched or not state.restore(found.draft):
            return False
        self.kept.take(target, found)
        self._editors.show(anew=True)
        return True

    def _writing(self) -> Save | None:
        return self.kept.keep(self._editors.read().draft())


class ComposerHistory:
    """The inputs sent to the assistant, to walk through and to search; the last one comes back when its run fails."""

    def __init__(self, editors: InputEditors, folder: Path, say: Say) -> None:
        self._editors = editors
        self._folder = folder
        self._say = say
        self.sent = SentInputs()
        self._of: tuple[str, str] | None = None
        """Server and assistant."""
        self._unsent: RunInput | None = None
        """The input as it was before it was sent the last time."""
        self._unsent_at: Place | None = None
        """Where the cursor was in it."""
        self._before_walk: RunInput | None = None
        self._is_first: bool | None = None

    @property
    def is_first(self) -> bool:
        """Whether no input was ever sent from here: whoever begins is told what to do first."""
        if self._is_first is None:
            self._is_first = not (self._folder.is_dir() and any(self._folder.iterdir()))
        return self._is_first

    def aim(self, target: DraftKey) -> None:
        """Go on with the inputs that were sent to the assistant of a target."""
        self.sent.stop_walk()
        if self._of != (target.server, target.assistant):
            self._of = (target.server, target.assistant)
            self.sent = SentInputs(self._folder, *self._of)
        self._editors.start(partial(off_the_loop, self.sent.load))

    def take(self) -> None:
        """The input is being sent: it moves from the editors to the history."""
        editors = self._editors
        self._is_first = False
        self._unsent, self._unsent_at = editors.state.snapshot(), editors.place
        sent = editors.state.sent()
        self._say("", "")
        editors.show(anew=editors.state.texts != self._unsent.texts)
        self.sent.stop_walk()
        if self.sent.remember(sent):
            editors.start(partial(off_the_loop, self.sent.write))

    def remember(self, value: Json) -> None:
        """Keep an input that was written elsewhere among those that were sent."""
        history = self.sent
        self._is_first = False

        def work() -> None:
            if history.remember(Sent("json", print_json(value))):  # with files in it, it is long
                history.write()

        history.stop_walk()
        self._editors.start(partial(off_the_loop, work))

    def restore_unsent(self) -> None:
        """Put the last input back, for a run that could not be started; nothing newer is overwritten."""
        if self._unsent is not None and not self._editors.read().touched:
            self._editors.go_back_to(self._unsent, self._unsent_at)
            self._editors.post_message(InputEditors.Edited())

    def older(self) -> None:
        sent = self.sent
        if not sent.walking:
            self._before_walk = self._editors.read().snapshot()
        entry = sent.older()
        if entry is None:
            self._say("There is no older input." if sent.walking else "Nothing was sent yet.", "muted")
        else:
            self._step_to(entry)

    def newer(self) -> None:
        if not self.sent.walking:
            return
        entry = self.sent.newer()
        if entry is not None:
            self._step_to(entry)
            return
        if self._before_walk is not None:
            self._editors.go_back_to(self._before_walk)
        self._say("", "")

    def _step_to(self, entry: Sent) -> None:
        self._show(entry)
        self._say(f"Input {self.sent.position} from the history", "muted")

    def search(self) -> None:
        from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

        entries = self.sent.entries[::-1]
        choices = [
            PickerChoice(entry.text, " ".join(entry.text[:400].split()), "" if entry.mode == "chat" else "JSON")
            for entry in entries
        ]

        def picked(text: str | None) -> None:
            entry = next((entry for entry in entries if entry.text == text), None)
            if entry is not None:
                self._show(entry)
                self._editors.post_message(InputEditors.Edited())

        empty = "Nothing was sent to this assistant yet."
        self._editors.app.push_screen(PickerDialog("Inputs sent before", choices, empty=empty), picked)

    def _show(self, entry: Sent) -> None:
        mode = [mode for mode in MODES if mode == entry.mode] or ["json"]
        self._editors.read().set_value(mode[0], entry.text)
        self._editors.show(anew=True)
