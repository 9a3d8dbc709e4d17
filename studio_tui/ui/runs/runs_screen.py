"""The runs of one thread: details, follow live, cancel, delete."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from studio_tui.core.runs.run_list import GONE, ThreadRuns
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.errors import StudioError
from studio_tui.present.runs.table import RunRows
from studio_tui.text.fmt import plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, TypedConfirmDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.paged_view import PagedTable
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import Key, ResourceScreen, bound

REFRESH_SECONDS = 2.0
"""How often the list is read again while a run is live."""


class RunTable(PagedTable):
    """The list of runs."""

    NOUN: ClassVar[tuple[str, str]] = ("run", "runs")

    class Opened(Message):
        """Show this run."""

        def __init__(self, item: RunInfo) -> None:
            super().__init__()
            self.item = item

    class Left(Message):
        """Go back to the threads."""

    def __init__(self, rows: RunRows, *, id: str | None = None) -> None:
        self.table = rows
        self.words = "Reading the runs …"
        super().__init__(rows, id=id)

    def empty_text(self) -> str:
        """Say why there is nothing."""
        return self.words

    def row_anchor(self, row: int) -> Hashable:
        """Return the run's id."""
        return self.table.items[row].run_id

    def row_of(self, anchor: Hashable) -> int | None:
        """Return where a run is now."""
        return self.table.row_of(anchor)

    def open_row(self, row: int) -> None:
        """Ask for the details."""
        self.post_message(self.Opened(self.table.items[row]))

    def fold_row(self, row: int) -> None:  # noqa: ARG002 - whichever row it is
        """Go back."""
        self.post_message(self.Left())

    def yank(self) -> tuple[str, str] | None:
        """Return the run's id."""
        return None if self.row is None else (self.table.items[self.row].run_id, "run id")


class RunsScreen(ResourceScreen):
    """All runs of a thread, newest first."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("enter", "", "details", "Show times, arguments and error of the run."),
        Key("J,o", "join", "follow", "Open the thread; a live run is followed, with all that it streamed so far."),
        Key("s", "cancel_run", "cancel", "Cancel the run, and verify that it has ended.", True),
        Key("D", "delete", "delete", "Delete the run and the checkpoints that it made.", True),
        Key("y", "copy", "copy id", "Copy the run's id."),
        Key("r,ctrl+r", "refresh", "refresh", "Read the list again."),
    )
    BINDINGS: ClassVar[list[BindingType]] = bound(KEYS)
    heading = "Runs"

    def __init__(self, thread_id: ThreadId, title: str = "") -> None:
        super().__init__()
        self._of = thread_id
        self._title = title

    def view(self) -> LineView:
        """Return the list."""
        app_state = self.services.studio.app_state
        self._runs = ThreadRuns(self.services.studio.connection.call, self._of)
        self._rows = RunRows()
        self._rows.assistants = {item.assistant_id: item.name for item in app_state.assistants}
        self.table = RunTable(self._rows, id="run-table")
        return self.table

    def on_mount(self) -> None:
        """Read the runs, and again while one is live."""
        super().on_mount()
        self._rows.signs = self.table.glyphs
        self.action_refresh()
        self.set_interval(REFRESH_SECONDS, self._tick)

    def tell_above(self) -> None:
        """Say whose runs these are."""
        parts = [
            Span(" thread ", "muted"),
            Span(clean(self._of), "value"),
            Span(f"  {clean(self._title, 80)}", "title"),
        ]
        live = sum(item.is_live for item in self._rows.items) if self.is_mounted else 0
        if live:
            parts.insert(2, Span(f"   {plural(live, 'live run')}", "node-running"))
        self.say("above", tuple(parts))
        self.say("columns", self._rows.heading(self.table.text_width))

    def action_refresh(self) -> None:
        """Read the list again."""
        self.start(self._load(), "reading the runs", group="run-list")

    async def _load(self) -> None:
        try:
            items = await self._runs.refresh()
        except StudioError as error:
            self.table.words = f"The runs could not be read: {clean(str(error), 300)}"
            self.table.rows_changed(0)
            raise
        self._show(items)

    def _show(self, items: list[RunInfo]) -> None:
        self.table.words = "This thread has no runs."
        with self.table.keeping_place():
            self._runs.items = items
            self._rows.items = items
            self._rows.now = time.time()
        self.table.page_came(has_more=self._runs.has_more)
        self.tell_above()

    def on_paged_table_more_wanted(self) -> None:
        """Read the next page."""
        self.start(self._more(), group="run-pages")

    async def _more(self) -> None:
        with self.table.expecting_page():
            more = await self._runs.more()
        self._show([*self._runs.items, *more])

    def _tick(self) -> None:
        self._rows.now = time.time()
        self.table.repaint()
        if self.app.screen is self and any(item.is_live for item in self._rows.items):
            self.action_refresh()

    @property
    def _current(self) -> RunInfo | None:
        row = self.table.row
        return None if row is None else self._rows.items[row]

    def on_run_table_left(self) -> None:
        """Go back to what stands below."""
        self.dismiss()

    def on_run_table_opened(self, event: RunTable.Opened) -> None:
        """Show the run in full."""
        self.start(self._details(event.item), "reading the run")

    async def _details(self, run: RunInfo) -> None:
        self.app.push_screen(DetailScreen(f"Run {short_id(run.run_id)}", await self._runs.details(run.run_id)))

    def action_join(self) -> None:
        """Open the thread in the studio and follow the run."""
        run = self._current
        if run is not None:
            for screen in list(self.app.screen_stack):
                if screen is not self and isinstance(screen, ResourceScreen):
                    screen.dismiss()
            self.dismiss()
            self.start(self._join(run), "following the run", group="open-thread")

    async def _join(self, run: RunInfo) -> None:
        studio = self.services.studio
        await studio.threads.open(self._of)
        now = studio.app_state.run
        if run.is_live and (now is None or now.run_id != run.run_id):
            await studio.runs.join(run.run_id)

    def action_cancel_run(self) -> None:
        """Cancel the run under the cursor."""
        run = self._current
        if run is not None and not run.is_live:
            self.services.tell("This run has ended already.", "warning")
        elif run is not None:
            self.change(lambda: self._cancel(run), "cancelling the run")

    async def _cancel(self, run: RunInfo) -> None:
        text = "What it has done so far stays; the thread can be continued."
        if await self.services.ask(ConfirmDialog(f"Cancel run {short_id(run.run_id)}?", text, yes="Cancel it")):
            ended = await self._runs.cancel(run.run_id)
            how = f"over ({clean(ended.status, 30)})" if ended is not None else GONE
            self.services.tell(f"The server confirms: the run is {how}.")
            await self._load()

    def action_delete(self) -> None:
        """Delete the run under the cursor."""
        run = self._current
        if run is not None and run.is_live:
            self.services.tell("A run that has not ended cannot be deleted: cancel it first (s).", "warning")
        elif run is not None:
            self.change(lambda: self._delete(run))

    async def _delete(self, run: RunInfo) -> None:
        text = (
            f"Run {clean(run.run_id)} is deleted on the server, and with it every checkpoint that it made:\n"
            "the thread's state goes back to what was before. This cannot be undone."
        )
        if await self.services.ask(TypedConfirmDialog("Delete the run and its checkpoints?", text, "delete")):
            await self._runs.delete(run.run_id)
            self.services.tell(f"Run {clean(short_id(run.run_id))} and its checkpoints are deleted.")
            await self._load()
            studio = self.services.studio
            if studio.app_state.thread_id == self._of:
                await studio.threads.open(self._of)
