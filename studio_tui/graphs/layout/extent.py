"""Rows of the layers, size of the level, and for a cluster its frame: port columns and a place for the title."""

from __future__ import annotations

from itertools import pairwise

from studio_tui.graphs.layout.combs.below import comb_of
from studio_tui.graphs.layout.combs.beside import comb_beside
from studio_tui.graphs.layout.coordinates import distance
from studio_tui.graphs.layout.isolated import Table, gap_before, size_of, table_of
from studio_tui.graphs.layout.loops import cells_along
from studio_tui.graphs.layout.parts import Channel, Kind, LayoutBox, Level, Side, Style
from studio_tui.text.cells import width

_TO_CENTRE = 3
"""Columns that a frame may be wider so that what is inside stands in its middle."""


def _frame_cells(style: Style) -> int:
    """Return the cells across the flow from a cluster's frame to what is inside, frame included.

    Left to right they are rows, which are scarce, and apart enough without a blank one.
    """
    return 1 if style.sideways else 2


def measure(level: Level, style: Style) -> None:
    """Set rows, width and height of the level."""
    _stack_layers(level, style)
    _shift_into_place(level, style)
    if level.isolated:
        _place_isolated(level, style)
    if level.path:
        _frame(level, style)
    for layer, (y, _) in zip(level.layers, level.bands, strict=True):
        for item in layer:
            item.y = y


def least_extent(level: Level, style: Style) -> tuple[int, int]:
    """Return width and height of a level whose layers have no order yet, if every line were straight."""
    across, along = 0, 0
    for layer in level.layers:
        sizes = [_with_comb(item, style) for item in layer]
        # The order is not known yet, and a line between two boxes takes a cell less than one beside them.
        gaps = max(0, sum(distance(before, item, style) for before, item in pairwise(layer)) - 1)
        across = max(across, sum(size[0] for size in sizes) + gaps)
        along += max((size[1] for size in sizes), default=1)
    labels = [0] * len(level.layers)
    for wire in level.wires:
        # The label stands where a line leaves the side of its box.
        beside = (wire.turns_upper if wire.bus else wire.turns_lower) and not style.sideways
        if wire.edge.label and not wire.double and not beside and wire.lower.kind is Kind.NODE:
            at = wire.upper.layer if wire.reversed else wire.lower.layer - 1
            labels[at] = max(labels[at], width(wire.edge.label) if style.sideways else 1)
    along += (len(level.layers) - 1) * (2 if style.sideways else 1) + sum(labels)
    along -= level.ports_lower and not style.sideways  # none may be between boxes and the frame
    if level.isolated:
        table = table_of(level.isolated, 0, 0, style)
        if level.layers:  # its shape depends on what stands beside it
            sizes = [size_of(item, style) for item in level.isolated]
            table = Table((), gap_before(style) + max(size[0] for size in sizes), max(size[1] for size in sizes))
        across, along = across + table.across, max(along, table.along)
    if level.path:
        across += 2 * _frame_cells(style)
        along += (not level.ports_upper) + (not level.ports_lower)
    return across, along


def _with_comb(item: LayoutBox, style: Style) -> tuple[int, int]:
    """Return what an item takes across and along the flow, with its spokes."""
    if not item.spokes:
        return item.width, item.height
    if style.sideways:
        beside = comb_beside(item, item.width, style)
        return beside.height, beside.right
    comb = comb_of(item, item.width, style)
    return max(item.width, comb.right), item.height + comb.height


def _stack_layers(level: Level, style: Style) -> None:
    rim = 3 if style.sideways else 1
    y = 0
    for index, layer in enumerate(level.layers):
        if level.path and index == 0 and not level.ports_upper:
            y = rim  # With ports on that side their layer is the frame's first row.
        last = index == len(level.channels)
        height = max((cells_along(item, style) for item in layer), default=1) if last else level.channels[index].layer
        level.bands.append((y, height))
        y += height
        if index < len(level.channels):
            y += level.channels[index].height
    if level.path and not level.ports_lower:
        y += rim
    level.height = max(y, 2 if level.path else 0)


