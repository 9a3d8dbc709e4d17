"""The full view of threads as rows of columns, chosen by width; and the lines above them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from msgspec import Struct

from studio_tui.core.resources.sparse import Sparse
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.domain.thread_query import STATUSES, ThreadQuery, column_name, filter_text
from studio_tui.present.kit.columns import MEASURED, shared, widest
from studio_tui.present.kit.rows import ListedRows
from studio_tui.present.kit.signs import asked_or, thread_sign
from studio_tui.text.cells import fit
from studio_tui.text.cells import width as cells_of
from studio_tui.text.fmt import age, count, name_of, short_id
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line, line_width, spread

SORT_NAMES = {
    "updated_at": "updated",
    "created_at": "created",
    "state_updated_at": "state changed",
    "status": "status",
    "thread_id": "id",
}
BRIEF_BELOW = 100
"""Cells below which statuses that no thread has are not counted out."""
_ID, _AGE = 9, 4
_STATUS, _MOST_STATUS = len("● running"), 12
_EACH = 40
"""Cells that a chosen state key gets at most."""
_ROOM_FOR_GRAPH, _ROOM_FOR_ASSISTANT = 30, 48
"""Cells of title, graph and assistant together from which on these have a column."""


class Layout(Struct, frozen=True):
    """Widths of the columns; 0 leaves one out."""

    status: int
    title: int
    graph: int
    assistant: int
    keys: tuple[int, ...]
    """Of the chosen state keys."""


class _Wants(Struct, frozen=True):
    """Cells that the longest text of each column takes, with its name."""

    status: int = _STATUS
    title: int = 5
    graph: int = 5
    assistant: int = 0
    """0: every thread's assistant is called as its graph."""
    keys: tuple[int, ...] = ()

    @property
    def named(self) -> tuple[int, int, int, int]:
        return self.status, self.title, self.graph, self.assistant


