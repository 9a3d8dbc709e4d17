"""Conventions of drawing by hand: loops on one side, straight spines, frames in the middle."""

from __future__ import annotations

from itertools import product

import pytest

from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Orientation
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import OrderMemo
from tests.graphs.generate import random_graph
from tests.graphs.roundtrip import faults
from tests.graphs.samples import UNTUNED, graph, topology

_DRAWN: tuple[DetailLevel, ...] = ("full", "tight", "compact")
_LOOP = ("__start__>a", "a>b", "b>c", "c~a=again", "c~__end__")


def test_a_long_loop_comes_in_at_the_side_and_the_spine_is_straight() -> None:
    assert render(graph(*_LOOP), "compact", "TD").rows == (
        "( __start__ )",
        "      ▼",
        "    [ a ]◄┄┄┄┄┄┄╮",
        "      ▼         ┆",
        "    [ b ]       ┆",
        "      ▼         ┆",
        "    [ c ]┄again┄╯",
        "      ┆",
        "      ▼",
        " ( __end__ )",
    )


def test_a_long_way_to_the_end_runs_beside_the_flow_and_says_at_its_source_what_it_is() -> None:
    notes = graph(
        "__start__>answer", "answer~save_note", "answer~clear", "answer~__end__", "save_note>__end__", "clear>__end__"
    )
    assert render(notes, "compact", "TD").rows == (
        "       ( __start__ )",
        "             ▼",
        "         [ answer ]┄┄┄┄┄┄┄╮",
        "          ┆      ┆        ┆",
        "          ▼      ▼        ┆",
        "[ save_note ]  [ clear ]  ┆",
        "      ╰─────┬──────╯      ┆",
        "            ▼             ┆",
        "       ( __end__ )◄┄┄┄┄┄┄┄╯",
    )
    said = graph("__start__>draft", "draft~publish_it=yes", "draft~__end__=stop", "publish_it>__end__")
    assert render(said, "compact", "TD").rows == (
        "( __start__ )",
        "      ▼",
        "  [ draft ]┄stop┄╮",
        "      ┆yes       ┆",
        "      ▼          ┆",
        "[ publish_it ]   ┆",
        "      ▼          ┆",
        " ( __end__ )◄┄┄┄┄╯",
    )
    for level in _DRAWN:
        for ascii in (False, True):
            assert faults(said, render(said, level, "TD", ascii=ascii), ascii=ascii) == []
    # Not where it would cross a loop there.
    loop = graph("__start__>a", "a~b", "a~__end__", "b~c", "b~d", "d>a", "c>__end__")
    assert render(loop, "full", "TD").crossings == 0


@pytest.mark.parametrize("level", ["full", "tight"])
def test_both_ways_between_two_boxes_are_straight_beside_a_label(level: DetailLevel) -> None:
    spec = graph("__start__>a", "a~b=ok", "b>a", "b>__end__")
    assert render(spec, level, "TD").rows == (
        "( __start__ )",
        "      ▼",
        "  ┌───────┐",
        "  │   a   │",
        "  └─┬─────┘",
        "    ┆   ▲",
        "    ┆ok │",
        "    ▼   │",
        "  ┌─────┴─┐",
        "  │   b   │",
        "  └───┬───┘",
        "      ▼",
        " ( __end__ )",
    )
    assert render(spec, "compact", "TD").rows[2:7] == (
        "   [  a  ]",
        "    ┆   ▲",
        "    ┆ok │",
        "    ▼   │",
        "   [  b  ]",
    )
    # Beside the lines to workers as well, and each pair by itself where two cannot both be straight.
    comb = graph("h>next=done", "next>h", *(f"h~w{n}" for n in range(5)), *(f"w{n}>h" for n in range(5)))
    assert "  │done │" in render(comb, level, "TD").rows
    both = graph("a~b=ok", "b>a", "a~c=yes", "c~a=no")
    assert render(both, "full", "TD").width == 22


