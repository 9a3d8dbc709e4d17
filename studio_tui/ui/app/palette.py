"""The palette (ctrl+p): every command with its key, by what people call it; what cannot be done now with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from studio_tui.text.cells import cut, width
from studio_tui.text.fmt import id_start
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line
from studio_tui.ui.commands.finding import Candidate, Found, find, meant_instead, titled_apart
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.contracts.panel import Barred
from studio_tui.ui.contracts.services import Services, services_of
from studio_tui.ui.kit.commands import PICKER
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.key_line import key_rows, read_hints
from studio_tui.ui.kit.lists.viewport import Viewport
from studio_tui.ui.kit.terminal.safe import PlainStatic, is_ascii, line_strip, set_subtitle_line
from studio_tui.ui.kit.text_inputs import SteadyInput
from studio_tui.ui.kit.twice import Twice, too_quick

if TYPE_CHECKING:
    from textual.screen import Screen

_HINTS = "enter Run  {picker-up} {picker-down} Move  {dialog-close} Close"
_REMEMBERED = 5
"""Commands used last that come first."""
_WHEEL = 3
_MOST = 200
"""Assistants, and threads, that are looked through."""
_WIDE = 140
"""Columns of the terminal from which on the box is wider."""
_HELP = 74
"""Cells of the row that explains, before it is laid out."""
_SEARCHED = 200
"""Characters of a name that are looked through."""
_recent: WeakKeyDictionary[App[Any], list[str]] = WeakKeyDictionary()


def open_palette(services: Services, typed: str = "") -> None:
    """Show it over the screen of now, unless it stands there already; `typed`: what is looked for at first."""
    app = services.app
    if any(screen.id == "palette" for screen in app.screen_stack):
        return

    def left(chosen: Candidate | None) -> None:
        if chosen is not None:
            app.call_later(services.perform, chosen.command.id, chosen.argument)

    app.push_screen(PaletteDialog(app.screen, typed), left)


class PaletteList(Widget):
    """The rows: sections and commands, drawn by the line."""

    class Picked(Message):
        """A row was clicked."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: list[Found | str] = []
        self._at = 0
        self._port = Viewport(follows=False)
        """What of the rows is in sight; the cursor is never on a section's name."""

    @property
    def picked(self) -> Found | None:
        """The row under the cursor."""
        row = self._rows[self._at] if self._at < len(self._rows) else None
        return row if isinstance(row, Found) else None

    def show(self, found: Sequence[Found]) -> None:
        self._rows = []
        section = ""
        for item in found:
            if item.section != section:
                section = item.section
                self._rows.append(section)
            self._rows.append(item)
        self._at = min(1, len(self._rows))
        self._port.count, self._port.top = len(self._rows), 0
        self.refresh()

    def move(self, rows: int) -> None:
        """Go on by so many commands, not beyond the first or last one."""
        places = [index for index, row in enumerate(self._rows) if isinstance(row, Found)]
        if places:
            here = places.index(self._at) if self._at in places else 0
            self._at = places[min(len(places) - 1, max(0, here + rows))]
            self._port.place(self._at)
            self._port.top = min(self._port.top, max(0, self._at - 1))  # a section's name, too
            self.refresh()

    def on_resize(self) -> None:
        self._port.height = max(1, self.size.height)

    def render_line(self, y: int) -> Strip:
        index = self._port.top + y
        if index >= len(self._rows):
            empty: Line = (Span("  Nothing is called so.", "muted"),) if not self._rows and y == 0 else ()
            return line_strip(self, empty, self.size.width)
        row = self._rows[index]
        if isinstance(row, str):
            room = self.size.width - 1
            return line_strip(self, (*fit_line((Span(f" {row}", "muted bold"),), room), self._bar(y)), self.size.width)
        cursor = index == self._at
        gutter = Span(glyphs(is_ascii(self)).cursor if cursor else " ", "accent")
        words = fit_line(self._line(row, self.size.width - 2), self.size.width - 2)
        text = line_strip(self, (gutter, *words), self.size.width - 1, "cursor " if cursor else "")
        return Strip.join((text, line_strip(self, (self._bar(y),), 1)))  # the bar lies over the rows

    def _bar(self, y: int) -> Span:
        """The piece of the scroll bar in a row; nothing where all rows are seen."""
        return Span(glyphs(is_ascii(self)).thumb if self._port.is_thumb(y) else " ", "border")

    def _line(self, row: Found, room: int) -> Line:
        item, keys = row.candidate, self._keys(row.candidate)
        title = cut(item.title, max(8, room - width(keys) - 2))
        free = room - width(title) - width(keys)
        reason = cut(clean(item.problem), free - 4) if item.problem and free > 12 else ""
        gap = " " * max(0, free - width(reason) - (2 if reason else 0))
        able = not item.problem
        told = (Span("  " + reason, "muted"),) if reason else ()
        return Span(title, "text" if able else "muted"), *told, Span(gap), Span(keys, "key" if able else "muted")

    def _keys(self, item: Candidate) -> str:
        keys = services_of(self).commands.keys_of(item.command.id)
        return shown_key(keys[0]) if keys else f":{item.command.id}"

    def on_click(self, event: events.Click) -> None:
        index = self._port.top + event.y
        if index < len(self._rows) and isinstance(self._rows[index], Found):
            self._at = index
            self.refresh()
            self.post_message(self.Picked())

    def on_mouse_scroll_down(self) -> None:
        self.move(_WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.move(-_WHEEL)


class PaletteDialog(Dialog[Candidate]):
    """Answers with what was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(PICKER)
    CSS_PATH = "palette.tcss"
    heading = "Commands"

    def __init__(self, over: Screen[Any], typed: str = "") -> None:
        """`over`: the screen that it was opened on; `typed`: what is looked for at first."""
        super().__init__(id="palette")
        self._over = over
        self._list = PaletteList(id="palette-list")
        self._help = PlainStatic("", id="palette-help")
        self._typed = typed
        self._candidates: list[Candidate] = []
        self._has_listed = False
        self._instead: Found | None = None
        """What was meant more than the row under the cursor, and cannot be done: told before that row is taken."""
        self._twice = Twice(lambda: self._typed)
        self._said = "", "muted"
        self._first: list[str] = []

    def parts(self) -> ComposeResult:
        placeholder = "what you want to do: stop, go back, breakpoint, export …"
        yield SteadyInput(self._typed, placeholder=placeholder, select_on_focus=False, id="dialog-input")
        yield self._list
        yield self._help

    def on_mount(self) -> None:
        self._candidates = self._offered()
        bar = self._over.bar if isinstance(self._over, Barred) else ()
        self._first = list(dict.fromkeys((*_recent.get(self.app, []), *bar)))
        box = self.query_one("#dialog")
        set_subtitle_line(box, key_rows(read_hints(self.services.commands, _HINTS), 76)[0])
        self.query_one(Input).cursor_position = len(self._typed)
        self._fill(self._typed)

    def _offered(self) -> list[Candidate]:
        ctx, registry = self.services.context(), self.services.commands
        here = self.services.here()
        commands = [item for item in registry if item.id not in ("palette", "command") and item.offered(here)]
        titles = titled_apart(commands)

        def problem(item: Command) -> str:
            done, elsewhere = item.on_page(ctx)
            return (elsewhere or done.problem(ctx, is_here=True) or "").rstrip(".")

        return [Candidate(item, titles[item.id], registry.help_of(item), problem(item)) for item in commands]

    def _listed(self) -> list[Candidate]:
        """Return the assistants and threads that are known already: nothing is read for it."""
        app_state, commands = self.services.app_state, self.services.commands
        use, open_it = commands["assistant"], commands["thread"]
        found: list[Candidate] = []
        for assistant in app_state.assistants.items[:_MOST]:
            number, graph = id_start(assistant.assistant_id), assistant.graph_id
            title = f"Use assistant {clean(assistant.label, 60)}"
            told = f"Graph {clean(graph, 60)}, version {assistant.version}, {clean(number)}."
            taken = "it is in use" if assistant.assistant_id == app_state.assistant_id else ""
            about = (assistant.description or "")[:_SEARCHED]
            told = f"{told} {clean(about, 80)}" if about else told
            called = f"{assistant.label[:_SEARCHED]} {graph[:_SEARCHED]} {number} {about}"
            found.append(Candidate(use, title, told, taken, assistant.assistant_id, called))
        for thread in app_state.threads.items[:_MOST]:
            number, name = id_start(thread.thread_id), thread.called(app_state.words)
            title = f"Open thread {clean(name, 60) or clean(number)}"
            told = f"Thread {clean(thread.thread_id)}."
            taken = "it is open" if thread.thread_id == app_state.thread_id else ""
            found.append(Candidate(open_it, title, told, taken, thread.thread_id, f"{name} {number}"))
        return found

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value != self._typed:  # enter came before the list had followed the last letters
            self._fill(event.value)
        self._take()

    @on(PaletteList.Picked)
    def _clicked(self) -> None:
        self._instead = None
        self._take()

    def _take(self) -> None:
        """Run the command under the cursor, or say why it cannot be done now and stay."""
        row = self._list.picked
        if row is None:
            return
        if row.candidate.problem:
            self._say(f"Not now: {clean(row.candidate.problem)}.", "warn")
            return
        if (instead := self._instead) is not None and not self._twice.agreed(row.candidate.title):
            why = f"Not now: {clean(instead.candidate.problem)}. Enter again: {clean(row.candidate.title)}."
            self._say(too_quick("enter") if self._twice.was_quick else why, "warn")
            return
        if not row.candidate.argument:
            command_id = row.candidate.command.id
            used = [command_id, *(name for name in _recent.get(self.app, []) if name != command_id)]
            _recent[self.app] = used[:_REMEMBERED]
        self.dismiss(row.candidate)

    def action_move(self, rows: int) -> None:
        self._instead = None
        self._list.move(rows)
        self._explain()

    def _fill(self, text: str) -> None:
        self._typed = text
        if text and not self._has_listed:
            self._has_listed = True
            self._candidates += self._listed()
        found = find(self._candidates, text, self._first)
        self._instead = meant_instead(found) if text else None
        self._list.show(found)
        self._explain()

    def _explain(self) -> None:
        row = self._list.picked
        self._say("" if row is None else clean(row.candidate.help))

    def _say(self, text: str, role: str = "muted") -> None:
        """Show a sentence (safe text) below the list."""
        self._said = text, role
        self._help.set_line((Span(cut(text, self._help.content_size.width or _HELP), role),))

    def on_resize(self) -> None:
        self.query_one("#dialog").set_class(self.app.size.width >= _WIDE, "-wide")
        self._say(*self._said)
