"""A list of which only the newest pages are loaded: a search and `G` go on loading, within a budget, and say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from textual.timer import Timer

from studio_tui.text.fmt import count
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.lists.line_view import LineView

SETTLED = 0.3
"""Seconds without another letter after which a search that finds nothing asks the server for more."""
LOST = 3.0
"""Seconds after which a page that was asked for and is not being read counts as refused."""


class Loaded(NamedTuple):
    """How much of a list is there."""

    rows: int
    total: int | None
    """How many the server has; None where it does not tell."""
    has_more: bool
    loading: bool
    noun: str = ""
    """What is counted, where that is not rows of the list."""

    @property
    def words(self) -> str:
        """`50 loaded of 312`."""
        of = f" of {count(self.total)}" if self.total is not None and self.total > self.rows else ""
        return f"{count(self.rows)} {self.noun} loaded{of}" if self.noun else f"{count(self.rows)} loaded{of}"


class PagedView(LineView):
    """Loads further pages for a search without a match and for the way to the end; escape stops it."""

    PAGES_AT_ONCE: ClassVar[int] = 20
    """Pages that one search or one `G` loads at most."""
    MORE_KEY: ClassVar[str] = "{list-last-row}"
    """What goes on towards what is not loaded, as a template names its key."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._goal: Literal["", "match", "end", "start"] = ""
        self._pages_left = 0
        self._awaited = -1
        """How many rows there were when a page was asked for; -1 when none is awaited."""
        self._inherited = False
        """The awaited page was asked for before: if it does not come, it is asked for once more."""
        self._pursuing: Timer | None = None
        self._asked_at = -1
        """How many rows there were when the next page was asked for, on the way to the end or near it."""

    # -- what subclasses answer ---------------------------------------------------------------------------------

    def loaded(self) -> Loaded:
        raise NotImplementedError

    def ask_more(self) -> None:
        """Ask for the next page; called by `ask` alone."""
        raise NotImplementedError

    def ask(self) -> None:
        """Ask for the next page, and note how many rows there were."""
        self._asked_at = self.loaded().rows
        self.ask_more()

    def ask_once(self) -> None:
        """Ask for the next page, once for every page."""
        there = self.loaded()
        if there.has_more and not there.loading and there.rows != self._asked_at:
            self.ask()

    # -- what users see -----------------------------------------------------------------------------------------

    @property
    def no_match(self) -> bool:
        """Whether a search found nothing in the whole list: rows that are not loaded may match."""
        return super().no_match and not self.loaded().has_more

    @property
    def pursuing(self) -> bool:
        return bool(self._goal)

    def stop_loading(self) -> bool:
        was, self._goal, self._awaited = bool(self._goal), "", -1
        if was:
            self._refresh_rows()
        return was

    def set_filter(self, text: str) -> None:
        """Search; when nothing that is loaded matches, further pages are loaded."""
        self.stop_loading()
        super().set_filter(text)
        if text and self.loaded().has_more:
            self._pursue("match", SETTLED)

    def action_last_row(self) -> None:
        """Go to the last row, and on to the end of what the server has."""
        self._go_to_end()
        if self.loaded().has_more:
            self._pursue("end", asked=self._asked_at == self.loaded().rows)

    def row_moved(self, row: int | None) -> None:  # noqa: ARG002 - positions tell
        """Moving away from the end ends the way there."""
        if self._goal == "end" and self.port.cursor < self.port.count - 1:
            self.stop_loading()

    def _go_to_end(self) -> None:
        super().action_last_row()

    def _go_to_start(self) -> None:
        super().action_first_row()

    def _tell_missed(self) -> None:
        """Say that nothing matches only where everything is loaded; else go on loading."""
        if super().no_match and self.loaded().has_more:
            self._filter.asked = False
            self._refresh_rows()
            if not self._goal:
                self._pursue("match")
        else:
            super()._tell_missed()

    def empty_sentence(self) -> str:
        there = self.loaded()
        if self._filter.is_scanning or not self._filter.hides or not len(self.rows) or not there.has_more:
            return super().empty_sentence()
        said = f"No match for “{clean(self.filter_text, 40)}” in the {there.words}"
        if self._goal:
            return said + with_keys(self, f", loading more … {self.way_back} stops.")
        return said + with_keys(self, f". {self.MORE_KEY} loads more, {self.way_back} shows everything.")

    def border_parts(self) -> Iterator[str]:
        yield from super().border_parts()
        yield self._progress()

    def _progress(self) -> str:
        there = self.loaded()
        if self._goal:
            return there.words + with_keys(self, f", loading more, {self.way_back} stops")
        return f"only the {there.words}" if self.filter_text and there.has_more else ""

    # -- loading ------------------------------------------------------------------------------------------------

    def _pursue(self, goal: Literal["match", "end", "start"], after: float = 0.0, *, asked: bool = False) -> None:
        """Load pages until `goal` is reached; `asked`: the first was asked for a moment ago, near the end."""
        self._goal, self._pages_left, self._awaited = goal, self.PAGES_AT_ONCE, -1
        self._inherited = asked
        if asked:
            self._awaited, self._pages_left = self.loaded().rows, self._pages_left - 1
            self._look_again(LOST)
        elif after:
            self._look_again(after)
        else:
            self.pages_changed()
        self._refresh_rows()

    def pages_changed(self) -> None:
        """Rows came, or did not: go on where something is still to be found. Called after every draw."""
        there = self.loaded()
        if not self._goal or there.loading or self._filter.is_scanning:
            if self._goal:
                self._look_again(LOST if there.loading else SETTLED)
            return
        if self._awaited == there.rows and self._pursuing is not None:
            return  # the page that was asked for is on its way
        if self._awaited >= 0 and there.rows > self._awaited:
            if self._goal == "end":
                self._go_to_end()
            elif self._goal == "start":
                self._go_to_start()
        refused = self._awaited == there.rows and not self._inherited
        self._inherited = False
        found = self._goal == "match" and self._filter.count > 0
        if refused or found or not there.has_more or not self._pages_left:
            self._asked_at = -1 if refused else self._asked_at
            self.stop_loading()
            return
        self._pages_left -= 1
        self._awaited = there.rows
        self.ask()
        self._look_again(LOST)

    def _look_again(self, seconds: float) -> None:
        if self._pursuing is not None:
            self._pursuing.stop()
        self._pursuing = self.set_timer(seconds, self._looked) if self.is_mounted else None

    def _looked(self) -> None:
        self._pursuing = None
        self.pages_changed()
