"""Where nobody named a graph the first that takes messages comes first, and nothing more is asked than that needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.ids import AssistantId, default_assistant_id
from studio_tui.jsonkit.value import JsonObject
from tests.core.fakes import FakeClient, make

FORM: JsonObject = {"type": "object", "properties": {"count": {"type": "integer"}}}
CHAT: JsonObject = {"type": "object", "properties": {"messages": {"type": "array", "items": {"type": "object"}}}}


def _default(graph: str, created: float) -> Assistant:
    system = {"created_by": "system"}
    return Assistant(AssistantId(default_assistant_id(graph)), graph, graph, metadata=system, created_at=created)


class Graphs(FakeClient):
    """A server with these graphs, in the order in which they were made; which take messages."""

    def __init__(self, *graphs: str) -> None:
        super().__init__()
        self.made = [_default(graph, float(place)) for place, graph in enumerate(graphs)][::-1]
        self.asked: list[str] = []
        self.hold: asyncio.Event | None = None

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        return self.made[start : start + cap]

    async def schemas(self, assistant_id: str) -> Schemas:
        graph = next(item.graph_id for item in self.made if item.assistant_id == assistant_id)
        self.asked.append(graph)
        if self.hold is not None:
            await self.hold.wait()
        if graph == "broken":
            return Schemas(graph, problem="The server gives no schemas")
        return Schemas(graph, input=CHAT if graph.startswith("chat") else FORM)


async def _began(client: Graphs, is_untouched: Callable[[], bool] = lambda: True) -> tuple[Studio, str]:
    """Return which graph is shown after a start with the server's first one."""
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select(client.made[-1].graph_id)
    await studio.assistants.prefer_chat(is_untouched)
    shown = studio.app_state.assistant
    return studio, shown.graph_id if shown is not None else ""


@pytest.mark.parametrize(
    ("graphs", "shown", "asked"),
    [
        (("count", "form", "chat", "chat2"), "chat", ["count", "form", "chat"]),
        (("chat", "chat2"), "chat", ["chat"]),
        (("count", "form"), "count", ["count", "form"]),
        (("broken", "chat"), "broken", ["broken"]),
        (("count", "broken", "chat"), "chat", ["count", "broken", "chat"]),
    ],
)
async def test_the_first_graph_that_takes_messages_comes_first(
    graphs: tuple[str, ...], shown: str, asked: list[str]
) -> None:
    client = Graphs(*graphs)
    studio, found = await _began(client)
    assert found == shown
    assert client.asked[: len(asked)] == asked
    await studio.aclose()


async def test_nothing_is_asked_of_others_before_the_first_has_told_and_nothing_once_somebody_began() -> None:
    client, touched = Graphs("count", "chat"), False
    client.hold = asyncio.Event()
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("count")
    going = asyncio.create_task(studio.assistants.prefer_chat(lambda: not touched))
    for _ in range(20):
        await asyncio.sleep(0)
    assert client.asked == ["count"]
    touched = True
    client.hold.set()
    assert await going is None
    assert client.asked == ["count"]
    assert studio.app_state.assistant is not None
    assert studio.app_state.assistant.graph_id == "count"
    await studio.aclose()


async def test_a_choice_made_meanwhile_stays() -> None:
    client = Graphs("count", "chat", "form")
    client.hold = asyncio.Event()
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("count")
    going = asyncio.create_task(studio.assistants.prefer_chat(lambda: True))
    await asyncio.sleep(0)
    await studio.assistants.select("form")
    client.hold.set()
    assert await going is None
    assert studio.app_state.assistant is not None
    assert studio.app_state.assistant.graph_id == "form"
    await studio.aclose()
