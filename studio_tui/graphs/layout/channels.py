"""The rows between two layers: which lines need a horizontal piece, and how many rows that takes."""

from __future__ import annotations

from collections.abc import Hashable

from studio_tui.graphs.layout.loops import cells_along, turns_below
from studio_tui.graphs.layout.parts import Channel, Kind, LayoutBox, Level, Pin, Style, Track, Wire
from studio_tui.graphs.layout.tracks import assign_rows, free_column, split_track
from studio_tui.graphs.topology.scene import Stroke
from studio_tui.text.cells import width


def make_channels(level: Level, style: Style) -> None:
    """Fill `level.channels`: one between every two layers."""
    gaps: list[list[tuple[Wire, Pin, Pin]]] = [[] for _ in level.layers[1:]]
    for wire in level.wires:
        for upper, lower in wire.segments:
            gaps[upper.item.layer].append((wire, upper, lower))
    # Boxes stand close to the frame, whether or not lines leave it there.
    to_frame = level.ports_lower and not style.ascii
    level.channels = [
        _channel(lines, layer, _least(lines, last=to_frame and index == len(gaps) - 1), style)
        for index, (lines, layer) in enumerate(zip(gaps, level.layers, strict=False))
    ]


def _least(lines: list[tuple[Wire, Pin, Pin]], *, last: bool) -> int:
    """Return the rows that a channel takes at least: none between boxes and the frame around them."""
    return int(not last or any(upper.item.kind is not Kind.NODE for _, upper, _ in lines))


def _channel(lines: list[tuple[Wire, Pin, Pin]], above: list[LayoutBox], least: int, style: Style) -> Channel:
    every = _tracks_of(lines)
    straight = [track for track in every if track.upper.keys() == track.lower.keys() and len(track.upper) == 1]
    bent = [track for track in every if track not in straight]
    for track in bent:
        track.measure()
    bent = _without_four_way_joints(bent, every)
    bent.sort(key=lambda track: (track.low, track.high))
    bent = assign_rows(bent, [next(iter(track.upper)) for track in straight], style)
    rows = max((track.row for track in bent), default=-1) + 1
    layer = max(cells_along(item, style) for item in above)
    if least and not bent and not any(pin.label for _, *pins in lines for pin in pins):
        # A loop's last row may be that of the heads of straight lines.
        layer = max(cells_along(item, style) - turns_below(item, style) for item in above)
    # Heads below a box that is shorter than its layer stand beside that.
    heads_upper = any(
        wire.head_upper and not wire.turns_upper and pin is wire.upper_pin and pin.item.height >= layer
        for wire, pin, _ in lines
    )
    heads_lower = any(wire.head_lower and not wire.turns_lower and pin is wire.lower_pin for wire, _, pin in lines)
    before = _head_rows([pin for _, pin, _ in lines], heads_upper, bool(rows), style)
    after = _head_rows([pin for _, _, pin in lines], heads_lower, bool(rows), style)
    height = before + rows + after
    channel = Channel(straight, bent, before, max(least, height), heads_upper, heads_lower, layer)
    # What is not solid says so between the ends of its line: heads, corners and joints look alike.
    if not all(_shows_stroke(track, channel, layer) for track in (*straight, *bent)):
        channel.height += 1
    return channel


def _shows_stroke(track: Track, channel: Channel, layer: int) -> bool:
    """Tell whether the track has a cell that tells its stroke, if it needs one: no head, corner, joint or crossing.

    The layer above takes `layer` cells along the flow.
    """
    if track.stroke is Stroke.SOLID or not track.wires:
        return True
    rows = max((other.row for other in channel.tracks), default=-1) + 1
    after = channel.height - channel.before - rows
    for wire, upper, lower in track.wires:
        # Long lines show it beside the layers and boxes they pass, what crosses a frame shows it outside of it.
        if wire.chain or {upper.item.kind, lower.item.kind} & {Kind.PORT, Kind.CORNER}:
            return True
        above = channel.before + layer - upper.item.height - wire.head_upper
        below = after - wire.head_lower
        is_straight = upper.column == lower.column
        if (above + below if is_straight else max(above, below)) > 0:
            return True
        passed = [(upper.column, 0, rows if is_straight else track.row), (lower.column, track.row + 1, rows)]
        for column, first, end in passed:
            crossed = {other.row for other in channel.tracks if other.low <= column <= other.high}
            if len(crossed & set(range(first, end))) < end - first:
                return True
    crossing = {column for other in (*channel.straight, *channel.tracks) for column in other.columns()}
    return any(column not in crossing for column in range(track.low, track.high))


def _tracks_of(lines: list[tuple[Wire, Pin, Pin]]) -> list[Track]:
    """Group lines that leave one pin or enter one pin."""
    found: dict[Hashable, Track] = {}
    for wire, upper, lower in lines:
        key: Hashable = upper
        if len(upper.links) == 1 and len(lower.links) > 1:
            key = lower
        track = found.get(key)
        if track is None:
            track = found[key] = Track([], wire.net, wire.stroke)
        track.upper[upper.column] = upper
        track.lower[lower.column] = lower
        track.wires.append((wire, upper, lower))
    return list(found.values())


def _head_rows(pins: list[Pin], heads: bool, has_tracks: bool, style: Style) -> int:
    """Return the rows between a layer and the tracks: one for arrowheads, one (or the text's width) for labels."""
    corners = () if style.sideways else (Kind.CORNER,)
    labels = [width(pin.label) + 2 for pin in pins if pin.label and pin.item.kind not in corners]
    if style.sideways:
        return heads + max([1, *labels])
    rows = heads + bool(labels)
    # A joint is `+` in ASCII, and so is a box's border where a line leaves: they must not touch.
    return max(rows, 1) if style.ascii and has_tracks else rows


def _without_four_way_joints(bent: list[Track], every: list[Track]) -> list[Track]:
    """Split tracks on which a line comes in straight over a middle branch, the last resort against `┼` joints."""
    out: list[Track] = []
    used = {column for track in every for column in (*track.upper, *track.lower)}
    for track in bent:
        straight = [column for column in track.upper if column in track.lower and track.low < column < track.high]
        if not straight:
            out.append(track)
            continue
        column = free_column(straight[0], used)
        used.add(column)
        out += split_track(track, column)
    return out
