"""In which order lines come to the frame of a subgraph: as suits its inside, or as suits what is around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from studio_tui.graphs.layout.parts import LayoutBox, Level, Side, Wire, end_fraction
from studio_tui.graphs.topology.scene import Edge

Rims = Mapping[tuple[Edge, Side], float]
"""How far across the flow each edge comes to its side of a frame: only the order counts."""


def wanted_rims(level: Level, order: list[list[LayoutBox]]) -> dict[LayoutBox, Rims]:
    """Return for each subgraph of `level` where its edges lead in `order`, if they come to its frame in another way."""
    for layer in order:
        for position, item in enumerate(layer):
            item.position = position
    rims: dict[LayoutBox, dict[tuple[Edge, Side], float]] = defaultdict(dict)
    for wire in level.wires:
        ends = [wire.upper, *wire.chain, wire.lower]
        if wire.upper.inside is not None:
            rims[wire.upper][wire.edge, Side.LOWER] = _place(ends[1], wire, Side.UPPER)
        if wire.lower.inside is not None:
            rims[wire.lower][wire.edge, Side.UPPER] = _place(ends[-2], wire, Side.LOWER)
    found: dict[LayoutBox, Rims] = {}
    for item, places in rims.items():
        assert item.inside is not None
        columns = item.inside.port_columns
        for side in Side:
            now = sorted((port for port in places if port[1] is side), key=columns.__getitem__)
            wanted = sorted(now, key=places.__getitem__)  # Edges to the same place stay as they are.
            if now != wanted:
                found[item] = {**found.get(item, {}), **{port: place for place, port in enumerate(wanted)}}
    return found


def ways(wanted: Mapping[LayoutBox, Rims]) -> list[dict[LayoutBox, Rims]]:
    """Return what to try: all that is wanted, then only what is wanted on one side of the frames."""
    tried: list[dict[LayoutBox, Rims]] = []
    for sides in (set(Side), {Side.UPPER}, {Side.LOWER}):
        chosen: dict[LayoutBox, Rims] = {
            item: {port: place for port, place in rims.items() if port[1] in sides} for item, rims in wanted.items()
        }
        some = {item: rims for item, rims in chosen.items() if rims}
        if some and some not in tried:
            tried.append(some)
    return tried


def _place(item: LayoutBox, wire: Wire, side: Side) -> float:
    return item.position + end_fraction(item, wire, side)
