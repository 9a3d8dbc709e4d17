"""Draws a graph, lets the judge read the picture, and compares."""

from __future__ import annotations

from itertools import pairwise

from studio_tui.domain.graph import GraphSpec
from studio_tui.graphs.picture.picture import Picture
from studio_tui.graphs.topology.scene import Stroke, scene_of, weakest
from studio_tui.text.cells import graphemes
from tests.graphs.judge import Reading, read


def read_picture(picture: Picture, *, ascii: bool = False) -> Reading:
    """Return the judge's reading; edges are between nodes, chain boxes are resolved (R9)."""
    boxes = {str(node): rect for node, rect in picture.box_rects.items()}
    frames = {f"frame {node}": rect for node, rect in picture.cluster_rects.items()}
    reading = read(picture.rows, boxes, frames, ascii=ascii, texts=picture.label_runs)
    if picture.stacks:
        first = {str(head): str(members[0]) for head, members in picture.stacks.items()}
        last = {str(head): str(members[-1]) for head, members in picture.stacks.items()}

        def resolve(pair: tuple[str, str]) -> tuple[str, str]:
            return last.get(pair[0], pair[0]), first.get(pair[1], pair[1])

        reading.edges = {resolve(pair) for pair in reading.edges}
        for table in (reading.strokes, reading.cells):
            for pair in list(table):
                if resolve(pair) != pair:
                    table[resolve(pair)] = table.pop(pair)  # type: ignore[assignment]
    return reading


def faults(
    spec: GraphSpec, picture: Picture, collapsed: frozenset[str] = frozenset(), *, ascii: bool = False
) -> list[str]:
    """Return everything in which the picture does not say exactly what `spec` says."""
    reading = read_picture(picture, ascii=ascii)
    scene = scene_of(spec, collapsed)
    inside = {(str(a), str(b)) for chain in picture.stacks.values() for a, b in pairwise(chain)}
    wanted = {(str(edge.source), str(edge.target)): edge for edge in scene.edges}
    found = list(reading.problems)
    drawn = reading.edges | inside
    found += [f"missing {pair}" for pair in sorted(wanted.keys() - drawn)]
    found += [f"extra {pair}" for pair in sorted(drawn - wanted.keys())]
    if picture.conflicts:
        found.append(f"{picture.conflicts} conflicts")
    for pair, edge in wanted.items():
        twin = wanted.get(pair[::-1]) if pair[0] != pair[1] else None
        two_way = twin is not None and reading.cells.get(pair) == reading.cells.get(pair[::-1])
        stroke = weakest({edge.stroke, twin.stroke}) if twin is not None and two_way else edge.stroke
        # What is drawn by its head alone looks solid; only the sign of a loop has no stroke at all.
        unmarked = stroke is Stroke.SOLID or pair in inside or pair[0] == pair[1]
        if pair in drawn and reading.strokes.get(pair, set()) not in ([{stroke}, set()] if unmarked else [{stroke}]):
            found.append(f"wrong stroke {pair}")
        if edge.label and pair not in inside and not _has_label(picture, reading, pair, edge.label, ascii=ascii):
            found.append(f"no label {edge.label!r} beside {pair}")
    return found


def _has_label(picture: Picture, reading: Reading, pair: tuple[str, str], label: str, *, ascii: bool) -> bool:
    """Tell whether the label stands beside (or on) a cell that belongs to this edge alone."""
    mine = reading.cells.get(pair, set())
    others = {cell for ends, cells in picture.edge_cells.items() if ends not in (pair, pair[::-1]) for cell in cells}
    for x, y, size in picture.label_runs:
        text = _text(picture.rows[y], x, size).lstrip("↻@")
        anchors = {(x - 1, y), (x + size, y), (x, y)} & mine
        if ascii and _text(picture.rows[y], x - 1, 1) == " ":
            anchors |= {(x - 2, y)} & mine
        if anchors - others and text == label:
            return True
    return False


def _text(row: str, start: int, size: int) -> str:
    column, out = 0, ""
    for char, cells in graphemes(row):
        if start <= column < start + size:
            out += char
        column += cells
    return out
