"""Text inputs: an area that grows from one row and sends on enter, one for JSON, and one of a single line."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.content import Content
from textual.errors import NoWidget
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, TextArea

from studio_tui.text.cells import cut_words, width
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts import key_burst
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.kit.commands import FIELD, TEXT
from studio_tui.ui.kit.terminal.safe import drawable, is_ascii, plain_notify

MOST_WRAPPED = 32_000
"""Characters that a wrapping text area takes; it wraps all of them again on every key."""
MOST_LINES = 300_000
"""Characters that an area without wrapping takes."""

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)

_AT_ONCE = {
    "backspace": "delete_left",
    "delete": "delete_right",
    "left": "cursor_left",
    "right": "cursor_right",
    "up": "cursor_up",
    "down": "cursor_down",
    "home": "cursor_line_start",
    "end": "cursor_line_end",
    "ctrl+w": "delete_word_left",
    "ctrl+u": "delete_to_start_of_line",
}
"""Keys that are carried out on arrival.

As bindings they would travel up to the app and come back after the characters that were typed behind them: over a slow
link, where keys arrive in bursts, `40` corrected to `21` became something else.
"""


_EMPTY = ("{}", "[]")


def typeable(text: str) -> tuple[str, int]:
    """Return `text` with plain line ends and steering characters made visible, and how many of these there were."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _STEERING.subn(lambda match: clean(match.group()), text)


@dataclass
class Told(Message):
    """What a field tells."""

    field: Widget

    @property
    def control(self) -> Widget:
        return self.field


