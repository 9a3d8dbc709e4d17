"""The graph's cursor never hides how a node stands, and without the focus it is no block of colour."""

from __future__ import annotations

import pytest

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel
from studio_tui.present.graph.overlay import NodeMark
from studio_tui.present.graph.paint import Paint
from tests.graphs.samples import topology

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


@pytest.mark.parametrize("status", ["running", "paused", "error"])
def test_with_the_focus_the_block_has_the_colour_of_the_state(status: str) -> None:
    roles = _painted("full", status, focused=True)
    assert any(role == f"node-{status} reverse" for role in roles.values())
    assert "node-selected" not in " ".join(roles.values())
