"""What stands below or beside a hub instead of in layers of its own (`find`), and where (`below`, `beside`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from studio_tui.graphs.layout.parts import LayoutBox
    from studio_tui.graphs.topology.scene import Edge


class Spoke(Struct, eq=False):
    """One worker of a hub, or a chain of several in one row: the edge there, and the one back from the last if any."""

    box: LayoutBox
    there: Edge
    back: Edge | None
    rest: list[tuple[Edge, LayoutBox]] = field(default_factory=list)
    """The boxes of a chain after the first one, each with the edge that leads to it."""
    away: Edge | None = None
    """The edge from the last box to the sink of the comb."""
    own: bool = False
    """One line with two heads stands for the ways there and back, apart from those of the others."""

    @property
    def boxes(self) -> list[LayoutBox]:
        """All boxes of the row, from left to right."""
        return [self.box, *(box for _, box in self.rest)]

    @property
    def middle(self) -> int:
        """The row in which its lines run, from the first row of its highest box."""
        return max(box.height for box in self.boxes) // 2


class Sink(Struct, eq=False):
    """Where some workers of a hub lead to besides it, and nobody else does: mostly the end. It stands below them."""

    box: LayoutBox
    there: Edge | None
    """The edge from the hub itself."""


def beside_hub(hub: LayoutBox) -> list[LayoutBox]:
    """Return the boxes that stand in no layer, but with their hub: workers, their sink, the end right of it."""
    ends = [found.box for found in (hub.sink, hub.exit) if found is not None]
    return [box for spoke in hub.spokes for box in spoke.boxes] + ends


class Comb(Struct, frozen=True):
    """Where the spokes of a hub and their lines stand, in cells from the hub's left edge and from the row below it."""

    outs: tuple[int, ...]
    """For each spoke the column of the line that leads to it."""
    to_sink: int
    """The column of the line from the hub to the sink."""
    lefts: tuple[tuple[int, ...], ...]
    """The first column of each box of every spoke."""
    rows: tuple[int, ...]
    """The first row of each spoke."""
    back: int
    """The column of the line that leads back from the spokes that share one."""
    away: int
    """The column of the line to the sink."""
    beneath: bool
    """That line comes from above: only the last spoke leads there. Else it runs right of all that do."""
    sink: tuple[int, int]
    """The first column and row of the sink."""
    first: int
    """The column of the first line below the hub."""
    last: int
    """The column of the last one."""
    right: int
    """The first column beyond everything."""
    height: int


class CombBeside(Struct, frozen=True):
    """Where the spokes of a hub and their lines stand left to right: on the screen, in cells from the hub's corner."""

    out: int
    """The column of the line that leads to the spokes."""
    leave: int
    """The row in which it leaves the hub."""
    lefts: tuple[tuple[int, ...], ...]
    """The first column of each box of every spoke."""
    middles: tuple[int, ...]
    """The row of the lines of each spoke."""
    back: int
    """The column of the line that leads back from the spokes."""
    right: int
    """The first column beyond everything."""
    height: int
    """Rows of it all, with those of the hub."""
