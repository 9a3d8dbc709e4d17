"""The store as rows: a tree of namespaces, and the items in one."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from itertools import islice

from studio_tui.core.store import StoreItem, StoreNamespace, tree_of
from studio_tui.present.kit.columns import MEASURED, shared, widest
from studio_tui.present.kit.rows import Held, ListedRows
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, fit_line, spread

WHOLE: StoreNamespace = ()
"""Stands for the whole store in the tree of namespaces."""


class NamespaceRows(ListedRows[StoreNamespace]):
    """`Rows` over the tree; the first row stands for the whole store."""

    def __init__(self) -> None:
        super().__init__()
        self.folded: set[StoreNamespace] = set()
        self._all: Sequence[StoreNamespace] = ()
        self._parents: set[StoreNamespace] = set()
        self.items: list[StoreNamespace] = [WHOLE]
        self.cells = 0
        """Cells that the longest row takes, folded or not."""

    def identity(self, item: StoreNamespace) -> Hashable:
        return item

    def take(self, items: Sequence[StoreNamespace], now: float) -> None:
        self._all, self.now = tree_of(items), now
        self._parents = {item[:-1] for item in self._all if len(item) > 1}
        some = islice(self._all, MEASURED)
        self.cells = widest(" everything", (" " * 2 * len(item) + clean(item[-1][:200]) for item in some))
        self._fold()

    def is_open(self, index: int) -> bool | None:
        item = self.items[index]
        return item not in self.folded if item in self._parents else None

    def toggle(self, item: StoreNamespace) -> None:
        """Fold a namespace, or unfold it."""
        self.folded ^= {item} & self._parents
        self._fold()

    def _fold(self) -> None:
        """Leave out what is inside folded namespaces."""
        self.items = [WHOLE]
        hidden: StoreNamespace | None = None
        for item in self._all:
            if hidden is not None and item[: len(hidden)] == hidden:
                continue
            hidden = item if item in self.folded else None
            self.items.append(item)

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        return (item, item in self.folded, item in self._parents)

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        if not item:
            return (Span(" everything", "muted"),)
        sign = " "
        if item in self._parents:
            sign = self.signs.closed if item in self.folded else self.signs.open
        indent = min(2 * (len(item) - 1), width // 2)
        return fit_line((Span(" " * indent + f"{sign} ", "muted"), Span(clean(item[-1][:200]), "key")), width)

    def text(self, index: int) -> str:
        return clean(".".join(self.items[index]))


_VALUE = 120
"""Characters of a value that are measured: it is told what else there is room for."""


class ItemRows(ListedRows[StoreItem]):
    """`Rows` over items."""

    def __init__(self) -> None:
        super().__init__()
        self.prefix: StoreNamespace = WHOLE
        self._measured: tuple[tuple[Hashable, ...], tuple[int, int, int]] = ((), (0, 0, 0))

    def identity(self, item: StoreItem) -> Hashable:
        return (item.namespace, item.key)

    def key(self, index: int) -> Hashable:
        item = self.items[index]
        return (Held(item), self.prefix, age(item.updated_at, self.now), self._longest())

    def line(self, index: int, width: int) -> Line:
        item = self.items[index]
        below = ".".join(item.namespace[len(self.prefix) :])
        room = width - 1 - 5 - (6 if item.score is not None else 0) - 2
        keys, places, _ = shared(room, self._longest(), least=6)
        spans = [Span(" "), Span(fit(clean(item.key[:200]), keys) + " ", "accent")]
        if places:
            spans.append(Span(fit(clean(below[:80]), places) + " ", "key"))
        spans.append(Span(clean(preview(item.value)), "text"))
        right = [Span(f" {age(item.updated_at, self.now):>4}", "muted")]
        if item.score is not None:
            right.insert(0, Span(f" {item.score:.3f}", "number"))
        return spread(spans, right, width)

    def _longest(self) -> tuple[int, int, int]:
        """Cells of the longest key, of the longest namespace below the prefix, and of the longest value."""
        made_of = (Held(self.items), len(self.items), len(self.prefix))
        if made_of != self._measured[0]:
            skipped, some = len(self.prefix), list(islice(self.items, MEASURED))
            keys = widest("", (clean(item.key[:200]) for item in some))
            below = widest("", (clean(".".join(item.namespace[skipped:])[:80]) for item in some))
            values = widest("", (clean(preview(item.value, _VALUE)) for item in some))
            self._measured = (made_of, (keys, below, values))
        return self._measured[1]

    def text(self, index: int) -> str:
        item = self.items[index]
        return clean(f"{'.'.join(item.namespace)}/{item.key} {preview(item.value, 4000)}")


def preview(value: object, length: int = 400) -> str:
    """Return the beginning of a value in one line: an object by its keys, `text: prefers aisles · seat: 12`."""
    if not isinstance(value, dict) or not value:
        return _value(value)[:length]
    parts: list[str] = []
    for key, item in value.items():
        parts.append(f"{key}: {_value(item)}")
        length -= len(parts[-1])
        if length < 0:
            parts[-1] = f"{parts[-1][:length]}…"
            break
    return " · ".join(parts)


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
