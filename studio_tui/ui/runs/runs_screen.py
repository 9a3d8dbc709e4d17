"""The runs of one thread: details, follow live, cancel, delete."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from studio_tui.core.resources.bulk import Bulk
from studio_tui.core.runs.run_list import ThreadRuns
from studio_tui.core.runs.stopping import GONE
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.present.runs.table import RunRows
from studio_tui.text.fmt import plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span
from studio_tui.ui.contracts.command import Command, bindings
from studio_tui.ui.contracts.services import with_keys
from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog, TypedConfirmDialog
from studio_tui.ui.kit.dialogs.progress import ProgressDialog
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.lists.resource_table import ResourceTable
from studio_tui.ui.runs.commands import TABLE, VIEW
from studio_tui.ui.screens.commands import SEARCH
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import ResourceScreen


class RunTable(ResourceTable[RunInfo]):
    """The list of runs."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)
    NOUN: ClassVar[tuple[str, str]] = ("run", "runs")
    EMPTY: ClassVar[str] = "This thread has no runs."
    COPIES: ClassVar[str] = "run id"

    def row_moved(self, row: int | None) -> None:
        super().row_moved(row)
        if isinstance(self.screen, RunsScreen):
            self.screen.keys.look()


class RunsScreen(ResourceScreen):
    """All runs of a thread, newest first."""

    KEYS: ClassVar[tuple[Command, ...]] = (*reversed(TABLE), SEARCH, *VIEW)
    BINDINGS: ClassVar[list[BindingType]] = bindings(VIEW)
    TICK: ClassVar[float] = 2.0
    EVERY: ClassVar[float] = 2.0
    heading = "Runs"

    def __init__(self, thread_id: ThreadId, title: str = "") -> None:
        super().__init__()
        self._of = thread_id
        self._title = title

    def view(self) -> LineView:
        self.runs = ThreadRuns(self.services.studio.connection.call, self._of)
        self.rows = RunRows()
        self.rows.assistants = {item.assistant_id: item.name for item in self.services.app_state.assistants.items}
        self.table = self.follow(RunTable(self.rows, self.runs, id="run-table"))
        return self.table

    def serves(self, command: Command) -> bool:
        over = command.id == "runs-cancel" and (run := self.table.current) is not None and not run.is_live
        return super().serves(command) and not over

    def is_stale(self) -> bool:
        return any(item.is_live for item in self.runs.items)

    def tell_above(self) -> None:
        parts = [
            Span(" thread ", "muted"),
            Span(clean(self._of), "value"),
            Span(f"  {clean(self._title, 80)}", "title"),
        ]
        live = sum(item.is_live for item in self.runs.items) if self.is_mounted else 0
        if live:
            parts.insert(2, Span(f"   {plural(live, 'live run')}", "node-running"))
        self.say("above", tuple(parts))
        self.say("columns", self.rows.heading(self.table.text_width))

    def on_resource_table_left(self) -> None:
        self.dismiss()

    def on_resource_table_opened(self, event: RunTable.Opened) -> None:
        assert isinstance(event.item, RunInfo)
        self.start(self._details(event.item), "reading the run")

    async def _details(self, run: RunInfo) -> None:
        self.app.push_screen(DetailScreen(f"Run {short_id(run.run_id)}", await self.runs.details(run.run_id)))

    def action_join(self) -> None:
        run = self.table.current
        if run is not None:
            for screen in list(self.app.screen_stack):
                if screen is not self and isinstance(screen, ResourceScreen):
                    screen.dismiss()
            self.dismiss()
            self.start(self._join(run), "following the run", group="open-thread")

    async def _join(self, run: RunInfo) -> None:
        studio = self.services.studio
        await studio.threads.go_to(self._of)
        now = studio.app_state.run
        if run.is_live and (now is None or now.run_id != run.run_id):
            await studio.runs.join(run.run_id)

    def action_cancel_run(self) -> None:
        run = self.table.current
        if run is not None and not run.is_live:
            self.services.tell("This run has ended already.", "warning")
        elif run is not None:
            self.start(self._cancel(run), "cancelling the run")

    async def _cancel(self, run: RunInfo) -> None:
        text = "What it has done so far stays; the thread can be continued."
        if await self.services.ask(ConfirmDialog(f"Cancel run {short_id(run.run_id)}?", text, yes="Cancel it")):
            ended = await self.runs.cancel(run.run_id)
            how = f"over ({clean(ended.status, 30)})" if ended is not None else GONE
            self.services.tell(f"The server confirms: the run is {how}.")
            await self.table.read()

    def action_delete(self) -> None:
        runs = self.rows.chosen(self.table.current)
        if any(run.is_live for run in runs):
            first = with_keys(self, "cancel it first ({runs-cancel}).")
            self.services.tell(f"A run that has not ended cannot be deleted: {first}", "warning")
        elif runs:
            self.start(self._delete(runs))

    async def _delete(self, runs: list[RunInfo]) -> None:
        one, it = len(runs) == 1, "it" if len(runs) == 1 else "they"
        what = f"Run {clean(runs[0].run_id)} is" if one else f"{len(runs)} runs are"
        text = (
            f"{what} deleted on the server, and with it every checkpoint that {it} made:\n"
            "the thread's state goes back to what was before. This cannot be undone."
        )
        title = "Delete the run and its checkpoints?" if one else f"Delete {len(runs)} runs and their checkpoints?"
        if await self.services.ask(TypedConfirmDialog(title, text, "delete")):
            if one:
                await self.runs.delete(runs[0].run_id)
                self.services.tell(f"Run {clean(short_id(runs[0].run_id))} and its checkpoints are deleted.")
            else:
                bulk = Bulk([run.run_id for run in runs], self.runs.delete)
                await self.services.ask(
                    ProgressDialog(bulk, "Deleting", "deleted", lambda run_id: clean(short_id(run_id)), "runs")
                )
            await self.table.read()
            studio = self.services.studio
            if studio.app_state.thread_id == self._of:
                await studio.threads.open(self._of)
