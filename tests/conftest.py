"""What every test stands on: an isolated environment, no network but loopback, and one real server per session."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import ipaddress
import json
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_FOREIGN = re.compile(
    r"(STUDIO_TUI|LANGSMITH|LANGCHAIN|LANGGRAPH|XDG)_|\w+_API_KEY$|(ALL|HTTPS?|NO)_PROXY$", re.IGNORECASE
)
_WAIT_FOR_OTHERS = 300.0


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
    )
    time.tzset()
    _forbid_network(config)


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
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with _SharedServer(shared) as base_url:
        yield base_url


class _SharedServer:
    """The first worker starts the server and keeps it until no other worker uses it any more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = folder / "server.json"
        self._own: Any = None

    def __enter__(self) -> str:
        from studio_tui.local import demo_server

        with self._locked():
            record = self._read()
            if record is None:
                self._own = demo_server()
                record = {"url": asyncio.run(self._own.start()), "owner": os.getpid(), "users": []}
            record["users"].append(os.getpid())
            self._record.write_text(json.dumps(record))
            return str(record["url"])

    def __exit__(self, *_: object) -> None:
        self._leave()
        if self._own is None:
            return
        deadline = time.monotonic() + _WAIT_FOR_OTHERS
        while not self._close_if_unused() and time.monotonic() < deadline:
            time.sleep(0.1)
        asyncio.run(self._own.stop())

    def _leave(self) -> None:
        with self._locked():
            record = self._read()
            if record is not None:
                record["users"].remove(os.getpid())
                self._record.write_text(json.dumps(record))

    def _close_if_unused(self) -> bool:
        with self._locked():
            record = self._read()
            if record is not None and any(_is_running(pid) for pid in record["users"]):
                return False
            self._record.unlink(missing_ok=True)
            return True

    def _read(self) -> dict[str, Any] | None:
        """The server in use; None when there is none or its owner died (its watchdog has stopped it then)."""
        try:
            record: dict[str, Any] = json.loads(self._record.read_text())
        except FileNotFoundError:
            return None
        return record if _is_running(record["owner"]) else None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
