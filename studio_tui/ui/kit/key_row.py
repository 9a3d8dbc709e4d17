"""The keys of a dialog: whole entries, in as many rows as they need, or something to say in their place."""

from __future__ import annotations

from studio_tui.text.spans import Span
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.key_line import key_rows, read_hints
from studio_tui.ui.kit.terminal.safe import PlainStatic


class KeyRow(PlainStatic):
    """For the templates see `key_line`."""

    DEFAULT_CSS = "KeyRow { height: auto; width: 1fr; }"

    def __init__(self, template: str, *, words: str = "", id: str | None = None) -> None:
        """`words`: a sentence (safe text) above the keys."""
        super().__init__("", id=id, classes="dialog-hint")
        self._template, self._words = template, words

    def on_mount(self) -> None:
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def tell(self, words: str, template: str = "") -> None:
        """Say something (safe text) in place of the keys, or above others of them."""
        self._words, self._template = words, template
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.content_size.width or 66
        said = [(Span(self._words, "muted"),)] if self._words else []
        self.set_lines([*said, *key_rows(read_hints(services_of(self).commands, self._template), width)])
