"""A key goes before what streams in, which loses nothing by it and is never held back for good."""

from __future__ import annotations

import asyncio
import threading

import pytest

from studio_tui.core.connection import right_of_way
from studio_tui.core.connection.right_of_way import RightOfWay
from studio_tui.domain.run_request import RunRequest
from tests.core.fakes import FakeRun
from tests.core.run_bench import RECORDED, Bench
from tests.waiting import PATIENCE, until


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time is long enough to lose the right of way: a test gives up before."""
    monkeypatch.setattr(right_of_way, "LONGEST", 10 * PATIENCE)
    monkeypatch.setattr(right_of_way, "PIECE", 10 * PATIENCE)


@pytest.mark.usefixtures("endless")
async def test_what_heeds_a_key_goes_on_when_that_is_over_in_whichever_thread() -> None:
    way = RightOfWay()
    waiting, over = threading.Event(), threading.Event()

    async def stream() -> None:
        waiting.set()
        await way.heed()
        over.set()

    way.take()
    thread = threading.Thread(target=asyncio.run, args=(stream(),), daemon=True)
    thread.start()
    await asyncio.to_thread(waiting.wait, PATIENCE)
    here = asyncio.create_task(way.heed())
    await until(lambda: len(way._waiting) == 2)
    assert not over.is_set()
    assert not here.done()
    way.give()
    await asyncio.wait_for(here, PATIENCE)
    await asyncio.to_thread(thread.join, PATIENCE)
    assert over.is_set()
    assert not way._waiting


async def test_a_key_that_nothing_comes_of_and_keys_that_never_end_hold_nothing_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way = RightOfWay()
    monkeypatch.setattr(right_of_way, "LONGEST", 0.0)
    way.take()
    assert not way.taken
    await asyncio.wait_for(way.heed(), PATIENCE)
    monkeypatch.setattr(right_of_way, "LONGEST", 10 * PATIENCE)
    monkeypatch.setattr(right_of_way, "PIECE", 0.0)
    way.take()
    await asyncio.wait_for(way.heed(), PATIENCE)
    assert way.taken


@pytest.mark.usefixtures("endless")
async def test_a_run_is_folded_after_the_key_and_whole(bench: Bench) -> None:
    way = bench.studio.right_of_way
    bench.client.scripts.append(FakeRun([*RECORDED]))
    await bench.studio.runs.start(RunRequest(input={}))
    way.take()
    await until(lambda: bool(way._waiting))
    before = len(bench.studio.app_state.frames)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(bench.studio.app_state.frames) == before < len(RECORDED)
    way.give()
    await asyncio.wait_for(bench.studio.runs.wait(), PATIENCE)
    assert bench.wire() == RECORDED
