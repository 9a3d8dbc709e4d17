"""The bottom row of every screen: the most useful keys of where the user is, help and palette at its right end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual import events

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.text.spans import Line
from studio_tui.ui.contracts.command import CommandContext
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.key_line import KeyHint, key_line
from studio_tui.ui.kit.one_line import OneLine

ALWAYS = ("help", "palette")
_PALETTE = ("ctrl+p",)
"""The key that Textual gives it, which nobody can move."""
_TOGETHER = {"older": "newer", "step": "step-in"}
"""Commands whose keys stand before one word, and the one whose key is the last of them."""


class KeyBar(OneLine):
    """Shows what its source gives, what cannot be done now dim; a click runs it."""

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; background: $panel; }"

    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.ASSISTANTS, Slice.THREADS, Slice.RUN, Slice.STATE, Slice.HISTORY, Slice.GRAPH}
    )

    def __init__(
        self, source: Callable[[], Sequence[KeyHint]], typing: Callable[[], bool] = lambda: False, *, id: str
    ) -> None:
        """`typing`: whether a single letter is text where the focus is."""
        super().__init__(id=id)
        self._source, self._typing = source, typing
        self._said: Line | None = None
        self._spots: list[tuple[int, int, str]] = []
        self._shown: object = None
        """What the line was made of."""
        self._line: Line = ()

    def hints(self) -> Sequence[KeyHint]:
        """Return what stands at its left."""
        return self._source()

    def say(self, line: Line | None) -> None:
        """Show `line` in place of the keys until it is taken back with None."""
        self._said = line
        self.look()

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the caller fixes the signature
        self.look()

    def on_resize(self) -> None:
        self.look()

    def line(self) -> Line:
        if self._said is not None:
            return self._said
        left = self.hints()
        right = always(services_of(self).context(), typing=self._typing())
        shown = (left, right, self.size.width)
        if shown != self._shown:
            self._line, self._spots = key_line(left, self.size.width, right)
            self._shown = shown
        return self._line

    def on_click(self, event: events.Click) -> None:
        for start, end, command_id in self._spots if self._said is None else ():
            if start <= event.x < end:
                services_of(self).perform(command_id)


def key_hints(
    ctx: CommandContext, ids: Iterable[str], words: Mapping[str, str] | None = None, *, typing: bool = False
) -> list[KeyHint]:
    """Return the entries of commands; those without a key where the focus is are left out."""
    found = (_hint(ctx, command_id, (words or {}).get(command_id, ""), typing) for command_id in ids)
    return [hint for hint in found if hint is not None]


def always(ctx: CommandContext, *, typing: bool = False) -> list[KeyHint]:
    """Return what stands at the right end of every bottom row."""
    return key_hints(ctx, ALWAYS, typing=typing)


def _hint(ctx: CommandContext, command_id: str, word: str, typing: bool) -> KeyHint | None:
    command = ctx.services.commands[command_id]
    keys = _PALETTE if command_id == "palette" else ctx.services.commands.keys_of(command_id)
    if typing:
        # A single letter is text there.
        keys = tuple(key for key in keys if len(shown_key(key)) > 1)
    if not keys:
        return None
    # What belongs to where the user is can be done there: who shows it knows that.
    able = command.problem(ctx, is_here=True) is None
    hint = KeyHint(shown_key(keys[0]), word or command.short or command.title, able, command_id)
    # Its own word is that of one key; only a word that was given for both may stand behind both.
    other = _TOGETHER.get(command_id) if word else None
    if other is not None and (others := ctx.services.commands.keys_of(other)):
        hint = replace(hint, keys=f"{hint.keys} {shown_key(others[0])}", last_id=other)
    return hint
