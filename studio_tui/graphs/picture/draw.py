"""Chooses how to draw a graph in a pane: the richest picture that fits, else the one that scrolls least."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import inf

from studio_tui.domain.graph import GraphSpec
from studio_tui.graphs.picture.outline import draw_outline
from studio_tui.graphs.picture.picture import LEVELS, DetailLevel, Orientation, Picture, PictureCache
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import scene_of, visible_in

_LONG_CHAIN = 12
"""Nodes of a chain from which it is folded into one box, where neither boxes nor brackets fit."""
_LARGE = 120
"""Boxes from which only the compact picture is tried: it is the only one that is still of use."""
_NEARLY_FITS = (1.15, 3.0)
"""Panes wide and high that a picture may be to be scrolled although the outline would fit: down, hardly sideways."""
_TOO_FAR = 12.0
"""Panes full of picture from which the outline serves better in any case."""
_SPARSE = {"full": 1.0, "stack": 1.1, "compact": 1.3}
_ACROSS = 1.5
"""How much worse it is to scroll sideways along the flow than down."""


def draw(
    spec: GraphSpec,
    width: int,
    height: int,
    *,
    collapsed: Collection[str] = (),
    ascii: bool = False,
    orientation: Orientation | None = None,
    level: DetailLevel | None = None,
    keep: Orientation | None = None,
    memo: PictureCache | None = None,
    like: Picture | None = None,
    scroll: bool = True,
) -> Picture:
    """Return the best picture of `spec` for a pane of `width` x `height` cells (0 or less: without limit).

    `orientation` and `level` force a choice; `keep` is the orientation that stays when both do equally well,
    so that a pane that is resized does not flip back and forth. Same arguments, same picture. `memo` keeps
    pictures between calls with the same `spec`, `collapsed`, `ascii` and `like`; pass a new one when one
    changes. `like` is a picture of the same graph, for instance with another subgraph collapsed: what both
    show keeps its order. Without `scroll` nothing may be wider than the pane.
    """
    memo = memo or PictureCache()
    pane = (width if width > 0 else inf, height if height > 0 else inf)
    columns = width if width > 0 else 100
    if level == "outline" or not spec.nodes:
        return draw_outline(spec, columns, collapsed=collapsed, ascii=ascii)
    misfits: list[Picture] = []
    for group in _candidates(spec, collapsed, orientation, level):
        for choice in group:
            if choice not in memo.pictures:
                orders = memo.orders[choice[0] == "stack"]
                memo.pictures[choice] = render(
                    spec, *choice, collapsed=collapsed, ascii=ascii, orders=orders, like=like
                )
        pictures = [memo.pictures[choice] for choice in group]
        pictures = [picture for picture in pictures if not picture.conflicts]
        fitting = [picture for picture in pictures if picture.width <= pane[0] and picture.height <= pane[1]]
        if fitting:
            return min(fitting, key=lambda picture: (_stacks_brackets(picture), _turns(picture, keep), _area(picture)))
        misfits += [picture for picture in pictures if scroll or picture.width <= pane[0]]
    best = min(misfits, key=lambda picture: _scrolling(picture, pane), default=None)
    if best is not None and (level is not None or _nearly_fits(best, pane)):
        return best
    outline = draw_outline(spec, columns, collapsed=collapsed, ascii=ascii)
    if best is None or outline.height <= pane[1] or _panes(best, pane) > _TOO_FAR:
        return outline
    return best


def _candidates(
    spec: GraphSpec, collapsed: Collection[str], orientation: Orientation | None, level: DetailLevel | None
) -> Iterator[list[tuple[DetailLevel, Orientation]]]:
    """Yield choices of equal richness, the richest first."""
    boxes = len({visible_in(node.id, collapsed) for node in spec.nodes})
    levels: Sequence[DetailLevel] = [level] if level else ["compact"] if boxes > _LARGE else LEVELS[:3]
    if level is None and boxes <= _LARGE and not _has_long_chain(spec, collapsed):
        levels = ["full", "compact"]
    ways: tuple[Orientation, ...] = (orientation,) if orientation else ("TD", "LR")
    for each in levels:
        yield [(each, way) for way in ways if boxes <= _LARGE or way == ways[0]]


def _has_long_chain(spec: GraphSpec, collapsed: Collection[str]) -> bool:
    stacks = scene_of(spec, collapsed, stacked=True).stacks
    return any(len(chain) > _LONG_CHAIN for chain in stacks.values())


def _stacks_brackets(picture: Picture) -> bool:
    """Whether one-line nodes had to grow: brackets in several rows read worse than the same graph turned."""
    return picture.level == "compact" and any(rect.height > 1 for rect in picture.node_rects.values())


def _turns(picture: Picture, keep: Orientation | None) -> bool:
    return keep is not None and picture.orientation != keep


def _area(picture: Picture) -> int:
    return picture.width * picture.height


def _factors(picture: Picture, pane: tuple[float, float]) -> tuple[float, float]:
    return max(1.0, picture.width / pane[0]), max(1.0, picture.height / pane[1])


def _panes(picture: Picture, pane: tuple[float, float]) -> float:
    across, down = _factors(picture, pane)
    return across * down


def _nearly_fits(picture: Picture, pane: tuple[float, float]) -> bool:
    across, down = _factors(picture, pane)
    return across <= _NEARLY_FITS[0] and down <= _NEARLY_FITS[1]


def _scrolling(picture: Picture, pane: tuple[float, float]) -> float:
    """Return how bad a picture that does not fit is: scrolling against the flow counts double."""
    columns, rows = _factors(picture, pane)
    along, across = (rows, columns) if picture.orientation == "TD" else (columns * _ACROSS, rows)
    return across * across * along * _SPARSE[picture.level]
