"""One real server for all worker processes of a test session: the first that asks starts it, the last stops it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_WAIT_FOR_OTHERS = 300.0


def session_folder(factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all workers of this session share."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


class SharedServer:
    """The first worker starts the server and keeps it until no other worker uses it any more."""

    def __init__(self, folder: Path, name: str, make: Callable[[], Any]) -> None:
        """`make` returns a LocalServer that is not started yet."""
        self._folder = folder
        self._name = name
        self._make = make
        self._record = folder / f"{name}.json"
        self._own: Any = None

    def __enter__(self) -> str:
        with self._locked():
            record = self._read()
            if record is None:
                self._own = self._make()
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
        with (self._folder / f"{self._name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
