"""Self-loops: two bends below the box, or beside one whose side has two rows; between brackets a sign.

Top-down a loop leaves the lower side at its right end and comes back there; a box of several rows it leaves at the last
row and enters at the first, as every other line does. Left to right it stands below the box.
"""

from __future__ import annotations

from msgspec import Struct

from studio_tui.graphs.layout.parts import Kind, LayoutBox, Style, margin
from studio_tui.text.cells import width


class Loop(Struct, frozen=True):
    """Where a self-loop leaves a box and comes back, in cells from the box's corner in flow coordinates."""

    leave: int
    enter: int
    below: bool
    """Both are columns of the lower side of a box in a picture from top to bottom; else cells along its right side."""
    label_inside: bool = False
    """The label stands on the loop, between its corners."""


def loop_of(item: LayoutBox, style: Style) -> Loop:
    """Return the self-loop of a box that is drawn as a line."""
    assert item.loop is not None
    assert item.box is not None
    if not style.sideways:
        if item.box.rows > 1:
            return Loop(item.height - 2, 1, below=False)
        last = item.width - 1 - margin(item, style)
        return Loop(last - style.pin_gap, last, below=True)
    # The last cell but one of the side is a breakpoint mark's.
    last, label = item.height - 3, width(item.loop.label)
    span = label + 3 if label else 2
    inside = bool(label) and span < last
    if label and not inside:
        return Loop(min(3, last), 1, below=False)
    enter = max(1, min((item.height - span) // 2, last - span))
    return Loop(max(enter + 1, min(enter + span, last)), enter, below=False, label_inside=inside)


def loop_is_line(item: LayoutBox, style: Style) -> bool:
    """Tell whether a self-loop of the item is drawn as a line; else a sign stands beside it."""
    return not item.loop_is_sign and (style.boxed or (item.box is not None and len(item.box.names) > 1))


def turns_below(item: LayoutBox, style: Style) -> bool:
    """Tell whether a self-loop takes a place of the lower side top-down and two rows below it."""
    drawn = item.loop is not None and item.boxed and not style.sideways and loop_is_line(item, style)
    return drawn and loop_of(item, style).below


def loop_room(item: LayoutBox, style: Style) -> int:
    """Return the cells at the end of a box's lower side that its self-loop or the line to its spokes needs."""
    first = item.comb.first if item.comb is not None else item.comb_beside.leave if item.comb_beside else 0
    if first or item.spokes:
        return item.width - 1 - margin(item, style) - first + style.pin_gap
    return 2 * style.pin_gap * turns_below(item, style)


def loop_reach(item: LayoutBox, style: Style) -> int:
    """Return how many cells along the flow a self-loop (with its label) or the spokes go beyond the box."""
    if item.comb is not None:
        return item.comb.height
    if item.comb_beside is not None:
        return item.comb_beside.right - item.height
    if item.loop is None:
        return 0
    if not loop_is_line(item, style):
        return 1 + width(item.loop.label) if style.sideways else 0
    loop = loop_of(item, style)
    if loop.below:
        return 2
    if not style.sideways:
        return 0
    return 0 if loop.label_inside or not item.loop.label else max(0, _label_end(item, loop, style) - item.height)


def loop_margin(item: LayoutBox, style: Style) -> int:
    """Return the cells across the flow that a self-loop (with its label) takes beyond the box."""
    if item.loop is None:
        return 0
    is_line = loop_is_line(item, style)
    if style.sideways:
        return 2 * is_line
    if is_line and (loop := loop_of(item, style)).below:
        return max(0, _label_end(item, loop, style) - item.width) if item.loop.label else 0
    return 2 + is_line + (width(item.loop.label) + 2 + style.ascii if item.loop.label else 0)


def _label_end(item: LayoutBox, loop: Loop, style: Style) -> int:
    """Return the first cell beyond a label that stands after the last corner, and a blank."""
    assert item.loop is not None
    return max(loop.leave, loop.enter) + 2 + style.ascii + width(item.loop.label)


def cells_along(item: LayoutBox, style: Style) -> int:
    """Return the cells along the flow that a layer needs for an item."""
    return 1 if item.kind in (Kind.PORT, Kind.DUMMY, Kind.CORNER) else item.height + loop_reach(item, style)
