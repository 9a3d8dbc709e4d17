"""A full-size screen with one list over the Studio screen: base of detail, logs and help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from studio_tui.ui.commands.command_line import CommandLine
from studio_tui.ui.commands.key_bar import KeyBar
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.dialogs.leaving import LeavingScreen
from studio_tui.ui.kit.key_line import KeyHint, read_hints
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.clipboard import copy
from studio_tui.ui.kit.terminal.safe import set_title
from studio_tui.ui.screens.commands import OVER
from studio_tui.ui.screens.top_row import TopRow


class OverScreen(LeavingScreen[None]):
    """One list with a title and a row of hints; esc or q goes back, `/` searches."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(OVER)
    AUTO_FOCUS = "LineView"
    hints = "{page-search} Search  {page-copy} Copy  {page-back} Back"
    """The keys of the bottom row; for the template see `key_line`."""
    _has_parts = False

    def view(self) -> LineView:
        """Return the list; made once."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield from self.above()
        yield from self.body()
        yield CommandLine(id="line")
        self.keys = KeyBar(self.key_hints, id="over-hints")
        yield self.keys

    def key_hints(self) -> list[KeyHint]:
        """Return what the bottom row shows."""
        return self.worded(read_hints(self.services.commands, self.hints))

    def worded(self, hints: list[KeyHint]) -> list[KeyHint]:
        """Return keys of the bottom row with the words of this moment: what esc does while a search is active."""
        if not (self.is_built and self.list.filter_text):
            return hints
        return [replace(hint, word="Clear search") if hint.id == "page-back" else hint for hint in hints]

    def above(self) -> ComposeResult:
        """Row 0: what stays in sight whatever is shown."""
        self.status = TopRow(self.heading.split(" · ")[0])
        yield self.status

    def body(self) -> ComposeResult:
        self.list = self.view()
        self.list.add_class("over-list")
        yield self.list

    def on_mount(self) -> None:
        self._has_parts = True
        set_title(self.list.frame, self.heading)
        self.list.rows_changed(0)

    def clock_panels(self) -> Iterator[Widget]:
        if self.is_built:
            yield self.status
            yield self.list

    @property
    def is_built(self) -> bool:
        """Whether the parts are there: a frame may come before that, and a screen closed at once never gets so far."""
        return self._has_parts

    def on_screen_resume(self) -> None:
        self.services.clock.owe(self.status)
        self.services.clock.owe(self.list)

    def action_back(self) -> None:
        """Stop what a search loads, clear the search, else go back."""
        line = self.query_one(CommandLine)
        if line.display:  # it was left by a click
            line.action_close()
        elif self.list.drag.clear() or self.list.stop_loading():
            return
        elif self.list.filter_text:
            self.list.set_filter("")
            self.keys.look()
        elif not self.widen():
            self.dismiss()

    def widen(self) -> bool:
        """Show all again where the page shows only a part; return whether it did."""
        return False

    def action_close(self) -> None:
        self.dismiss()

    def action_search(self) -> None:
        self.open_line("/")

    def open_line(self, mode: str) -> None:
        """Open the prompt (`:`) or the search (`/`)."""
        self.query_one(CommandLine).open(mode, self.list)

    def action_next(self) -> None:
        self.list.find(1)

    def action_previous(self) -> None:
        self.list.find(-1)

    def action_copy(self) -> None:
        used = self.focused if isinstance(self.focused, LineView) else self.list
        text = used.drag.text
        got = (text, "the selected text") if text else used.yank()
        if got is not None:
            copy(self.app, *got)


def leave_pages(app: App[Any]) -> str | None:
    """Leave the pages that stand over the Studio; return why they cannot all be left, then none is, or None."""
    studio: object = services_of(app).studio_screen
    pages: list[OverScreen] = []
    for screen in app.screen_stack[1:]:
        if isinstance(screen, OverScreen):
            pages.append(screen)
        elif screen is not studio:  # it holds what somebody types, or asks something
            name = screen.heading if isinstance(screen, LeavingScreen) else ""
            return f"leave {name or 'this page'} first"
    for page in pages:
        page.dismiss()  # those below another one once they are on top
    return None