class Area(TextArea):
    """What both areas share: safe pastes, a cap, and leaving at the first and last row."""

    DEFAULT_CSS = """
    Area { height: auto; padding: 0; background: transparent; scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0; }
    Area .text-area--cursor-line { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(TEXT)
    most = MOST_WRAPPED

    @dataclass
    class Left(Told):
        """The cursor was moved beyond the first (-1) or the last row (1) of a field."""

        direction: int

    @dataclass
    class TooLarge(Told):
        """A paste would make the field unusable; `text` is what it would hold."""

        text: str

    class Replaced(Message):
        """Characters that could steer a terminal were replaced in a paste."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.words = f"{plural(count, 'control character')} in this text became visible; use JSON to send them."

    def __init__(self, *, placeholder: str = "", wrap: bool = True, **options: Any) -> None:
        super().__init__(soft_wrap=wrap, **options)
        self._hint = clean(placeholder)
        """The whole placeholder."""
        self.set_reactive(TextArea.placeholder, Content(drawable(placeholder, self)))
        # As `compact=True` does, which would look for styles at once, before there is anything to be styled.
        self.set_reactive(TextArea.compact, True)
        self.add_class("-textual-compact", update=False)
        self.cursor_blink = False  # or an idle program writes to the terminal for ever

    def show_placeholder(self, text: str) -> None:
        self._hint = clean(text)
        self._fit_placeholder()

    def _fit_placeholder(self) -> None:
        """Show as many whole words of it as find room in the one row that a field without text has."""
        cells = self.content_size.width
        said = cut_words(self._hint, cells) if cells and self.soft_wrap else self._hint
        shown = Content(drawable(said, self))
        if not isinstance(self.placeholder, Content) or shown.plain != self.placeholder.plain:
            self.placeholder = shown

    def put(self, text: str) -> bool:
        """Replace the whole text, cursor at the end; return False (and change nothing) when it is too large."""
        if len(text) > self.most:
            return False
        text, replaced = typeable(text)
        if replaced:
            self.post_message(self.Replaced(replaced))
        if text != self.text:
            self.load_text(text)
        self.move_cursor(self.document.end)
        return True

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 (Textual calls by name)
        """Scroll sideways no further than the cursor needs at the new width; what was cut off fits perhaps."""
        self._fit_placeholder()
        if self.scroll_x:
            self.call_after_refresh(self._scroll_back)

    def _scroll_back(self) -> None:
        self.scroll_to(x=0, animate=False, immediate=True)
        self.scroll_cursor_visible()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Bring the cursor into sight, also where the page around was scrolled away from the field."""
        scrolled = super().scroll_cursor_visible(center, animate)
        if self.has_focus:
            with suppress(NoWidget):  # it has no place yet
                clip = self.screen.find_widget(self).clip
                if not clip.y <= self.cursor_screen_offset.y < clip.bottom:
                    self.call_after_refresh(self.scroll_visible, animate=False)
        return scrolled

    async def _on_key(self, event: events.Key) -> None:
        action = _AT_ONCE.get(event.key)
        typed = "" if action is not None or self.read_only else key_burst.taken(self, event)
        if action is None and len(typed) < 2:
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        if action is not None:
            getattr(self, f"action_{action}")()
        else:
            self._replace_via_keyboard(typed, *self.selection)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        room = self.most - len(self.text) + len(self.selected_text)
        if len(event.text) > room:
            self.post_message(self.TooLarge(self, self._with(event.text)))
            return
        text, replaced = typeable(event.text)
        if replaced:
            self.post_message(self.Replaced(replaced))
        result = self._replace_via_keyboard(text, *self.selection)
        if result is not None:
            self.move_cursor(result.end_location)

    def _with(self, text: str) -> str:
        start, end = sorted(self.selection)
        before, after = self.get_text_range((0, 0), start), self.get_text_range(end, self.document.end)
        return before + text + after

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.navigator.is_first_wrapped_line(self.cursor_location):
            self.post_message(self.Left(self, -1))
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.navigator.is_last_wrapped_line(self.cursor_location):
            self.post_message(self.Left(self, 1))
        else:
            super().action_cursor_down(select)


_RULE = Style(underline=True)


def ruled(field: Widget, row: Strip) -> Strip:
    """Return a row of a field underlined over its whole width in the terminal's own colours.

    These have no shade to lie behind a field.
    """
    return row.extend_cell_length(field.size.width).apply_style(_RULE) if field.app.native_ansi_color else row


class TextField(Area):
    """A text that starts as one row and grows; enter sends it, shift+enter, alt+enter or ctrl+j breaks the line."""

    DEFAULT_CSS = "TextField { max-height: 30vh; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings(FIELD)
    framed: ClassVar[bool] = False
    """Whether a frame of its own tells that it is a field."""

    def render_line(self, y: int) -> Strip:
        row = super().render_line(y)
        return row if self.framed else ruled(self, row)

    class Submitted(Told):
        """Enter was pressed in a field."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key != "enter":
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        row, column = self.cursor_location
        if column and self.document.get_line(row)[column - 1] == "\\":
            # Terminals that cannot tell shift+enter from enter still have a way to break a line.
            self.replace("\n", (row, column - 1), (row, column))
        else:
            self.post_message(self.Submitted(self))

    def action_newline(self) -> None:
        self._replace_via_keyboard("\n", *self.selection)

    def action_cursor_page_down(self) -> None:
        """Move on by a page of a long text; where all of it is in sight, what stands around is scrolled."""
        if not self.allow_vertical_scroll:
            raise SkipAction
        super().action_cursor_page_down()

    def action_cursor_page_up(self) -> None:
        if not self.allow_vertical_scroll:
            raise SkipAction
        super().action_cursor_page_up()


