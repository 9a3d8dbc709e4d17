"""The judge itself: pictures with known readings, and single-cell faults that it must notice."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.graphs.picture.picture import Picture, Rect
from studio_tui.graphs.picture.render import render
from studio_tui.graphs.topology.scene import Stroke
from tests.graphs.judge import Reading, read
from tests.graphs.roundtrip import faults
from tests.graphs.samples import graph, topology


def _read(picture: str, *, ascii: bool = False) -> Reading:
    """Read a picture whose boxes are `A`, `B`, … in borders three cells wide and high."""
    rows = picture.strip("\n").split("\n")
    boxes = {
        char: Rect(x - 1, y - 1, 3, 3)
        for y, row in enumerate(rows)
        for x, char in enumerate(row)
        if char.isupper() and char.isascii()
    }
    return read(rows, boxes, {}, ascii=ascii)


_GOOD = {
    "straight": ("AB", "┌─┐  ┌─┐\n│A├─►│B│\n└─┘  └─┘"),
    "corner": ("AB", "┌─┐\n│A├─╮\n└─┘ ▼\n   ┌─┐\n   │B│\n   └─┘"),
    "fan out": ("AB AC", "┌─┐  ┌─┐\n│A├┬►│B│\n└─┘│ └─┘\n   │ ┌─┐\n   ╰►│C│\n     └─┘"),
    "fan in": ("AC BC", "┌─┐  ┌─┐\n│A├┬►│C│\n└─┘│ └─┘\n┌─┐│\n│B├╯\n└─┘"),
    "crossing": (
        "AD CB",
        "    ┌─┐\n    │A│\n    └┬┘\n┌─┐  │  ┌─┐\n│C├──┼─►│B│\n└─┘  │  └─┘\n     ▼\n    ┌─┐\n    │D│\n    └─┘",
    ),
    "two-way": ("AB BA", "┌─┐   ┌─┐\n│A│◄─►│B│\n└─┘   └─┘"),
    "dashed": ("AB", "┌─┐  ┌─┐\n│A├┄►│B│\n└─┘  └─┘"),
    "loop": ("AA", "┌─┐\n│A│◄╮\n└┬┘ │\n ╰──╯"),
}
_BAD = {
    "many to many": "┌─┐  ┌─┐\n│A├┬►│C│\n└─┘│ └─┘\n┌─┐│ ┌─┐\n│B├┴►│D│\n└─┘  └─┘",
    "no direction": "┌─┐  ┌─┐\n│A├──┤B│\n└─┘  └─┘",
    "to nowhere": "┌─┐\n│A├──\n└─┘",
    "from nowhere": "  ┌─┐\n─►│A│\n  └─┘",
    "butt joint": "┌─┐  ┌─┐\n│A├─►│B│\n└─┘│ └─┘\n   │\n   ▼",
    "over a box": "┌─┐  ┌─┐\n│┼├─►│B│\n└─┘  └─┘",
    "no joint": "┌─┐  ┌─┐\n│A│─►│B│\n└─┘  └─┘",
    "corner": "┌─┐\n│A│  ┌─┐\n└─┘─►│B│\n     └─┘",
    "back to back": "┌─┐     ┌─┐\n│A├─╮╭─►│B│\n└─┘ ││  └─┘\n┌─┐ ││  ┌─┐\n│C├─┼╯╭►│D│\n└─┘ ╰─╯ └─┘",
}


@pytest.mark.parametrize("name", _GOOD)
def test_a_good_picture_reads_as_it_should(name: str) -> None:
    wanted, picture = _GOOD[name]
    reading = _read(picture)
    assert reading.problems == []
    assert reading.edges == {(pair[0], pair[1]) for pair in wanted.split()}


@pytest.mark.parametrize("name", _BAD)
def test_a_bad_picture_is_refused(name: str) -> None:
    assert _read(_BAD[name]).problems


def test_dashes_and_crossings_are_seen() -> None:
    assert _read(_GOOD["dashed"][1]).strokes["A", "B"] == {Stroke.DASHED}
    assert _read(_GOOD["straight"][1]).strokes["A", "B"] == {Stroke.SOLID}
    assert _read(_GOOD["crossing"][1]).crossings == 1


def test_ascii_bridges_and_corners_are_read() -> None:
    picture = "    +-+\n    |A|\n    +++\n+-+  |  +-+\n|C+--|->|B|\n+-+  |  +-+\n     v\n    +-+\n    |D|\n    +-+"
    reading = _read(picture, ascii=True)
    assert reading.problems == []
    assert reading.edges == {("A", "D"), ("C", "B")}
    jog = "+-+\n|A+-.\n+-+ v\n   +-+\n   |B|\n   +-+"
    assert _read(jog, ascii=True).edges == {("A", "B")}


def test_brackets_in_several_rows_and_corners_that_read_as_text_are_refused() -> None:
    tower = read(["[ A ]", "[   ]"], {"A": Rect(0, 0, 5, 2)}, {})
    assert any("brackets" in problem for problem in tower.problems)
    loop = "+-+\n|A|<.again\n+++ :\n '~~'"
    boxes, texts = {"A": Rect(0, 0, 3, 3)}, [(5, 1, 5)]
    glued = read(loop.split("\n"), boxes, {}, ascii=True, texts=texts)
    assert any("part of a text" in problem for problem in glued.problems)
    apart = read(loop.replace(".again", ". again").split("\n"), boxes, {}, ascii=True, texts=[(6, 1, 5)])
    assert not any("part of a text" in problem for problem in apart.problems)
    hanging = read(["[ A ]", " ↻"], {"A": Rect(0, 0, 5, 1)}, {})
    assert any("self-loop" in problem for problem in hanging.problems)


def test_a_frame_is_no_edge_and_is_crossed() -> None:
    rows = ["   ╭────╮", "┌─┐│┌─┐ │", "│A├┼┤B│ │", "└─┘│└─┘ │", "   ╰────╯"]
    reading = read(rows, {"A": Rect(0, 1, 3, 3), "B": Rect(4, 1, 3, 3)}, {"f": Rect(3, 0, 6, 5)})
    assert any("ambiguous" in problem for problem in reading.problems)  # A line without a head.
    rows[2] = "│A├┼►B│ │"
    reading = read(rows, {"A": Rect(0, 1, 3, 3), "B": Rect(5, 2, 1, 1)}, {"f": Rect(3, 0, 6, 5)})
    assert ("A", "B") in reading.edges


def test_a_head_alone_is_no_dashed_line_and_none_points_at_a_corner() -> None:
    spec = graph("a~b")
    picture = render(spec, "full", "TD")
    assert faults(spec, picture) == []
    dashed = next(y for y, row in enumerate(picture.rows) if "┆" in row)
    solid = _with_row(picture, dashed, picture.rows[dashed].replace("┆", "│"))
    crossed = _with_row(picture, dashed, picture.rows[dashed].replace("┆", "┼"))
    assert any("stroke" in fault for fault in faults(spec, solid))
    assert any("stroke" in fault or "nowhere" in fault for fault in faults(spec, crossed))
    rows = ["┌─┐", "│A│", "└┬┘", " ╰╮", "  ▼", "┌─┐", "│B│", "└─┘"]
    cornered = read(rows, {"A": Rect(0, 0, 3, 3), "B": Rect(0, 5, 3, 3)}, {})
    assert any("arrow at the corner" in problem for problem in cornered.problems)


@pytest.mark.parametrize("name", ["g3_supervisor", "g10_swarm5", "g4_map_reduce"])
def test_single_cell_faults_are_noticed(name: str) -> None:
    """Change one line cell at a time; at least 98 of 100 faults must change the reading or be complained about."""
    spec = topology(name)
    picture = render(spec, "full", "TD")
    noticed = total = 0
    inside = {
        (x, y) for r in picture.box_rects.values() for y in range(r.y, r.bottom) for x in range(r.x, r.right)
    }  # fmt: skip
    for y, row in enumerate(picture.rows):
        for x, char in enumerate(row):
            if char not in "│─╭╮╰╯├┤┬┴┼┆┄▼▲" or (x, y) in inside:
                continue
            if any(x in (r.x, r.right - 1) or y in (r.y, r.bottom - 1) for r in picture.cluster_rects.values()):
                continue
            for other in " ─│┼":
                if other == char or {other, char} in ({"│", "┆"}, {"─", "┄"}):
                    continue
                total += 1
                noticed += bool(faults(spec, _with_row(picture, y, row[:x] + other + row[x + 1 :])))
    assert total > 40
    assert noticed >= 0.98 * total


def _with_row(picture: Picture, y: int, row: str) -> Picture:
    return replace(picture, rows=(*picture.rows[:y], row, *picture.rows[y + 1 :]))
