"""What a careful hand would do: loops on one side, straight spines, frames in the middle."""

from __future__ import annotations

from studio_tui.graphs.picture.render import render
from tests.graphs.generate import random_graph
from tests.graphs.roundtrip import faults
from tests.graphs.samples import graph

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


def test_loops_of_one_target_come_in_together_and_cross_nothing() -> None:
    spec = graph("__start__>a", "a>b", "b>c", "c>d", "c~a=no", "d~a", "d~__end__", "c~__end__")
    picture = render(spec, "compact", "TD")
    assert picture.rows[1:4] == ("      ▼", "    [ a ]◄┄┄┄┄┄╮", "      │      ╭┄┤")
    assert picture.crossings == 0
    assert faults(spec, picture) == faults(spec, render(spec, "full", "LR", ascii=True), ascii=True) == []


def test_what_comes_out_of_a_frame_joins_no_other_loop() -> None:
    spec = random_graph(129)
    assert faults(spec, render(spec, "compact", "LR")) == []


def test_left_to_right_a_frame_keeps_no_blank_rows() -> None:
    spec = graph("__start__>team:ask", "team:ask>team:answer", "team:answer>__end__")
    assert render(spec, "full", "LR").height == 5
