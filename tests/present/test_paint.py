"""What is written over a picture."""

from __future__ import annotations

import pytest

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.picture import LEVELS, DetailLevel
from studio_tui.present.graph.layout import GraphLayout
from studio_tui.present.graph.overlay import NodeMark
from studio_tui.present.graph.paint import Paint
from studio_tui.text.spans import plain
from tests.graphs.samples import graph

SPEC = graph("__start__>split_the_work", "split_the_work~work", "work>join", "join>last", "last>__end__")
MARKS = {
    NodeId("work"): NodeMark("running", 30, 30, 17, 1),
    NodeId("last"): NodeMark("done", seconds=1.5),
}


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_counts_and_times_stand_at_every_level_and_move_no_box(level: DetailLevel, ascii: bool) -> None:
    layout = GraphLayout(SPEC, ascii, level)
    picture = layout.draw(60, 40)
    paint = Paint(picture, ascii=ascii)
    before = [plain(paint.line(y)) for y in range(picture.height)]
    paint.marks = MARKS
    after = [plain(paint.line(y)) for y in range(picture.height)]
    assert any("17/30" in row for row in after)
    assert any("1.5s" in row for row in after)
    signs = set(picture.glyph_cells.values())
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        assert len(old) == len(new)
        assert [new[x] for x, char in enumerate(old) if char not in " ─-" and (x, y) not in signs] == [
            char for x, char in enumerate(old) if char not in " ─-" and (x, y) not in signs
        ]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["work", "__end__", "split_the_work"])
def test_a_subgraph_that_is_drawn_as_any_node_wears_a_plus_and_moves_nothing(level: DetailLevel, name: str) -> None:
    picture = GraphLayout(SPEC, level=level).draw(60, 40)
    paint = Paint(picture, marks={NodeId(name): NodeMark("done", 3)})
    before = [plain(paint.line(y)) for y in range(picture.height)]
    paint.openable = frozenset({NodeId(name)})
    paint.forget_roles()
    after = [plain(paint.line(y)) for y in range(picture.height)]
    changed = [y for y in range(picture.height) if before[y] != after[y]]
    assert changed == [picture.name_cells[NodeId(name)][1]]
    row = after[changed[0]]
    assert f"{name} +" in row or f"{name}+" in row
    assert row.replace("+", " ").split() == before[changed[0]].split()
