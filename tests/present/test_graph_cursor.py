"""The graph's cursor never hides how a node stands, and is no block of colour."""

from __future__ import annotations

import pytest

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel
from studio_tui.present.graph.mark import NodeMark
from studio_tui.present.graph.paint import Paint
from studio_tui.text.glyphs import glyphs
from tests.graphs.samples import graph, topology

AGENT = NodeId("agent")


def _painted(level: DetailLevel, status: str, *, focused: bool) -> dict[str, str]:
    """Return the role of every word in the rows of the selected node."""
    paint = Paint(draw(topology("g1_react"), 80, 40, level=level))
    paint.marks = {AGENT: NodeMark(status=status)}
    paint.select(AGENT, focused=focused)
    rect = paint.picture.node_rects[AGENT]
    lines = [paint.line(y) for y in range(rect.y, rect.bottom)]
    return {span.text.strip(): span.role for line in lines for span in line}


@pytest.mark.parametrize("level", ["full", "compact", "outline"])
@pytest.mark.parametrize("status", ["idle", "running", "paused", "error"])
def test_without_the_focus_the_name_is_underlined_in_the_colour_of_its_state(level: DetailLevel, status: str) -> None:
    roles = _painted(level, status, focused=False)
    assert roles["agent"].split() == [f"node-{status}", "underline", "bold"]
    assert not any("reverse" in role or "node-selected" in role for role in roles.values())


@pytest.mark.parametrize("level", ["full", "compact", "outline"])
@pytest.mark.parametrize("status", ["running", "paused", "error", "done"])
def test_with_the_focus_the_name_is_reversed_in_the_colour_of_its_state_and_nothing_else(
    level: DetailLevel, status: str
) -> None:
    roles = _painted(level, status, focused=True)
    assert roles["agent"] == f"node-{status} reverse"
    assert [text for text, role in roles.items() if "reverse" in role] == ["agent"], "no solid block"
    sign = getattr(glyphs(False), status)
    assert roles[sign] == f"node-{status}", "the sign of the state is as it is elsewhere"


@pytest.mark.parametrize(("level", "frame"), [("full", ["┌─────────┐", "│", "├"]), ("compact", ["[", "]"])])
def test_with_the_focus_the_border_has_the_colour_of_the_cursor(level: DetailLevel, frame: list[str]) -> None:
    paint = Paint(draw(topology("g1_react"), 80, 40, level=level))
    paint.select(AGENT, focused=True)
    lines = [paint.line(y) for y in range(paint.picture.height)]
    assert [span.text for line in lines for span in line if span.role == "node-selected"][: len(frame)] == frame
    assert [span.text for line in lines for span in line if span.role == "node-selected reverse"] == ["agent"]


def test_a_name_without_letters_is_marked_too() -> None:
    paint, node = Paint(draw(graph("__start__>%", "%>__end__"), 80, 40)), NodeId("%")
    paint.select(node, focused=False)
    marked = [span.text for y in range(paint.picture.height) for span in paint.line(y) if "underline" in span.role]
    assert marked == [paint.picture.labels[node]]
