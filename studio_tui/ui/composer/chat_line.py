"""The chat line: a text field in which tab completes the path behind an `@`."""

from __future__ import annotations

from functools import partial

from textual import events
from textual.message import Message

from studio_tui.config.paths import here
from studio_tui.core.inputs.file_words import file_words, word_at
from studio_tui.core.inputs.path_completion import Completion, complete
from studio_tui.crossing import off_the_loop
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.text_inputs import TextField

PATIENCE = 2.0
"""Seconds that tab waits for a folder's names."""


class ChatLine(TextField):
    """Knows whether all of its text was typed here: what came from elsewhere may name files that nobody has seen."""

    class Told(Message):
        """Something to say about a completion (display text)."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    foreign = False
    """Some of the text was pasted, restored or put in by the program."""

    def put(self, text: str) -> bool:
        if text != self.text:
            self.foreign = bool(file_words(text))
        return super().put(text)

    async def _on_paste(self, event: events.Paste) -> None:
        self.foreign = self.foreign or "@" in event.text or bool(file_words(self.text))
        await super()._on_paste(event)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab" and self._at_word():
            event.prevent_default()
            event.stop()
            await self._complete()
            return
        await super()._on_key(event)

    def _offset(self) -> int:
        row, column = self.cursor_location
        return sum(len(self.document.get_line(number)) + 1 for number in range(row)) + column

    def _at_word(self) -> bool:
        return self.selection.is_empty and word_at(self.text, self._offset()) is not None

    async def _complete(self) -> None:
        text, offset = self.text, self._offset()
        word = word_at(text, offset)
        assert word is not None
        begun = word.names[0] if offset == word.end and not (word.quoted and word.closed) else ""
        if not begun and word.names[0]:
            return  # In the middle of a path, or behind one that is finished.
        try:
            found: Completion | None = await off_the_loop(partial(_completed, begun), PATIENCE)
        except TimeoutError:
            self.post_message(self.Told("This folder does not answer."))
            return
        if (self.text, self._offset()) != (text, offset):
            return
        if found is None:
            self.post_message(
                self.Told(f"No file begins with {clean(begun, 60)}." if begun else "There is no file here.")
            )
            return
        if found.word != text[word.start : word.end]:
            row, column = self.cursor_location
            self.replace(found.word, (row, column - (word.end - word.start)), (row, column))
        self.post_message(self.Told(found.told))


def _completed(begun: str) -> Completion | None:
    return complete(begun, here())
