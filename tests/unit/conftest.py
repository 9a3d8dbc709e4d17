"""A studio on a server in memory, connected and with an assistant selected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studio_tui.client.target import Target
from studio_tui.core.studio import Studio
from tests.unit.cli_host import Cli, CliServer, cli_on
from tests.unit.session_fakes import FakeClient, make


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
async def studio(client: FakeClient) -> AsyncIterator[Studio]:
    made = make(client)
    await made.connect(Target("http://fake"))
    await made.select_assistant("demo")
    yield made
    await made.aclose()


@pytest.fixture
def cli_server() -> CliServer:
    return CliServer()


@pytest.fixture
def cli(
    cli_server: CliServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Cli:
    return cli_on(cli_server, monkeypatch, capsys, tmp_path)
