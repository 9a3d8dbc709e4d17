"""What the view of threads shows: filter, status, order, columns, saved views, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.core.threads.saved_views import BUILT_IN
from studio_tui.core.threads.search import MOST_MARKED
from studio_tui.domain.thread import ThreadStatus
from studio_tui.domain.thread_query import (
    SORTS,
    STATUSES,
    ThreadQuery,
    column_name,
    filter_text,
    parse_columns,
    parse_filter,
)
from studio_tui.present.kit.signs import thread_sign
from studio_tui.present.threads.table import SORT_NAMES
from studio_tui.text.fmt import count, plural
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, PromptDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.screens.resource import ResourceScreen

if TYPE_CHECKING:
    from studio_tui.core.threads.saved_views import SavedViews
    from studio_tui.core.threads.search import ThreadSearch

_COLUMNS = (
    "State keys or paths, with blanks between them: topic messages[-1].content metadata.user\nAn empty line shows none."
)
_FILTER = (
    "status=error · metadata as key=value or as JSON · whole thread ids\n"
    'Such as: status=interrupted user=ann    or    {"user": {"name": "ann"}}'
)


class ThreadChoices(ResourceScreen):
    """Part of the view of threads."""

    book: ThreadSearch
    views: SavedViews

    async def show_query(self, query: ThreadQuery) -> None:
        """Show another list; the screen does it."""
        raise NotImplementedError

    def changed_query(self, **fields: object) -> None:
        """Show the list with these fields of the query changed; the screen does it."""
        raise NotImplementedError

    def retitle(self) -> None:
        """Show how many are marked; the screen does it."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Ask for a filter."""
        self.start(self._filter())

    async def _filter(self) -> None:
        prompt = CheckedPrompt("Filter threads", _FILTER, filter_text(self.book.query), parse_filter)
        text = await self.services.ask(prompt)
        if text is not None:
            status, metadata, ids = parse_filter(text)
            self.changed_query(status=status, metadata=metadata, ids=ids)

    def action_status(self) -> None:
        """Ask for a status."""
        self.start(self._status())

    async def _status(self) -> None:
        counts, current = self.book.counts, self.book.query.status
        choices = [PickerChoice("all", "all", _counted(counts.get("")), not current)]
        for name in STATUSES:
            word = thread_sign(ThreadStatus(name), self.list.glyphs)[2]
            said = " · ".join(part for part in (word if word != name else "", _counted(counts.get(name))) if part)
            choices.append(PickerChoice(name, name, said, current == name))
        picked = await self.services.ask(PickerDialog("Threads with status", choices))
        if picked:
            self.changed_query(status="" if picked == "all" else picked)

    def action_sort(self) -> None:
        """Ask for an order."""
        self.start(self._sort())

    async def _sort(self) -> None:
        choices = [PickerChoice(name, SORT_NAMES[name], "", name == self.book.query.sort_by) for name in SORTS]
        picked = await self.services.ask(PickerDialog("Sort threads by", choices))
        if picked:
            self.changed_query(sort_by=picked)

    def action_reverse(self) -> None:
        """Turn the order around."""
        self.changed_query(descending=not self.book.query.descending)

    def action_columns(self) -> None:
        """Ask for columns."""
        self.start(self._columns())

    async def _columns(self) -> None:
        server = self.services.studio.app_state.server
        slow = server is not None and not server.can("extract").works
        label = _COLUMNS + ("\nThis server sends whole states for them, which may take long." if slow else "")
        now = " ".join(column_name(path) for path in self.book.query.columns)
        text = await self.services.ask(CheckedPrompt("Columns from the state", label, now, parse_columns))
        if text is not None:
            self.changed_query(columns=parse_columns(text))

    def action_views(self) -> None:
        """Ask for a saved view."""
        self.start(self._views())

    async def _views(self) -> None:
        views = {**BUILT_IN, **self.views.all()}
        choices = [
            PickerChoice(name, clean(name), _told(query), query == self.book.query) for name, query in views.items()
        ]
        picked = await self.services.ask(PickerDialog("Views of threads", choices))
        if picked:
            await self.show_query(views[picked])

    def action_keep_view(self) -> None:
        """Save or delete a view."""
        self.start(self._keep_view())

    async def _keep_view(self) -> None:
        saved = self.views.all()
        choices = [PickerChoice("new", "Save what is shown as a new view", _told(self.book.query))]
        for name in saved:
            choices += [
                PickerChoice(f"set {name}", f"Replace {clean(name)}"),
                PickerChoice(f"del {name}", f"Delete {clean(name)}"),
            ]
        picked = "new"
        if saved:
            picked = await self.services.ask(PickerDialog("Save a view", choices)) or ""
        act, _, name = picked.partition(" ")
        if act == "del":
            self.views.delete(name)
            self.services.tell(f"The view {clean(name)} is deleted.")
            return
        if act == "new":
            name = await self.services.ask(PromptDialog("Save a view", "Its name:")) or ""
        if name.strip():
            self.views.save(name, self.book.query)
            self.services.tell(f"The view {clean(name.strip())} is saved: v shows it.")

    def action_mark_all(self) -> None:
        """Mark every thread that the filter lets through."""
        self.start(self._mark_all(), "marking threads")

    async def _mark_all(self) -> None:
        number = await self.book.mark_all(lambda _number: self.retitle())
        most = " More cannot be marked at once." if number >= MOST_MARKED else ""
        self.services.tell(f"{plural(number, 'thread')} marked.{most} u takes the marks away.")

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.book.marked.clear()
        self.retitle()


def _counted(number: int | None) -> str:
    return "" if number is None else count(number)


def _told(query: ThreadQuery) -> str:
    parts = [filter_text(query), f"by {SORT_NAMES[query.sort_by]}" + ("" if query.descending else ", reversed")]
    parts += [" ".join(column_name(path) for path in query.columns)]
    return clean(" · ".join(part for part in parts if part), 200)
