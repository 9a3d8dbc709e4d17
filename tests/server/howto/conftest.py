"""A real server with the how-tos' graphs, and the two ways to use it: keys and the command line."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.by_command import Cli as Cli
from tests.by_command import Said, say
from tests.server.driven import Driven, driven
from tests.shared_server import SharedServer, session_folder

APP = Path(__file__).parent / "app"


def copied(app: str, where: Path) -> Path:
    """Copy an app into a folder of its own below `where`: `langgraph dev` writes beside the app."""
    folder = Path(tempfile.mkdtemp(prefix=f"{app}-", dir=where))
    ignore = shutil.ignore_patterns("__pycache__", ".langgraph_api")
    shutil.copytree(APP.with_name(app), folder, ignore=ignore, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def howto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a `langgraph dev` with the graphs of `app/`, one for all worker processes of the session."""
    from studio_tui.config.paths import find_paths
    from studio_tui.local import project_server

    shared = session_folder(tmp_path_factory)

    def make() -> Any:
        return project_server(copied("app", shared), find_paths())

    with SharedServer(shared, "howto-server", make) as base_url:
        yield base_url


@pytest.fixture
def cli(howto_server: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `studio-tui WORDS… --base-url SERVER` in this process; `ends` is the exit code that it must have."""

    def run(*words: str, ends: int = 0, format: str = "text", base_url: str = howto_server) -> Said:
        found = say(capsys, *words, "--base-url", base_url, "--format", format)
        assert found.code == ends, found.err
        return found

    return run


Open = Callable[..., AbstractAsyncContextManager[Driven]]


@pytest.fixture
def studio(howto_server: str, tmp_path: Path) -> Open:
    """Open the studio at an assistant: `async with studio("agent") as it`."""

    def opened(assistant: str = "agent", **options: Any) -> AbstractAsyncContextManager[Driven]:
        return driven(howto_server, tmp_path, assistant=assistant, **options)

    return opened


@pytest.fixture
def api(howto_server: str) -> Iterator[httpx.Client]:
    """The server's own answers, past everything that is tested."""
    with httpx.Client(base_url=howto_server, timeout=30.0) as client:
        yield client


def message(text: str) -> str:
    """The input of the how-tos: one human message, as JSON."""
    return json.dumps({"messages": [{"role": "user", "content": text}]})
