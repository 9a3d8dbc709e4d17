"""Fitting what is worth most into one row: parts are given up, the least worth first, or cut as far as they allow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from studio_tui.text.cells import cut, width
from studio_tui.text.spans import Line, Span, line_width

LUXURY = 20
"""Worth up to which a part goes before another one is cut short."""
GAP = 2
"""Blanks between the two ends of a row at least."""


class Segment(Struct, frozen=True):
    """A part of a row; of those that do not fit together the one of the lowest `worth` goes first."""

    worth: int
    spans: Line
    least: int = 0
    """Cells to which it may be cut before it goes; 0: it is whole or not there."""
    lead: Span = Span("")
    """What stands between it and the part before it."""
    good: int = 0
    """Cells for which parts of no more than LUXURY go first; it has them before another one has more than its own."""

    @property
    def narrowest(self) -> int:
        size = line_width(self.spans)
        return min(size, self.least) if self.least else size

    @property
    def fair(self) -> int:
        return max(self.narrowest, min(line_width(self.spans), self.good))


@lru_cache(16)
def arranged(groups: tuple[tuple[Segment, ...], ...], cells: int) -> tuple[tuple[Line, ...], ...]:
    """Return what of a row's groups fits into `cells` cells, with a blank at each edge; the last stands at the right.

    What is left over goes to the right first, so that a reason is told before a title; but what is good for each of
    them comes before what is more than that. Rows are asked for with every frame of a run, and are mostly those of the
    last one: these are found again.
    """
    kept = [list(group) for group in groups]
    while _used(kept, good=True) > cells and (worst := _worst(kept)) is not None and worst.worth <= LUXURY:
        _drop(kept, worst)
    whole, gone = [list(group) for group in kept], list[Segment]()
    while _used(kept) > cells and sum(map(len, kept)) > 1 and (worst := _worst(kept)) is not None:
        _drop(kept, worst)
        gone.append(worst)
    # One that is worth more but larger may have followed it: then there is room again, at nobody's cost.
    for part in reversed(gone):
        stays = [*(other for group in kept for other in group), part]
        again = [[other for other in group if other in stays] for group in whole]
        cut_short = sum(line_width(each.spans) - each.narrowest for group in again for each in group)
        if part.worth > LUXURY and _used(again) + cut_short <= cells:
            kept = again
    spare = max(0, cells - _used(kept))
    sizes = [[part.narrowest for part in group] for group in kept]
    for is_good in (True, False):
        for side in reversed(range(len(kept))):
            for place, part in enumerate(kept[side]):
                more = min(spare, (part.fair if is_good else line_width(part.spans)) - sizes[side][place])
                spare -= more
                sizes[side][place] += more
    return tuple(
        tuple(
            (part.lead if place else _edge(side, len(kept)), *_cut(part.spans, sizes[side][place]))
            for place, part in enumerate(group)
        )
        for side, group in enumerate(kept)
    )


def _worst(groups: Sequence[Sequence[Segment]]) -> Segment | None:
    return min((part for group in groups for part in group), key=lambda part: part.worth, default=None)


def _drop(groups: Sequence[list[Segment]], part: Segment) -> None:
    for group in groups:
        if part in group:
            group.remove(part)
            return


def _edge(side: int, sides: int) -> Span:
    """Return what stands before the first part of a group."""
    return Span(" " if side < sides - 1 else "")


def _used(groups: Sequence[Sequence[Segment]], *, good: bool = False) -> int:
    total = GAP + 1 if groups[-1] else 0
    for side, group in enumerate(groups):
        leads = (part.lead if place else _edge(side, len(groups)) for place, part in enumerate(group))
        total += sum(width(lead.text) for lead in leads) + sum(part.fair if good else part.narrowest for part in group)
    return total


def _cut(spans: Line, cells: int) -> Line:
    out: list[Span] = []
    for span in spans:
        size = width(span.text)
        if size > cells:
            if cells > 0:
                out.append(Span(cut(span.text, cells), span.role))
            break
        out.append(span)
        cells -= size
    return tuple(out)
