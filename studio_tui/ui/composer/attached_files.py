"""Files of a chat line: what is going to be sent stands below the line as it is typed, and is read when it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from studio_tui.config.paths import here
from studio_tui.core.inputs.file_words import FileWord, file_words, literal
from studio_tui.core.inputs.files import LOOKING, READING, SILENT, Look, Read, look_at, read_files
from studio_tui.core.inputs.message_form import Texts, human_texts
from studio_tui.crossing import off_the_loop
from studio_tui.domain.message.blocks import text_block
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.fmt import plural
from studio_tui.text.spans import Span
from studio_tui.ui.composer.editors import InputEditors, Say
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.kit.text_inputs import MOST_WRAPPED

LOOK_AFTER = 0.12
"""Seconds between a change of the text and a look at the files that it names."""
_SHOWN = 6


class AttachedFiles(PlainStatic):
    """The line with the files that the chat line names: looks at them, one look at a time, and reads them."""

    def __init__(
        self, editors: InputEditors, place: Callable[[], object], say: Say, drawn: Callable[[], None], *, id: str
    ) -> None:
        """`place`: what the input belongs to now; `drawn` is called when the line is another."""
        super().__init__(id=id)
        self._editors = editors
        self._place = place
        self._say = say
        self._drawn = drawn
        self._look = Look()
        self._looked: tuple[FileWord, ...] = ()
        """The words that `_look` is about."""
        self._is_looking = False
        self._reading_of: str | None = None
        """The text whose files are being read."""
        self._asked_about = ""
        """The text of which was said that it names no file: sent once more, those words are text."""

    def _words(self) -> tuple[FileWord, ...]:
        state = self._editors.state
        return file_words(state.chat) if state.mode == "chat" and not state.is_held else ()

    # -- the preview ----------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Take the preview away where no file is named, else look soon."""
        words = self._words()
        if words == self._looked:
            return
        if not words:
            self._show((), Look())
        elif not self._is_looking:
            self._is_looking = True
            self._editors.start(self._look_soon)

    async def _look_soon(self) -> None:
        await asyncio.sleep(LOOK_AFTER)
        words = self._words()
        try:
            look = await off_the_loop(lambda: look_at(words, here()), LOOKING) if words else Look()
        except TimeoutError:
            look = Look(problem=SILENT)
        finally:
            self._is_looking = False
        self._show(words, look)
        self.follow()  # the text may have gone on meanwhile

    def _show(self, words: tuple[FileWord, ...], look: Look) -> None:
        self._looked, self._look = words, look
        line = _preview(look)
        self.display = bool(line)
        self.set_line(line)
        self._drawn()

    def sketches(self) -> Sequence[JsonObject]:
        """Return what would be sent now besides the text, with a sentence in the place of each file's data."""
        words = self._words()
        if words and words != self._looked:
            return [text_block("… the files that it names are being looked at …")]
        return [file.sketch() for file in self._look.files] if words else ()

    def as_message(self) -> Texts:
        """Return the chat line as the message form holds it; empty where there is none, or none that fits a field."""
        state = self._editors.read()
        if state.mode != "chat" or not state.chat.strip() or len(state.chat) > MOST_WRAPPED:
            return {}
        words = self._words()
        found = [str(file.path) for file in self._look.files]
        paths = found if words == self._looked else [word.names[0] for word in words if word.certain]
        return human_texts(literal(state.chat), paths)

    # -- sending --------------------------------------------------------------------------------------------------

    def send(self, send: Callable[[Sequence[JsonObject]], None]) -> bool:
        """Read the files that the chat line names and call `send` with their blocks; False where it names none."""
        words, text = self._words(), self._editors.state.chat
        if not words:
            return False
        if self._reading_of == text:
            self._say("The files are still being read.", "muted")
            return True
        self._reading_of = text
        seen = self._look if self._looked == words else None
        is_foreign = seen is None and self._editors.line.foreign
        as_text, place = text == self._asked_about, self._place()

        def read() -> Read:
            if is_foreign:  # its files are shown before they are sent
                look = look_at(words, here())
                return Read(problem=look.problem, look=look)
            return read_files(words, here(), seen, as_text=as_text)

        async def read_and_send() -> None:
            try:
                result = await off_the_loop(read)
            finally:
                is_superseded = self._reading_of != text
                self._reading_of = self._reading_of if is_superseded else None
            if not self.is_attached or is_superseded:
                return
            state = self._editors.read()
            if (state.mode, state.chat, self._place()) != ("chat", text, place):
                self._say("Not sent: the text was changed while its files were being read.", "err")
                return
            self._show(words, Look(result.look.files))  # what is wrong is said once
            if not self._refused(result, text, is_foreign=is_foreign):
                send(result.blocks)

        # The keys that follow wait: they belong to the next message.
        services_of(self).work.start(read_and_send(), "reading the files", ahead=READING)
        return True

    def _refused(self, result: Read, text: str, *, is_foreign: bool) -> bool:
        """Whether the files are not sent as they were read; says why."""
        count = len(result.look.files)
        if result.problem:
            self._asked_about = text if result.look.askable else ""
            self._say(result.refusal, "err")
        elif is_foreign and count:
            names = f"this text came from elsewhere and names {plural(count, 'file')}"
            self._say(f"Not sent yet: {names}. Send once more to send.", "warn")
        return bool(result.problem) or (is_foreign and count > 0)


def _preview(look: Look) -> tuple[Span, ...]:
    spans: list[Span] = []
    for file in look.files[:_SHOWN]:
        spans.append(Span("   " if spans else "", "muted"))
        spans.append(Span(f"+ {file.words}", "accent"))
    if len(look.files) > _SHOWN:
        spans.append(Span(f"   + {len(look.files) - _SHOWN} more", "accent"))
    if look.problem:
        spans.append(Span(("   " if spans else "") + f"! {look.problem}", "warn"))
    return tuple(spans)
