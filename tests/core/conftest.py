"""A studio on a server in memory, connected and with an assistant selected."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from tests.core.fakes import FakeClient, make
from tests.core.run_bench import Bench


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
    made = await Bench(FakeClient()).open()
    yield made
    await made.studio.aclose()