def test_loops_of_one_target_come_in_together_and_cross_nothing() -> None:
    spec = graph("__start__>a", "a>b", "b>c", "c>d", "c~a=no", "d~a", "d~__end__", "c~__end__")
    picture = render(spec, "compact", "TD")
    assert picture.rows[1:4] == ("      ▼", "    [ a ]◄┄┄┄┄┄╮", "      ▼        ┆")
    assert picture.crossings == 0
    assert faults(spec, picture) == faults(spec, render(spec, "full", "LR", ascii=True), ascii=True) == []


def test_subgraphs_start_and_end_with_dots_and_stand_under_what_leads_to_them() -> None:
    spec = graph(
        "__start__>a", "a>sub:__start__", "sub:__start__>sub:b", "sub:__start__>sub:c", "sub:b>sub:__end__",
        "sub:c>sub:__end__", "sub:__end__>d",
    )  # fmt: skip
    assert render(spec, "compact", "TD").rows == (
        " ( __start__ )",
        "       ▼",
        "     [ a ]",
        "       │",
        "╭──────┼─ sub ─╮",
        "│      ▼       │",
        "│      •       │",
        "│   ╭──┴───╮   │",
        "│   ▼      ▼   │",
        "│ [ b ]  [ c ] │",
        "│   ╰───┬──╯   │",
        "│       ▼      │",
        "│       ◉      │",
        "╰───────┼──────╯",
        "        ▼",
        "      [ d ]",
    )
    plain = render(spec, "compact", "TD", ascii=True)
    assert plain.labels[NodeId("sub:__start__")] == "o"
    assert plain.labels[NodeId("sub:__end__")] == "O"
    # What a dot cannot hold apart is the name again.
    two = render(graph("a>sub:__start__", "b>sub:__start__", "sub:__start__>sub:c"), "compact", "TD")
    assert "( __start__ )" in "\n".join(two.rows)


def test_a_long_title_does_not_make_its_frame_wider_than_it_has_to_be() -> None:
    picture = render(graph("a>long_name:b", "long_name:b>c"), "compact", "TD")
    assert picture.rows == (
        "  [ a ]",
        "    │",
        "╭───┼─ long_name ─╮",
        "│   ▼             │",
        "│ [ b ]           │",
        "╰───┼─────────────╯",
        "    ▼",
        "  [ c ]",
    )


def test_the_way_out_of_a_hub_does_not_go_through_its_workers() -> None:
    spec = graph("__start__>h", "h~a", "h~b", "a~h", "b~h", "h~__end__=done")
    assert render(spec, "full", "TD").rows == (
        "  ( __start__ )",
        "        ▼",
        "     ┌─────┐",
        "     │  h  ├┄done┄►( __end__ )",
        "     └─────┘",
        "       ▲ ▲",
        "   ╭┄┄┄╯ ╰┄┄┄╮",
        "   ▼         ▼",
        "┌─────┐   ┌─────┐",
        "│  a  │   │  b  │",
        "└─────┘   └─────┘",
    )
    # One line with two heads would say of both ways that they are conditional.
    mixed = graph("__start__>h", "h~a", "h~b", "a>h", "b>h", "h~__end__=done")
    assert render(mixed, "full", "TD").rows[5:] == (
        "     ┆ ▲ ┆ ▲",
        "  ╭┄┄╯ │ ┆ ╰──╮",
        "  ┆ ╭──╯ ╰┄┄╮ │",
        "  ▼ │       ▼ │",
        "┌───┴─┐   ┌───┴─┐",
        "│  a  │   │  b  │",
        "└─────┘   └─────┘",
    )
    teams = topology("g13_teams")
    for level in ("full", "tight", "compact"):
        picture = render(teams, level, "TD")
        assert picture.crossings == 0
        hub, end = picture.node_rects[NodeId("top_supervisor")], picture.node_rects[NodeId("__end__")]
        assert end.x > hub.right
        assert hub.y <= end.y < hub.bottom


def test_what_comes_out_of_a_frame_joins_no_other_loop() -> None:
    spec = random_graph(129)
    assert faults(spec, render(spec, "compact", "LR")) == []


