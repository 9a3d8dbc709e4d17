"""Choosing a picture, the list, determinism, and graphs that nobody would write on purpose."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.layout.given_up import UNWANTED, GivenUpError
from studio_tui.graphs.layout.level import bound, turned
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture, PictureCache, Rect
from studio_tui.graphs.picture.render import render, style_of
from studio_tui.graphs.topology.scene import OrderMemo, clusters_of, scene_of
from studio_tui.present.graph.layout import GraphLayout
from studio_tui.text.cells import width
from studio_tui.text.sanitize import is_safe
from tests.graphs.generate import random_graph
from tests.graphs.roundtrip import faults
from tests.graphs.samples import TOPOLOGIES, graph, topology

WAYS: tuple[Orientation, ...] = ("TD", "LR")


def _fits(picture: Picture, size: tuple[int, int]) -> bool:
    return picture.width <= size[0] and picture.height <= size[1]


@pytest.mark.parametrize(
    ("name", "size", "level", "way"),
    [
        ("g1_react", (40, 12), "full", "TD"),
        ("g1_react", (26, 8), "compact", "TD"),
        ("g2_plan_execute", (20, 15), "compact", "TD"),
        ("g3_supervisor", (40, 26), "full", "TD"),
        ("g1_react", (80, 24), "full", "LR"),
        ("g2_plan_execute", (80, 24), "full", "TD"),
        ("g3_supervisor", (120, 22), "full", "LR"),
        ("g3_supervisor", (60, 19), "compact", "TD"),
        ("g9_wide", (120, 40), "full", "TD"),
        ("g9_wide", (200, 30), "full", "LR"),
        ("g13_teams", (200, 60), "full", "TD"),
        ("g10_swarm5", (200, 60), "full", "TD"),
    ],
)
def test_the_richest_picture_that_fits_is_chosen(name: str, size: tuple[int, int], level: str, way: str) -> None:
    picture = draw(topology(name), *size)
    assert _fits(picture, size)
    assert (picture.level, picture.orientation) == (level, way)


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_a_tiny_pane_gets_something_of_use(name: str) -> None:
    picture = draw(topology(name), 40, 12)
    if picture.is_outline:
        assert picture.width <= 40
    else:
        assert picture.width * picture.height <= 12 * 40 * 12
    assert set(picture.node_rects) == {node.id for node in topology(name).nodes}


def test_a_list_that_fits_beats_a_picture_that_is_far_too_large() -> None:
    spec = topology("g5_rag30")
    picture = draw(spec, 80, 60)
    assert picture.is_outline
    assert _fits(picture, (80, 60))
    assert draw(spec, 80, 20).is_outline  # nor is a picture of more than one and a half panes in width of any use
    # A picture that is cut a little is scrolled.
    picture = draw(topology("g4_map_reduce"), 80, 28)
    assert picture.level == "compact"
    assert not _fits(picture, (80, 28))
    # What is too large to be better even at its least is not laid out.
    memo = PictureCache()
    assert draw(spec, 120, 36, memo=memo).level == "compact"
    assert len(memo.pictures) == 1


def test_subgraphs_are_folded_before_anything_is_cut_the_deepest_first() -> None:
    spec = topology("g4_map_reduce")
    size = (60, 26)
    assert draw(spec, *size).collapsed == set()
    picture = draw(spec, *size, opened=())
    assert _fits(picture, size)
    assert picture.collapsed == {"worker:summarize"}
    assert "summarize +" in picture.labels.values()
    assert draw(spec, 40, 15, opened=()).collapsed == {"worker"}
    # What somebody opened stays open, and so does what is around it.
    assert "worker:summarize:draft" in draw(spec, *size, opened={"worker:summarize"}).node_rects


def test_an_orientation_stays_when_both_fit() -> None:
    spec = topology("g1_react")
    assert draw(spec, 200, 60).orientation == "LR"
    assert draw(spec, 200, 60, keep="TD").orientation == "TD"
    # But not at the price of detail.
    assert draw(spec, 80, 8, keep="TD").orientation == "LR"


@pytest.mark.parametrize("level", ["full", "tight", "stack", "compact", "outline"])
@pytest.mark.parametrize("way", ["TD", "LR"])
def test_a_forced_choice_is_kept(level: DetailLevel, way: str) -> None:
    picture = draw(topology("g4_map_reduce"), 30, 8, level=level, orientation=way)  # type: ignore[arg-type]
    assert picture.level == level
    if level != "outline":
        assert picture.orientation == way


def test_without_a_height_the_width_decides() -> None:
    picture = draw(topology("g4_map_reduce"), 80, 0)
    assert (picture.level, picture.orientation) == ("full", "TD")


@pytest.mark.parametrize("cells", [16, 40, 80])
@pytest.mark.parametrize("name", TOPOLOGIES)
def test_the_list_holds_every_node_and_edge(name: str, cells: int) -> None:
    spec = topology(name)
    picture = draw(spec, cells, 10, level="outline")
    assert picture.width <= cells
    assert set(picture.node_rects) == {node.id for node in spec.nodes}
    assert set(picture.edge_cells) == {(edge.source, edge.target) for edge in spec.edges}
    rows = [rect.y for rect in picture.node_rects.values()]
    assert len(set(rows)) == len(rows)


def test_the_list_says_what_an_edge_is() -> None:
    spec = graph("__start__>a", "a~b=yes", "b>a", "b>b", "b~c")
    text = "\n".join(draw(spec, 80, 24, level="outline").rows)
    for part in ("→ a", "┄→ b (yes)", "↑ a", "↻", "┄→ c"):
        assert part in text
    plain = "\n".join(draw(spec, 80, 24, level="outline", ascii=True).rows)
    assert plain.isascii()
    for part in ("-> a", "~> b (yes)", "^- a", "@", "~> c"):
        assert part in plain


@pytest.mark.parametrize("name", ["g1_react", "g4_map_reduce", "g5_rag30", "g8_dag50", "g13_teams"])
def test_the_order_of_edges_does_not_matter(name: str) -> None:
    spec = topology(name)
    wanted = {mode: render(spec, *mode).rows for mode in (("full", "TD"), ("compact", "LR"))}
    for seed in range(5):
        edges = list(spec.edges)
        random.Random(seed).shuffle(edges)
        shuffled = GraphSpec(spec.nodes, tuple(edges))
        for mode, rows in wanted.items():
            assert render(shuffled, *mode).rows == rows  # type: ignore[arg-type]


def test_the_hash_seed_does_not_matter() -> None:
    code = (
        "from tests.graphs.samples import topology\n"
        "from studio_tui.graphs.picture.render import render\n"
        "import hashlib\n"
        "names = ('g4_map_reduce', 'g5_rag30', 'g10_swarm5', 'g13_teams')\n"
        "pictures = [render(topology(name), 'full', way) for name in names for way in ('TD', 'LR')]\n"
        "text = '\\n'.join(row for picture in pictures for row in picture.rows)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


_WEIRD = {
    "one node": graph(nodes="a"),
    "no edges": graph(nodes="a b c d"),
    "only a loop": graph("a>a"),
    "two loops": graph("a~a=again", "b>b"),
    "two-way": graph("a>b", "b>a"),
    "no start": graph("a>b", "b>c", "c>a"),
    "everything to everything": graph(*(f"{a}>{b}" for a in "abcdef" for b in "abcdef")),
    "islands": graph("a>b", "c>d", "e>e", nodes="f"),
    "end before start": graph("__end__>__start__", "__start__>a"),
    "twice the same edge": graph("a>b", "a~b=x", "a~b=y"),
    "start in clusters": graph("__start__>x:a", "x:a>x:y:b", "x:y:b>__end__", "x:y:b>x:a", "x:a>x:a"),
    "node and cluster of one name": graph("x>x:a", "x:a>x:b", "x:b>x"),
    "colons": graph(":>a:", "a:>::", "::>:b", ":b>a::c"),
    "deep": graph("a:b:c:d:e:f:g>a:b:c:d:e:f:h", "a:b:c:d:e:f:h>z"),
    "hand-offs": graph("x:a>y:b", "y:b>x:c", "x:c>y:a", "y:a>x:a", "x:a>z", "z>y:b"),
    "star": graph(*(f"hub>{n}" for n in range(30)), *(f"{n}>hub" for n in range(30))),
}  # fmt: skip


@pytest.mark.parametrize("name", _WEIRD)
def test_a_weird_graph_is_drawn_readably(name: str) -> None:
    spec = _WEIRD[name]
    for level in ("full", "stack", "compact"):
        for way in ("TD", "LR"):
            for ascii in (False, True):
                picture = render(spec, level, way, ascii=ascii)
                assert faults(spec, picture, ascii=ascii) == [], (level, way, ascii)
    draw(spec, 20, 5, level="outline")
    collapsed = frozenset(clusters_of(spec))
    assert faults(spec, render(spec, "full", "TD", collapsed=collapsed), collapsed) == []


def test_an_empty_graph_is_an_empty_picture() -> None:
    picture = draw(GraphSpec(), 80, 24)
    assert picture.rows == ()
    assert picture.hit(0, 0) is None


_HOSTILE = (
    "\x1b[2J\x1b[31mred", "a\nb", "\x9b1m", "\u202eevil", "zero\u200bwidth", "│┼─►", "[link](http://x)", "[/bold]",
    "名前" * 40, "👨‍👩‍👧", "e\u0301" * 30, "\u0627\u0644\u0639", "\t", " ", "+-|", "\ud800", "x" * 500,
)  # fmt: skip


@pytest.mark.parametrize("ascii", [False, True])
def test_hostile_names_are_harmless(ascii: bool) -> None:
    names = [NodeId(name) for name in _HOSTILE]
    nodes = tuple(NodeSpec(name, name) for name in names)
    edges = tuple(EdgeSpec(a, b, True, f"{a}?") for a, b in pairwise(names))
    spec = GraphSpec(nodes, edges)
    for level in ("full", "stack", "compact", "outline"):
        picture = draw(spec, 90, 30, level=level, ascii=ascii)
        assert set(picture.labels) == set(names)
        for row in picture.rows:
            assert is_safe(row)
            assert "\n" not in row
            assert width(row) <= picture.width
        assert all(width(label) <= picture.limits.name for label in picture.labels.values())


def test_borders_stay_aligned_around_wide_names() -> None:
    picture = render(topology("g9_wide"), "full", "TD")
    for rect in picture.box_rects.values():
        for y in range(rect.y, rect.bottom):
            left, right = _cell(picture.rows[y], rect.x), _cell(picture.rows[y], rect.right - 1)
            assert left in ("┌│└├" if rect.height > 1 else "(")
            assert right in ("┐│┘┤" if rect.height > 1 else ")")


def _cell(row: str, column: int) -> str:
    from studio_tui.text.cells import graphemes

    at = 0
    for char, cells in graphemes(row):
        if at == column:
            return char
        at += cells
    return " "


def test_places_for_status_and_marks_are_free() -> None:
    for name in ("g1_react", "g3_supervisor", "g5_rag30"):
        for way in ("TD", "LR"):
            picture = render(topology(name), "full", way)
            for node, (x, y) in picture.glyph_cells.items():
                assert picture.rows[y][x] == " ", node
                before, after = picture.mark_cells[node]
                ends = ("(", ")") if node in (START, END) else ("─", "─")
                assert picture.rows[before[1]][before[0]] == ends[0], node
                assert picture.rows[after[1]][after[0]] == ends[1], node


def test_every_cell_of_a_box_is_hit() -> None:
    picture = render(topology("g4_map_reduce"), "stack", "TD")
    for node, rect in picture.node_rects.items():
        assert picture.hit(rect.x + rect.width // 2, rect.y) == node
    frame = picture.cluster_rects[NodeId("worker")]
    assert picture.hit(frame.x, frame.bottom - 1) == "worker"
    assert picture.hit(picture.width + 5, 0) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 200), st.integers(1, 60), st.booleans())
def test_any_pane_is_served(seed: int, columns: int, rows: int, ascii: bool) -> None:
    spec = random_graph(seed)
    picture = draw(spec, columns, rows, ascii=ascii)
    assert picture.conflicts == 0
    assert len(picture.rows) == picture.height
    assert set(picture.node_rects) == {node.id for node in spec.nodes}


def test_an_edge_inside_a_collapsed_subgraph_is_not_drawn() -> None:
    spec = graph("a>x:b", "x:b>x:b", "x:b>x:c")
    picture = render(spec, "full", "TD", collapsed={"x"})
    assert set(picture.edge_cells) == {("a", "x")}


def test_collapsing_keeps_the_order_of_the_others() -> None:
    compared = 0
    for seed in range(25):
        spec = random_graph(seed)
        whole = render(spec, "full", "TD")
        for cluster in clusters_of(spec):
            collapsed = frozenset({cluster})
            small = render(spec, "full", "TD", collapsed=collapsed, like=whole)
            assert faults(spec, small, collapsed) == []
            compared += _same_order(whole, small)
    assert compared > 100


def _same_order(one: Picture, other: Picture) -> int:
    """Check that nothing that stands side by side in both pictures changed sides; return how much was compared."""
    before, after = ({**picture.node_rects, **picture.cluster_rects} for picture in (one, other))
    shared = [node for node in before if node in after]
    pairs = [(a, b) for a in shared for b in shared if _is_left(before[a], before[b])]
    both = [(a, b) for a, b in pairs if _is_left(after[a], after[b]) or _is_left(after[b], after[a])]
    assert all(_is_left(after[a], after[b]) for a, b in both if a.count(":") == b.count(":") == 0)
    return len(both)


def _is_left(one: Rect, other: Rect) -> bool:
    return one.right <= other.x and one.y < other.bottom and other.y < one.bottom


@pytest.mark.parametrize("level", ["full", "tight", "compact", "stack"])
def test_no_picture_is_smaller_than_its_least_size(level: DetailLevel) -> None:
    """What cannot fit by that is not laid out to find out."""
    for seed in range(60):
        spec = random_graph(seed)
        for way in WAYS:
            picture = render(spec, level, way)
            style = style_of(level, picture.orientation)
            least = bound(scene_of(spec, stacked=level == "stack"), style)
            columns, rows = turned(least.width, least.height, style) if least else (inf, inf)
            assert columns <= picture.width, seed
            assert rows <= picture.height, seed


@pytest.mark.parametrize("inside", ["", "sub:"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("level", ["full", "tight", "stack", "compact"])
def test_nodes_without_edges_stand_as_in_a_table(level: DetailLevel, way: Orientation, inside: str) -> None:
    """Graphs that go on by `Command` alone declare none; a column of them fits no pane."""
    strays = [f"{inside}stray_{number}" for number in range(9)]
    spec = graph("__start__>router", "router~__end__", nodes=f"__start__ router {' '.join(strays)} __end__")
    for ascii in (False, True):
        picture = render(spec, level, way, ascii=ascii)
        assert faults(spec, picture, ascii=ascii) == []
        rects = [picture.box_rects[NodeId(name)] for name in strays]
        assert len({rect.x for rect in rects}) in ((1, 2, 3) if level == "compact" else (2, 3, 4))
        assert max(rects[-1].bottom - rects[0].y, len(rects)) < 20
        assert [(rect.y, rect.x) for rect in rects] == sorted((rect.y, rect.x) for rect in rects)
    only_strays = tuple(node for node in spec.nodes if "stray" in node.id)
    alone = draw(GraphSpec(only_strays), 77, 12)
    assert alone.level != "outline"
    assert (alone.width <= 77, alone.height <= 12) == (True, True)
    # In a pane of another shape they stand in another one.
    wide, high = (draw(GraphSpec(only_strays), *size) for size in ((200, 60), (50, 80)))
    assert wide.width > 2 * wide.height > high.height
    assert high.width < wide.width


def test_what_is_kept_between_drawings_is_bounded_however_often_something_is_folded() -> None:
    spec = graph(*(f"s>{name}:a" for name in "uvwxyz"))
    memo, names = PictureCache(), clusters_of(spec)
    for number in range(2 ** len(names)):
        folded = [name for bit, name in enumerate(names) if number >> bit & 1]
        picture = draw(spec, 30, 9, collapsed=folded, opened=(), memo=memo)
        assert picture.rows == draw(spec, 30, 9, collapsed=folded, opened=()).rows
    draw(spec, 30, 9, memo=memo)
    assert max(len(memo.pictures), len(memo.least), len(memo.orders)) < 80


@pytest.mark.parametrize("seed", [5036, 5098, 5011])
def test_a_picture_is_the_same_whatever_was_drawn_before_it(seed: int) -> None:
    spec = random_graph(seed)
    folded = clusters_of(spec)[: None if seed == 5036 else 2]
    kept: OrderMemo = {}
    first, again = (render(spec, "compact", "TD", collapsed=folded, orders=kept) for _ in range(2))
    assert again.rows == first.rows
    memo = PictureCache()
    for size in ((40, 12), (98, 28), (40, 12)):
        assert draw(spec, *size, opened=(), memo=memo).rows == draw(spec, *size, opened=()).rows


def test_what_has_too_many_lines_is_a_list_unless_somebody_asks_for_more_and_nothing_is_drawn_for_nobody() -> None:
    rng = random.Random(1)
    names = [NodeId(f"n{number}") for number in range(60)]
    edges = {(rng.choice(names), rng.choice(names)) for _ in range(240)}
    spec = GraphSpec(tuple(NodeSpec(name, name) for name in names), tuple(EdgeSpec(*ends) for ends in edges))
    layout = GraphLayout()
    layout.set_spec(spec)
    found = layout.draw(400, 100)
    assert (found.is_outline, found.too_large) == (True, True)
    known = UNWANTED.set(lambda: True)
    try:
        with pytest.raises(GivenUpError):
            draw(spec, 400, 100, level="compact")
    finally:
        UNWANTED.reset(known)
    assert draw(spec, 400, 100, level="compact", orientation="TD").level == "compact"
    many = replace(spec, edges=tuple(EdgeSpec(a, b) for a, b in pairwise(names)))
    layout.set_spec(many)
    assert not layout.draw(400, 100).too_large
