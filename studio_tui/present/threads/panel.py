"""Threads as rows: status, name, graph, age. The open one is marked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Phase
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.domain.thread_position import Standing
from studio_tui.present.kit.columns import MEASURED, widest
from studio_tui.present.kit.rows import ListedRows
from studio_tui.present.kit.signs import asked_or, thread_sign
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, short_id
from studio_tui.text.prose import one_line
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, line_width, spread

_STATUS = {
    Standing.RUNNING: ThreadStatus.BUSY,
    Standing.PAUSED: ThreadStatus.INTERRUPTED,
    Standing.ASKING: ThreadStatus.INTERRUPTED,
    Standing.FAILED: ThreadStatus.ERROR,
    Standing.DONE: ThreadStatus.IDLE,
}
WITH_GRAPH = 44
"""Cells from which on the graph has a column, where no title is cut for it; from some more on it has one anyhow."""
WITH_ID = 64
"""Cells from which on the id has one beside the title."""
WITH_WORD = 30


class ThreadRows(ListedRows[Thread]):
    """`Rows` over the loaded part of the thread list."""

    def __init__(self) -> None:
        super().__init__()
        self.open_id: ThreadId | None = None
        self.words: Mapping[ThreadId, str] = {}
        """First words of threads that were opened, where the list does not bring them."""
        self._standing: tuple[Standing, int, bool] = (Standing.NEW, 0, False)
        """How the open thread stands, how many questions it asks, and whether it is paused at a breakpoint: its row in
        a list may be older, or not know."""
        self._open_name = ""
        """What the open thread is called where no list says it: while its first run goes on."""
        self._wants = (0, 0)
        """Cells that the longest title takes, with what is said behind it; and the longest name of a graph."""
        self._unlisted: list[Thread] = []
        """The open thread, for where the list does not hold it: made a moment ago, filtered out, or on a later page."""

    def is_outdated(self, app_state: AppState) -> bool:
        """Whether the open thread stands in another way than its row says."""
        return self._standing != _standing(app_state)

    def look_at(self, app_state: AppState, name: str = "") -> bool:
        """Take over which thread is open, what it is called (raw), and what is known of it; True: another one."""
        before, self.open_id = self.open_id, app_state.thread_id
        self._standing, self.words = _standing(app_state), app_state.words
        self._open_name = "" if self.open_id is not None and name == short_id(self.open_id) else name
        shown = None if app_state.thread_gone else self.open_id
        self._unlisted = [] if shown is None else [_unlisted(app_state, shown)]
        return self.open_id != before

    def take(self, items: Sequence[Thread], now: float) -> None:
        listed = any(item.thread_id == self.open_id for item in items)
        shown = [*([] if listed else self._unlisted), *items]
        super().take(
            [_as_it_stands(item, *self._standing[:2]) if item.thread_id == self.open_id else item for item in shown],
            now,
        )
        some = self.items[:MEASURED]
        titles = (f"{clean(self._name(item)[:200])} {self._said(item, self._sign(item)[2])}" for item in some)
        self._wants = (widest("", titles), widest("", (clean(item.graph_id[:100]) for item in some)))

    def identity(self, item: Thread) -> Hashable:
        return item.thread_id

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        shown = (item.thread_id, item.status, self._name(item), item.graph_id, item.interrupt_count)
        return (*shown, age(item.updated_at, self.now), item.thread_id == self.open_id, self._wants)

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        is_open = item.thread_id == self.open_id
        sign, role, word = self._sign(item)
        mark = Span(f"{self.signs.mark} " if is_open else "  ", "mark")
        identifier = clean(short_id(item.thread_id))
        name_text = self._name(item)
        name = Span(clean(name_text[:200]) or identifier, "mark" if is_open else "text")
        left = [mark, Span(f"{sign} ", role), name]
        right = [Span(f" {age(item.updated_at, self.now):>3}", "muted")]
        graph_cells = self._graph_cells(width)
        if graph_cells:
            right.insert(0, Span(" " + fit(clean(item.graph_id[:100]), graph_cells), "muted"))
        if width >= WITH_ID:  # behind the words, which are of any length: below each other
            right.insert(-1, Span(f" {fit(identifier if name_text else '', 9)}", "muted"))
        if width >= WITH_WORD and (said := self._said(item, word)):
            right.insert(0, Span(f" {said}", "node-paused" if item.interrupt_count else role))
        elif item.interrupt_count:
            right.insert(0, Span(f" {self.signs.interrupt}", "node-paused"))
        graph = Span(f" {clean(item.graph_id[:40])}", "muted")
        if not name_text and not graph_cells and width - line_width((*left, *right)) >= min(8, line_width((graph,))):
            left.append(graph)
        return spread(left, right, width)

    def text(self, index: int) -> str:
        item = self.items[index]
        _, _, word = self._sign(item)
        return " ".join(clean(part) for part in (item.thread_id, self._name(item), word, item.graph_id) if part)

    def _graph_cells(self, width: int) -> int:
        """Return how many cells the names of graphs get: what titles leave, and of a wide list a quarter at least."""
        titles, graphs = self._wants
        if width < WITH_GRAPH:
            return 0
        left = width - 4 - (10 if width >= WITH_ID else 0) - 4 - titles - 1
        if width >= WITH_GRAPH + 6:
            left = max(left, width // 4)
        return min(graphs, left) if left >= min(graphs, 8) else 0

    def _said(self, item: Thread, word: str) -> str:
        """Return what is said of a thread behind its title."""
        return asked_or("" if word == "idle" else word, item.interrupt_count)

    def _sign(self, item: Thread) -> tuple[str, str, str]:
        is_paused = item.thread_id == self.open_id and self._standing[2]
        return thread_sign(item.status, self.signs, None if is_paused else item.interrupt_count)

    def _name(self, item: Thread) -> str:
        return item.called(self.words) or (self._open_name if item.thread_id == self.open_id else "")


def named(thread_id: str, name: str) -> str:
    """Return what a question calls a thread (safe text): `Trip to Lisbon (01a2…3b41)`, the id alone where it has no
    name (raw)."""
    title, number = clean(one_line(name), 40), clean(short_id(thread_id))
    return f"{title} ({number})" if title else number


def _standing(app_state: AppState) -> tuple[Standing, int, bool]:
    position, run = app_state.position, app_state.head_run
    return position.standing, len(position.questions), run is not None and run.phase is Phase.BREAKPOINT


def _unlisted(app_state: AppState, thread_id: ThreadId) -> Thread:
    row = app_state.thread_row
    if row is not None and row.thread_id == thread_id:
        return row
    run = app_state.run
    status = ThreadStatus.BUSY if run is not None and run.phase.is_live else ThreadStatus.UNKNOWN
    return Thread(thread_id, status, graph_id=app_state.thread_graph)


def _as_it_stands(item: Thread, standing: Standing, questions: int) -> Thread:
    """The row of the open thread, whose state is known better than from a list."""
    status = _STATUS.get(standing)
    return item if status is None else replace(item, status=status, interrupt_count=questions)
