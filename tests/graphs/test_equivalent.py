"""Nodes with the same edges share a box where not everything fits, and the picture still says every edge."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from msgspec.structs import replace

from studio_tui.domain.graph import EdgeSpec, GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.export import layout
from studio_tui.graphs.picture.picture import DetailLevel, Orientation
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.equivalent import range_name
from studio_tui.graphs.topology.scene import equivalent_in, scene_of
from tests.graphs.generate import random_graph, with_copies
from tests.graphs.roundtrip import faults
from tests.graphs.samples import graph, topology

SMALL = (44, 16)


def _fan(count: int, *more: str) -> GraphSpec:
    names = [f"w{number:02}" for number in range(count)]
    return graph("s>split", *(f"split~{name}" for name in names), *(f"{name}>join" for name in names), *more)


def _sets(spec: GraphSpec) -> list[tuple[str, bool]]:
    return [("".join(each.members), each.linked) for each in equivalent_in(spec)]


def test_only_nodes_that_no_edge_tells_apart_are_alike() -> None:
    assert _sets(graph("a~x", "a~y", "a~z", "x>b", "y>b", "z>b")) == [("xyz", False)]
    swarm = [f"{one}~{other}" for one, other in permutations("xyz", 2)]
    assert _sets(graph("a~x", "a~y", "a~z", *swarm)) == [("xyz", True)]
    for differs in ("a>x", "a~x=yes", "x>c", "x~x", "y>x"):
        found = _sets(graph("a~x", "a~y", "a~z", "x>b", "y>b", "z>b", differs))
        assert found in ([("yz", False)], [("xyz", False)] if differs == "a>x" else []), differs
    assert _sets(graph("t:a~t:x", "t:a~t:y", "a~x", nodes="lone alone")) == [("t:xt:y", False)]
    assert _sets(graph("__start__>a", "a~b", "a~__end__")) == [], "the end is no node that runs"


def test_a_wide_fan_out_is_one_box_where_it_does_not_fit() -> None:
    spec = topology("g11_fan24")
    assert not draw(spec, 0, 0, opened=()).equivalent
    picture = draw(spec, *SMALL, opened=())
    assert picture.width <= SMALL[0]
    assert picture.height <= SMALL[1]
    assert any("check_00 … check_23 ×24" in row for row in picture.rows)
    assert faults(spec, picture) == []
    assert picture.shown(NodeId("check_07")) == "check_00"
    assert len(layout(picture)["equivalent"]["check_00"]) == 24
    assert json.dumps(layout(picture))
    listed = draw(spec, 116, 29, opened=())
    assert listed.equivalent
    assert not listed.collapsed
    assert len(listed.node_rects) == len(spec.nodes), "with room for that each has a row"
    assert listed.height <= 29
    assert faults(spec, listed) == []


def test_what_somebody_opened_stays_open_and_few_nodes_are_folded_only_where_all_fits_then() -> None:
    spec = topology("g11_fan24")
    assert not draw(spec, *SMALL, opened=("check_05",)).equivalent
    assert draw(spec, 0, 0, collapsed=("check_05",)).equivalent, "folded by the user's word"
    large = topology("g5_rag30")
    scrolled = draw(large, 100, 29, opened=())
    assert scrolled.height > 29
    assert not scrolled.equivalent
    assert not draw(_fan(3), 30, 12, opened=()).equivalent
    few = draw(_fan(7), 30, 12, opened=())
    assert few.equivalent
    assert few.height <= 12


@pytest.mark.parametrize("way", ["TD", "LR"])
def test_many_names_stand_in_columns_each_with_room_for_its_marks(way: Orientation) -> None:
    spec = _fan(21)
    modes: list[tuple[DetailLevel, bool]] = [("full", False), ("tight", True), ("compact", False), ("stack", False)]
    for level, ascii in modes:
        picture = render(spec, level, way, listed=("w00",), ascii=ascii)
        assert faults(spec, picture, ascii=ascii) == [], level
        first = picture.node_rects[NodeId("w00")]
        last, beside = picture.node_rects[NodeId("w06")], picture.node_rects[NodeId("w07")]
        assert (last.y - first.y, beside.y) == (6, first.y), "21 names stand in three columns of seven"
        assert beside.x >= first.right
        cells = [cell for both in picture.mark_cells.values() for cell in both] + list(picture.glyph_cells.values())
        assert len(set(cells)) == len(cells), "no sign stands where another one does"
        for node, rect in picture.node_rects.items():
            assert picture.hit(*picture.name_cells[node]) == node
            assert rect.contains(*picture.glyph_cells[node])


def test_a_swarm_says_that_each_leads_to_each_other_and_draws_no_line_for_it() -> None:
    spec = topology("g10_swarm5")
    picture = draw(spec, 44, 16, opened=())
    assert (picture.level, picture.crossings) == ("full", 0)
    assert {node.id for node in spec.nodes} == set(picture.node_rects), "each has a row"
    assert picture.shown(NodeId("agent_c")) == "agent_c"
    assert picture.end(NodeId("agent_c")) == "agent_a", "by whom its edges go"
    assert picture.hit(*picture.name_cells[NodeId("agent_c")]) == "agent_c"
    assert faults(spec, picture) == []
    assert not draw(spec, 44, 16, opened=("agent_b",)).equivalent
    picture = draw(spec, 44, 8, opened=())
    assert any("agent_a … agent_e ×5" in row and "each other" in row for row in picture.rows)
    assert faults(spec, picture) == []
    tampered = "\n".join(picture.rows).replace("each other", "          ").split("\n")
    assert faults(topology("g10_swarm5"), replace(picture, rows=tuple(tampered)))


def test_an_observed_edge_to_one_of_them_takes_that_one_out() -> None:
    spec = _fan(13)
    seen = GraphSpec(spec.nodes, (*spec.edges, EdgeSpec(NodeId("s"), NodeId("w04"), observed=True)))
    picture = draw(seen, *SMALL, opened=())
    assert "w04" in picture.node_rects
    assert "w00 and 11 more" in picture.labels[NodeId("w00")], "the first and the last would promise the one between"
    assert faults(seen, picture) == []


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_read_back_with_such_boxes(seed: int) -> None:
    spec = with_copies(random_graph(seed), seed)
    folded = frozenset(name for each in equivalent_in(spec) for name in each.members)
    assert folded
    for level in ("full", "tight", "compact", "stack"):
        for way in ("TD", "LR"):
            assert faults(spec, render(spec, level, way, collapsed=folded), folded) == [], (level, way)
            ascii = render(spec, level, way, listed=folded, ascii=True)
            assert faults(spec, ascii, ascii=True) == [], (level, way)


def test_a_range_says_how_many_and_keeps_numbers_whole() -> None:
    assert range_name(["a", "b", "c"], follow=True) == "a … c ×3"
    long = [f"research_assistant_{number}" for number in range(98, 103)]
    assert range_name(long, follow=True) == "research_assistant_98 … 102 ×5"
    assert range_name(["a", "b", "c"], follow=False) == "a and 2 more"
    assert len(range_name(["n" * 80, "m" * 80], follow=True)) < 50


def test_the_box_of_several_has_its_own_border() -> None:
    spec = _fan(13)
    picture = draw(spec, 0, 0, collapsed=("w00",), level="full", orientation="TD")
    assert any(row.strip().startswith("║") for row in picture.rows)
    plain = draw(spec, 0, 0, collapsed=("w00",), level="full", orientation="TD", ascii=True)
    assert any(row.strip().startswith("#  w00 - w12 x13") for row in plain.rows)
    assert scene_of(spec).equivalent == {}
    assert not draw(spec, 30, 0, collapsed=("w00",), level="outline").equivalent
