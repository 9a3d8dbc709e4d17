"""Hubs over workers that know only them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import OrderMemo
from tests.graphs.roundtrip import faults
from tests.graphs.samples import graph, topology

_NAMES = st.lists(st.text("abcdefgh_", min_size=1, max_size=12), min_size=2, max_size=40, unique=True)
_DRAWN: tuple[DetailLevel, ...] = ("full", "tight", "compact")


def _supervisor(names: list[str], labelled: int = 0, *rest: str) -> GraphSpec:
    ways = [f"hub~w{name}" + (f"={name}" if at < labelled else "") for at, name in enumerate(names)]
    return graph("__start__>hub", *ways, *(f"w{name}>hub" for name in names), "hub~__end__=done", *rest)


@given(_NAMES, st.integers(0, 40), st.sampled_from(_DRAWN), st.booleans())
def test_a_supervisor_with_any_number_of_workers_has_no_crossing(
    names: list[str], labelled: int, level: DetailLevel, ascii: bool
) -> None:
    spec = _supervisor(names, labelled)
    picture = render(spec, level, "TD", ascii=ascii)
    assert picture.crossings == 0
    assert faults(spec, picture, ascii=ascii) == []
    if len(names) >= 4:
        assert picture.width <= 70


def test_workers_stand_in_their_order_and_what_does_not_return_stands_last() -> None:
    spec = graph("__start__>hub", "hub~a", "hub~__end__", "hub~b", "hub~c", "a>hub", "b>hub", "c>hub")
    picture = render(spec, "compact", "TD")
    assert picture.rows == (
        "( __start__ )",
        "      ▼",
        "   [ hub ]◄──╮",
        "    ├┄►[ a ]─┤",
        "    ├┄►[ b ]─┤",
        "    ├┄►[ c ]─╯",
        "    ╰┄►( __end__ )",
    )


def test_a_worker_that_knows_others_stands_in_a_layer_of_its_own() -> None:
    spec = _supervisor(["a", "b", "c", "d", "e", "f"], 0, "wa>wb", "wf>wf", "hub>out", "out>__end__")
    picture = render(spec, "compact", "TD")
    assert faults(spec, picture) == []
    combed = {name for name, rect in picture.node_rects.items() if rect.x == picture.node_rects[NodeId("wc")].x}
    assert combed == {"wc", "wd", "we"}


def test_a_worker_that_repeats_itself_keeps_its_place_where_a_sign_finds_one() -> None:
    spec = _supervisor(["a", "b", "c", "d"], 0, "wb~wb", "wd~wd=retry")
    orders: OrderMemo = {}
    picture = render(spec, "tight", "TD", orders=orders)
    rows = [row.strip() for row in picture.rows]
    assert [row for row in rows if "↻" in row] == ["┆       ┌────┐↻      │", "┆       ┌────┐↻retry │"]
    for level in _DRAWN:  # Between brackets there is no row for the sign.
        assert faults(spec, render(spec, level, "TD", orders=orders)) == []
        assert faults(spec, render(spec, level, "TD", ascii=True), ascii=True) == []


@pytest.mark.parametrize("size", [(116, 29), (44, 16)])
def test_three_workers_are_a_picture_in_any_pane(size: tuple[int, int]) -> None:
    assert not draw(_supervisor(["researcher", "coder", "writer"]), *size).is_outline


def test_lines_there_and_back_stand_side_by_side_where_no_comb_can_be() -> None:
    labelled = [edge for n in range(12) for edge in (f"hub~w{n}=ask {n}", f"w{n}>hub")]
    assert render(graph("__start__>hub", *labelled), "full", "LR").crossings == 0
    assert render(topology("g13_teams"), "full", "TD").crossings == 0
