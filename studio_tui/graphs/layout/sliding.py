"""Moves pins along their boxes so that single lines become straight and no joint gets four arms."""

from __future__ import annotations

from studio_tui.graphs.layout.loops import loop_room
from studio_tui.graphs.layout.parts import (
    Kind,
    LayoutBox,
    Level,
    Pin,
    Side,
    Style,
    label_cells,
    margin,
    pin_distance,
)


def slide_pins(level: Level, style: Style) -> None:
    """Straighten lines between two boxes where both have room, then step trunks aside."""
    items = [item for layer in level.layers for item in layer]
    for _ in range(2):
        for item in items:
            for pin in item.lower:
                _straighten(pin, style)
    nodes = [item for item in items if item.kind is Kind.NODE]
    for _ in range(4):
        moved = [_step_aside(item, side, style) for item in nodes for side in (Side.LOWER, Side.UPPER)]
        if not any(moved):
            return


def _pins(item: LayoutBox, side: Side) -> list[Pin]:
    return item.lower if side is Side.LOWER else item.upper


def _last_column(item: LayoutBox, side: Side, style: Style) -> int:
    room = loop_room(item, style) if side is Side.LOWER else 0
    return item.x + item.width - 1 - margin(item, style) - room


def _free_range(pin: Pin, side: Side, style: Style) -> tuple[int, int]:
    """Return the columns that the pin may take between its neighbours."""
    item = pin.item
    if pin.fixed or item.kind is not Kind.NODE:
        return pin.column, pin.column
    pins = _pins(item, side)
    place = pins.index(pin)
    low = pins[place - 1].column + pin_distance(pins[place - 1], style) if place else item.x + margin(item, style)
    if place + 1 < len(pins):
        high = pins[place + 1].column - pin_distance(pin, style)
    else:
        high = _last_column(item, side, style)
        if pin.label and not style.sideways:
            high = min(high, item.x + item.width + item.right_margin - 2 - label_cells(pin, style))
    return low, max(low, high)


def _straighten(upper: Pin, style: Style) -> None:
    if len(upper.links) != 1:
        return
    lower = upper.links[0].pin
    if len(lower.links) != 1 or upper.column == lower.column:
        return
    upper_low, upper_high = _free_range(upper, Side.LOWER, style)
    lower_low, lower_high = _free_range(lower, Side.UPPER, style)
    low, high = max(upper_low, lower_low), min(upper_high, lower_high)
    if low <= high:
        column = min(max((upper.column + lower.column) // 2, low), high)
        upper.offset = column - upper.item.x
        lower.offset = column - lower.item.x


def _step_aside(item: LayoutBox, side: Side, style: Style) -> bool:
    """Move trunks of `item` that stand straight over one of their middle branches; return whether any did."""
    pins = _pins(item, side)
    return sum(_step_pin(pin, pins, side, style) for pin in pins if len(pin.links) > 1) > 0


def _step_pin(pin: Pin, pins: list[Pin], side: Side, style: Style) -> bool:
    branches = sorted(link.pin.column for link in pin.links)

    def is_middle(column: int) -> bool:
        return column in branches and branches[0] < column < branches[-1]

    if not is_middle(pin.column):
        return False
    if pin.line:
        for each in pin.line:
            each.x += 1
        return True
    low, high = _free_range(pin, side, style)
    for step in (1, -1, 2, -2, 3, -3):
        if low <= pin.column + step <= high and not is_middle(pin.column + step):
            pin.offset += step
            return True
    place = pins.index(pin)
    if pins[-1].column + 1 <= _last_column(pin.item, side, style) and not is_middle(pin.column + 1):
        for other in pins[place:]:
            other.offset += 1
        return True
    if pins[0].offset - 1 >= margin(pin.item, style) and not is_middle(pin.column - 1):
        for other in pins[: place + 1]:
            other.offset -= 1
        return True
    return False
