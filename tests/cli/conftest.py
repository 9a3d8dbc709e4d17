"""The command line on a server in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.cli_host import Cli, CliServer, cli_on


@pytest.fixture
def cli_server() -> CliServer:
    return CliServer()


@pytest.fixture
def cli(
    cli_server: CliServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Cli:
    return cli_on(cli_server, monkeypatch, capsys, tmp_path)
