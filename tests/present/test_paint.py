"""What is written over a picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import combinations, pairwise, product
from random import Random

import pytest

from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import AssistantId, NodeId, TaskId
from studio_tui.domain.run import Phase, RunState, TaskStatus, TaskView
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import LEVELS, DetailLevel, Orientation, Picture
from studio_tui.graphs.picture.render import render
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.present.graph.heat import scale_of
from studio_tui.present.graph.layout import GraphLayout
from studio_tui.present.graph.mark import Heat, NodeMark
from studio_tui.present.graph.paint import Paint
from studio_tui.present.graph.places import note_rows
from studio_tui.text.cells import width
from studio_tui.text.glyphs import glyphs
from studio_tui.text.spans import plain
from tests.graphs.generate import random_graph
from tests.graphs.judge import read
from tests.graphs.samples import graph, small_graphs

SPEC = graph("__start__>split_the_work", "split_the_work~work", "work>join", "join>last", "last>__end__")
MARKS = {
    NodeId("work"): NodeMark("running", 30, 30, 17, 1),
    NodeId("join"): NodeMark("done", 3, seconds=125.0, at_most=True),
    NodeId("last"): NodeMark("done", seconds=1.5),
}
STATES = ("done", "running", "error", "paused", "queued", "next", "cancelled", "unknown")


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_counts_and_times_stand_at_every_level_and_move_no_box(level: DetailLevel, ascii: bool) -> None:
    layout = GraphLayout(SPEC, ascii, level)
    picture = layout.draw(60, 40)
    paint = Paint(picture, ascii=ascii, columns=60)
    before = [plain(paint.line(y)) for y in range(picture.height)]
    paint.marks = MARKS
    after = [plain(paint.line(y)) for y in range(picture.height)]
    assert any("17/30" in row for row in after)
    assert any("1.5s" in row for row in after)
    told = (f"{glyphs(ascii).times}3", f"{glyphs(ascii).at_most}2m05s")
    rows = [row.split() for row in after]
    assert (
        any(all(one in row for one in told) for row in rows)
        if picture.is_outline
        else any(" ".join(told) in row for row in after)
    )
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
    paint = Paint(picture, marks={NodeId(name): NodeMark("done", 3)}, columns=60)
    before = [plain(paint.line(y)) for y in range(picture.height)]
    paint.set_openable(frozenset({NodeId(name)}))
    after = [plain(paint.line(y)) for y in range(picture.height)]
    changed = [y for y in range(picture.height) if before[y] != after[y]]
    assert changed == [picture.name_cells[NodeId(name)][1]]
    row = after[changed[0]]
    assert f"{name} +" in row or f"{name}+" in row
    assert sorted(row.replace("+", " ").split()) == sorted(before[changed[0]].split())  # its count may stand elsewhere


@pytest.mark.parametrize("name", ["g3_supervisor", "g4_map_reduce", "g13_teams", "support_team", "expense_approval"])
def test_counts_and_times_keep_their_place_as_they_grow(name: str) -> None:
    """From `1/9` and `1s` to `10/120` and `12m03s`, and from `×2` to `×99`, at every level."""
    spec = small_graphs()[name]
    took = (1.0, 9.8, 48.0, 65.0, 723.0)
    fans = [(9, 1), (9, 8), (120, 10), (120, 100)]
    for level in LEVELS:
        picture = GraphLayout(spec, level=level).draw(50, 20)
        for begun in (fans, [(1, 0)]):
            found: dict[tuple[NodeId, str], set[tuple[int, int, int]]] = {}
            for seconds, (tasks, ended) in product(took, begun):
                marks = {
                    node: NodeMark("running", max(2, tasks), tasks, ended, since=1000.0 - seconds)
                    for node in picture.node_rects if "__" not in node
                }  # fmt: skip
                paint = Paint(picture, marks=marks, now=1000.0)
                paint.widen(50, 4)
                for node in marks:
                    for place, text, _ in paint.note(node):
                        slot = "count" if "/" in text or "×" in text else "time"
                        # Held at its right end, or at its left one.
                        found.setdefault((node, slot), set()).add((place.y, place.x + place.cells, place.x))
            for ends in found.values():
                assert len({y for y, _, _ in ends}) == 1, (name, level, ends)
                assert max(x for _, _, x in ends) - min(x for _, _, x in ends) <= 7, (name, level, ends)


def test_what_runs_inside_takes_no_room_of_counts_and_times() -> None:
    picture = GraphLayout(graph("__start__>research_topic", "research_topic>__end__"), level="full").draw(40, 20)
    node, inner = NodeId("research_topic"), NodeMark("running", since=99.0)
    for name, beside in (("search_sources", 0), ("search_sources", 20), ("a", 20)):
        mark = NodeMark("running", 3, 3, 1, since=99.0, inside=(NodeId(f"{node}:{name}"),), inner=inner)
        paint = Paint(picture, marks={node: mark}, now=100.0)
        paint.widen(picture.width + beside, 0)
        rows = [plain(paint.line(y)) for y in range(picture.height)]
        assert "1/3 1.0s" in rows[picture.node_rects[node].y], rows
        assert any(f"at {name}" in row for row in rows) is bool(beside), rows


def test_a_note_touches_its_box_and_no_line_that_would_seem_to_be_called_so() -> None:
    picture = GraphLayout(small_graphs()["expense_approval"], level="compact").draw(50, 16)
    names = ("draft_report", "human_review")  # a line leaves them, or comes to them, at their right side
    paint = Paint(picture, marks={NodeId(name): NodeMark("done", 3, seconds=0.608) for name in names})
    paint.widen(39, 11)
    rows = [plain(paint.line(y)) for y in range(picture.height)]
    assert any("×3 608ms [✓draft_report ]◄┄" in row for row in rows), rows
    assert not any("╯ ×3" in row or "╮ ×3" in row for row in rows), rows


@pytest.mark.parametrize("ascii", [False, True])
def test_a_count_has_a_place_where_lines_leave_a_box_at_its_right(ascii: bool) -> None:
    """Above the box then, or between it and a line that leads elsewhere; its time is left out."""
    steps = ("fetch", "parse", "validate", "clean", "load")
    chain = [f"{a}~{b}=ok" for a, b in pairwise((*steps, "__end__"))]
    errors = [f"{step}~handle_error=error" for step in steps]
    spec = graph("__start__>fetch", *chain, *errors, "handle_error~fetch=retry", "handle_error~__end__=stop")
    for picture in (GraphLayout(spec, ascii, "compact").draw(46, 30), render(spec, "compact", "TD", ascii=ascii)):
        names = [NodeId(step) for step in steps]
        paint = Paint(picture, ascii=ascii, marks={name: NodeMark("done", 2, seconds=0.4) for name in names})
        for name in names:
            notes = [text.strip() for _, text, _ in paint.note(name)]
            assert f"{glyphs(ascii).times}2" in notes, (name, [plain(paint.line(y)) for y in range(picture.height)])


def _random_mark(random: Random) -> NodeMark:
    together = random.choice((1, 1, 1, 30))
    ended = random.randint(0, together)
    return NodeMark(
        random.choice(STATES), random.choice((together, 3, 1200)), together, ended, random.randint(0, ended),
        seconds=random.choice((None, 0.012, 1.5, 125.0)), at_most=random.random() < 0.2,
        since=random.choice((None, 40.0)), total=random.choice((None, 3.0, 7000.0)),
        here=random.random() < 0.2, inferred=random.random() < 0.2,
    )  # fmt: skip


def _pictures(seed: int, ascii: bool) -> list[Picture]:
    ways: tuple[Orientation, ...] = ("TD", "LR")
    spec = random_graph(seed)
    drawn = [render(spec, level, way, ascii=ascii) for level in LEVELS[:-1] for way in ways]
    chosen = (draw(spec, cells, rows, ascii=ascii) for cells, rows in ((34, 14), (70, 20)))  # some share boxes
    return [*drawn, *chosen, *(draw(spec, cells, 40, ascii=ascii, level="outline") for cells in (30, 60))]


@pytest.mark.parametrize("seed", [1, 2, 40, 61])
def test_notes_touch_nothing_and_the_picture_reads_as_before(seed: int) -> None:
    """Random graphs and marks at every level: a note is whole, in free cells of its own, and changes no edge."""
    random = Random(seed)
    for ascii in (False, True):
        for picture in _pictures(seed, ascii):
            heat: Heat = random.choice(("", "visits", "time"))
            paint = Paint(picture, ascii=ascii, now=50.5)
            paint.widen(picture.width + random.choice((0, 5, 20)), random.choice((0, 0, 9)))
            bare = [paint._chars(y) for y in range(picture.height)]
            paint.marks = {node: _random_mark(random) for node in picture.node_rects if "__" not in node}
            paint.heat = scale_of(heat, paint.marks)
            lines = [paint.line(y) for y in range(picture.height)]
            taken: set[tuple[int, int]] = set()
            signs = {*picture.glyph_cells.values(), *(cell for pair in picture.mark_cells.values() for cell in pair)}
            edges = set().union(*picture.edge_cells.values())
            runs = []
            for node, rect in picture.node_rects.items():
                for place, text, role in paint.note(node):
                    cells = {(x, place.y) for x in range(place.x, place.x + width(text))}
                    assert cells, (node, text)
                    assert -paint.left <= place.x < paint.columns
                    assert not cells & (taken | signs | edges), (node, text, picture.level)
                    assert {bare[y][x] for x, y in cells if x >= 0} <= {" ", "─", "-"}
                    assert place.y in note_rows(picture, rect)
                    assert role
                    taken |= cells
                    runs.append((place.x, place.y, width(text)))
                    assert text in plain(lines[place.y])
            assert all(sum(width(text) for text, _ in line) == paint.left + paint.columns for line in lines)
            if not picture.is_outline:
                rows = [plain(line)[paint.left :] for line in lines]
                boxes = {str(node): rect for node, rect in picture.box_rects.items()}
                frames = {f"frame {node}": rect for node, rect in picture.cluster_rects.items()}
                again = read(rows, boxes, frames, ascii=ascii, texts=(*picture.label_runs, *runs))
                first = read(picture.rows, boxes, frames, ascii=ascii, texts=picture.label_runs)
                assert (again.edges, again.problems) == (first.edges, first.problems), "\n".join(rows)


@pytest.mark.parametrize("ascii", [False, True])
def test_a_heat_is_told_by_numbers_as_well_as_by_colours(ascii: bool) -> None:
    picture = GraphLayout(SPEC, ascii, "compact").draw(60, 40)
    marks = {NodeId(name): NodeMark("done", n, total=n * 1.5) for name, n in (("work", 30), ("join", 8), ("last", 1))}
    paint = Paint(picture, ascii=ascii, marks=marks, columns=60)
    signs = glyphs(ascii)
    for kind, hottest, coldest in (("visits", f"{signs.times}30", f"{signs.times}1"), ("time", "45s", "1.5s")):
        paint.heat = scale_of(kind, marks)  # type: ignore[arg-type]
        roles = {span.text.strip(): span.role for y in range(picture.height) for span in paint.line(y)}
        assert roles[hottest] == "heat-4"
        assert roles[coldest] == "heat-1"
        assert any(role == "heat-2" and "join" in text for text, role in roles.items())
        assert any(role == "muted" and "split_the_work" in text for text, role in roles.items()), "it did not run"
        legend = paint.heat.legend(signs, 50)
        assert [span.role for span in legend if span.role] == ["heat-1", "heat-2", "heat-3", "heat-4"]
        assert plain(legend).startswith(f"{kind} in this turn ")
        assert width(plain(legend)) <= 50
        assert plain(paint.heat.legend(signs, 40)).startswith(f"{kind}  "), "short where there is less room"
    assert (
        plain(scale_of("visits", {NodeId("a"): NodeMark("done", 1)}).legend(signs, 50)).split()[-1] == f"{signs.times}1"
    )
    assert plain(scale_of("time", {}).legend(signs, 50)).endswith("none")


def test_the_clock_of_a_running_node_repaints_its_rows_when_it_shows_another_time() -> None:
    app_state, run = AppState(), RunState(phase=Phase.RUNNING)
    app_state.graph = SPEC
    app_state.runs.append(run)
    run.tasks[TaskId("1")] = TaskView(TaskId("1"), "work", (), 1, TaskStatus.RUNNING, started_at=100.0)
    drawing = GraphDrawing()
    drawing.take_topology(app_state)
    drawing.show(drawing.layout.draw(60, 40))
    drawing.take_run(app_state, 100.0)
    picture = drawing.layout.picture
    rect = drawing.paint.picture.node_rects[NodeId("work")] if drawing.paint else None
    assert rect is not None
    for now, rows in ((120.0, [*range(rect.y, rect.bottom)]), (120.4, []), (121.0, [*range(rect.y, rect.bottom)])):
        changed = drawing.take_run(app_state, now)
        assert (sorted(changed.rows), changed.whole) == (rows, False)
    run.phase = Phase.RECONNECTING
    assert not drawing.take_run(app_state, 190.0).rows, "nobody knows that it still runs"
    assert drawing.layout.picture is picture


@pytest.mark.parametrize("ascii", [False, True])
def test_edges_that_were_taken_are_heavy_lines_which_need_no_colour(ascii: bool) -> None:
    spec = graph("__start__>a", "a~b=b-c", "a~c", "a~d", "b>e", "c>e", "d>e", "e>__end__")
    paint = Paint(render(spec, "compact", "TD", ascii=ascii), ascii)
    before = [plain(paint.line(y)) for y in range(paint.picture.height)]
    paint.taken = frozenset({(NodeId("a"), NodeId("c")), (NodeId("c"), NodeId("e"))})
    after = [plain(paint.line(y)) for y in range(paint.picture.height)]
    if not ascii:
        assert [row.strip() for row in after[3:9]] == [
            "╭┄┄┄┄┄┄┄┄┲┹┄┄┄┄┄╮", "┆b-c     ┇      ┆", "▼        ▼      ▼", "[ b ]    [ c ]  [ d ]",
            "╰────────┺┱─────╯", "▼",
        ]  # fmt: skip
    else:
        assert [row.strip() for row in after[3:11]] == [
            '"', ".~~~~~~~~++~~~~~.", ':b-c     "      :', "v        v      v", "[ b ]    [ c ]  [ d ]",
            "|        *      |", "'--------++-----'", "v",
        ], "corners and joints stay, by which a line is followed"  # fmt: skip
    assert "b-c" in "".join(after)
    paint.taken = frozenset()
    assert [plain(paint.line(y)) for y in range(paint.picture.height)] == before


def test_what_its_id_says_is_a_subgraph_has_one_plus_sign_whatever_is_read_of_it() -> None:
    app_state = AppState()
    app_state.graph, app_state.assistant_id = graph("__start__>a:b", "a:b>__end__"), AssistantId("one")
    app_state.inner_graph = AssistantId("one"), graph("__start__>a:b", "a:b>a:c", "a:c>__end__")
    drawing = GraphDrawing()
    drawing.take_topology(app_state)
    drawing.show(drawing.layout.draw(60, 40))
    assert drawing.fold(NodeId("a"))
    drawing.show(drawing.layout.draw(60, 40))
    drawing.take_run(app_state, 0.0)
    paint = drawing.paint
    assert paint is not None
    rows = "\n".join(plain(paint.line(y)) for y in range(paint.picture.height))
    assert rows.count("+") == 1, rows


def test_only_those_arms_of_a_joint_are_heavy_through_which_a_taken_edge_runs() -> None:
    spec = graph(
        *("__start__>hub", "hub~a", "hub~b", "hub~c", "a>hub", "b>hub", "c>hub"), *("a~x", "b~x", "x>__end__", "c~x")
    )
    for level, way in product(("full", "compact"), ("TD", "LR")):
        picture = render(spec, level, way)  # type: ignore[arg-type]
        for taken in combinations(list(picture.edge_cells), 2):
            paint = Paint(picture)
            paint.taken = frozenset(taken)
            for y in range(picture.height):
                for x, sign in enumerate(plain(paint.line(y))):
                    for across, down in _heavy_arms(sign):
                        beside = x + across, y + down
                        runs = any({(x, y), beside} <= picture.edge_cells[ends] for ends in taken)
                        ends_here = any(
                            (x, y) in picture.edge_cells[ends] and picture.box_rects[end].contains(*beside)
                            for ends in taken
                            for end in ends
                        )
                        assert runs or ends_here, (sign, x, y, taken)


def _heavy_arms(sign: str) -> Iterator[tuple[int, int]]:
    """Yield the steps along the heavy arms of a joint, as its name tells them."""
    name = unicodedata.name(sign).removeprefix("BOX DRAWINGS ")
    if sign not in "━┃" and "HEAVY" in name:
        sides: list[str] = []
        for word in [*name.split(), ""] if not name.startswith("HEAVY") else [*name.split()[1:], "HEAVY"]:
            if word in ("HEAVY", "LIGHT"):
                yield from (_STEPS[side] for side in sides if word == "HEAVY")
                sides = []
            for side in {"HORIZONTAL": ("LEFT", "RIGHT"), "VERTICAL": ("UP", "DOWN")}.get(word, (word,)):
                sides += [side] if side in _STEPS else []


_STEPS = {"LEFT": (-1, 0), "RIGHT": (1, 0), "UP": (0, -1), "DOWN": (0, 1)}
