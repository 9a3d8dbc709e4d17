"""What the view of threads does to threads: rename, tag, copy, delete, prune, details. Each asks once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from studio_tui.core.resources.bulk import Bulk
from studio_tui.core.threads.search import MOST_MARKED
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.domain.thread_query import parse_tag
from studio_tui.errors import NotFoundError
from studio_tui.jsonkit.value import Json
from studio_tui.present.threads.panel import named
from studio_tui.text.fmt import plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, TypedConfirmDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.kit.dialogs.progress import ProgressDialog
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.threads.renaming import new_title

if TYPE_CHECKING:
    from studio_tui.ui.threads.threads_screen import ThreadsScreen

Act = Callable[[ThreadId], Awaitable[None]]
_NAMED = 4
"""Threads that a question names one by one."""


class ThreadActions:
    """Changes of the threads that are marked in a view, else of the one under its cursor."""

    def __init__(self, screen: ThreadsScreen) -> None:
        self._screen, self._services = screen, screen.services
        self._threads, self._table = screen.threads, screen.table

    def begin(self, name: str) -> None:
        item, targets, start = self._table.current, self._targets(), self._screen.start
        match name:
            case "mark-all":
                start(self._mark_all(), "marking threads")
            case "unmark":
                self._threads.forget(list(self._threads.marked))
            case _ if not targets:
                return
            case "rename" if item is not None:
                start(self._rename(item), opens=True)
            case "tag":
                start(self._tag(targets), opens=True)
            case "duplicate":
                start(self._copy(targets), "copying the thread")
            case "delete":
                start(self._delete(targets))
            case "prune":
                start(self._prune(targets))
            case "details" if item is not None:
                start(self._details(item), "reading the thread")

    async def _mark_all(self) -> None:
        found = self._table.found()
        number = await self._threads.mark_all() if found is None else self._threads.mark(found)
        most = " More cannot be marked at once." if number >= MOST_MARKED else ""
        keys = self._services.commands.hint("{threads-unmark} takes the marks away.")
        self._services.tell(f"{plural(number, 'thread')} marked.{most} {keys}")

    def _targets(self) -> Mapping[ThreadId, str]:
        item = self._table.current
        words = self._services.studio.app_state.words
        if not self._threads.marked:
            return {} if item is None else {item.thread_id: item.called(words)}
        return {thread_id: name or words.get(thread_id, "") for thread_id, name in self._threads.marked.items()}

    async def _rename(self, item: Thread) -> None:
        title = await new_title(self._services, item)
        if title is not None:
            recent = self._services.studio.recent
            self._threads.put(await recent.rename(item.thread_id, title))
            told = f"Renamed; it was called {clean(item.title, 60)}." if item.title else "Renamed."
            self._services.tell(told)
            await self._table.read()  # in the order of the list it may stand elsewhere now
            await recent.refresh()

    async def _tag(self, targets: Mapping[ThreadId, str]) -> None:
        label = f"key=value for {_named(targets)}; the value may be JSON."
        text = await self._services.ask(CheckedPrompt("Tag threads", label, "", parse_tag))
        if not text:
            return
        key, value = parse_tag(text)

        async def act(thread_id: ThreadId) -> None:
            await self._threads.tag(thread_id, key, value)

        keys = self._services.commands.hint("{threads-tag} sets another value.")
        told = f"{plural(len(targets), 'thread is', 'threads are')} tagged {clean(text, 60)}. {keys}"
        await self._each(targets, act, "Tagging", "tagged", told)

    async def _copy(self, targets: Mapping[ThreadId, str]) -> None:
        """Copy threads; several copies are marked, so that one key deletes them again: them alone, so not where marks
        of what was not copied stay."""
        made: list[Thread] = []

        async def act(thread_id: ThreadId) -> None:
            made.append(await self._threads.copy(thread_id))

        await self._each(targets, act, "Copying", "copied")
        if not made:
            return
        told = f"{plural(len(made), 'copy is', 'copies are')} made"
        if self._threads.marked:
            told += "; what was not copied is still marked."
        elif len(targets) > 1:
            self._threads.mark(made)
            told += " and marked: {threads-delete} deletes them."
        else:
            row = self._threads.index_of(made[0].thread_id)
            told = f"{clean(short_id(made[0].thread_id))} is a copy with its checkpoints"
            if row is not None:
                self._table.move_to_row(row)
                told += "; {threads-delete} deletes it."
            else:
                told += ", not in this list."
        self._services.tell(self._services.commands.hint(told))

    async def _delete(self, targets: Mapping[ThreadId, str]) -> None:
        noun = "the thread" if len(targets) == 1 else plural(len(targets), "thread")
        text = f"{_named(targets)}\nDeleted on the server, with all runs and checkpoints. This cannot be undone."
        if busy := self._busy(targets):
            text += f"\n{plural(busy, 'thread is', 'threads are')} running: the runs end with them."
        if not await self._services.ask(TypedConfirmDialog(f"Delete {noun}?", text, "delete")):
            return
        await self._each(
            targets,
            self._services.studio.threads.delete,
            "Deleting",
            "deleted",
            f"{_named(targets)} is deleted.",
            gone=True,
        )

    async def _prune(self, targets: Mapping[ThreadId, str]) -> None:
        choices = [
            PickerChoice("keep_latest", "Keep the newest state", "drop all older checkpoints: no time travel any more"),
            PickerChoice("delete", "Delete the threads", self._services.commands.hint("as {threads-delete} does")),
        ]
        picked = await self._services.ask(PickerDialog(f"Prune {plural(len(targets), 'thread')}", choices))
        if picked == "delete":
            await self._delete(targets)
        if picked != "keep_latest":
            return
        text = f"{_named(targets)}\nAll checkpoints but the newest are deleted on the server. This cannot be undone."
        if not await self._services.ask(TypedConfirmDialog("Prune?", text, "prune")):
            return

        async def act(thread_id: ThreadId) -> None:
            if await self._threads.prune(thread_id) == 0:
                raise NotFoundError("The server has pruned nothing")

        first = next(iter(targets))
        await act(first)  # a server that cannot do this says so once
        self._threads.forget([first])
        rest = {thread_id: name for thread_id, name in targets.items() if thread_id != first}
        done = await self._each(rest, act, "Pruning", "pruned") if rest else []
        what = plural(len(done) + 1, "thread is", "threads are") if rest else f"{_named(targets)} is"
        self._services.tell(f"{what} pruned.")

    async def _details(self, item: Thread) -> None:
        thread = await self._services.studio.connection.call(lambda client: client.thread(item.thread_id))
        storage: Json = await self._threads.storage(item.thread_id)
        if not storage:
            server = self._services.studio.app_state.server
            storage = server.can("storage").reason if server is not None else ""
        title = f"Thread {named(item.thread_id, item.called(self._services.studio.app_state.words))}"
        self._services.go(DetailScreen(title, {**thread.raw, "storage": storage}))

    async def _each(
        self, targets: Mapping[ThreadId, str], act: Act, doing: str, verb: str, told: str = "", *, gone: bool = False
    ) -> Sequence[ThreadId]:
        """Act on one thread at once, `told` then, or on many under a progress bar, which tells of them; return those
        that it was done to, whose marks go; the others stay."""
        bulk: Bulk[ThreadId] = Bulk(list(targets), act, self._threads.is_gone if gone else None)
        if len(targets) == 1:
            await act(next(iter(targets)))
            bulk.done = list(targets)
            if told:
                self._services.tell(told)
        else:
            dialog = ProgressDialog(bulk, doing, verb, lambda thread_id: targets[thread_id] or short_id(thread_id))
            await self._services.ask(dialog)
        self._threads.forget(bulk.done)
        await self._table.read()
        await self._services.studio.recent.refresh()
        return bulk.done

    def _busy(self, targets: Mapping[ThreadId, str]) -> int:
        rows = (self._threads.items[row] for row in map(self._threads.index_of, targets) if row is not None)
        return sum(item is not None and item.status is ThreadStatus.BUSY for item in rows)


def _named(targets: Mapping[ThreadId, str]) -> str:
    names = [named(thread_id, name) for thread_id, name in list(targets.items())[:_NAMED]]
    more = f" and {len(targets) - _NAMED} more" if len(targets) > _NAMED else ""
    return ", ".join(names) + more
