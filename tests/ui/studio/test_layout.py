"""Where the panels stand: pure, so held by properties over all sizes, graphs and states."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from studio_tui.ui.kit.lists.panel_tabs import tab_line
from studio_tui.ui.studio.boxes import Border, Box, Places, Sizes
from studio_tui.ui.studio.layout import (
    BAR,
    BESIDE,
    LEAST,
    LEAST_WIDE,
    LINES,
    SHORT,
    STACKED,
    THREADS,
    TINY,
    WIDE,
    Plan,
    Wanted,
    most_whole,
    ordinary,
    places,
    plan,
)  # fmt: skip
from studio_tui.ui.studio.panels import LABELS, NARROW

widths, heights = st.integers(TINY[0], 300), st.integers(TINY[1], 120)
wanted = st.builds(
    Wanted,
    active=st.sampled_from(("graph", "timeline", "messages", "state", "raw", "history", "threads", "diff")),
    inspector=st.sampled_from(("messages", "state", "raw", "diff")),
    past=st.sampled_from(("timeline", "history")),
    asking=st.booleans(),
    writing=st.booleans(),
    interrupted=st.booleans(),
    drawer=st.sampled_from((None, True, False)),
    picture=st.tuples(st.integers(0, 200), st.integers(0, 100)),
)
wishes = st.builds(
    Sizes,
    columns=st.dictionaries(st.sampled_from(("left", "beside", "threads")), st.integers(1, 1000)),
    rows=st.dictionaries(st.sampled_from(("graph+timeline:graph", "history+graph+paths:graph")), st.integers(1, 1000)),
    collapsed=st.lists(st.sampled_from(("graph", "timeline", "history", "state")), max_size=3).map(tuple),
)


QUESTIONS = 7


def _body(made: Plan, width: int, height: int) -> int:
    return height - LINES - (width < WIDE)


def _placed(width: int, height: int, asked: Wanted, sizes: Sizes | None = None, composer: int = 3) -> Places:
    made = plan(width, height, asked, sizes)
    return places(made, _body(made, width, height), composer, sizes, QUESTIONS)


@given(widths, heights, wanted, wishes, st.integers(3, 12))
def test_all_cells_of_the_body_belong_to_one_panel(
    width: int, height: int, asked: Wanted, sizes: Sizes, composer: int
) -> None:
    made = plan(width, height, asked, sizes)
    rows = _body(made, width, height)
    boxes = places(made, rows, composer, sizes, QUESTIONS).boxes
    around = {name for name, stands in (("composer", made.composer), ("dock", made.dock)) if stands}
    assert set(boxes) == made.panels | around
    assert sum(box.width * box.height for box in boxes.values()) == width * rows
    for box in boxes.values():
        assert box.x >= 0
        assert box.x + box.width <= width
        assert box.y >= 0
        assert box.height > 0
        assert box.y + box.height <= rows


@given(widths, heights, st.integers(0, 60), st.integers(0, 40), wanted)
def test_a_larger_terminal_shows_all_that_a_smaller_one_does(
    width: int, height: int, wider: int, higher: int, asked: Wanted
) -> None:
    """And all of it at least as large, but for what makes room for a panel more: that keeps what reads well."""
    if (width < WIDE) != (width + wider < WIDE):
        wider = 0  # from one column to several is another arrangement, which shows more at once
    asked = replace(asked, asking=False, writing=True)
    small, large = (plan(columns, rows, asked) for columns, rows in ((width, height), (width + wider, height + higher)))
    assert small.panels <= large.panels
    before = places(small, _body(small, width, height), 3).boxes
    after = places(large, _body(large, width + wider, height + higher), 3).boxes
    for name, box in before.items():
        if small.panels == large.panels:
            assert after[name].width >= box.width, name
            assert after[name].height >= min(box.height, _fitting(name, asked)), name
        else:
            assert after[name].width >= min(box.width, THREADS if name == "threads" else BESIDE), name
            assert after[name].height >= min(box.height, 4), name


def _fitting(name: str, asked: Wanted) -> int:
    """Rows that a panel is not made lower than by a higher terminal: the graph has no use for more than its picture."""
    return asked.picture[1] + 2 if name == "graph" and asked.picture[1] else 1000


@given(widths, heights, wanted, st.integers(3, 12))
def test_neither_the_focus_nor_the_composer_moves_the_graph(
    width: int, height: int, asked: Wanted, composer: int
) -> None:
    asked = replace(asked, active="graph", past="timeline", drawer=False)
    here = _placed(width, height, asked).boxes["graph"]
    if width >= WIDE:
        for other in ("timeline", "messages", "state"):
            assert _placed(width, height, replace(asked, active=other), composer=composer).boxes["graph"] == here
        assert _placed(width, height, replace(asked, writing=not asked.writing)).boxes["graph"] == here


def test_what_can_be_done_in_the_past_has_a_row_more_where_there_are_many() -> None:
    asked = Wanted(active="history", past="history")
    assert _placed(120, 36, asked).boxes["paths"].height == 6
    assert _placed(160, 45, asked).boxes["paths"].height == 7


@given(st.integers(TINY[0], WIDE - 1), st.integers(STACKED, 120), st.integers(0, 100))
def test_one_column_leaves_the_timeline_rows_for_an_error_below_a_form(width: int, height: int, rows: int) -> None:
    made = plan(width, height, Wanted(active="timeline", picture=(40, rows)))
    boxes = places(made, made.full, made.typing).boxes
    assert boxes["timeline"].height >= (5 if rows + 2 > most_whole(made.full) else LEAST)
    assert boxes["graph"].height >= 5
    assert places(made, made.full, LEAST).boxes["timeline"].height >= 5


@given(st.integers(TINY[0], WIDE - 1), st.integers(24, 120), st.integers(1, 100))
def test_in_one_column_the_graph_in_use_has_twelve_rows_for_its_picture_before_the_timeline_has_more_than_one(
    width: int, height: int, rows: int
) -> None:
    """Whether the timeline has anything yet or not: nothing moves when the first run starts."""
    made = plan(width, height, Wanted(active="graph", picture=(40, rows), writing=False))
    boxes = places(made, made.full, made.typing if height < SHORT else LEAST).boxes
    assert boxes["graph"].height - 2 >= min(rows, 12)
    assert boxes["timeline"].height >= LEAST
    assert made.brief == (height < SHORT and rows > made.full - LEAST - 2 - (made.full + 1) // 3)
    assert not plan(width, height, Wanted(active="graph", picture=(40, rows))).brief, "somebody writes there"
    beside = plan(width, height, Wanted(active="timeline", picture=(40, rows), writing=False))
    assert places(beside, beside.full, LEAST).boxes["timeline"].height >= 5, "in use it has rows of its own"


@given(widths, heights, wanted, st.integers(3, 60))
def test_questions_stand_right_of_what_runs_and_move_none_of_it(
    width: int, height: int, asked: Wanted, rows: int
) -> None:
    """In a single column they take their rows from below the graph first; never more than half of the screen.

    Right of the graph they take two thirds, unless somebody has called the composer.
    """
    asked = replace(asked, zoomed=False, asking=False)
    here = _placed(width, height, asked).boxes
    made = plan(width, height, replace(asked, asking=True))
    asks = places(made, _body(made, width, height), 3, questions=rows).boxes
    most = height * 2 // 3 if width >= WIDE and height >= SHORT and (made.brief or not made.composer) else height // 2
    assert 3 <= asks["dock"].height <= most + 1
    if made.composer:
        for whole in (False, True):
            lowest = plan(width, height, replace(asked, asking=True, whole=whole))
            boxes = places(lowest, lowest.full, 3, questions=rows).boxes
            assert boxes["composer"].height == LEAST, "what is typed is in sight"
    for name in made.panels - {"messages", "state", "raw", "diff"} if width >= WIDE else ():
        assert asks[name] == here[name], name
    for name in made.panels:
        assert asks[name].width == here[name].width if width >= WIDE else asks[name].height > 0


@given(st.integers(WIDE, 300), heights, wanted)
def test_the_graph_has_the_columns_of_its_picture_where_the_others_can_do_with_the_rest(
    width: int, height: int, asked: Wanted
) -> None:
    asked = replace(asked, drawer=False, active="graph")
    box = _placed(width, height, asked).boxes["graph"]
    assert box.width >= min(asked.picture[0] + 2 + BAR, width - BESIDE)
    assert width - box.width >= BESIDE


@given(widths, heights, wanted)
def test_one_column_holds_what_was_asked_for_and_at_most_one_panel_more(width: int, height: int, asked: Wanted) -> None:
    made = plan(min(width, WIDE - 1), height, asked)
    assert asked.active in made.panels
    assert len(made.panels) <= (2 if height >= STACKED else 1)
    assert made.tabs


@given(st.integers(WIDE, 300), st.integers(20, 120), wanted, wishes, st.data())
def test_a_border_goes_where_it_is_put_and_stays_there(
    width: int, height: int, asked: Wanted, sizes: Sizes, data: st.DataObject
) -> None:
    asked = replace(asked, asking=False)
    made = plan(width, height, asked, sizes)
    found = places(made, made.full, 3, sizes)
    movable = [border for border in found.borders if border.low <= border.high]
    if not movable:
        return
    border = data.draw(st.sampled_from(movable))
    at = data.draw(st.integers(border.low, border.high))
    moved = border.moved(sizes, at)
    new = plan(width, height, asked, moved)
    assert new.panels == made.panels
    again = places(new, new.full, 3, moved).borders
    same = next(item for item in again if (item.key, item.is_column) == (border.key, border.is_column))
    assert abs(same.at - at) <= 5, (border, at, same.at)  # what stands behind it keeps a few cells


@given(st.integers(WIDE, 300), heights, wanted, wishes)
def test_the_users_own_sizes_leave_every_open_panel_some_cells(
    width: int, height: int, asked: Wanted, sizes: Sizes
) -> None:
    made = plan(width, height, replace(asked, asking=False), sizes)
    boxes = places(made, made.full, 3, sizes).boxes
    for name in made.panels:
        assert boxes[name].width >= LEAST_WIDE, name
        assert boxes[name].height >= (1 if name in sizes.collapsed else LEAST), name


@given(st.integers(WIDE, 300), heights, wanted)
def test_the_first_graph_brings_what_stands_below_it_and_moves_nothing_else(
    width: int, height: int, asked: Wanted
) -> None:
    asked = replace(asked, active="graph", past="timeline", zoomed=False, drawer=None)
    before = _placed(width, height, replace(asked, picture=(0, 0), loading=True)).boxes
    rows = asked.picture[1] and asked.picture
    after = _placed(width, height, replace(asked, picture=(min(40, ordinary(width) - 3), 9) if rows else (0, 0))).boxes
    assert before.keys() | {"timeline"} == after.keys()
    assert "timeline" not in before
    for name in before.keys() - {"graph"}:
        assert before[name] == after[name], name
    assert before["graph"].height == after["graph"].height + after["timeline"].height


@given(st.integers(0, 4), wanted, wishes, st.integers(3, 12))
def test_a_body_that_is_almost_gone_has_no_box_outside(rows: int, asked: Wanted, sizes: Sizes, composer: int) -> None:
    for width in (80, 120, 200):
        for box in places(plan(width, 24, asked, sizes), rows, composer, sizes, QUESTIONS).boxes.values():
            assert box.y >= 0
            assert box.height >= 0
            assert box.y + box.height <= rows


def test_a_collapsed_panel_is_its_title() -> None:
    sizes = Sizes(collapsed=("graph",))
    made = plan(120, 36, Wanted(), sizes)
    boxes = places(made, made.full, 3, sizes).boxes
    assert boxes["graph"] == Box(0, 0, 54, 1)
    assert boxes["timeline"] == Box(0, 1, 54, 32)


def test_threads_have_a_column_only_where_the_others_lose_nothing() -> None:
    assert "threads" not in plan(189, 50, Wanted()).panels
    assert {"threads", "graph", "timeline", "state", "messages"} == plan(190, 50, Wanted()).panels
    wide = plan(200, 50, Wanted(picture=(95, 20)))
    assert wide.panels == {"graph", "timeline", "state", "messages"} - ({"state"} if 2 * BESIDE > 200 - 97 else set())
    assert plan(190, 50, Wanted(drawer=False)).panels == {"graph", "timeline", "state", "messages"}
    widths = [plan(columns, 50, Wanted()).columns[0].width for columns in (190, 220, 300)]
    assert widths == [THREADS, 44, 48], "titles get a third of what nobody needs"


def test_as_a_drawer_they_stand_over_the_left_column() -> None:
    made = plan(120, 36, Wanted(active="threads", drawer=True))
    assert [column.panels for column in made.columns] == [("threads",), ("messages",)]
    assert made.columns[0].width == plan(120, 36, Wanted()).columns[0].width


def test_a_border_that_has_no_way_stays() -> None:
    border = Border(False, "x", 5, 0, 10, 5, 5, 0, 10)
    assert border.moved(Sizes(), 8).rows == {"x": 500}


@given(st.integers(TINY[0], WIDE - 1), st.sampled_from(NARROW), st.sets(st.sampled_from(NARROW)))
def test_the_row_of_tabs_shows_every_number_and_the_words_of_what_is_open(
    width: int, active: str, unread: set[str]
) -> None:
    tabs = tab_line(NARROW, LABELS, {active}, unread, width)
    assert sum(len(tab.text) for tab in tabs) <= width
    assert [tab.text.split()[0].strip("•") for tab in tabs] == [LABELS[name].split()[0] for name in NARROW]
    assert LABELS[active] in next(tab.text for tab in tabs if "accent" in tab.role)
    assert ["•" in tab.text for tab in tabs] == [name in unread for name in NARROW]
    if width >= 79:
        assert all(LABELS[name] in tab.text for name, tab in zip(NARROW, tabs, strict=True))
