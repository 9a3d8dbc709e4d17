"""What happens, is told or stands over the Studio screen moves nothing on it: graph, panels, composer and questions."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from studio_tui.core.state.app_state import LinkState, Slice
from studio_tui.domain.assistant import Schemas
from studio_tui.ui.kit.terminal.safe import TOASTS
from studio_tui.ui.studio.layout import WIDE
from tests.graphs.samples import answer
from tests.ui.app.test_first_picture import Silent
from tests.ui.conftest import Driven, Start
from tests.ui.timetravel.time_fakes import TimeStudio, forest

SIZES = [(80, 24), (120, 36), (160, 45)]
CORNERS = "┌┐└┘╭╮╰╯[]"
NOTICE = "Something that is told, in words that go on for longer than a row of any terminal is wide. "
FORM = Schemas(
    "agent",
    input={
        "type": "object",
        "properties": {
            "count": {"type": "integer", "description": "How many of them there are. " * 8},
            "name": {"type": "string", "description": "Whose they are."},
        },
        "required": ["count"],
    },
)

Picture = tuple[dict[str, Region], list[str]]


def places(it: Driven) -> dict[str, Region]:
    """Return where everything stands that is shown."""
    screen = it.app.studio_screen
    shown = {
        **screen.panels.made,
        "composer": screen.composer,
        "dock": screen.dock,
        "top": screen.status,
        "bottom": screen.bottom,
    }
    return {name: widget.region for name, widget in shown.items() if widget.display}


def drawn(it: Driven) -> list[str]:
    """Return the corners and brackets of the graph's picture, row by row: states put signs and times between them."""
    region = it.app.studio_screen.graph.region
    rows = it.screen.split("\n")[region.y + 1 : region.bottom - 1]
    return ["".join(char if char in CORNERS else " " for char in row[region.x + 1 : region.right - 1]) for row in rows]


async def stands(it: Driven, before: Picture, what: str) -> None:
    def same() -> bool:
        return (places(it), drawn(it)) == before

    await it.until(same, f"with {what}: {places(it)} {drawn(it)} as {before}")


async def at_graph(it: Driven) -> Picture:
    await it.panels()
    await it.press("2")
    await it.sees("__end__")
    await it.pilot.pause()
    return places(it), drawn(it)


