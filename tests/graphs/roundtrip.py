"""Draws a graph, lets the judge read the picture, and compares."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, product

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.canvas import ASCII
from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.topology.equivalent import EACH_OTHER
from studio_tui.graphs.topology.scene import Stroke, clusters_of, scene_of
from studio_tui.graphs.topology.spec import short_name
from studio_tui.text.cells import cut, graphemes
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
    scene = scene_of(spec, [name for name in clusters_of(spec) if name in collapsed], limits=picture.limits)
    found = list(reading.problems) + _boxes_of_several(spec, picture)
    inside = {(str(a), str(b)) for chain in picture.stacks.values() for a, b in pairwise(chain)}
    wanted = {(str(edge.source), str(edge.target)): edge for edge in scene.edges}
    drawn = {pair for ends in reading.edges | inside for pair in _meant(picture, ends)}
    found += [f"missing {pair}" for pair in sorted(wanted.keys() - drawn)]
    found += [f"extra {pair}" for pair in sorted(drawn - wanted.keys())]
    if picture.conflicts:
        found.append(f"{picture.conflicts} conflicts")
    for pair, edge in wanted.items():
        ends = (str(picture.end(edge.source)), str(picture.end(edge.target)))
        # What is drawn by its head alone looks solid; only the sign of a loop has no stroke at all.
        unmarked = edge.stroke is Stroke.SOLID or ends in inside or ends[0] == ends[1]
        strokes = [{edge.stroke}, set()] if unmarked else [{edge.stroke}]
        if pair in drawn and reading.strokes.get(ends, set()) not in strokes:
            found.append(f"wrong stroke {pair}")
        label = edge.label
        if ends[0] == ends[1] and pair[0] != pair[1]:
            label = cut(f"{EACH_OTHER}: {label}" if label else EACH_OTHER, picture.limits.label)
        if ascii:
            label = ASCII.spelled(label)
        if label and ends not in inside and not _has_label(picture, reading, ends, label, ascii=ascii):
            found.append(f"no label {label!r} beside {pair}")
    return found


def _meant(picture: Picture, ends: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the edges that a line between two boxes stands for; at one box of several it leads from each to each."""
    tails, heads = (picture.equivalent.get(NodeId(end), (NodeId(end),)) for end in ends)
    for tail, head in product(tails, heads):
        if tail != head or len(tails) == 1:
            yield str(tail), str(head)


def _boxes_of_several(spec: GraphSpec, picture: Picture) -> list[str]:
    """Return what is wrong with boxes of equivalent nodes: each says how many or which; no node is in two."""
    found = []
    for head, members in picture.equivalent.items():
        if head not in picture.collapsed:
            box = picture.box_rects[head]
            for node in members:
                rect = picture.node_rects[node]
                text = _text(picture.rows[rect.y], rect.x, rect.width)
                inside = box.x <= rect.x and rect.right <= box.right and box.y < rect.y < box.bottom - 1
                if not inside or rect.height > 1 or short_name(node)[:3] not in text:
                    found.append(f"{node} has no place of its own")
            cells = [(x, rect.y) for rect in map(picture.node_rects.get, members) if rect for x in _columns(rect)]
            if len(set(cells)) < len(cells):
                found.append(f"places in the box of {head} overlap")
            continue
        # The first and the last of them `×5`, or the first `and 4 more`.
        number = re.compile(rf"[×x]{len(members)}(?!\d)|(?<!\w)and {len(members) - 1} more")
        rect = picture.node_rects[head]
        texts = [_text(picture.rows[y], rect.x, rect.width) for y in range(rect.y, rect.bottom)]
        if not any(number.search(text) and short_name(head)[:3] in text for text in texts):
            found.append(f"the box of {head} does not say that it stands for {len(members)}")
        found += [f"{node} is no node" for node in members if node not in {each.id for each in spec.nodes}]
    places = Counter(node for box in picture.node_rects for node in picture.members(box))
    found += [f"{node} in {count} places" for node, count in places.items() if count > 1]
    return found


def _columns(rect: Rect) -> range:
    return range(rect.x, rect.right)


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