class JsonArea(Area):
    """JSON text with line numbers; the place of a problem is marked."""

    DEFAULT_CSS = """
    JsonArea { min-height: 3; max-height: 45vh; }
    """
    most = MOST_LINES

    def __init__(self, *, placeholder: str = "", id: str | None = None, read_only: bool = False) -> None:
        super().__init__(placeholder=placeholder, wrap=False, id=id, show_line_numbers=True, read_only=read_only)
        self._marked: tuple[int, int] | None = None
        self._suggested = ""

    def render_line(self, y: int) -> Strip:
        """Draw a row; a line that goes on beyond the right edge ends in a sign there, instead of a bar below all."""
        row, whole = super().render_line(y), self.scrollable_content_region.width
        cells = whole - self.gutter_width
        index, ahead = y + self.scroll_offset.y, self.scroll_offset.x + cells
        line = self.document.get_line(index) if index < self.document.line_count and cells > 0 else ""
        if len(line) <= ahead // 2 or (len(line) < 2 * ahead and width(line) <= ahead):
            return row
        sign = Segment(glyphs(is_ascii(self)).ellipsis[:1], self.get_component_rich_style("text-area--gutter"))
        return Strip([*row.crop(0, whole - 1), sign], whole)

    def mark(self, line: int, column: int) -> None:
        """Mark the place of a problem (both count from 1); 0 marks nothing."""
        marked = (line - 1, column - 1) if line else None
        if marked != self._marked:
            self._marked = marked
            self._line_cache.clear()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        text = super().get_line(line_index)
        if self._marked is not None and self._marked[0] == line_index:
            at = min(self._marked[1], max(0, len(text) - 1))
            text.stylize("reverse bold", at, at + 1)
        return text

    def put(self, text: str) -> bool:
        """Replace the whole text; the cursor is at its end, in empty brackets between them."""
        self._suggested = ""
        taken = super().put(text)
        if taken:
            self._into_brackets()
        return taken

    def suggest(self, text: str) -> bool:
        """Do the same with a text that nobody wrote: a value that is typed or pasted behind it takes its place."""
        taken = self.put(text)
        self._suggested = self.text
        return taken

    def to_start(self) -> None:
        """Put the cursor at the beginning, in empty brackets between them."""
        self.move_cursor((0, 0))
        self._into_brackets()

    def to_value(self) -> None:
        """Put the cursor where a value is changed: at the end of a single line, else at the beginning."""
        if self.document.line_count > 1 or self.text in _EMPTY:
            self.to_start()
        else:
            self.move_cursor((0, len(self.text) - self.text.endswith('"')))

    def _into_brackets(self) -> None:
        if self.text in _EMPTY:
            self.move_cursor((0, 1))

    def _makes_way(self, typed: str) -> bool:
        """Whether what stands here is replaced: somebody types, or pastes, a whole value instead of filling it in."""
        if self.read_only or typed.lstrip()[:1] not in ("{", "["):
            return False
        at_end = self.cursor_location == self.document.end
        return self.text == "{}" or (at_end and bool(self._suggested) and self.text == self._suggested)

    async def _on_paste(self, event: events.Paste) -> None:
        """Take a paste; a whole value takes the place of an empty object."""
        if self._makes_way(event.text):
            self.select_all()
        await super()._on_paste(event)

    async def _on_key(self, event: events.Key) -> None:
        if self._makes_way(event.character or ""):
            self.select_all()
        if event.key != "enter" or self.read_only:
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        indent = before[: len(before) - len(before.lstrip(" "))]
        deeper = "  " if before.rstrip().endswith(("{", "[")) else ""
        if deeper and self.document.get_line(row)[column:].lstrip()[:1] in ("}", "]"):
            self._replace_via_keyboard("\n" + indent + deeper + "\n" + indent, *self.selection)
            self.move_cursor((row + 1, len(indent + deeper)))
        else:
            self._replace_via_keyboard("\n" + indent + deeper, *self.selection)


def one_line(text: str) -> tuple[str, str]:
    """Return `text` as one line with steering characters made visible, and what that changed (safe text, or empty)."""
    text, replaced = typeable(text)
    lines = [line.strip() for line in text.split("\n")] if "\n" in text else [text]
    lines = [line for line in lines if line] if len(lines) > 1 else lines
    said = [f"{plural(len(lines), 'line')} became one: this field has one line."] if len(lines) > 1 else []
    said += [f"{plural(replaced, 'control character')} in this text became visible."] if replaced else []
    return " ".join(lines).replace("\t", " "), " ".join(said)


class SteadyInput(Input):
    """A one-line input whose cursor does not blink, and whose pastes lose nothing.

    Blinking writes to the terminal for as long as nothing happens. Textual takes the first line of a paste only.
    """

    def __init__(self, value: str | None = None, **options: Any) -> None:
        super().__init__(value, **options)
        self.set_reactive(Input.placeholder, drawable(self.placeholder, self))
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        return ruled(self, super().render_line(y))

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text, said = one_line(event.text)
        self.replace(text, *self.selection)
        if said:
            plain_notify(self.app, said, "warning")
