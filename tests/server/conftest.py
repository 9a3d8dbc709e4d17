"""What tests on the demo's real server share."""

from __future__ import annotations

import pytest

from tests.by_command import Cli, Said, say


@pytest.fixture
def cli(server: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `studio-tui WORDS… --base-url SERVER` in this process."""

    def run(*words: str) -> Said:
        return say(capsys, *words, "--base-url", server)

    return run
