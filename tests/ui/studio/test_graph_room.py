"""Which picture of a graph the Studio screen shows in a terminal of a size, and that its pane holds it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import AssistantId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import Picture
from studio_tui.present.graph.drawing import GraphDrawing
from studio_tui.present.graph.layout import GraphLayout, reading_order
from studio_tui.ui.studio.boxes import Sizes
from studio_tui.ui.studio.layout import LINES, WIDE, Wanted, places, plan, rooms
from tests.graphs.samples import ANSWERS, HUGE, TOPOLOGIES, answer, topology
from tests.ui.conftest import Start
from tests.ui.fakes import FakeStudio
from tests.ui.harness import widget_text
from tests.ui.studio.test_stillness import FORM

SIZES = ((80, 24), (110, 30), (120, 36), (160, 45), (220, 60))
GRAPHS = {name: topology(name) for name in TOPOLOGIES if name not in HUGE} | {name: answer(name) for name in ANSWERS}
SOME = [name for name in GRAPHS if name.startswith("demo/")]
DOCK = 8
Cells = tuple[int, int]


def _chosen(layout: GraphLayout, size: Cells, sizes: Sizes | None = None, wanted: Wanted | None = None) -> Picture:
    """Return the picture that the panel chooses, as it is told its rooms by the screen."""
    usual, most = rooms(*size, wanted or Wanted(), sizes)
    picture = layout.draw(*most, usual)
    layout.show(picture)
    return picture


def _pane(size: Cells, picture: Picture, sizes: Sizes | None = None, dock: int = 0) -> Cells:
    """Return the cells within the graph's border."""
    made = plan(*size, Wanted(picture=(picture.width, picture.height), asking=bool(dock)), sizes)
    box = places(made, size[1] - LINES - (size[0] < WIDE), 3, sizes, dock).boxes["graph"]
    return box.width - 2, box.height - 2


def _fits(picture: Picture, pane: Cells) -> bool:
    return picture.width <= pane[0] and picture.height <= pane[1]


def _drawings(spec: GraphSpec) -> list[Picture]:
    return [draw(spec, 0, 0, level=level, orientation=way) for level in ("full", "compact") for way in ("TD", "LR")]


@pytest.mark.parametrize("size", SIZES)
def test_no_picture_is_wider_than_its_pane(size: Cells) -> None:
    too_wide = [
        name for name, spec in GRAPHS.items()
        if (picture := _chosen(GraphLayout(spec), size)).width > _pane(size, picture)[0]
    ]  # fmt: skip
    assert not too_wide, f"{len(too_wide)} of {len(GRAPHS)}"


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_whole_where_any_drawing_has_the_room_that_the_layout_can_give(size: Cells) -> None:
    cut = []
    for name, spec in GRAPHS.items():
        room = rooms(*size, Wanted())[1]
        if any(_fits(each, room) for each in _drawings(spec) if not each.conflicts):
            picture = _chosen(GraphLayout(spec), size)
            if picture.is_outline or not _fits(picture, _pane(size, picture)):
                cut.append(name)
    assert not cut, f"{len(cut)} of {len(GRAPHS)}"


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("demo/graph_support_team.json", (120, 36)), ("g3_supervisor", (120, 36)),
        ("demo/graph_flaky_pipeline.json", (80, 30)), ("demo/graph_memory_notes.json", (80, 24)),
    ],
)  # fmt: skip
def test_graphs_that_just_have_room_are_drawn_whole(name: str, size: Cells) -> None:
    picture = _chosen(GraphLayout(GRAPHS[name]), size)
    assert not picture.is_outline
    assert _fits(picture, _pane(size, picture))


@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_supervisor_in_full_is_drawn_also_in_ascii(ascii_only: bool) -> None:
    layout = GraphLayout(GRAPHS["demo/graph_support_team.json"], ascii=ascii_only)
    assert not _chosen(layout, (80, 24), wanted=Wanted(active="graph", zoomed=True)).is_outline


@pytest.mark.parametrize("size", SIZES)
def test_questions_make_a_picture_scroll_down_never_sideways(size: Cells) -> None:
    """The scroll bar beside it takes a column, which would hide the ends of names and bring a second bar."""
    for name, spec in GRAPHS.items():
        picture = _chosen(GraphLayout(spec), size)
        across, down = _pane(size, picture, dock=DOCK)
        assert picture.width <= across - (picture.height > down), name


@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_a_size_has_one_picture_whatever_size_there_was_before(name: str) -> None:
    layout = GraphLayout(GRAPHS[name])
    for size in (*SIZES, *reversed(SIZES)):
        assert _chosen(layout, size).rows == _chosen(GraphLayout(GRAPHS[name]), size).rows, size


