"""One connection at a time: an earlier attempt, whenever it ends, neither stays open nor disturbs the newer one."""

from __future__ import annotations

import asyncio
import threading
from typing import ClassVar

import pytest

from studio_tui.client.target import Target
from studio_tui.core.connection.timings import Timings
from studio_tui.core.state.app_state import LinkState
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.thread import Thread
from studio_tui.errors import ConnectError
from tests.core.fakes import QUICK, THREAD, FakeClient, chain, make
from tests.waiting import PATIENCE, until


class Held(FakeClient):
    """Answers the probe, or the first list, only when it is let go; then as `answer` says."""

    def __init__(self, held: str) -> None:
        super().__init__()
        self.held, self.goes_on, self.error = held, asyncio.Event(), ConnectError("The connection was closed")

    async def probe(self) -> ServerInfo:
        if self.held.startswith("probe"):
            await self.goes_on.wait()
        if self.held == "probe fails":
            raise self.error
        return await super().probe()

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        if self.held.startswith("list"):
            self.calls.append("asked")
            await self.goes_on.wait()
        if self.held == "list fails":
            raise self.error
        return await super().all_assistants(cap, start=start)


@pytest.mark.parametrize("held", ["probe", "probe fails", "list", "list fails"])
async def test_an_earlier_attempt_that_ends_late_leaves_the_newer_connection_alone(held: str) -> None:
    early, late = Held(held), FakeClient()
    made = iter([early, late])
    studio = Studio(client_factory=lambda *_, **__: next(made), threaded=False, timings=QUICK)
    earlier = asyncio.create_task(studio.connect(Target("http://early")))
    await until(lambda: studio.connection._client is early and (held.startswith("probe") or "asked" in early.calls))
    info = await studio.connect(Target("http://late", profile="late"))
    early.goes_on.set()
    with pytest.raises(ConnectError):
        await earlier
    assert studio.connection.client is late
    assert "aclose" in early.calls
    assert "aclose" not in late.calls
    assert (studio.app_state.link, studio.app_state.server) == (LinkState.UP, info)
    assert studio.app_state.profile == "late"
    assert studio.app_state.assistants.items
    await studio.aclose()


class Making:
    """Makes clients on the network's thread; the first one takes its time, as its libraries are imported."""

    def __init__(self) -> None:
        self.began, self.goes_on = threading.Event(), threading.Event()
        self.clients: list[FakeClient] = []

    def __call__(self, *_: object, **__: object) -> FakeClient:
        if not self.began.is_set():
            self.began.set()
            self.goes_on.wait(PATIENCE)
        self.clients.append(FakeClient())
        return self.clients[-1]


async def test_a_client_that_is_made_while_another_server_is_chosen_is_closed() -> None:
    making = Making()
    studio = Studio(client_factory=making, threaded=True, timings=QUICK)
    earlier = asyncio.create_task(studio.connect(Target("http://early")))
    await until(making.began.is_set)
    later = asyncio.create_task(studio.connect(Target("http://late")))
    for _ in range(10):
        await asyncio.sleep(0)
    making.goes_on.set()
    with pytest.raises(ConnectError, match="Another server"):
        await earlier
    await later
    early, late = making.clients
    assert studio.connection.client is late
    assert "aclose" in early.calls
    assert "aclose" not in late.calls
    assert studio.app_state.link is LinkState.UP
    await studio.aclose()


async def test_a_client_that_is_made_after_the_wait_for_it_was_given_up_is_closed() -> None:
    making = Making()
    studio = Studio(client_factory=making, threaded=True, timings=QUICK)
    connecting = asyncio.create_task(studio.connect(Target("http://early")))
    await until(making.began.is_set)
    connecting.cancel()
    await asyncio.sleep(0)
    making.goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert [client.calls for client in making.clients] == [["aclose"]]
    assert studio.app_state.link is LinkState.NONE
    await studio.aclose()


class Alone(FakeClient):
    """Fails at one route alone, as where only that is redirected or cut off in the middle."""

    fails = ""

    def _called(self, name: str) -> None:
        super()._called(name)
        if name == self.fails:
            raise ConnectError("http://fake gave no complete answer", "It closed the connection in the middle.")


@pytest.mark.parametrize(
    "route", ["graph", "schemas", "subgraphs", "threads", "thread_count", "assistants", "state", "history", "runs"]
)
async def test_a_route_that_fails_alone_is_no_lost_link_and_is_not_asked_again_and_again(
    route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Alone()
    client.heads[THREAD], client.histories[THREAD], client.thread_rows[THREAD] = chain(3)[0], chain(3), Thread(THREAD)
    studio = make(client)
    links: list[LinkState] = []
    set_link = studio.connection._set_link

    def linked(link: LinkState) -> None:
        links.append(link)
        set_link(link)

    monkeypatch.setattr(studio.connection, "_set_link", linked)
    await studio.connect(Target("http://fake"))
    studio.watch_others(True)
    await studio.assistants.select("demo")
    client.fails = route
    studio.assistants.read_subgraphs()
    reads = (
        studio.assistants.load_graph(xray=True),
        studio.assistants.load_inner_graph(),
        studio.assistants.load_schemas(),
        studio.recent.refresh(),
        studio.threads.open(THREAD),
        studio.history.select(CheckpointId("1f0001")),
        studio.server_returned(),
    )
    await asyncio.gather(*reads, return_exceptions=True)
    for _ in range(300):
        await asyncio.sleep(0)
    assert client.calls.count(route) <= 12
    assert (studio.app_state.link, LinkState.DOWN in links) == (LinkState.UP, False)
    if route == "graph":
        assert "no complete answer" in studio.app_state.graph_problem
    await studio.aclose()


class Counted(Timings, frozen=True):
    """Keeps how many failures each wait is for, and does not wait."""

    waits: ClassVar[list[int]] = []

    def backoff(self, failures: int) -> float:
        self.waits.append(failures)
        return 0.0


async def test_a_link_that_is_lost_again_and_again_is_tried_more_and_more_rarely() -> None:
    Counted.waits.clear()
    studio = make(FakeClient(), timings=Counted())
    await studio.connect(Target("http://fake"))
    lost = ConnectError("Nothing listens")
    lost.unreachable = True

    async def fails(_: object) -> None:
        raise lost

    async def is_lost_and_comes_back() -> None:
        with pytest.raises(ConnectError):
            await studio.connection.call(fails)
        assert studio.app_state.link is LinkState.DOWN
        await until(lambda: studio.app_state.link is LinkState.UP)

    for _ in range(4):
        await is_lost_and_comes_back()
    assert Counted.waits == [0, 1, 2, 3]
    studio.connection._up_since -= Counted().healthy + 1
    await is_lost_and_comes_back()
    assert Counted.waits[-1] == 0, "after a time of health all of it is forgotten"
    await studio.aclose()