def _layout_for(width: int, wants: _Wants) -> Layout:
    """Share `width` cells between the columns, title having what is left; chosen state keys come before graph and
    assistant."""
    room = max(8, width - (2 + wants.status + 1 + _ID + 1 + _AGE) - 1)
    kept = max(8, (room - 16) // len(wants.keys) - 1) if wants.keys else 0
    free = room - sum(min(key, kept) + 1 for key in wants.keys)
    columns = [wants.title, *wants.keys]
    graph = free >= _ROOM_FOR_GRAPH
    assistant = wants.assistant > 0 and free - min(wants.graph, free // 3) >= _ROOM_FOR_ASSISTANT
    columns += [wants.graph] * graph + [wants.assistant] * assistant
    widths = shared(room - len(columns) + 1, columns, least=6)
    keys, others = tuple(widths[1 : 1 + len(wants.keys)]), widths[1 + len(wants.keys) :]
    spent = sum(widths[1:]) + len(columns) - 1
    return Layout(wants.status, max(6, room - spent), others[0] if graph else 0, others[-1] if assistant else 0, keys)


class ThreadTableRows(ListedRows[Thread | None]):
    """`Rows` over a search of threads, of which any part may be loaded."""

    def __init__(self, threads: ThreadSearch) -> None:
        super().__init__()
        self.threads = threads
        self.open_id: ThreadId | None = None
        self.assistants: Mapping[str, str] = {}
        """Names of assistants by id."""
        self.words: Mapping[ThreadId, str] = {}
        """First words of threads, where the list does not bring them."""
        self._wants = _Wants()
        self._measured: ThreadQuery | None = None
        """What was asked for when it was found out."""

    def take(self, items: Sequence[Thread | None], now: float) -> None:
        super().take(items, now)
        self.measure()

    def measure(self) -> bool:
        """Find out what the columns need, by the threads that were looked at last; return whether it is something else.

        While the order and the filter are the same, no column gets narrower: what is scrolled past moves none.
        """
        items, query, before = self.items, self.threads.query, self._wants
        some = items.latest(MEASURED) if isinstance(items, Sparse) else [item for item in items[:MEASURED] if item]
        own = [name for item in some if (name := self._assistant(item)) not in ("", item.graph_id)]
        cells = [
            min(_MOST_STATUS, max((_STATUS, *(cells_of(self._status(item)[0]) for item in some)))),
            widest("title", (clean(self._name(item)[:300]) for item in some)),
            widest("graph", (clean(item.graph_id[:100]) for item in some)),
            widest("assistant", (clean(name[:100]) for name in own)) if own else 0,
        ]
        for path in query.columns:
            values = (clean(item.cells.get(path, "")) for item in some)
            cells.append(min(_EACH, widest(clean(column_name(path)), values)))
        if query == self._measured:
            cells = [max(pair) for pair in zip(cells, (*before.named, *before.keys), strict=True)]
        self._measured, self._wants = query, _Wants(cells[0], cells[1], cells[2], cells[3], tuple(cells[4:]))
        return self._wants != before

    def anchor(self, index: int) -> Hashable:
        """Return the thread's id, or the row while it is not loaded."""
        item = self.items[index]
        return index if item is None else item.thread_id

    def row_of(self, anchor: Hashable) -> int | None:
        return anchor if isinstance(anchor, int) else self.threads.index_of(anchor)

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        columns = self.threads.query.columns
        if item is None:
            return ("missing",)
        shown = (item.thread_id, item.status, self._name(item), item.graph_id, item.interrupt_count, item.assistant_id)
        marks = (item.thread_id in self.threads.marked, item.thread_id == self.open_id)
        cells = tuple(item.cells.get(path, "") for path in columns)
        return (*shown, *marks, self._age(item), columns, cells, self._assistant(item), self._wants)

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        if item is None:
            return (Span(f"  {self.signs.ellipsis}", "muted"),)
        columns = self.threads.query.columns
        wide = _layout_for(width, self._wants)
        marked = item.thread_id in self.threads.marked
        is_open = item.thread_id == self.open_id
        status, role = self._status(item)
        name = clean(self._name(item)[:300])
        spans = [
            Span("* " if marked else f"{self.signs.mark} " if is_open else "  ", "mark bold" if marked else "mark"),
            Span(fit(status, wide.status) + " ", role),
            Span(fit(name or "–", wide.title) + " ", ("text" if name else "muted") + (" bold" if marked else "")),
        ]
        if wide.graph:
            spans.append(Span(fit(clean(item.graph_id[:100]), wide.graph) + " ", "key"))
        if wide.assistant:
            spans.append(Span(fit(clean(self._assistant(item)[:100]), wide.assistant) + " ", "muted"))
        spans += [
            Span(fit(clean(item.cells.get(path, "")), cells) + " ", "string")
            for path, cells in zip(columns, wide.keys, strict=False)  # measured a moment later where just chosen
        ]
        end = (Span(fit(clean(short_id(item.thread_id)), _ID), "muted"), Span(f" {self._age(item):>{_AGE}}", "muted"))
        return spread(spans, end, width)

    def text(self, index: int) -> str:
        """Return all that can be searched for; empty while the row is not loaded."""
        item = self.items[index]
        return "" if item is None else self.text_of(item)

    def text_of(self, item: Thread) -> str:
        """Return all of a thread's row that can be searched for."""
        name = self._name(item)
        parts = (item.thread_id, name, item.status, item.graph_id, self._assistant(item), *item.cells.values())
        return " ".join(clean(part) for part in parts if part)

    def heading(self, width: int) -> Line:
        """Return the names of the columns, for rows of `width` cells: the list puts one cell before them."""
        columns = self.threads.query.columns
        wide = _layout_for(width, self._wants)
        text = "   " + fit("status", wide.status) + " " + fit("title", wide.title) + " "
        text += fit("graph", wide.graph) + " " if wide.graph else ""
        text += fit("assistant", wide.assistant) + " " if wide.assistant else ""
        keys = zip(columns, wide.keys, strict=False)
        text += "".join(fit(clean(column_name(path)), cells) + " " for path, cells in keys)
        return spread((Span(text, "muted"),), (Span(fit("id", _ID) + "  age", "muted"),), width + 1)

    def _status(self, item: Thread) -> tuple[str, str]:
        sign, role, word = thread_sign(item.status, self.signs, item.interrupt_count)
        return f"{sign} {asked_or(word, item.interrupt_count)}", role

    def _name(self, item: Thread) -> str:
        return item.called(self.words)

    def _assistant(self, item: Thread) -> str:
        return name_of(item.assistant_id, self.assistants)

    def _age(self, item: Thread) -> str:
        return age(self._time(item), self.now)

    def _time(self, item: Thread) -> float | None:
        return item.created_at if self.threads.query.sort_by == "created_at" else item.updated_at


def _counts_line(threads: ThreadSearch, signs: Glyphs, problem: str = "", *, brief: bool = False) -> Line:
    """Return how many threads have which status, as far as the server counts them; `brief` leaves out zeros."""
    if not threads.counts:
        return (Span(f" {problem}", "muted"),) if problem else ()
    spans = [Span(" ")]
    for name in ("", *STATUSES):
        number = threads.counts.get(name)
        if number is None or (brief and name and not number):
            continue
        chosen = " bold underline" if threads.query.status == name else ""
        if not name:
            spans.append(Span(f"all {count(number)}", "text" + chosen))
        else:
            sign, role, word = thread_sign(ThreadStatus(name), signs)
            spans.append(Span(f"{sign} {word} {count(number)}", (role if number else "muted") + chosen))
        spans.append(Span("   "))
    return tuple(spans[:-1])


def _query_line(query: ThreadQuery, marked: int, signs: Glyphs, *, brief: bool) -> Line:
    """Return filter and order, and how many threads are marked; `brief` leaves the order out."""
    arrow = signs.down if query.descending else "↑" if signs is UNICODE else "^"
    spans = [] if brief else [Span(f" sort {SORT_NAMES.get(query.sort_by, query.sort_by)} {arrow}", "muted")]
    if query.is_filtered:
        spans = [Span(" filter ", "muted"), Span(clean(filter_text(query), 200), "accent"), Span("  "), *spans]
    if marked:
        spans = [Span(f" {count(marked)} marked ", "badge"), *spans]
    return tuple(spans)


def above(threads: ThreadSearch, signs: Glyphs, width: int, problem: str = "", key: str = "") -> Line:
    """Return the line above the table: counts at the left behind the `key` that shows those of one status only; marks,
    filter and order at the right."""
    left = _counts_line(threads, signs, problem, brief=width < BRIEF_BELOW)
    if key and threads.counts:
        left = (Span(f" {key}", "key bold"), Span(" Status "), *left)
    right = _query_line(threads.query, len(threads.marked), signs, brief=False)
    if line_width(left) + line_width(right) + 3 > width:
        right = _query_line(threads.query, len(threads.marked), signs, brief=True)
    return fit_line(spread(left, (Span("  "), *right, Span(" ")), width), width)
