"""Work on the network's own thread: results, errors and cancellation cross over; queues hold back and lose nothing."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from studio_tui.core.connection.network import Handover, InlineNetwork, Network, ThreadNetwork
from studio_tui.errors import ConnectError
from tests.core.fakes import FakeClient
from tests.core.run_bench import Bench
from tests.waiting import PATIENCE


@pytest.fixture(params=[True, False], ids=["thread", "inline"])
async def network(request: pytest.FixtureRequest) -> AsyncIterator[Network]:
    made = ThreadNetwork() if request.param else InlineNetwork()
    yield made
    await made.aclose()


@pytest.fixture
async def thread() -> AsyncIterator[ThreadNetwork]:
    made = ThreadNetwork()
    yield made
    await made.aclose()


async def test_result_and_error_come_back(network: Network) -> None:
    async def good() -> int:
        await asyncio.sleep(0)
        return 42

    async def bad() -> int:
        raise ConnectError("No server", "refused")

    assert await network.call(good) == 42
    with pytest.raises(ConnectError, match="No server"):
        await network.call(bad)


async def test_work_runs_on_the_network_thread_and_all_on_one_loop(thread: ThreadNetwork) -> None:
    async def where() -> tuple[int, asyncio.AbstractEventLoop]:
        return threading.get_ident(), asyncio.get_running_loop()

    first, second = await asyncio.gather(thread.call(where), thread.call(where))
    assert first == second
    assert first[0] != threading.get_ident()
    assert first[1] is thread.loop is not asyncio.get_running_loop()


async def test_cancelling_the_caller_cancels_the_work(network: Network) -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    task = asyncio.create_task(network.call(work))
    assert await asyncio.to_thread(started.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(cancelled.wait, 5)


async def test_a_failure_that_nobody_waits_for_any_more_is_no_fault_of_the_program(thread: ThreadNetwork) -> None:
    told: list[dict[str, Any]] = []
    started, ended = threading.Event(), threading.Event()

    async def work() -> None:
        thread.loop.set_exception_handler(lambda _, context: told.append(context))
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectError("No server", "refused") from None
        finally:
            ended.set()

    task = asyncio.create_task(thread.call(work))
    assert await asyncio.to_thread(started.wait, PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, PATIENCE)

    async def forget() -> None:
        await asyncio.sleep(0)
        gc.collect()

    await thread.call(forget)
    assert told == []


async def test_network_goes_on_while_the_callers_loop_is_blocked(thread: ThreadNetwork) -> None:
    blocked, goes_on = threading.Event(), threading.Event()
    started = threading.Event()

    async def tick() -> None:
        started.set()
        ticks = 0
        while ticks < 10:
            await asyncio.sleep(0.001)
            ticks += blocked.is_set()
        goes_on.set()

    task = asyncio.create_task(thread.call(tick))
    assert await asyncio.to_thread(started.wait, 5)
    blocked.set()
    assert goes_on.wait(PATIENCE)  # not awaited: what a terminal that does not read does to the UI loop
    await task


async def test_closing_cancels_what_still_runs_there() -> None:
    network = ThreadNetwork()
    ended = threading.Event()
    started = threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(network.call(work))
    assert await asyncio.to_thread(started.wait, 5)
    await network.aclose()
    assert ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await task
    for ask in (network.call, network.finish):
        with pytest.raises(ConnectError, match="closed"):
            await ask(work)
    await network.aclose()


async def test_work_that_must_be_finished_is_not_broken_off_by_a_cancelled_caller_or_a_close(network: Network) -> None:
    started, leaving, ended = threading.Event(), threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        while not leaving.is_set():  # noqa: ASYNC110 - set by another thread's loop
            await asyncio.sleep(0.001)
        ended.set()

    task = asyncio.create_task(network.finish(work))
    assert await asyncio.to_thread(started.wait, 5)
    task.cancel()
    asyncio.get_running_loop().call_later(0.02, leaving.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    await network.aclose()
    assert ended.is_set()


async def test_closing_an_unused_network_starts_no_thread() -> None:
    before = threading.active_count()
    await ThreadNetwork().aclose()
    await InlineNetwork().aclose()
    assert threading.active_count() == before


async def test_handover_keeps_order_and_loses_nothing(network: Network) -> None:
    queue: Handover[int] = Handover(network.loop, max_items=7)

    async def produce() -> None:
        for number in range(1000):
            await queue.put(number, 1)

    task = asyncio.create_task(network.call(produce))
    found: list[int] = []
    while len(found) < 1000:
        batch = await queue.take()
        assert len(batch) <= 7
        found += batch
    await task
    assert found == list(range(1000))


@pytest.mark.parametrize(("size", "held"), [(1, 5), (4, 2), (100, 1)])
async def test_full_handover_holds_the_producer_back(size: int, held: int) -> None:
    queue: Handover[int] = Handover(asyncio.get_running_loop(), max_items=5, max_bytes=10)
    put: list[int] = []

    async def produce() -> None:
        for number in range(8):
            await queue.put(number, size)
            put.append(number)

    task = asyncio.create_task(produce())
    for _ in range(50):
        await asyncio.sleep(0)
    assert put == list(range(held))
    found: list[int] = []
    while len(found) < 8:
        found += await queue.take()
    await task
    assert found == list(range(8))


async def test_what_came_together_is_handed_over_together_or_waits_together() -> None:
    queue: Handover[int] = Handover(asyncio.get_running_loop(), max_items=5, max_bytes=10)
    await queue.put_all([1, 2, 3], 9)
    waiting = [asyncio.create_task(queue.put_all(items, size)) for items, size in (([4, 5, 6], 1), ([7] * 9, 99))]
    for _ in range(10):
        await asyncio.sleep(0)
    assert await queue.take() == [1, 2, 3]
    assert await queue.take() == [4, 5, 6]
    assert await queue.take() == [7] * 9
    await asyncio.gather(*waiting)


async def test_last_item_fits_into_a_full_queue() -> None:
    queue: Handover[str] = Handover(asyncio.get_running_loop(), max_items=1)
    await queue.put("event")
    queue.put_now("end")
    assert await queue.take() == ["event", "end"]


async def test_one_batch_wakes_the_consumer_once(thread: ThreadNetwork) -> None:
    loop = asyncio.get_running_loop()
    wakes: list[Any] = []
    original = loop.call_soon_threadsafe

    class Counting:
        """Counts wake-ups of this loop and passes them on."""

        def call_soon_threadsafe(self, callback: Any, *args: Any) -> Any:
            wakes.append(callback)
            return original(callback, *args)

    queue: Handover[int] = Handover(thread.loop, consumer=Counting())  # type: ignore[arg-type]

    def fill() -> Coroutine[Any, Any, None]:
        async def put_all() -> None:
            for number in range(200):
                await queue.put(number)

        return put_all()

    await thread.call(fill)
    assert len(wakes) == 1
    assert await queue.take() == list(range(200))


async def test_client_that_is_being_closed_is_closed_although_nobody_waits_any_more() -> None:
    began, goes_on, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(FakeClient):
        async def aclose(self) -> None:
            began.set()
            await goes_on.wait()
            closed.set()

    bench = await Bench(Slow()).open()
    leaving = asyncio.create_task(bench.studio.disconnect())
    await asyncio.wait_for(began.wait(), PATIENCE)
    leaving.cancel()
    await asyncio.wait([leaving])
    goes_on.set()
    await asyncio.wait_for(closed.wait(), PATIENCE)
    await bench.studio.aclose()
