"""Combs of pictures from left to right: the spokes of a hub stand right of it, from its first row down.

One line leads there from the hub's right side, one leads back right of all spokes and below them to the hub's lower
side; whatever else leaves the hub runs above them.
"""

from __future__ import annotations

from itertools import accumulate

from studio_tui.graphs.layout.combs.cells import LEAD, first_line, label_room, lefts_of, sign_room
from studio_tui.graphs.layout.combs.hubs import CombBeside
from studio_tui.graphs.layout.parts import LayoutBox, Style, margin


def comb_beside(hub: LayoutBox, rows: int, style: Style) -> CombBeside:
    """Return where the spokes of `hub` stand, which takes at least so many `rows`."""
    edge, first = margin(hub, style), first_line(hub, style)
    out = hub.height + 1  # A cell is between the box and the joint: in ASCII both are `+`.
    left = out + LEAD + max(label_room(spoke.there) for spoke in hub.spokes) + 1
    lefts = [lefts_of(spoke, left, [box.height for box in spoke.boxes]) for spoke in hub.spokes]
    ends = [places[-1] + spoke.boxes[-1].height for places, spoke in zip(lefts, hub.spokes, strict=True)]
    heights = [max(box.width for box in spoke.boxes) for spoke in hub.spokes]
    # The line there turns at no spoke but the first, and runs below all others that leave the hub.
    top = first if hub.lower else max(0, first - heights[0] // 2)
    tops = list(accumulate(heights, initial=top))
    middles = [row + height // 2 for row, height in zip(tops, heights, strict=False)]
    back = 1 + max(
        end + max(label_room(spoke.back), sign_room(spoke.boxes[-1]))
        for end, spoke in zip(ends, hub.spokes, strict=True)
    )
    hub_rows = max(rows, first + edge + 1)
    return CombBeside(
        out=out,
        leave=max(first, min(middles[0], hub_rows - 1 - edge)),
        lefts=tuple(lefts),
        middles=tuple(middles),
        back=back,
        right=back + 1,
        # Below the hub the line back has its head and a row more.
        height=max(tops[-1], hub_rows + 1) + 1,
    )