@pytest.mark.parametrize("size", SIZES)
def test_a_size_has_one_picture_of_a_graph_whatever_graph_and_wishes_there_were_before(size: Cells) -> None:
    """A thread of the same graph looks as it did when it was new, also when it is opened from among others."""
    state, drawing = AppState(), GraphDrawing()
    state.assistants.items = [Assistant(AssistantId(name), name, name) for name in SOME]

    def shown(name: str) -> tuple[str, ...]:
        state.graph, state.assistant_id = GRAPHS[name], AssistantId(name)
        drawing.take_topology(state)
        return _chosen(drawing.layout, size).rows

    first = {name: shown(name) for name in SOME}
    for name in reversed(SOME):
        assert first[name] == _chosen(GraphLayout(GRAPHS[name]), size).rows
        assert shown(name) == first[name], name
        layout = drawing.layout
        for zoom, other in ((-1, (100, 20)), (1, size), (-1, (140, 50))):
            layout.steps = zoom
            layout.toggle(reading_order(_chosen(layout, other))[1 - zoom])
            shaped = GraphLayout(GRAPHS[name], level=layout.level, collapsed=layout.collapsed, opened=layout.opened)
            assert _chosen(layout, size).rows == _chosen(shaped, size).rows, "the way to the wishes does not count"
        layout.level, layout.collapsed, layout.opened = None, frozenset(), frozenset()
        assert _chosen(layout, size).rows == first[name], "fitted again"
        layout.toggle(reading_order(layout.picture or _chosen(layout, size))[-2])
        _chosen(layout, size)  # and what was folded is not when it is opened from among others
    for name in SOME:
        assert shown(name) == first[name], name


def test_neither_focus_nor_drawer_nor_questions_nor_another_panel_in_full_choose_the_room() -> None:
    here = rooms(120, 36, Wanted())
    for other in ("timeline", "messages", "threads", "history", "state"):
        for wanted in (Wanted(active=other), Wanted(active=other, drawer=True, asking=True, writing=False)):
            assert rooms(120, 36, wanted) == here
            assert rooms(120, 36, replace(wanted, zoomed=True)) == here
    assert rooms(120, 36, Wanted(zoomed=True))[1] > here[1]


def test_the_users_own_sizes_are_the_room() -> None:
    spec = GRAPHS["demo/graph_support_team.json"]
    for sizes in (
        Sizes(columns={"left": 600}), Sizes(columns={"left": 300}), Sizes(rows={"graph+timeline:graph": 300}),
        Sizes(collapsed=("timeline",)),
    ):  # fmt: skip
        picture = _chosen(GraphLayout(spec), (120, 36), sizes)
        assert picture.width <= _pane((120, 36), picture, sizes)[0], sizes
    assert rooms(120, 36, Wanted(), Sizes(collapsed=("timeline",)))[1][1] > rooms(120, 36, Wanted())[1][1]


def test_a_picture_that_the_user_wants_wider_than_its_pane_has_a_row_for_the_scroll_bar() -> None:
    wide, high = 300, 9
    made = plan(120, 36, Wanted(picture=(wide, high)))
    assert places(made, made.full, 3).boxes["graph"].height - 2 == high + 1


async def test_all_names_of_the_demos_supervisor_are_on_the_screen(start: Start) -> None:
    studio = FakeStudio()
    async with start(size=(120, 36), studio=studio) as it:
        studio.app_state.graph = answer("demo/graph_support_team.json")
        studio.app_state.touch(Slice.GRAPH)
        await it.sees("cancellation")
        for node in studio.app_state.graph.nodes:
            assert node.name in it.screen
        graph = it.app.studio_screen.graph
        assert not graph.show_horizontal_scrollbar
        assert not graph.show_vertical_scrollbar


async def test_in_a_low_terminal_the_form_of_the_next_run_gives_the_picture_its_rows_until_it_is_called(
    start: Start,
) -> None:
    studio = FakeStudio()
    async with start(size=(80, 24), studio=studio) as it:
        studio.app_state.graph = answer("demo/graph_purchase_order.json")
        studio.app_state.schemas = FORM
        studio.app_state.touch(Slice.GRAPH, Slice.SCHEMAS)
        await it.sees("count")
        screen = it.app.studio_screen
        for keys in (("escape", "2"), ("i",), ("escape",), ("tab",)):
            await it.press(*keys)
            writes = keys == ("i",)
            await it.until(lambda writes=writes: ("name" in widget_text(screen.composer)) == writes)  # type: ignore[misc]
            if keys == ("escape", "2"):
                rows = screen.graph.picture and screen.graph.picture.rows
                assert screen.graph.size.height == 12, "as many of them as there is room for"
            elif writes:
                assert screen.graph.size.height < 12
            assert rows == (screen.graph.picture and screen.graph.picture.rows), "it is the same picture"
