"""What tests on the demo's real server share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from tests.by_command import Cli, Said, say


@pytest.fixture
async def studio(server: str) -> AsyncIterator[Studio]:
    """The core, connected to the demo's server."""
    made = Studio()
    await made.connect(Target(server))
    yield made
    await made.aclose()


@pytest.fixture
def cli(server: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `studio-tui WORDS… --base-url SERVER` in this process."""

    def run(*words: str) -> Said:
        return say(capsys, *words, "--base-url", server)

    return run
