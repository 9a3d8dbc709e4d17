"""The rows of a list of which any part may be there: they are read a page at a time, where somebody looks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar, overload

T = TypeVar("T")

PAGE = 100
KEPT = 24
"""Pages that are kept: what was scrolled past longest ago is read again when it is looked at."""


class Sparse(Sequence[T | None]):
    """Rows as far as they were read; None stands for one that is not there."""

    def __init__(self, pages: Mapping[int, list[T]] | None = None, length: int = 0) -> None:
        """`pages`: the one that was looked at last at the end; of more than are kept the first are let go."""
        self.pages = OrderedDict(pages or {})
        while len(self.pages) > KEPT:
            self.pages.popitem(last=False)
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T | None: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T | None]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T | None] | None:
        if isinstance(index, slice):
            return [self[row] for row in range(self._length)[index]]
        number, place = divmod(range(self._length)[index], PAGE)
        page = self.pages.get(number, [])
        return page[place] if place < len(page) else None

    def there(self) -> Iterator[tuple[int, T]]:
        """Yield the rows that are there, with their numbers."""
        for number, page in self.pages.items():
            yield from enumerate(page, number * PAGE)

    def latest(self, most: int) -> list[T]:
        """Return up to so many rows of the pages that were looked at last."""
        found: list[T] = []
        for page in reversed(self.pages.values()):
            found += page[: most - len(found)]
            if len(found) >= most:
                break
        return found

    def missing(self, first: int, last: int) -> list[int]:
        """Return the pages of these rows that are not there; the others are not let go next."""
        wanted = pages_of(first, min(last, self._length - 1))
        for number in wanted:
            if number in self.pages:
                self.pages.move_to_end(number)
        return [number for number in wanted if number not in self.pages]


def pages_of(first: int, last: int) -> list[int]:
    """Return the numbers of the pages on which rows are; the first one where there are no rows."""
    return list(range(max(0, first) // PAGE, last // PAGE + 1)) if last >= first else [0]