def test_left_to_right_a_frame_keeps_no_blank_rows() -> None:
    spec = graph("__start__>team:ask", "team:ask>team:answer", "team:answer>__end__")
    assert render(spec, "full", "LR").height == 5


@pytest.mark.parametrize(
    "edges",
    [
        # Inside and around a frame one order is looked for: lines cross in neither that need not.
        "__start__>a a>w:a w:a>b b>w:b w:b>__end__ b~a",
        "__start__>w:a w:a>a a>w:b w:b>b b>__end__ w:a~w:b",
        # The two ways between a box and a frame leave the box as they come to the frame.
        "__start__>a a>b b>w:a w:a>t:a t:a>w:b w:b>__end__ w:a~b a~t:a",
        # Lines come to a frame as suits what is around it, where its inside does not mind.
        "__start__>w:a w:a>n n>t:f w:a>__end__ t:f~w:a w:a>t:f t:f~n=ok",
        "__start__>w:a w:a>n n>t:f t:f>t:g w:a>t:f t:f~w:a t:g>__end__",
        # Long loops come to a side only where they cross nothing there.
        "__start__>a a>b a~c b>d c>d d>e e~a=again d~b=retry e~c=redo b~e e>__end__",
    ],
)
def test_no_line_crosses_another_that_need_not(edges: str) -> None:
    spec = graph(*edges.split())
    for way in ("TD", "LR"):
        picture = render(spec, "full", way)
        assert picture.crossings == 0
        assert faults(spec, picture) == []


def test_what_stands_beside_a_hub_in_one_level_of_detail_stands_in_a_layer_in_another() -> None:
    spec = graph("__start__>h", *(f"h~w{n}" for n in "abc"), *(f"w{n}>h" for n in "abc"), "h~__end__")
    orders: OrderMemo = {}
    for level, way in (("full", "TD"), ("full", "LR"), ("compact", "TD"), ("full", "TD")):
        assert faults(spec, render(spec, level, way, orders=orders)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(44, 16), (117, 31)])
def test_plain_ascii_has_the_shape_of_the_picture_in_unicode(size: tuple[int, int]) -> None:
    picture = draw(topology("g1_react"), *size)
    plain = draw(topology("g1_react"), *size, ascii=True)
    assert (picture.level, picture.orientation) == (plain.level, plain.orientation) == ("full", "LR")
    assert (picture.width, picture.height) == (plain.width, plain.height)


def test_ways_out_that_every_step_has_are_one_line_at_the_side() -> None:
    spec = graph("__start__>a", "a~b=ok", "b~c=ok", "c~d=ok", "a~x=bad", "b~x=bad", "c~x=bad", "d>__end__", "x>__end__")
    assert render(spec, "compact", "TD").rows == (
        "( __start__ )",
        "      ▼",
        "    [ a ]┄bad┄┄┄┄┄┄╮",
        "      ┆ok          ┆",
        "      ▼            ┆",
        "    [ b ]┄bad┄┄┄┄┄┄┤",
        "      ┆ok          ┆",
        "      ▼            ┆",
        "    [ c ]┄bad┄┄┄┄┄┄┤",
        "      ┆ok          ┆",
        "      ▼            ┆",
        "    [ d ]   [ x ]◄┄╯",
        "      ╰───┬───╯",
        "          ▼",
        "     ( __end__ )",
    )

    # Where the box goes back to the first step, too, that one leaves from below: a loop enters its side.
    again = graph(
        "__start__>a", "a~b=ok", "b~c=ok", "c~__end__=ok", *(f"{step}~x=bad" for step in "abc"), "x~a=retry",
        "x~__end__=stop",
    )  # fmt: skip
    assert render(again, "compact", "TD").rows == (
        "( __start__ )",
        "      ▼",
        "    [ a ]◄┄┄┄┄┄┄┄┄┄┄┄┄╮",
        "     ┆ ┆bad           ┆",
        "     ┆ ╰┄┄┄┄┄┄╮       ┆",
        "     ┆ok      ┆       ┆",
        "     ▼        ┆       ┆",
        "   [ b ]┄bad┄┄┤       ┆",
        "     ┆ok      ┆       ┆",
        "     ▼        ┆       ┆",
        "   [ c ]┄bad┄┄┤       ┆",
        "     ┆      ╭┄╯       ┆",
        "     ┆      ▼         ┆",
        "     ┆    [ x ]┄retry┄╯",
        "     ┆    ╭┄╯",
        "     ┆ok  ┆stop",
        "     ▼    ▼",
        "   ( __end__ )",
    )
    assert faults(again, render(again, "full", "TD")) == []


