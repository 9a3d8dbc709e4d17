"""Files of a chat line: what is going to be sent stands below the line as it is typed, and is read when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.timer import Timer

from studio_tui.config.paths import here
from studio_tui.core.inputs.drafts import DraftKey
from studio_tui.core.inputs.file_words import FileWord, file_words, literal
from studio_tui.core.inputs.files import LOOKING, READING, SILENT, Look, Read, look_at, read_files
from studio_tui.core.inputs.message_form import Texts, human_texts
from studio_tui.crossing import off_the_loop
from studio_tui.domain.message.blocks import text_block
from studio_tui.domain.run_request import RunRequest
from studio_tui.jsonkit.value import Json
from studio_tui.text.fmt import plural
from studio_tui.text.spans import Span
from studio_tui.ui.composer.chat_line import ChatLine
from studio_tui.ui.composer.draft_keeper import ComposerKeeping
from studio_tui.ui.contracts.services import services_if_any
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import MOST_WRAPPED

LOOK_AFTER = 0.12
"""Seconds between a change of the text and a look at the files that it names."""
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class _Message:
    """A message with files, as it was when it was sent."""

    text: str
    target: DraftKey | None
    words: tuple[FileWord, ...]
    seen: Look | None
    """The files as they were shown; None where nobody has looked yet."""
    unseen: bool
    """It came from elsewhere and names files that were not shown: they are shown first."""
    as_text: bool
    """It was said that words which look like a path name no file, and it was sent once more."""


class ComposerFiles(ComposerKeeping):
    """Looks at the files that the chat line names, one look at a time, and reads them for a message."""

    DEFAULT_CSS = """
    ComposerFiles #composer-files { display: none; height: auto; max-height: 3; }
    ComposerFiles.-files #composer-files { display: block; }
    """

    def __init__(self, *, state_dir: Path, id: str | None = None) -> None:
        super().__init__(id=id, state_dir=state_dir)
        self._look = Look()
        self._looked: tuple[FileWord, ...] = ()
        """The words that `_look` is about."""
        self._is_looking = False
        self._look_timer: Timer | None = None
        self._reading_of: str | None = None
        """The text whose files are being read."""
        self._asked_about = ""
        """The text of which was said that it names no file: sent once more, those words are text."""

    def compose(self) -> ComposeResult:
        """Add the line of files below the others."""
        yield from super().compose()
        yield PlainStatic(id="composer-files")

    # -- the preview ----------------------------------------------------------------------------------------------

    def draw_note(self) -> None:
        if self.is_mounted:
            self._follow_text()
        super().draw_note()

    def _words(self) -> tuple[FileWord, ...]:
        return file_words(self.state.chat) if self.state.mode == "chat" and not self.state.is_held else ()

    def _follow_text(self) -> None:
        """Take the preview away where no file is named, else look soon."""
        words = self._words()
        if words == self._looked:
            return
        if not words:
            self._show_look((), Look())
        elif self._look_timer is None and not self._is_looking:
            self._look_timer = self.set_timer(LOOK_AFTER, self._look_soon)

    def _look_soon(self) -> None:
        self._look_timer = None
        if not self._is_looking:
            self._is_looking = True
            self._start(self._look_now)

    async def _look_now(self) -> None:
        words = self._words()
        try:
            look = await off_the_loop(lambda: look_at(words, here()), LOOKING) if words else Look()
        except TimeoutError:
            look = Look(problem=SILENT)
        finally:
            self._is_looking = False
        self._show_look(words, look)
        self.draw_note()  # the text may have gone on meanwhile

    def _show_look(self, words: tuple[FileWord, ...], look: Look) -> None:
        self._looked, self._look = words, look
        line = _preview(look)
        self.set_class(bool(line), "-files")
        self.query_one("#composer-files", PlainStatic).set_line(line)
        self._fit_editors()

    @on(ChatLine.Told)
    def _completion_told(self, event: ChatLine.Told) -> None:
        event.stop()
        self.say(event.text, "muted")

    def previewed(self) -> Json:
        """Return the input as it would be sent now, with a sentence in the place of each file's data."""
        self.read()
        words = self._words()
        if words and words != self._looked:
            return self.state.outcome([text_block("… the files that it names are being looked at …")]).value
        return self.state.outcome([file.sketch() for file in self._look.files] if words else ()).value

    def as_message(self) -> Texts:
        """Return the chat line as the message form holds it; empty where there is none, or none that fits a field."""
        self.read()
        text = self.state.chat
        if self.state.mode != "chat" or not text.strip() or len(text) > MOST_WRAPPED:
            return {}
        words = self._words()
        found = [str(file.path) for file in self._look.files]
        paths = found if words == self._looked else [word.names[0] for word in words if word.certain]
        return human_texts(literal(text), paths)

    # -- sending --------------------------------------------------------------------------------------------------

    def send_with_files(self, request: Callable[[Json], RunRequest], send: Callable[[RunRequest], None]) -> bool:
        """Read the files that the chat line names, then send; False where it names none, and nothing is done."""
        words = self._words()
        if not words:
            return False
        if self._reading_of == self.state.chat:
            self.say("The files are still being read.", "muted")
            return True
        text = self._reading_of = self.state.chat
        seen = self._look if self._looked == words else None
        unseen = seen is None and self._line.foreign
        message = _Message(text, self._memory.target, words, seen, unseen, text == self._asked_about)
        self._hold_keys(partial(self._read_and_send, message, request, send), "reading the files", READING)
        return True

    def _hold_keys(self, work: Callable[[], Coroutine[None, None, None]], label: str, seconds: float) -> None:
        """Do `work`; the keys that follow wait for it, `seconds` at most: they belong to the next message."""
        services = services_if_any(self.app)
        if services is None:
            self._start(work)
        else:
            services.work.start(work(), label, ahead=seconds)

    async def _read_and_send(
        self, message: _Message, request: Callable[[Json], RunRequest], send: Callable[[RunRequest], None]
    ) -> None:
        text, words = message.text, message.words
        try:
            got = await off_the_loop(partial(_read, message))
        finally:
            superseded = self._reading_of != text
            if not superseded:
                self._reading_of = None
        if not self.is_attached or superseded:
            return
        self.read()
        if (self.state.mode, self.state.chat, self._memory.target) != ("chat", text, message.target):
            self.say("Not sent: the text was changed while its files were being read.")
            return
        self._show_look(words, Look(got.look.files))  # what is wrong is said once
        if got.problem:
            self._asked_about = text if got.look.askable else ""
            self.say(got.refusal)
        elif message.unseen and got.look.files:
            count = plural(len(got.look.files), "file")
            self.say(f"Not sent yet: this text came from elsewhere and names {count}. Send once more to send.", "warn")
        else:
            send(request(self.state.outcome(got.blocks).value))


def _read(message: _Message) -> Read:
    """Read the files of a message, or only look at those that are to be shown first. Blocks."""
    if message.unseen:
        look = look_at(message.words, here())
        return Read(problem=look.problem, look=look)
    return read_files(message.words, here(), message.seen, as_text=message.as_text)


def _preview(look: Look) -> tuple[Span, ...]:
    """Return what goes along, and what is wrong, as one line of spans."""
    spans: list[Span] = []
    for file in look.files[:_SHOWN]:
        spans.append(Span("   " if spans else "", "muted"))
        spans.append(Span(f"+ {file.words}", "accent"))
    if len(look.files) > _SHOWN:
        spans.append(Span(f"   + {len(look.files) - _SHOWN} more", "accent"))
    if look.problem:
        spans.append(Span(("   " if spans else "") + f"! {look.problem}", "warn"))
    return tuple(spans)
