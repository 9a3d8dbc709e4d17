"""Lines between the columns of a wrapped drawing, in the rows where all columns begin."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from studio_tui.graphs.topology.scene import Ends, Stroke


class Arc(Struct):
    """The part of edges with one target between columns of a wrapped drawing: up to `row`, across and down again."""

    ends: list[tuple[Ends, int]]
    """The edges, and where each leaves its column."""
    into: int
    """Where they enter the target's."""
    stroke: Stroke
    row: int = 0

    @property
    def columns(self) -> list[int]:
        """Where it has a joint or a corner."""
        return sorted({self.into, *(out for _, out in self.ends)})


def crossings(arcs: Sequence[Arc]) -> int:
    """Return how many times the lines between columns cross each other."""
    return sum(
        other.row > arc.row and other.columns[0] < column < other.columns[-1]
        for arc in arcs
        for column in arc.columns
        for other in arcs
    )


def stack(arcs: Sequence[Arc], *, pitch: int) -> int:
    """Set the row of every arc, `pitch` rows apart and short ones inside longer ones; return the number of rows."""
    done: list[tuple[int, int, int]] = []
    for arc in sorted(arcs, key=lambda arc: (arc.columns[-1] - arc.columns[0], arc.columns)):
        low, high = arc.columns[0], arc.columns[-1]
        row = max((row for row, first, last in done if first <= high + 1 and low - 1 <= last), default=-pitch) + pitch
        done.append((row, low, high))
        arc.row = row
    last = max((arc.row for arc in arcs), default=0)
    for arc in arcs:
        arc.row = last - arc.row
    return last + 1
