"""A studio connected to a server in memory, for tests of a run's life."""

from __future__ import annotations

import asyncio
from typing import Any

from studio_tui.client.target import Target
from studio_tui.core.connection.ports import ServerClient
from studio_tui.core.studio import Studio
from studio_tui.domain.run import Note, Phase, RunState
from studio_tui.domain.run_request import RunRequest
from studio_tui.wire.frames import Frame
from tests.core.fakes import QUICK, FakeClient, FakeRun
from tests.paths import FIXTURES
from tests.recordings import read_frames
from tests.waiting import PATIENCE

RECORDED = [
    (frame.event, frame.data, frame.id) for frame in read_frames(FIXTURES / "py/sse_chat_sub_recommended_profile.sse")
]


class Bench:
    """A studio connected to a server in memory."""

    def __init__(self, client: FakeClient, timings: Any = QUICK) -> None:
        self.client: FakeClient = client
        standing_in: ServerClient = client
        self.studio = Studio(client_factory=lambda target, on_exchange: standing_in, threaded=False, timings=timings)
        self.phases: list[Phase] = []

    async def open(self) -> Bench:
        await self.studio.connect(Target("http://fake"))
        await self.studio.assistants.select("demo")
        return self

    async def run(self, script: FakeRun, **options: Any) -> RunState:
        self.client.scripts.append(script)
        await self.studio.runs.start(RunRequest(input={}, **options))
        return await asyncio.wait_for(self.studio.runs.wait(), PATIENCE)

    def frames(self) -> list[Frame]:
        log = self.studio.app_state.frames
        return [log[index] for index in range(len(log))]

    def wire(self) -> list[tuple[str, str, str]]:
        return [(frame.event, frame.data, frame.id) for frame in self.frames()]


def phases(run: RunState) -> list[str]:
    return [entry.text.split(":")[0] for entry in run.timeline if isinstance(entry, Note) and entry.kind == "phase"]


def texts(run: RunState) -> list[str]:
    return [entry.text for entry in run.timeline if isinstance(entry, Note)]
