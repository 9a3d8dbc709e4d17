"""Steps of another client's run, read from the history while its stream tells only values."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.runs import history_steps
from studio_tui.core.runs.history_steps import HistorySteps
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import Phase, RunState
from tests.core.fakes import RUN, THREAD, FakeClient, make
from tests.waiting import until


class SlowHistory(FakeClient):
    """A server whose history answers when it is let to."""

    def __init__(self) -> None:
        super().__init__()
        self.began = self.ended = 0
        self.gate = asyncio.Event()

    async def history(self, thread_id: ThreadId, **_more: Any) -> list[Checkpoint]:
        self.began += 1
        await self.gate.wait()
        self.ended += 1
        return []


async def test_events_during_a_reading_do_not_end_it_but_are_followed_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history_steps, "PAUSE", 0.0)
    client = SlowHistory()
    studio = make(client)
    try:
        await studio.connect(Target("http://fake"))
        studio.app_state.thread_id = THREAD
        run = RunState(run_id=RUN, thread_id=THREAD, phase=Phase.RUNNING)
        studio.app_state.runs = [run]
        steps = HistorySteps(studio.runtime, studio.history, run)
        steps.heard()
        await until(lambda: client.began == 1)
        for _ in range(5):  # a stream is faster than a history
            steps.heard()
            await asyncio.sleep(0)
        assert client.began == 1
        client.gate.set()
        await until(lambda: client.ended == 2)
        assert client.began == 2
    finally:
        await studio.aclose()