def test_loops_into_one_box_are_one_line_where_their_labels_stand_apart() -> None:
    spec = graph("__start__>a", "a>b", "b>c", "c~a=more", "c~d", "d~a=anew", "d~__end__")
    assert render(spec, "compact", "TD").rows == (
        "( __start__ )",
        "      ▼",
        "    [ a ]◄┄┄┄┄┄╮",
        "      ▼        ┆",
        "    [ b ]      ┆",
        "      ▼        ┆",
        "    [ c ]┄more┄┤",
        "      ┆        ┆",
        "      ▼        ┆",
        "    [ d ]┄anew┄╯",
        "      ┆",
        "      ▼",
        " ( __end__ )",
    )
    # Left to right labels stand on the lines: there `more` would belong to both.
    rows = [row.strip() for row in render(spec, "compact", "LR").rows]
    assert not [row for row in rows if "more" in row and "anew" in row]


@pytest.mark.parametrize("way", ["TD", "LR"])
def test_two_ways_out_of_every_step_leave_it_on_both_sides(way: Orientation) -> None:
    picture = render(UNTUNED["two_ways_out"], "full", way)
    assert (picture.crossings, picture.bends) == (0, 6)


def test_lines_at_the_side_that_would_cross_more_stay_between_the_layers() -> None:
    spec = topology("g10_swarm5")
    assert render(spec, "full", "TD").crossings <= 9  # with them 10


def test_a_self_loop_has_two_bends_and_no_row_or_column_more_than_it_needs() -> None:
    spec = graph("__start__>tick", "tick~tick", "tick~__end__")
    assert render(spec, "full", "TD").rows[3:] == (
        "   │  tick  │",
        "   └──┬─┬───┘",
        "      ┆ ┆ ▲",
        "      ▼ ╰┄╯",
        " ( __end__ )",
    )
    assert render(spec, "full", "LR").rows[1:] == (
        "( __start__ )──►│  tick  ├┄┄►( __end__ )",
        "                └─────┬──┘",
        "                    ▲ ┆",
        "                    ╰┄╯",
    )
    chain = graph("__start__~a", "__start__~b", "a>c", "c~a=again", "c~__end__", "b>__end__")
    picture = "\n".join(render(chain, "stack", "TD").rows)
    assert "│  a       │◄╮again" in picture
    assert "│↓ c       ├┄╯" in picture
    for way, label in product(("TD", "LR"), ("", "x", "a label longer than the box")):
        for ascii in (False, True):
            labelled = graph("__start__>t", f"t~t={label}" if label else "t~t", "t~__end__=out", "t>u", "u>t=back")
            assert faults(labelled, render(labelled, "full", way, ascii=ascii), ascii=ascii) == []  # type: ignore[arg-type]


def test_boxes_that_only_repeat_themselves_stand_in_a_table() -> None:
    spec = graph(*(f"worker_{n}~worker_{n}" for n in range(8)), nodes="alone")
    ways: tuple[Orientation, ...] = ("TD", "LR")
    for level, way in product(_DRAWN, ways):
        for ascii in (False, True):
            picture = render(spec, level, way, ascii=ascii)
            assert faults(spec, picture, ascii=ascii) == []
            assert len({rect.x for rect in picture.node_rects.values()}) > 1 or level == "compact"
    assert draw(spec, 116, 29).level == "full"