def _shift_into_place(level: Level, style: Style) -> None:
    """Move everything so that nothing stands left of the frame's inner edge; set the width."""
    items = [item for layer in level.layers for item in layer]
    tracks = [track for channel in level.channels for track in channel.tracks]
    right = max([0, *(item.x + item.width + item.right_margin for item in items), *(t.high + 1 for t in tracks)])
    left = min([0, *(track.low for track in tracks)])
    margin = _frame_cells(style) if level.path else 0
    _shift(level, margin - left)
    level.width = right - left + 2 * margin


def _shift(level: Level, columns: int) -> None:
    for items in (*level.layers, level.isolated):
        for item in items:
            item.x += columns
    for channel in level.channels:
        for track in channel.tracks:
            track.low += columns
            track.high += columns
            if track.link is not None:
                track.link += columns


def _place_isolated(level: Level, style: Style) -> None:
    """Put them beyond everything else across the flow, and make room for them."""
    margin, rim = (_frame_cells(style), 3 if style.sideways else 1) if level.path else (0, 0)
    across = level.width - 2 * margin
    left = margin + (across + gap_before(style) if across else 0)
    table = table_of(level.isolated, across, level.height - 2 * rim, style)
    for item, (x, y) in zip(level.isolated, table.places, strict=True):
        item.x, item.y = left + x, rim + y
    level.width = left + table.across + margin
    _lengthen(level, table.along + 2 * rim - level.height)


def _frame(level: Level, style: Style) -> None:
    """Find the port columns and a stretch of the title's side that no port cuts."""
    cells = width(level.title) + 2
    ports = [item for item in level.items.values() if item.kind is Kind.PORT]
    if not style.sideways:
        _make_room_for_title(level, cells, [port.x for port in ports if not port.upper])
    for port in ports:
        upper = not port.upper
        wire = (port.lower if upper else port.upper)[0].wires[0]
        level.port_columns[wire.edge, Side.UPPER if upper else Side.LOWER] = port.x
    if style.sideways:
        # The title stands along the flow, on the side where no port can be.
        _lengthen(level, cells + 4 - level.height)
        level.width = max(level.width, 3)


def _make_room_for_title(level: Level, cells: int, ports: list[int]) -> None:
    """Widen the frame until its title stands between the ports, with what is inside in the middle if that is cheap."""
    least = _titled(level, cells, ports, aslant=cells + level.width)
    # Frames of several lines, as supervisors under another have, stand side by side and are to look alike.
    centred = _titled(level, cells, ports, aslant=1) if len(ports) == 1 else least
    shift, right = centred if centred[1] <= least[1] + _TO_CENTRE else least
    _shift(level, shift)
    level.width = right
    level.title_x = _title_place(cells, [port + shift for port in ports])


def _titled(level: Level, cells: int, ports: list[int], *, aslant: int) -> tuple[int, int]:
    """Return how far to move what is inside, and the least width, with margins that differ by so much at most."""
    for right in range(max(level.width, cells + 4), 2 * (level.width + cells) + 6):
        spare = right - level.width
        for shift in sorted(range(spare + 1), key=lambda shift: abs(spare - 2 * shift)):
            place = _title_place(cells, [port + shift for port in ports])
            if place + cells + 2 <= right and abs(spare - 2 * shift) <= aslant:
                return shift, right
    raise AssertionError("the title stands right of all ports at the latest")


def _title_place(cells: int, ports: list[int]) -> int:
    """Return the first column from which so many cells and one on either side are free of ports."""
    place = 2
    while any(place - 1 <= column <= place + cells for column in ports):
        place += 1
    return place


def _lengthen(level: Level, rows: int) -> None:
    """Add rows at the end of the flow."""
    if rows <= 0:
        return
    level.height += rows
    if level.ports_lower:
        channel: Channel = level.channels[-1]
        channel.height += rows
        y, height = level.bands[-1]
        level.bands[-1] = (y + rows, height)
