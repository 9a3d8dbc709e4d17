"""Nodes coloured by how often they ran, or how long: four steps, each a quarter of what the hottest one has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import ceil

from msgspec import Struct

from studio_tui.domain.ids import NodeId
from studio_tui.present.graph.mark import Heat, NodeMark
from studio_tui.text.cells import width
from studio_tui.text.fmt import duration
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.spans import Line, Span, line_width

STEPS = 4


class Scale(Struct, frozen=True):
    """What the colours stand for."""

    kind: Heat = ""
    most: float = 0.0
    """Visits, or seconds, of the hottest node."""
    in_part: bool = False
    """The turn is not read back to its input."""

    def role(self, mark: NodeMark) -> str:
        """Return the role of a node's colour; empty where there is no heat."""
        if not self.kind:
            return ""
        value = self._value(mark)
        return f"heat-{self.step(value)}" if value > 0 else "muted"

    def step(self, value: float) -> int:
        """Return 1 to STEPS; what all do alike is nowhere hot."""
        if self.most <= (1 if self.kind == "visits" else 0):
            return 1
        return max(1, min(STEPS, ceil(STEPS * value / self.most)))

    def _value(self, mark: NodeMark) -> float:
        return mark.visits if self.kind == "visits" else mark.total or 0.0

    def legend(self, signs: Glyphs, cells: int) -> Line:
        """Return what the colours say in one line of at most so many cells, as far as that can be; the numbers say it
        without colours. Empty without heat."""
        if not self.kind:
            return ()
        colours: list[Span] = []
        for step, said in self._steps(signs):
            colours.append(Span(f" {said} ", f"heat-{step}"))
        colours = [Span(" ", ""), *(colours or [Span("none", "")])]
        heads = (*(("time of all visits in this turn",) if self.kind == "time" else ()), f"{self.kind} in this turn")
        heads = (*heads, str(self.kind))
        if self.in_part:
            heads = (f"{self.kind} in the part of this turn that is read", f"{self.kind}, in part")
        head = next((head for head in heads if width(head) + line_width(colours) <= cells), heads[-1])
        return (Span(head, ""), *colours)

    def _steps(self, signs: Glyphs) -> Iterator[tuple[int, str]]:
        """Yield the steps that there can be, and the values that they stand for."""
        bounds = [self.most * step / STEPS for step in range(STEPS + 1)]
        for step in range(1, STEPS + 1) if self.most > 0 else ():
            if self.kind == "time":
                yield step, f"{signs.at_most}{duration(bounds[step])}"
                continue
            low, high = int(bounds[step - 1]) + 1, int(bounds[step])
            if self.most <= 1:
                low, high = (1, 1) if step == 1 else (1, 0)
            if low <= high:
                yield step, f"{signs.times}{low}" if low == high else f"{signs.times}{low}-{high}"


NO_HEAT = Scale()


def scale_of(kind: Heat, marks: Mapping[NodeId, NodeMark]) -> Scale:
    """Return the scale of what these nodes have done."""
    if not kind:
        return NO_HEAT
    values: Iterable[float] = (mark.visits if kind == "visits" else mark.total or 0.0 for mark in marks.values())
    return Scale(kind, max(values, default=0.0), any(mark.in_part for mark in marks.values()))
