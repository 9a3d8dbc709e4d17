"""A studio on a server in memory, connected and with an assistant selected."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from tests.core.fakes import QUICK, FakeClient, make
from tests.core.run_bench import Bench
from tests.waiting import PATIENCE


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
async def studio(client: FakeClient) -> AsyncIterator[Studio]:
    made = make(client)
    await made.connect(Target("http://fake"))
    await made.assistants.select("demo")
    yield made
    await made.aclose()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """That a whole stream is read once more is told where it takes long: here never, on a busy machine neither."""
    made = await Bench(FakeClient(), replace(QUICK, poll=PATIENCE)).open()
    yield made
    await made.studio.aclose()
