"""The open thread's checkpoints: pages, the time cursor, values of single checkpoints, the mark to compare with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import attrgetter

from msgspec.structs import replace

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runstate.evidence import reveal_items
from studio_tui.core.state.app_state import Slice
from studio_tui.core.threads.words import bound
from studio_tui.domain.checkpoint import Checkpoint, History, by_ids
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.domain.joins import hidden_as, joins_of
from studio_tui.domain.thread import said_words, value_words
from studio_tui.errors import NotFoundError, StudioError, TooLargeError
from studio_tui.text.sanitize import clean

PAGE = 25
KEPT_VALUES = 16
"""States loaded by id that stay in memory."""
KEPT_LARGE = 3
"""As many where they are too large to be listed: the one shown, what it is compared with, one more."""
FULL_ITEMS = 50
"""Newest checkpoints of the list that keep their values; older ones are loaded again when looked at."""
LONG_RUN = 200
"""Checkpoints of a run from which on it keeps no values but its last ones, however much of it is still to come."""


class ThreadHistory:
    """Fills history, state and base of the app state; knows which checkpoints had to drop their values."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._loaded: OrderedDict[CheckpointId, Checkpoint] = OrderedDict()
        self._parents: dict[CheckpointId, CheckpointId | None] = {}
        """Of states loaded by id."""
        self._thin: set[CheckpointId] = set()
        self._full: dict[CheckpointId, None] = {}
        """Those of the list that still have their values."""
        self._tip: CheckpointId | None = None
        """The newest checkpoint of the branch that the cursor walks on."""
        self._by_parent = False
        """Diff shows the parent although there is a mark."""

    def clear(self, thread_id: ThreadId | None) -> None:
        app_state = self._app_state
        app_state.history = History(thread_id)
        app_state.cursor = app_state.mark = app_state.state = app_state.base = None
        app_state.state_problem = app_state.thread_problem = ""
        app_state.news, app_state.thread_gone = 0, False
        app_state.thread_row, app_state.writers = None, {}
        self._loaded.clear()
        self._parents.clear()
        self._thin.clear()
        self._full.clear()
        self._tip = None
        app_state.touch(Slice.HISTORY, Slice.STATE)

    def take_page(self, items: list[Checkpoint], *, complete: bool, alone: bool = False) -> None:
        """Take checkpoints older than those known; `alone` where nothing else has come to be known since."""
        history, app_state = self._app_state.history, self._app_state
        oldest = history.items[-1].checkpoint_id if history.items else None
        history.complete = complete
        is_older = oldest is not None and all((item.checkpoint_id or oldest) < oldest for item in items)
        is_quiet = app_state.run is None or not app_state.run.phase.is_live
        self._merge(items, add_only=alone and is_older and is_quiet)

    def take_newest(self, items: list[Checkpoint], *, connects: bool) -> None:
        """Add the newest checkpoints; where they leave a hole to the older ones, those are dropped."""
        history = self._app_state.history
        if self._app_state.cursor is not None:
            self._app_state.news += sum(item.checkpoint_id not in history.by_id for item in items)
        if items and not connects:
            history.items, history.complete = [], False
            history.by_id.clear()
            self._full.clear()
        self._merge(items)

    def _merge(self, items: list[Checkpoint], *, add_only: bool = False) -> None:
        """Take checkpoints; with `add_only` nothing but these older ones has come to be known."""
        self._app_state.history.merge(items)
        self._note_full(items)
        self.reveal(items if add_only and not joins_of(self._app_state.known_edges) else None)
        self._app_state.touch(Slice.HISTORY)

    def _note_full(self, items: Iterable[Checkpoint]) -> None:
        for key in by_ids(items):
            self._thin.discard(key)
            self._full[key] = None

    def take_others(self, items: list[Checkpoint], *, connects: bool) -> None:
        """Take the newest checkpoints after somebody else was at work.

        The cursor stays where it is, and what came is counted, unless it stood on one that is gone.
        """
        history, app_state = self._app_state.history, self._app_state
        there = {item.checkpoint_id for item in items}
        oldest = min((item.checkpoint_id for item in items if item.checkpoint_id is not None), default=None)
        gone = [key for key in history.by_id if key not in there and (oldest is None or key >= oldest)]
        for key in gone:
            del history.by_id[key]
            self._thin.discard(key)
            self._full.pop(key, None)
            self._loaded.pop(key, None)
        self.take_newest(items, connects=connects)
        if app_state.mark in gone:
            app_state.mark = None
        if app_state.cursor in gone:
            why = "Its run was taken away by another client."
            app_state.tell("The checkpoint that you looked at was deleted", why)
            self.follow_head()

    def take_end(self, items: list[Checkpoint], head: Checkpoint | None, *, connects: bool) -> None:
        """Take what a run or a write left: its checkpoints, and the state that the thread stands at now."""
        self.take_newest(items, connects=connects)
        self.take_head(head)
        self.drop_values()

    def take_head(self, head: Checkpoint | None, *, compares: bool = True) -> None:
        """Take the newest state, subgraphs included; it is shown unless the cursor stands elsewhere.

        What it is compared with is read in the background, at once or when `compare` is called.
        """
        if head is None:
            return
        app_state = self._app_state
        # They name the thread where servers do not pick them out for the list; values that nodes change name it once.
        words = said_words(head.values) or app_state.words.get(head.thread_id, "") or value_words(head.values)
        if words and app_state.words.get(head.thread_id) != words:
            app_state.words[head.thread_id] = words
            bound(app_state.words)
            app_state.touch(Slice.THREADS)
        if head.checkpoint_id is not None:
            app_state.history.merge([head])
            self._note_full([head])
        if app_state.cursor is None:
            app_state.state, app_state.state_problem = head, ""
            self._tip = None
        self.reveal()
        if compares:
            self.compare()
        app_state.touch(Slice.STATE, Slice.HISTORY)

    def compare(self) -> None:
        """Read in the background what the newest state is compared with, where that is the one shown."""
        if self._app_state.cursor is None:
            self._runtime.background.replace(self._load_base(), "base")

    def reveal(self, alone: Sequence[Checkpoint] | None = None) -> bool:
        """Bring back, in all loaded checkpoints, the nodes that the server leaves out; call it when more is known.

        `alone` are those that may have some, where it is known that no others have.

        Returns whether that changed any.
        """
        app_state = self._app_state
        history = app_state.history
        changed = reveal_items(
            app_state,
            history.items if alone is None else alone,
            history.head,
            row=app_state.thread_row,
            infos=app_state.thread_runs,
        )
        if not changed:
            return False
        history.replace(changed)
        for name in ("state", "base"):
            shown = getattr(app_state, name)
            if shown is not None and shown.checkpoint_id in changed:
                setattr(app_state, name, hidden_as(shown, changed[shown.checkpoint_id]))
        app_state.touch(Slice.STATE, Slice.HISTORY, Slice.RUN)
        return True

    def as_known(self, item: Checkpoint) -> Checkpoint:
        """Return a checkpoint of the open thread, read anew, with what is known to be hidden at it."""
        known = self._app_state.history.by_id.get(item.checkpoint_id) if item.checkpoint_id is not None else None
        return hidden_as(item, known)

    def drop_values(self) -> None:
        """Give back the memory of older checkpoints.

        Runs that are only half loaded are still made of theirs; of long ones their tasks' results are enough for that.
        """
        from studio_tui.core.runstate.past_runs import is_partial

        history = self._app_state.history
        stay = {
            self._app_state.cursor,
            self._app_state.mark,
            *(item.checkpoint_id for item in history.items[:FULL_ITEMS]),
        }
        older = [history.by_id[key] for key in self._full if key not in stay]
        runs = {item.run_id for item in older}
        shown = self._app_state.runs
        theirs = compress(shown, map(runs.__contains__, map(attrgetter("run_id"), shown)))
        past = {run.run_id: run for run in theirs if run.from_history}
        dropped: dict[CheckpointId, Checkpoint] = {}
        for item in older:
            run = past.get(item.run_id) if item.run_id is not None else None
            if item.checkpoint_id is None:
                continue
            if run is not None and len(run.checkpoints) > LONG_RUN:
                if item.checkpoint_id != next(reversed(run.checkpoints)):
                    dropped[item.checkpoint_id] = replace(item, values=None, raw={})
            elif run is None or not is_partial(run, history):
                tasks = tuple(replace(task, result=None) for task in item.tasks)
                dropped[item.checkpoint_id] = replace(item, values=None, raw={}, tasks=tasks)
        if dropped:
            history.replace(dropped)
            for key in dropped:
                self._thin.add(key)
                del self._full[key]

    async def select(self, checkpoint_id: CheckpointId | None) -> None:
        """Put the cursor on a checkpoint (None: the head) and show its values; raises StudioError."""
        app_state = self._app_state
        if checkpoint_id != app_state.cursor:
            self._tip = None
        app_state.cursor = checkpoint_id
        app_state.state_problem = ""
        if checkpoint_id is None:
            app_state.news = 0
        app_state.touch(Slice.HISTORY, Slice.STATE)
        wanted = checkpoint_id or (app_state.history.head.checkpoint_id if app_state.history.head else None)
        if wanted is None:
            app_state.state = app_state.base = None
            return
        try:
            found = await self.load(wanted)
        except StudioError as error:
            if app_state.cursor == checkpoint_id:
                app_state.state, app_state.base = None, None
                app_state.state_problem = clean(str(error))
                app_state.touch(Slice.STATE)
            raise
        if app_state.cursor == checkpoint_id:
            app_state.state = found
            app_state.touch(Slice.STATE)
            await self._load_base()

    def follow_head(self) -> None:
        """Let the cursor go; the head's values follow in the background."""
        if self._app_state.cursor is not None:
            self._app_state.cursor = self._tip = None
            self._app_state.news = 0
            self._runtime.background.replace(self._select_quietly(None), "cursor")
            self._app_state.touch(Slice.HISTORY, Slice.STATE)

    def move(self, delta: int) -> None:
        """Move the cursor along its branch: negative is older, positive newer; values follow in the background."""
        path = self._path()
        if not path or not delta:
            return
        current = self._app_state.cursor or path[0]
        place = path.index(current) if current in path else 0
        target = min(max(place - delta, 0), len(path) - 1)
        history = self._app_state.history
        if place - delta >= len(path) and not (history.complete or history.loading):
            self._runtime.background.replace(self.more(), "history")
        head = history.head
        chosen = path[target]
        to_head = target == 0 and head is not None and chosen == head.checkpoint_id
        tip = path[0]
        known = history.by_id.get(chosen)
        if known is not None and chosen not in self._thin:
            self._app_state.state, self._app_state.state_problem = known, ""
        self._runtime.background.replace(self._select_quietly(None if to_head else chosen), "cursor")
        self._app_state.cursor = None if to_head else chosen
        self._tip = tip
        self._app_state.touch(Slice.HISTORY, Slice.STATE)

    async def set_mark(self) -> None:
        """Mark the shown checkpoint, or take the mark away when it is the marked one."""
        app_state = self._app_state
        shown = app_state.state.checkpoint_id if app_state.state is not None else None
        app_state.mark = None if shown is None or shown == app_state.mark else shown
        self._by_parent = False
        app_state.touch(Slice.HISTORY, Slice.STATE)
        await self._load_base()

    async def toggle_base(self) -> str:
        """Compare with the parent although a checkpoint is marked, or with the mark again; return which."""
        self._by_parent = not self._by_parent
        await self._load_base()
        return "parent" if self._by_parent else "mark"

    async def more(self) -> bool:
        history = self._app_state.history
        thread_id = history.thread_id
        if history.complete or history.loading or history.too_large or thread_id is None or not history.items:
            return False
        history.loading = True
        self._app_state.touch(Slice.HISTORY)
        before = history.items[-1].checkpoint_id
        try:
            items = await self._runtime.connection.call(
                lambda client: client.history(thread_id, limit=PAGE, before=before)
            )
        except TooLargeError:
            self.end_early(history)
            return False
        finally:  # also when it is given up: nothing would be read on afterwards
            history.loading = False
            self._app_state.touch(Slice.HISTORY)
        if self._app_state.history is not history:
            return False
        older = [item for item in items if item.checkpoint_id not in history.by_id]
        self.take_page(older, complete=len(items) < PAGE or not older, alone=True)
        return bool(older)

    def end_early(self, history: History) -> None:
        """Say once that older checkpoints cannot be listed, and do not ask for them again."""
        history.too_large = True
        why = "Each comes with its whole state, and one of them alone is more than 16 MiB."
        hint = "The state shown and the one before it can be looked at and compared."
        self._app_state.tell("Older checkpoints are not listed", why, hint, severity="warning", key="history")
        self._app_state.touch(Slice.HISTORY)

    async def load(self, checkpoint_id: CheckpointId) -> Checkpoint:
        """Return a checkpoint with its values, from memory or from the server; raises NotFoundError."""
        known = self._app_state.history.by_id.get(checkpoint_id)
        if known is not None and checkpoint_id not in self._thin:
            return known
        cached = self._loaded.get(checkpoint_id)
        if cached is not None:
            self._loaded.move_to_end(checkpoint_id)
            return hidden_as(cached, known)
        thread_id = self._app_state.thread_id
        if thread_id is None:
            raise NotFoundError("No thread is open")
        found = await self._runtime.connection.call(lambda client: client.state(thread_id, checkpoint_id=checkpoint_id))
        self._loaded[checkpoint_id] = found
        self._parents[checkpoint_id] = found.parent_id
        while len(self._loaded) > (KEPT_LARGE if self._app_state.history.too_large else KEPT_VALUES):
            self._loaded.popitem(last=False)
        return hidden_as(found, known)

    async def _select_quietly(self, checkpoint_id: CheckpointId | None) -> None:
        tip = self._tip
        try:
            await self.select(checkpoint_id)
        except StudioError as error:
            if not self._runtime.connection.is_lost(error):  # the top row says it
                self._app_state.tell_error(error, key="cursor")
        finally:
            self._tip = self._tip or tip

    async def _load_base(self) -> None:
        """Load what the shown state is compared with: the mark, else its parent; without one there is no base."""
        app_state = self._app_state
        shown = app_state.state
        parent = shown.parent_id if shown is not None else None
        wanted = parent if app_state.mark is None or self._by_parent else app_state.mark
        if wanted is None:
            app_state.base = None
        else:
            try:
                found = await self.load(wanted)
            except StudioError as error:
                if self._runtime.connection.is_lost(error):
                    return
                app_state.tell("Nothing to compare with", error.title, severity="warning", key="base")
                found = None
            if app_state.state is shown:
                app_state.base = found
        app_state.touch(Slice.STATE)

    def _path(self) -> list[CheckpointId]:
        """The cursor's branch as far as it is loaded: its tip, then parents. Where no more can be listed, also
        those that were read alone, and the parent of the last one, which can be."""
        history = self._app_state.history
        tip = self._tip if self._tip in history.by_id else self._newest_descendant(self._app_state.cursor)
        path: dict[CheckpointId, None] = {}
        while tip is not None and tip not in path and (history.too_large or tip in history.by_id):
            path[tip] = None
            item = history.by_id.get(tip)
            tip = item.parent_id if item is not None else self._parents.get(tip)
        return list(path)

    def _newest_descendant(self, checkpoint_id: CheckpointId | None) -> CheckpointId | None:
        """The newest checkpoint that came out of this one; the head for None."""
        history = self._app_state.history
        if checkpoint_id is None:
            return history.head.checkpoint_id if history.head is not None else None
        found = {checkpoint_id}
        newest = checkpoint_id
        for item in reversed(history.items):  # oldest first, so parents come before their children
            if item.parent_id in found and item.checkpoint_id is not None:
                found.add(item.checkpoint_id)
                newest = item.checkpoint_id
        return newest
