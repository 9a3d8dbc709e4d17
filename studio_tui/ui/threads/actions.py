"""What the view of threads does to threads: rename, tag, copy, delete, prune, details. Each asks once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from studio_tui.core.resources.bulk import Bulk
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.domain.thread_query import parse_tag
from studio_tui.errors import NotFoundError
from studio_tui.jsonkit.value import Json
from studio_tui.text.fmt import plural, short_id
from studio_tui.text.sanitize import clean
from studio_tui.ui.kit.dialogs.dialogs import CheckedPrompt, PromptDialog, TypedConfirmDialog
from studio_tui.ui.kit.dialogs.picker import PickerChoice, PickerDialog
from studio_tui.ui.screens.detail import DetailScreen
from studio_tui.ui.screens.resource import ResourceScreen

if TYPE_CHECKING:
    from studio_tui.core.threads.search import ThreadSearch
    from studio_tui.ui.threads.thread_table import ThreadTable

Act = Callable[[ThreadId], Awaitable[None]]
_NAMED = 4
"""Threads that a question names one by one."""


class ThreadActions(ResourceScreen):
    """Part of the view of threads."""

    book: ThreadSearch
    table: ThreadTable

    def targets(self) -> Mapping[ThreadId, str]:
        """Return the threads that an action is for; the screen knows."""
        raise NotImplementedError

    async def reload(self, *, to_top: bool = False) -> None:
        """Read the list again; the screen does it."""
        raise NotImplementedError

    def action_rename(self) -> None:
        """Give the thread under the cursor a title."""
        item = self.table.current
        if item is not None:
            self.change(lambda: self._rename(item), opens=True)

    async def _rename(self, item: Thread) -> None:
        prompt = PromptDialog("Rename the thread", f"Title of {clean(short_id(item.thread_id))}:", clean(item.title))
        title = await self.services.ask(prompt)
        if title is not None and title != item.title:
            await self.book.rename(item.thread_id, title.strip())
            self.table.repaint()
            await self.services.studio.recent.refresh()

    def action_tag(self) -> None:
        """Set a metadata key of the marked threads."""
        targets = self.targets()  # as shown when the key was pressed
        self.change(lambda: self._tag(targets), opens=True)

    async def _tag(self, targets: Mapping[ThreadId, str]) -> None:
        if not targets:
            return
        label = f"key=value for {_named(targets)}; the value may be JSON."
        text = await self.services.ask(CheckedPrompt("Tag threads", label, "", parse_tag))
        if not text:
            return
        key, value = parse_tag(text)

        async def act(thread_id: ThreadId) -> None:
            await self.book.tag(thread_id, key, value)

        await self._each(targets, act, "Tagging", "tagged")

    def action_copy_threads(self) -> None:
        """Copy threads with their history."""
        targets = self.targets()
        self.change(lambda: self._copy(targets), "copying the thread")

    async def _copy(self, targets: Mapping[ThreadId, str]) -> None:
        made: list[ThreadId] = []

        async def act(thread_id: ThreadId) -> None:
            made.append((await self.book.copy(thread_id)).thread_id)

        await self._each(targets, act, "Copying", "copied")
        if len(made) == 1:
            row = self.book.index_of(made[0])
            if row is not None:
                self.table.move_to_row(row)
            self.services.tell(f"{clean(short_id(made[0]))} is a copy, with the same checkpoints.")

    def action_delete(self) -> None:
        """Delete threads, after the user typed the word."""
        targets = self.targets()
        self.change(lambda: self._delete(targets))

    async def _delete(self, targets: Mapping[ThreadId, str]) -> None:
        if not targets:
            return
        noun = "the thread" if len(targets) == 1 else plural(len(targets), "thread")
        text = f"{_named(targets)}\nDeleted on the server, with all runs and checkpoints. This cannot be undone."
        if busy := self._busy(targets):
            text += f"\n{plural(busy, 'thread is', 'threads are')} running: the runs end with them."
        if not await self.services.ask(TypedConfirmDialog(f"Delete {noun}?", text, "delete")):
            return
        await self._each(targets, self.services.studio.threads.delete, "Deleting", "deleted", gone=True)

    def action_prune(self) -> None:
        """Drop old checkpoints."""
        if not self.lacks("prune"):
            targets = self.targets()
            self.change(lambda: self._prune(targets))

    async def _prune(self, targets: Mapping[ThreadId, str]) -> None:
        if not targets:
            return
        choices = [
            PickerChoice("keep_latest", "Keep the newest state", "drop all older checkpoints: no time travel any more"),
            PickerChoice("delete", "Delete the threads", "as D does"),
        ]
        picked = await self.services.ask(PickerDialog(f"Prune {plural(len(targets), 'thread')}", choices))
        if picked == "delete":
            await self._delete(targets)
        if picked != "keep_latest":
            return
        text = f"{_named(targets)}\nAll checkpoints but the newest are deleted on the server. This cannot be undone."
        if not await self.services.ask(TypedConfirmDialog("Prune?", text, "prune")):
            return

        async def act(thread_id: ThreadId) -> None:
            if await self.book.prune([thread_id], "keep_latest") == 0:
                raise NotFoundError("The server has pruned nothing")

        first = next(iter(targets))
        await act(first)  # a server that cannot do this says so once
        rest = {thread_id: name for thread_id, name in targets.items() if thread_id != first}
        if rest:
            await self._each(rest, act, "Pruning", "pruned")
        self.services.tell(f"{clean(short_id(first))} is pruned." if not rest else "Pruned.")

    def action_details(self) -> None:
        """Show all that is known of the thread under the cursor."""
        self.start(self._details(), "reading the thread")

    async def _details(self) -> None:
        item = self.table.current
        if item is None:
            return
        thread = await self.services.studio.connection.call(lambda client: client.thread(item.thread_id))
        storage: Json = await self.book.storage(item.thread_id)
        if not storage:
            server = self.services.studio.app_state.server
            storage = server.can("storage").reason if server is not None else ""
        self.app.push_screen(DetailScreen(f"Thread {short_id(item.thread_id)}", {**thread.raw, "storage": storage}))

    async def _each(
        self, targets: Mapping[ThreadId, str], act: Act, doing: str, verb: str, *, gone: bool = False
    ) -> None:
        """Act on one thread at once, or on many under a progress bar; marks of what was done go, the others stay."""
        bulk: Bulk[ThreadId] = Bulk(list(targets), act, self.book.is_gone if gone else None)
        if len(targets) == 1:
            await act(next(iter(targets)))
            bulk.done = list(targets)
            self.services.tell(f"{plural(1, 'thread')} {verb}.")
        else:
            await self.run_bulk(bulk, doing, verb, lambda thread_id: targets[thread_id] or short_id(thread_id))
        self.book.forget(bulk.done)
        await self.reload()
        await self.services.studio.recent.refresh()

    def _busy(self, targets: Mapping[ThreadId, str]) -> int:
        rows = (self.book.row(row) for row in map(self.book.index_of, targets) if row is not None)
        return sum(item is not None and item.status is ThreadStatus.BUSY for item in rows)


def _named(targets: Mapping[ThreadId, str]) -> str:
    names = [clean(name, 40) or clean(short_id(thread_id)) for thread_id, name in list(targets.items())[:_NAMED]]
    more = f" and {len(targets) - _NAMED} more" if len(targets) > _NAMED else ""
    return ", ".join(names) + more
