"""Long graphs in columns side by side: what they read back to, where they are chosen, and how one moves in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import pairwise

import pytest

from studio_tui.domain.graph import START
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture, PictureCache, Wrap
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import Ends
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.present.graph.layout import reading_order
from studio_tui.present.graph.moves import Moves, neighbour
from tests.graphs.generate import random_graph
from tests.graphs.roundtrip import faults
from tests.graphs.samples import HUGE, TOPOLOGIES, graph, topology

CHAIN = [f"s{number}" for number in range(20)]


@pytest.mark.parametrize("name", [name for name in TOPOLOGIES if name not in HUGE])
def test_every_sample_reads_back_in_columns(name: str) -> None:
    spec = topology(name)
    for level, way, wrap in (
        ("full", "TD", Wrap(2)), ("stack", "LR", Wrap(2)), ("compact", "TD", Wrap(3, (60, 20))),
    ):  # fmt: skip
        for ascii in (False, True):
            picture = render(spec, level, way, ascii=ascii, wrap=wrap)  # type: ignore[arg-type]
            assert faults(spec, picture, ascii=ascii) == [], (level, way, ascii)


@pytest.mark.parametrize(("level", "way"), [("full", "TD"), ("compact", "TD"), ("tight", "LR"), ("stack", "TD")])
def test_random_graphs_read_back_and_go_on_from_column_to_column(level: DetailLevel, way: Orientation) -> None:
    """A subgraph is never cut, and no edge leads back to an earlier column unless it closes a cycle."""
    for seed in range(700, 725):
        spec = random_graph(seed)
        wrap = Wrap(2 + seed % 2, (60, 20) if seed % 3 else None)
        picture = render(spec, level, way, ascii=seed % 2 == 0, wrap=wrap)
        assert faults(spec, picture, ascii=seed % 2 == 0) == [], seed
        assert picture.columns in (1, wrap.columns)
        for frame in picture.cluster_rects:
            assert len({picture.column(node) for node in picture.node_rects if node.startswith(f"{frame}:")}) < 2
        for source, target in () if picture.cluster_rects else picture.edge_cells:
            if picture.column(target) < picture.column(source):
                assert source in _reached(target, picture.edge_cells), seed
        columns = [picture.column(node) for node in reading_order(picture)]
        assert columns == sorted(columns)


def _reached(node: NodeId, edges: Iterable[Ends]) -> set[NodeId]:
    found, todo = {node}, [node]
    while todo:
        here = todo.pop()
        more = {target for source, target in edges if source == here} - found
        found |= more
        todo += more
    return found


def test_lines_of_one_look_from_inside_a_subgraph_are_joined_at_one_end_only() -> None:
    """Whether a line shares its first part with others is not known there before the subgraph is laid out."""
    for seed in (129, 300):
        spec = random_graph(seed)
        for columns in (2, 3, 4):
            picture = render(spec, "full", "LR", wrap=Wrap(columns, (40, 20)))
            assert faults(spec, picture) == [], (seed, columns)


@pytest.mark.parametrize(("pane", "crossings", "folded"), [((117, 31), 3, ()), ((116, 29), 0, ("vector_search",))])
def test_a_long_graph_fits_in_columns(pane: tuple[int, int], crossings: int, folded: Collection[str]) -> None:
    spec = topology("g5_rag30")
    picture = draw(spec, *pane, opened=())
    assert picture.columns == 3
    assert picture.width <= pane[0]
    assert picture.height <= pane[1]
    assert picture.crossings <= crossings
    assert picture.collapsed <= {*folded}, "the five retrievers are one box at most"
    assert faults(spec, picture) == []
    other = PictureCache()
    draw(spec, 80, 24, opened=(), memo=other)
    assert draw(spec, *pane, opened=(), memo=other).rows == picture.rows, "another pane before makes no difference"


def test_columns_are_only_for_what_does_not_fit_otherwise() -> None:
    chain = graph(*(f"{a}>{b}" for a, b in pairwise(["__start__", *CHAIN, "__end__"])))
    assert draw(chain, 60, 24).level == "stack", "in one box"
    assert draw(chain, 0, 0).columns == 1
    low = draw(chain, 60, 20)
    assert low.columns > 1
    assert low.width <= 60
    assert low.height <= 20
    assert draw(chain, 60, 20, level="compact").columns > 1
    assert draw(chain, 12, 20).columns == 1, "two columns have no room"
    swarm = topology("g10_swarm5")
    assert draw(swarm, 60, 24).columns == 1, "nobody follows so many lines"


def test_lines_to_another_column_leave_no_box_where_others_enter_it_but_for_one() -> None:
    """Several such lines side by side, of which some have no head, read as if all came in."""
    steps = ["fetch", "parse", "validate", "clean", "enrich", "score", "load", "publish"]
    errors = graph(
        "__start__>fetch", *(f"{a}~{b}=ok" for a, b in pairwise([*steps, "__end__"])),
        *(f"{step}~handle_error=error" for step in steps), "handle_error~fetch=retry", "handle_error~__end__=give_up",
    )  # fmt: skip
    assert render(errors, "full", "TD", wrap=Wrap(3, (120, 30))).beside_heads > 1
    for pane in ((120, 30), (120, 26), (90, 30), (68, 22)):
        picture = draw(errors, *pane, opened=())
        assert (picture.level, picture.columns, picture.beside_heads) == ("compact", 2, 1), "not in three columns"
        assert picture.height <= pane[1]


def test_a_chain_turns_at_the_end_of_every_column() -> None:
    chain = graph(*(f"{a}>{b}" for a, b in pairwise(["__start__", *CHAIN[:5], "__end__"])))
    assert render(chain, "compact", "TD", wrap=Wrap(2)).rows == (
        "               ╭───────╮",
        "               │       ▼",
        "( __start__ )  │     [ s2 ]",
        "      ▼        │       ▼",
        "    [ s0 ]     │     [ s3 ]",
        "      ▼        │       ▼",
        "    [ s1 ]─────╯     [ s4 ]",
        "                       ▼",
        "                  ( __end__ )",
    )


def test_keys_lead_on_in_the_next_column() -> None:
    spec = topology("g5_rag30")
    picture = draw(spec, 117, 31, opened=())
    last, first = _ends(picture)
    assert neighbour(picture, last, "down") == first
    assert neighbour(picture, first, "up") == last
    moves = Moves()
    assert moves.go(picture, last, "down") == first
    assert moves.go(picture, first, "up") == last
    order = reading_order(picture)
    assert order.index(last) + 1 == order.index(first)
    assert order[:2] == [START, "load_config"]


def _ends(picture: Picture) -> tuple[NodeId, NodeId]:
    """Return the last node of the first column and the first one of the next."""
    order = reading_order(picture)
    place = next(number for number, node in enumerate(order) if picture.column(node))
    return order[place - 1], order[place]


def test_the_border_says_that_it_is_wrapped() -> None:
    drawing = GraphDrawing()
    drawing.layout.set_spec(topology("g12_chain60"))
    drawing.layout.picture = drawing.layout.draw(117, 31)
    assert drawing.summary.endswith("compact · wrapped")
    drawing.layout.steps = 1
    richer = drawing.layout.draw(117, 31)
    assert (richer.level, richer.columns) == ("tight", 1), "what is richer scrolls"
