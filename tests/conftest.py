"""What every test stands on: an isolated environment, no network but loopback, and one real server per session."""

from __future__ import annotations

import errno
import gc
import ipaddress
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.shared_server import SharedServer, session_folder

settings.register_profile("studio-tui", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("studio-tui")

_FOREIGN = re.compile(
    r"(STUDIO_TUI|LANGSMITH|LANGCHAIN|LANGGRAPH|XDG)_|\w+_API_KEY$|(ALL|HTTPS?|NO)_PROXY$", re.IGNORECASE
)


def pytest_configure(config: pytest.Config) -> None:
    """Pin the environment before any test module is imported; programs that tests start inherit it."""
    home = Path(tempfile.mkdtemp(prefix="studio-tui-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    for name in [name for name in os.environ if _FOREIGN.match(name)]:
        del os.environ[name]
    os.environ.update(
        HOME=str(home),
        XDG_CONFIG_HOME=str(home / "config"),
        XDG_STATE_HOME=str(home / "state"),
        XDG_CACHE_HOME=str(home / "cache"),
        XDG_DATA_HOME=str(home / "data"),
        TZ="UTC",
        LC_ALL="C.UTF-8",
        NO_COLOR="1",
        TERM="xterm-256color",
        COLUMNS="120",
        LINES="36",
        LANGSMITH_TRACING="false",
        STUDIO_TUI_DEMO_PACE="0",
        VISUAL=_editor(home),
    )
    time.tzset()
    _forbid_network(config)


def _editor(home: Path) -> str:
    """Return an editor that is installed everywhere, and leaves every file as it is."""
    path = home / "vim"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o700)
    return str(path)


def pytest_collection_finish() -> None:
    """Set aside what the imports of ten thousand tests made: looking through it for cycles took a fifth of their time.

    What a test leaves in cycles is found later than before, and at the end at the latest.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 100)


def _forbid_network(config: pytest.Config) -> None:
    """Connections to other hosts fail as if the machine were offline; names other than localhost do not resolve."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address[0]):
            raise OSError(errno.ENETUNREACH, f"tests may not leave this machine: {address[0]}")
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local(name):
            raise socket.gaierror(socket.EAI_NONAME, f"tests may not leave this machine: {name}")
        return resolve(host, *args, **kwargs)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket, "getaddrinfo", guarded_resolve)
    config.add_cleanup(patch.undo)


def _is_local(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a real `langgraph dev` with the demo graphs, one for all worker processes of the session."""
    from studio_tui.config.paths import find_paths
    from studio_tui.local import demo_server

    make = partial(demo_server, find_paths())
    with SharedServer(session_folder(tmp_path_factory), "server", make) as base_url:
        yield base_url
