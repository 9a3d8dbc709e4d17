"""What the view of threads shows: filter, status, order, columns, saved views."""

from __future__ import annotations

from msgspec.structs import replace

from studio_tui.core.threads.saved_views import BUILT_IN, SavedViews
from studio_tui.domain.thread import ThreadStatus
from studio_tui.domain.thread_query import (
    SORTS,
    SPOKEN,
    STATUSES,
    ThreadQuery,
    column_name,
    filter_text,
    parse_columns,
    parse_filter,
)
from studio_tui.present.kit.signs import thread_sign
from studio_tui.present.threads.table import SORT_NAMES, ThreadTableRows
from studio_tui.text.fmt import count
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import Services
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, PromptDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog

_COLUMNS = (
    "State keys or paths, with blanks between them: topic messages[-1].content metadata.user\nAn empty line shows none."
)
_FILTER = (
    "status=idle, running, waits or error · metadata as key=value or as JSON · whole thread ids\n"
    'Such as: status=waits user=ann    or    {"user": {"name": "ann"}}'
)


class ThreadFilters:
    """Asks which threads to show, and how."""

    def __init__(self, services: Services, rows: ThreadTableRows) -> None:
        self._services, self._rows, self._threads = services, rows, rows.threads
        options = services.options
        self._views = SavedViews(options.paths.state_dir / "thread_views.json" if options.remembers else None)

    async def ask(self, name: str) -> ThreadQuery | None:
        """Ask what the command `threads-<name>` is about; None: nothing else is to be shown."""
        asks = {
            "filter": self._filter,
            "status": self._status,
            "sort": self._sort,
            "reverse": self._reverse,
            "columns": self._columns,
            "views": self._saved,
            "keep-view": self._keep,
        }
        return await asks[name]()

    async def _filter(self) -> ThreadQuery | None:
        prompt = CheckedPrompt("Filter threads", _FILTER, filter_text(self._threads.query), parse_filter)
        text = await self._services.ask(prompt)
        if text is None:
            return None
        status, metadata, ids = parse_filter(text)
        return replace(self._threads.query, status=status, metadata=metadata, ids=ids)

    async def _status(self) -> ThreadQuery | None:
        counts, current = self._threads.counts, self._threads.query.status
        choices = [PickerChoice("all", "all", _counted(counts.get("")), not current)]
        for name in STATUSES:
            word = thread_sign(ThreadStatus(name), self._rows.signs)[2]
            said = " · ".join(part for part in (f"status={SPOKEN[name]}", _counted(counts.get(name))) if part)
            choices.append(PickerChoice(name, word, said, current == name))
        picked = await self._services.ask(PickerDialog("Threads with status", choices))
        return replace(self._threads.query, status="" if picked == "all" else picked) if picked else None

    async def _sort(self) -> ThreadQuery | None:
        choices = [PickerChoice(name, SORT_NAMES[name], "", name == self._threads.query.sort_by) for name in SORTS]
        picked = await self._services.ask(PickerDialog("Sort threads by", choices))
        return replace(self._threads.query, sort_by=picked) if picked else None

    async def _reverse(self) -> ThreadQuery:
        return replace(self._threads.query, descending=not self._threads.query.descending)

    async def _columns(self) -> ThreadQuery | None:
        server = self._services.studio.app_state.server
        slow = server is not None and not server.can("extract").works
        label = _COLUMNS + ("\nThis server sends whole states for them, which may take long." if slow else "")
        now = " ".join(column_name(path) for path in self._threads.query.columns)
        text = await self._services.ask(CheckedPrompt("Columns from the state", label, now, parse_columns))
        return replace(self._threads.query, columns=parse_columns(text)) if text is not None else None

    async def _saved(self) -> ThreadQuery | None:
        views = {**BUILT_IN, **self._views.all()}
        now = self._threads.query
        choices = [PickerChoice(name, clean(name), _told(query), query == now) for name, query in views.items()]
        picked = await self._services.ask(PickerDialog("Views of threads", choices))
        return views[picked] if picked else None

    async def _keep(self) -> None:
        saved = self._views.all()
        choices = [PickerChoice("new", "Save what is shown as a new view", _told(self._threads.query))]
        for name in saved:
            choices += [
                PickerChoice(f"set {name}", f"Replace {clean(name)}"),
                PickerChoice(f"del {name}", f"Delete {clean(name)}"),
            ]
        picked = (await self._services.ask(PickerDialog("Save a view", choices)) or "") if saved else "new"
        act, _, name = picked.partition(" ")
        if act == "new":
            name = await self._services.ask(PromptDialog("Save a view", "Its name:")) or ""
        if act == "del":
            self._views.delete(name)
            self._services.tell(f"The view {clean(name)} is deleted.")
        elif name.strip():
            self._views.save(name, self._threads.query)
            keys = self._services.commands.hint("{threads-views} shows it.")
            self._services.tell(f"The view {clean(name.strip())} is saved: {keys}")


def _counted(number: int | None) -> str:
    return "" if number is None else count(number)


def _told(query: ThreadQuery) -> str:
    parts = [filter_text(query), f"by {SORT_NAMES[query.sort_by]}" + ("" if query.descending else ", reversed")]
    parts += [" ".join(column_name(path) for path in query.columns)]
    return clean(" · ".join(part for part in parts if part), 200)
