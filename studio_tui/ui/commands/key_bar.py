"""The bottom row: the most useful keys of where the user is. Whole entries only; what does not fit is left out."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.strip import Strip

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.contracts.command import CommandContext
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.one_line import OneLine
from studio_tui.ui.kit.terminal.safe import line_strip

ALWAYS = ("help", "palette")


class KeyBar(OneLine):
    """Shows up to nine commands of the focused panel, unavailable ones dimmed; a click runs one."""

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; background: $panel; }"

    slices: ClassVar[frozenset[Slice]] = frozenset(
        {Slice.CONNECTION, Slice.ASSISTANTS, Slice.THREADS, Slice.RUN, Slice.STATE, Slice.HISTORY, Slice.GRAPH}
    )

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bar: tuple[str, ...] = ()
        self._typing = False
        self._spots: list[tuple[int, int, str]] = []

    def show(self, bar: tuple[str, ...], *, typing: bool = False) -> None:
        """Show these commands; `typing`: a single letter is text where the focus is."""
        if (bar, typing) != (self._bar, self._typing):
            self._bar, self._typing = bar, typing
            self.look()

    def draw(self, app_state: AppState, changed: frozenset[Slice]) -> None:  # noqa: ARG002 - the caller fixes the signature
        self.look()

    def strip(self) -> Strip:
        ctx = services_of(self).context()
        line, self._spots = key_line(ctx, self._bar, self.size.width, typing=self._typing)
        return line_strip(self, line, self.size.width)

    def on_click(self, event: events.Click) -> None:
        for start, end, command_id in self._spots:
            if start <= event.x < end:
                services_of(self).perform(command_id)


def key_line(
    ctx: CommandContext, bar: tuple[str, ...], width: int, *, typing: bool = False
) -> tuple[Line, list[tuple[int, int, str]]]:
    """Return the row for the commands of `bar` and the cells of each in it."""
    right = [part for command_id in ALWAYS if (part := _entry(ctx, command_id, typing))]
    room = width - sum(line_width(line) for _, line in right)
    left: list[tuple[str, Line]] = []
    used = 0
    for entry in (_entry(ctx, command_id, typing) for command_id in bar):
        if entry is not None and used + line_width(entry[1]) <= room:
            left.append(entry)
            used += line_width(entry[1])
    spots: list[tuple[int, int, str]] = []
    spans: list[Span] = []
    at = 0
    for command_id, line in (*left, ("", (Span(" " * max(0, room - used)),)), *right):
        if command_id:
            spots.append((at, at + line_width(line), command_id))
        spans.extend(line)
        at += line_width(line)
    return tuple(spans), spots


def _entry(ctx: CommandContext, command_id: str, typing: bool) -> tuple[str, Line] | None:
    command = ctx.services.commands[command_id]
    keys = ("ctrl+p",) if command_id == "palette" else ctx.services.commands.keys_of(command_id)
    if typing:
        # A single letter is text there.
        keys = tuple(key for key in keys if len(shown_key(key)) > 1)
    if not keys:
        return None
    able = command.problem(ctx) is None
    name = command.short or command.title
    line = (
        Span(" "),
        Span(shown_key(keys[0], short=True), "key bold" if able else "muted"),
        Span(f" {name} ", "text" if able else "muted"),
    )
    return command_id, line
