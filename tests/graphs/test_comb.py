"""Hubs over workers that know only them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Orientation
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import OrderMemo
from tests.graphs.roundtrip import faults
from tests.graphs.samples import graph, topology

_NAMES = st.lists(st.text("abcdefgh_", min_size=1, max_size=12), min_size=2, max_size=40, unique=True)
_DRAWN: tuple[DetailLevel, ...] = ("full", "tight", "compact")
_WAYS: tuple[Orientation, ...] = ("TD", "LR")
_REST = ((), ("hub>sum", "sum>__end__"), ("__start__>a", "a>hub", "hub~a=again"))


def _supervisor(names: list[str], labelled: int = 0, *rest: str) -> GraphSpec:
    ways = [f"hub~w{name}" + (f"={name}" if at < labelled else "") for at, name in enumerate(names)]
    return graph("__start__>hub", *ways, *(f"w{name}>hub" for name in names), "hub~__end__=done", *rest)


@given(_NAMES, st.integers(0, 40), st.sampled_from(_DRAWN), st.booleans(), st.sampled_from(_REST))
def test_a_supervisor_with_any_number_of_workers_has_no_crossing(
    names: list[str], labelled: int, level: DetailLevel, ascii: bool, rest: tuple[str, ...]
) -> None:
    spec = _supervisor(names, labelled, *rest)
    for way in _WAYS:
        picture = render(spec, level, way, ascii=ascii)
        assert picture.crossings == 0
        assert faults(spec, picture, ascii=ascii) == []
        if len(names) >= 4 and not rest:
            assert picture.width <= (70 if way == "TD" else 80)


def test_left_to_right_workers_stand_right_of_their_hub() -> None:
    spec = graph("__start__>hub", "hub~a", "hub>sum", "hub~b=to b", "sum>__end__", "a>hub", "b>hub")
    assert render(spec, "compact", "LR").rows == (
        "                ┌─────┐",
        "( __start__ )──►│ hub ├──────────────────►[ sum ]──►( __end__ )",
        "                │     ├┄┬┄┄┄┄┄┄►[ a ]─╮",
        "                └─────┘ ╰┄to b┄►[ b ]─┤",
        "                   ▲                  │",
        "                   ╰──────────────────╯",
    )


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


def _rows(*edges: str) -> str:
    spec = graph("__start__>hub", *edges)
    picture = render(spec, "compact", "TD")
    for level in _DRAWN:
        for ascii in (False, True):
            assert faults(spec, render(spec, level, "TD", ascii=ascii), ascii=ascii) == []
    return "\n".join(picture.rows)


def test_a_worker_that_is_a_chain_stands_in_one_row() -> None:
    chains = "hub~a=find", "a>b", "b>hub", "hub~c", "c~d=x", "d>e", "e>hub", "hub~f", "f>hub", "hub~__end__"
    assert (
        _rows(*chains)
        == """\
( __start__ )
      ▼
   [ hub ]◄───────────────────────╮
    ├┄find┄►[ a ]─►[ b ]──────────┤
    ├┄┄┄┄┄┄►[ c ]┄x┄►[ d ]─►[ e ]─┤
    ├┄┄┄┄┄┄►[ f ]─────────────────╯
    ╰┄┄┄┄┄┄►( __end__ )"""
    )


def test_what_one_worker_leads_to_besides_stands_below_it() -> None:
    workers = [edge for name in "abcd" for edge in (f"hub~{name}", f"{name}>hub")]
    assert (
        _rows("b~__end__=sent", *workers, "hub~__end__")
        == """\
( __start__ )
      ▼
   [ hub ]◄──╮
    ├┄►[ a ]─┤
    ├┄►[ c ]─┤
    ├┄►[ d ]─┤
    ├┄►[ b ]─╯
    ┆    ┆sent
    ┆    ▼
    ╰┄►( __end__ )"""
    )


def test_workers_that_may_end_have_lines_of_their_own() -> None:
    workers = [edge for name in "abc" for edge in (f"hub~{name}", f"{name}~hub", f"{name}~__end__")]
    assert (
        _rows(*workers, "hub~d", "d~hub", "hub~e=out", "e~__end__", "hub~__end__")
        == """\
( __start__ )
      ▼
 [   hub   ]◄┄┄┄┄┄┄┄┄┄┄╮
  ┆ ▲ ▲ ▲ ├┄┄┄┄┄►[ d ]┄╯
  ┆ ┆ ┆ ┆ ╰┄out┄►[ e ]┄┄┄┄┄┄┄┄╮
  ┆ ┆ ┆ ╰┄┄┄┄┄┄┄►[ a ]┄┄┄┄┄┄┄┄┤
  ┆ ┆ ╰┄┄┄┄┄┄┄┄┄►[ b ]┄┄┄┄┄┄┄┄┤
  ┆ ╰┄┄┄┄┄┄┄┄┄┄┄►[ c ]┄┄┄┄┄┄┄┄┤
  ╰┄┄┄┄┄┄┄┄┄┄┄┄┄►( __end__ )◄┄╯"""
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.booleans(), st.booleans(), st.sampled_from(["", "=ask"])),
        min_size=4,
        max_size=9,
    ),
    st.sampled_from(_DRAWN),
    st.booleans(),
)
def test_rows_of_a_hub_read_back_whatever_workers_are(
    workers: list[tuple[int, bool, bool, str]], level: DetailLevel, ascii: bool
) -> None:
    edges = ["__start__>hub"]
    for number, (boxes, returns, ends, label) in enumerate(workers):
        chain = [f"w{number}_{place}" for place in range(boxes)]
        edges += [f"hub~{chain[0]}{label}", *(f"{before}>{after}" for before, after in pairwise(chain))]
        edges += [f"{chain[-1]}~hub"] * returns + [f"{chain[-1]}~__end__"] * ends
    spec = graph(*edges)
    picture = render(spec, level, "TD", ascii=ascii)
    assert faults(spec, picture, ascii=ascii) == []
    if sum(ends for _, _, ends, _ in workers) <= 1 and all(returns for _, returns, _, _ in workers):
        assert picture.crossings == 0


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
    # The way from the last node of a chain back to its first is a line, which a sign does not tell.
    chain = graph("__start__>hub", *(f"hub~{a}" for a in "abcd"), *(f"{a}>hub" for a in "abc"), "d>e", "e~d", "e>hub")
    for way in _WAYS:
        assert faults(chain, render(chain, "stack", way)) == []


def test_blanks_around_a_label_leave_no_gap_in_its_line() -> None:
    spec = graph("__start__>hub", *(f"hub~{a}= x " for a in "abc"), *(f"{a}>hub" for a in "abc"))
    assert any("├┄x┄►" in row for row in render(spec, "compact", "TD").rows)


@pytest.mark.parametrize("size", [(116, 29), (44, 16)])
def test_three_workers_are_a_picture_in_any_pane(size: tuple[int, int]) -> None:
    assert not draw(_supervisor(["researcher", "coder", "writer"]), *size).is_outline


def test_lines_there_and_back_stand_side_by_side_where_no_comb_can_be() -> None:
    labelled = [edge for n in range(12) for edge in (f"hub~w{n}=ask {n}", f"w{n}>hub")]
    assert render(graph("__start__>hub", *labelled), "full", "LR").crossings == 0
    assert render(topology("g13_teams"), "full", "TD").crossings == 0
