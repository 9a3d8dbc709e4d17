"""How one version of an assistant differs from another: to look at, and before it is saved."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from studio_tui.core.assistants.versions import Versions
from studio_tui.jsonkit.diff import Diff
from studio_tui.present.assistants import date
from studio_tui.text.sanitize import clean
from studio_tui.ui.assistants.commands import REVIEW
from studio_tui.ui.contracts.command import bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.dialogs.dialogs import Dialog
from studio_tui.ui.kit.lists.diff_view import DiffView
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import PlainStatic
from studio_tui.ui.screens.over import OverScreen


class DifferencesView(DiffView):
    """A diff that is given to it."""

    def __init__(self, words: str, found: Diff, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._given = (words, found)

    def on_mount(self) -> None:
        self.show(*self._given)
        if len(self.rows) > 1:
            self.move_to_row(1)


class DiffScreen(OverScreen):
    """How one version differs from another."""

    hints = "{list-open-row} Unfold  {page-search} Search  {page-copy} Copy  {page-back} Back"

    def __init__(self, title: str, versions: Versions, old: int, new: int) -> None:
        super().__init__()
        self.heading = title
        self._found = versions.diff(old, new)
        ends = [date(versions.wanted(number).created_at) for number in (old, new)]
        self._words = f"version {new} ({ends[1]}) against version {old} ({ends[0]})"

    def view(self) -> LineView:
        return DifferencesView(self._words, self._found, id="differences")


class ReviewDialog(Dialog[bool]):
    """The differences that saving makes; True saves them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(REVIEW)

    def __init__(self, versions: Versions, found: Diff, lasting: list[str]) -> None:
        super().__init__()
        self.heading = f"Save as version {versions.newest + 1}?"
        self._words = f"{{assistant-save-yes}} saves this; against version {versions.assistant.version}"
        self._found = found
        self._lasting = lasting

    def parts(self) -> ComposeResult:
        yield DifferencesView(with_keys(self, self._words), self._found, id="review")
        if self._lasting:
            names = ", ".join(clean(key, 40) for key in self._lasting[:5])
            yield PlainStatic(f"Servers only add to metadata: {names} will stay.", classes="dialog-text")
        yield self.hint("{assistant-save-yes} Save  {list-open-row} Unfold  {dialog-close} Go on editing")