@pytest.mark.parametrize("size", SIZES)
async def test_the_past_and_the_way_back_move_nothing(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        studio.past(*forest().app_state.history.items)
        before = await at_graph(it)
        assert any(row.strip() for row in before[1])
        for item in reversed(studio.app_state.history.items[:3]):
            it.app.studio_screen.go_to(item.checkpoint_id)
            await it.until(lambda here=item: studio.app_state.cursor == here.checkpoint_id, "the past")  # type: ignore[misc]
            await it.sees("PAST")
            await stands(it, before, f"the past at {item.step}")
        await it.press("8")
        await it.sees("checkpoints")
        await it.press("j", "k", "3")
        await it.press("2")
        it.app.studio_screen.go_to(None)
        await it.until(lambda: studio.app_state.cursor is None and "PAST" not in it.screen, "now")
        await stands(it, before, "the way back")


async def test_no_border_moves_when_the_first_graph_comes_nor_while_another_one_is_loaded(start: Start) -> None:
    studio = Silent()
    async with start(size=(120, 36), studio=studio, ready=False) as it:
        await it.sees("Type a message")
        loading = places(it)
        assert "timeline" not in loading
        studio.app_state.graph = answer("demo/graph_travel_agent.json")
        studio.app_state.touch(Slice.GRAPH)
        await it.sees("3 Timeline")
        there = places(it)
        assert there["graph"].height + there["timeline"].height == loading["graph"].height
        assert {**there, "graph": loading["graph"]} == {**loading, "timeline": there["timeline"]}
        studio.app_state.graph = None
        studio.app_state.touch(Slice.GRAPH)
        await it.until(lambda: "__end__" not in it.screen, "another one is asked for")
        assert places(it) == there


async def test_a_graph_that_nobody_tells_leaves_the_timeline_its_place(start: Start) -> None:
    studio = Silent()
    async with start(size=(120, 36), studio=studio, ready=False) as it:
        await it.sees("Type a message")
        assert "3 Timeline" not in it.screen
        studio.app_state.graph_problem = "The server answered 500."
        studio.app_state.touch(Slice.GRAPH)
        await it.sees("3 Timeline")


@pytest.mark.parametrize("size", SIZES)
async def test_walking_through_the_past_moves_nothing(start: Start, size: tuple[int, int]) -> None:
    studio = TimeStudio()
    async with start(size=size, studio=studio) as it:
        studio.past(*forest().app_state.history.items)
        await it.panels()
        await it.press("8")
        await it.sees("checkpoints")
        await it.press("j")
        await it.until(lambda: studio.app_state.cursor is not None, "the past")
        await it.pilot.pause()
        before = places(it)
        for key in ("j", "j", "k", "m"):
            await it.press(key)
            await it.until(lambda: places(it) == before, f"{places(it)} as {before}")


@pytest.mark.parametrize("size", SIZES)
async def test_a_lost_server_that_comes_back_moves_nothing(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        before = await at_graph(it)
        app_state = it.studio.app_state
        for retry in (3.0, 2.0, 11.0):
            app_state.link, app_state.next_retry_in = LinkState.DOWN, retry
            app_state.touch(Slice.CONNECTION)
            await it.sees("Connection lost")
            await stands(it, before, "a lost server")
        app_state.link = LinkState.CONNECTING
        app_state.touch(Slice.CONNECTION)
        await stands(it, before, "another try")
        app_state.link = LinkState.UP
        app_state.touch(*Slice)
        await it.until(lambda: "Connection lost" not in it.screen, "it is back")
        await stands(it, before, "the server back")


@pytest.mark.parametrize("size", SIZES)
async def test_help_in_the_composer_moves_nothing(start: Start, size: tuple[int, int]) -> None:
    """Neither the page of keys, nor the words on each field of a form, nor what is wrong with one."""
    async with start(size=size) as it:
        await at_graph(it)
        it.studio.app_state.schemas = FORM
        it.studio.app_state.touch(Slice.SCHEMAS)
        await it.press("i")
        await it.sees("count")
        await it.until(lambda: not it.app.studio_screen.focus_pending, "the form")
        await it.pilot.pause()
        before = places(it)
        for keys in (("f1", "escape"), ("tab",), ("shift+tab",), ("x",), ("f1", "escape"), ("backspace",), ("tab",)):
            await it.press(*keys)
            await it.until(lambda: it.app.screen is it.app.studio_screen, "the Studio")
            await it.until(lambda: places(it) == before, f"after {keys}: {places(it)} as {before}")


@pytest.mark.parametrize("size", SIZES)
async def test_notices_of_several_rows_and_what_stands_over_the_screen_move_nothing(
    start: Start, size: tuple[int, int]
) -> None:
    async with start(size=size) as it:
        before = await at_graph(it)
        for severity in ("information", "warning", "error"):
            it.app.tell(f"{severity}: {NOTICE * 4}", severity)
            await it.sees(f"{severity}: Some")
            assert places(it) == before[0]
            told = max(toast.region.bottom for toast in it.app.screen.query("Toast"))
            covered = told - before[0]["graph"].y - 1
            assert drawn(it)[covered:] == before[1][covered:]
            assert told <= 1 + 3 * TOASTS, "below the top row"
        for opens, words in (("ctrl+p", "Now"), ("colon", ":"), ("slash", "/"), ("question_mark", "Help")):
            await it.press(opens)
            await it.sees(words)
            assert places(it) == before[0], opens
            await it.press("escape")
            await it.until(lambda: it.app.screen is it.app.studio_screen, "the Studio")
            await it.until(lambda: places(it) == before[0], opens)


@pytest.mark.parametrize("size", SIZES)
async def test_questions_take_their_place_once_and_no_focus_moves_them(start: Start, size: tuple[int, int]) -> None:
    async with start(size=size) as it:
        now = await at_graph(it)
        it.studio.asks("Is there budget for it?", "Does the team need it?")
        it.studio.app_state.touch(*Slice)
        await it.sees("Is there budget")
        await it.pilot.pause()
        asked = places(it)
        if size[0] >= WIDE:
            left = ("graph", "timeline")
            assert [asked[name] for name in left] == [now[0][name] for name in left], "they stand right of what runs"
        assert asked["bottom"] == now[0]["bottom"]
        for keys in (("c",), ("escape",), ("2",), ("ctrl+p", "escape"), ("f1", "escape")):
            await it.press(*keys)
            await it.until(lambda: it.app.screen is it.app.studio_screen, "the Studio")
            await it.until(lambda: places(it) == asked, f"after {keys}: {places(it)} as {asked}")
        it.studio.running()
        it.studio.app_state.touch(*Slice)
        await it.until(lambda: "Is there budget" not in it.screen, "answered")
        await stands(it, now, "the questions gone")
