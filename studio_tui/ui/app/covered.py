"""What is covered is not drawn. Textual draws every container behind its children, line by line, for each frame, and
throws that away: whatever lies in front is opaque.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

_Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom; the last two are the first that are outside."""
_MOST = 64
"""Boxes and rests of a box; beyond these it costs more to look than to draw."""


def install() -> None:
    """Put it into Textual; doing it twice changes nothing."""
    Compositor._get_renders = _renders  # type: ignore[method-assign]


def _renders(self: Compositor, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
    """Yield place, clip and lines of each widget that is to be seen in `crop`, those in front first."""
    drawn: list[_Box] = []
    for widget, (region, clip) in self.visible_widgets.items():
        if crop and not crop.overlaps(clip):
            continue
        shown = region.intersection(clip)
        if not shown:
            continue
        if widget._nodes and _is_covered(_box(shown.intersection(crop) if crop else shown), drawn):
            continue
        strips = widget.render_lines(shown.translate(-region.offset))
        yield region, clip, strips
        if len(strips) >= shown.height and all(strip.cell_length >= shown.width for strip in strips):
            drawn.append(_box(shown))


def _box(region: Region) -> _Box:
    x, y, width, height = region
    return x, y, x + width, y + height


def _is_covered(box: _Box, drawn: list[_Box]) -> bool:
    """Tell whether what was drawn leaves nothing of a box to be seen."""
    if len(drawn) > _MOST:
        return False
    rests = [box]
    for left, top, right, bottom in drawn:
        left_over: list[_Box] = []
        for rest in rests:
            x1, y1, x2, y2 = rest
            if right <= x1 or left >= x2 or bottom <= y1 or top >= y2:
                left_over.append(rest)
                continue
            if top > y1:
                left_over.append((x1, y1, x2, top))
                y1 = top
            if bottom < y2:
                left_over.append((x1, bottom, x2, y2))
                y2 = bottom
            if left > x1:
                left_over.append((x1, y1, left, y2))
            if right < x2:
                left_over.append((right, y1, x2, y2))
        rests = left_over
        if not rests:
            return True
        if len(rests) > _MOST:
            return False
    return False
