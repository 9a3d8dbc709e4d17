"""The chat line: a text field in which tab completes the path behind an `@`."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from studio_tui.config.paths import here
from studio_tui.core.inputs.file_words import FileWord, file_words, word_at
from studio_tui.core.inputs.files import completed_word
from studio_tui.crossing import off_the_loop
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.text_inputs import TextField

PATIENCE = 2.0
"""Seconds that tab waits for a folder's names."""


class ChatLine(TextField):
    """Knows whether all of its text was typed here: what came from elsewhere may name files that nobody has seen."""

    framed = True
    foreign = False
    """Some of the text was pasted, restored or put in by the program."""

    def __init__(self, tell: Callable[[str], None], *, id: str) -> None:
        """`tell` says something about a completion (display text)."""
        super().__init__(id=id)
        self._tell = tell

    def put(self, text: str) -> bool:
        if text != self.text:
            self.foreign = bool(file_words(text))
        return super().put(text)

    async def _on_paste(self, event: events.Paste) -> None:
        self.foreign = self.foreign or "@" in event.text or bool(file_words(self.text))
        await super()._on_paste(event)

    async def _on_key(self, event: events.Key) -> None:
        tab = event.key == "tab" and self.selection.is_empty
        word = word_at(self.text, self._offset()) if tab else None
        if word is None:
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        await self._complete(word)

    def _offset(self) -> int:
        row, column = self.cursor_location
        return sum(len(self.document.get_line(number)) + 1 for number in range(row)) + column

    async def _complete(self, word: FileWord) -> None:
        text, offset = self.text, self._offset()
        begun = word.names[0] if offset == word.end and not (word.quoted and word.closed) else ""
        if not begun and word.names[0]:
            return  # In the middle of a path, or behind one that is finished.
        try:
            found = await off_the_loop(lambda: completed_word(begun, here()), PATIENCE)
        except TimeoutError:
            self._tell("This folder does not answer.")
            return
        if (self.text, self._offset()) != (text, offset):
            return
        if found is None:
            self._tell(f"No file begins with {clean(begun, 60)}." if begun else "There is no file here.")
            return
        becomes, told = found
        if becomes != text[word.start : word.end]:
            row, column = self.cursor_location
            self.replace(becomes, (row, column - (word.end - word.start)), (row, column))
        self._tell(told)
