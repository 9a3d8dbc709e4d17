"""A graph of the last session is shown at once and called remembered; nothing can be done with it; the server's follows
without a jump."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from studio_tui.config.schema import Settings
from studio_tui.config.servers import Servers
from studio_tui.core.state.app_state import LinkState, Slice
from studio_tui.domain.graph import END, START, EdgeSpec, GraphSpec, NodeSpec, RememberedGraph
from studio_tui.domain.ids import NodeId
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import ConnectError
from studio_tui.text.sanitize import clean
from studio_tui.ui.connection.connect_screen import ConnectScreen
from studio_tui.ui.graph.panel import GraphView
from tests.ui.conftest import Driven, Start
from tests.ui.fakes import AGENT, GRAPH, FakeStudio
from tests.ui.studio.test_panels_hostile import HOSTILE


class Slow(FakeStudio):
    """Knows a graph of the last session, and answers when it is let."""

    def __init__(self, graph: GraphSpec = GRAPH, label: str = "agent", answer: Exception | None = None) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self._seen = RememberedGraph(AGENT.assistant_id, label, graph)
        self._answer = answer

    async def connect(self, target: Any, *, expected: str = "") -> ServerInfo:
        self.connection.target = target
        self.app_state.remembered = self._seen
        self.app_state.link = LinkState.CONNECTING
        self.app_state.touch(Slice.GRAPH, Slice.ASSISTANTS, Slice.CONNECTION)
        self.assistants.on_remembered()
        await self.let.wait()
        if self._answer is not None:
            self.app_state.link = LinkState.NONE
            raise self._answer
        return await super().connect(target, expected=expected)

    def tell(self, graph: GraphSpec) -> None:
        """The server's graph has come."""
        self.app_state.graph, self.app_state.remembered = graph, None
        self.app_state.touch(Slice.GRAPH)


def panel(it: Driven) -> GraphView:
    return it.app.studio_screen.graph


def title(it: Driven) -> str:
    return str(panel(it).border_title)


async def test_it_is_drawn_and_called_remembered_and_nothing_can_be_done_with_it(start: Start) -> None:
    fake = Slow()
    async with start(studio=fake, ready=False) as it:
        await it.sees("remembered")
        await it.sees("tools")
        assert title(it) == "2 Graph · remembered · agent"
        await it.type("hello")
        await it.press("enter")
        await it.sees("Not sent. Not connected")
        await it.panels()
        await it.press("2", "j", "j")
        assert panel(it).selected is not None
        for key in ("b", "t", "n", "c", "R", "x", "O"):
            await it.press(key)
        assert {name for name, _ in fake.calls} <= {"watch_others"}
        assert not fake.app_state.breakpoints.items()


async def test_while_the_server_is_there_and_its_graph_is_not_no_command_takes_a_node_from_it(start: Start) -> None:
    fake = Slow()
    async with start(studio=fake, ready=False) as it:
        await it.sees("remembered")
        fake.app_state.server = ServerInfo("http://127.0.0.1:2024")
        fake.app_state.link = LinkState.UP
        fake.app_state.assistants.items = [AGENT]
        fake.app_state.assistant_id = AGENT.assistant_id
        fake.app_state.touch(Slice.CONNECTION, Slice.ASSISTANTS)
        await it.panels()
        await it.press("2", "j", "j")
        assert panel(it).selected is not None
        await it.press("b", "t")
        await it.sees("Select a node in the graph first")
        assert not fake.called("toggle_breakpoint")
        assert not fake.called("run_to")
        await it.press("enter")
        await it.sees("Remembered: the server has not told its graph yet.")


async def test_the_same_graph_from_the_server_changes_the_title_and_nothing_else(start: Start) -> None:
    fake = Slow()
    async with start(studio=fake, ready=False) as it:
        await it.sees("remembered")
        await it.until(lambda: panel(it).picture is not None, "a picture")
        await it.panels()
        await it.press("2", "j", "j")
        picture, selected = panel(it).picture, panel(it).selected
        fake.let.set()
        fake.app_state.assistant_id = None
        await it.until(lambda: fake.app_state.assistant_id is not None, "an assistant")
        fake.tell(GRAPH)
        await it.until(lambda: title(it) == "2 Graph · agent", "the title")
        await it.press("escape", "O")
        await it.sees("in this turn ─ earlier ─ not taken")
        assert panel(it).picture is picture
        assert panel(it).selected == selected
        assert "remembered" not in it.screen


async def test_another_graph_from_the_server_takes_its_place(start: Start) -> None:
    other = GraphSpec((NodeSpec(START, START), NodeSpec(NodeId("plan"), "plan")), (EdgeSpec(START, NodeId("plan")),))
    fake = Slow(other)
    async with start(studio=fake, ready=False) as it:
        await it.sees("plan")
        fake.let.set()
        await it.until(lambda: fake.app_state.assistant_id is not None, "an assistant")
        fake.tell(GRAPH)
        await it.sees("tools")
        await it.until(lambda: not {"plan", "remembered"} & set(it.screen.split()), "nothing of the old one")


async def test_of_a_server_that_cannot_be_reached_it_stays_remembered_behind_the_reason(start: Start) -> None:
    fake = Slow(answer=ConnectError("Nobody answers there"))
    async with start(studio=fake, ready=False) as it:
        await it.sees("remembered")
        fake.let.set()
        await it.sees("Nobody answers there")
        assert isinstance(it.app.screen, ConnectScreen)
        assert title(it) == "2 Graph · remembered · agent"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_whatever_the_file_holds_is_shown_as_text(start: Start, text: str) -> None:
    node = NodeSpec(NodeId(text), text)
    fake = Slow(GraphSpec((NodeSpec(START, START), node, NodeSpec(END, END)), (EdgeSpec(START, node.id),)), text)
    async with start(studio=fake, ready=False) as it:
        await it.until(lambda: panel(it).picture is not None, "a picture")
        await it.sees("remembered")
        assert title(it).startswith("2 Graph · remembered · ")
        assert clean(it.screen.replace("\n", "")) == it.screen.replace("\n", "")


async def test_a_long_name_does_not_push_the_mark_out(start: Start) -> None:
    fake = Slow(label="name " * 60)
    async with start(studio=fake, ready=False, size=(80, 24)) as it:
        await it.panels()
        await it.press("2")
        await it.sees("remembered")


async def test_nothing_moves_between_the_first_frame_and_the_servers_answer(start: Start) -> None:
    fake = Slow()
    async with start(studio=fake, ready=False) as it:
        await it.sees("remembered")
        sizes = [it.app.studio_screen.graph.size, it.app.studio_screen.composer.size]
        fake.let.set()
        await it.until(lambda: fake.app_state.assistant_id is not None, "an assistant")
        fake.app_state.schemas = None
        fake.tell(GRAPH)
        await it.until(lambda: title(it) == "2 Graph · agent", "the title")
        assert [it.app.studio_screen.graph.size, it.app.studio_screen.composer.size] == sizes


async def test_a_start_that_never_comes_to_ask_a_server_does_not_say_connecting(start: Start) -> None:
    choice = Servers(Settings(), {}).named("http://[::1]:1")
    choice = replace(choice, headers={"x-odd": "a\nb"})
    async with start(ready=False, target=None, choice=choice) as it:
        await it.sees("cannot be sent")
        await it.sees("not connected")
