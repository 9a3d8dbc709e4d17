"""One development server as a child process: start it, know that it is ours, pass on its log, stop it.

The process is held by a watchdog (see watchdog.py), so it ends with the studio even after `kill -9`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from studio_tui.config.private_store import write_private
from studio_tui.crossing import Crossing
from studio_tui.errors import LocalServerError
from studio_tui.local import report, watchdog
from studio_tui.local.launch import Launch, demo_folder, free_port
from studio_tui.local.project import project_facts
from studio_tui.local.reload import GraphFaults, ReloadWatch
from studio_tui.text.sanitize import Safe, clean

LineSink = Callable[[str], None]
"""Receives one sanitised log line, on the loop that called `start`."""

TAIL_LINES = 400
"""Log lines kept for error messages and for a log panel that opens late."""
_LINE_LIMIT = 64 * 1024
_POLL_SECONDS = 0.05
_REQUEST_SECONDS = 2.0
_STOP_MARGIN = 4.0
_QUIET_SECONDS = 0.3
_QUIET_LIMIT = 3.0
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_NOISE = re.compile(
    r"\s*\b(?:(?:api_revision|api_variant|langgraph_api_version|thread_name)=\S+"
    r"|user_traceback=(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))"
)
_ADDRESS = re.compile(r"\bAPI:\s*(https?://\S+)")
_REVISION = "LANGSMITH_LANGGRAPH_API_REVISION"
_PORT = "STUDIO_TUI_DEV_PORT"
_FOREIGN_HOST = "page.invalid"
OPEN_TO_PAGES = (
    "This development server answers any web page that your browser shows: the guard before it did not start. "
    "Close foreign pages while it runs."
)


class LocalServer:
    """A development server of this machine; `base_url` is valid after `start`."""

    def __init__(self, launch: Launch, on_line: LineSink | None = None, log_file: Path | None = None) -> None:
        """`log_file` takes the whole log of a start that failed."""
        self.launch = launch
        self.base_url = ""
        self.warning = ""
        """What the user must know of the server that was started."""
        self.tail: deque[Safe] = deque(maxlen=TAIL_LINES)
        self._on_line = on_line
        self._log_file = log_file
        self._token = f"studio-tui-{secrets.token_hex(8)}"
        self._process: subprocess.Popen[bytes] | None = None
        self._group = 0
        self._address = ""
        self._failed = 0.0
        """When the log said that the start has failed; 0 while it has not."""
        self._heard = 0.0
        self._spawned = False
        """The process was begun ahead of `start`, which takes it over."""
        self._log = threading.Lock()
        self._untold: deque[Safe] = deque(maxlen=TAIL_LINES)
        """Lines that came before there was a loop to tell them on."""
        self._crossing: Crossing | None = None
        self._reader: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs (not: whether it answers)."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code once the process has ended."""
        return None if self._process is None else self._process.poll()

    def listen(self, on_line: LineSink) -> None:
        """Send the log's lines to `on_line` from now on."""
        self._on_line = on_line

    def reloads(self) -> ReloadWatch:
        """What tells from the log's lines how a hot reload ended."""
        return ReloadWatch(self.launch.folder)

    def graph_faults(self) -> GraphFaults:
        """What tells from the log's lines why a graph cannot be made."""
        return GraphFaults(self.launch.folder)

    def spawn(self) -> None:
        """Begin the process now; `start` will wait for its answer and pass on its log. Raises LocalServerError."""
        self._spawn()
        self._spawned = True

    async def start(self) -> str:
        """Start the server and return its base URL once it answers. Raises LocalServerError with the log's tail."""
        if self.alive and self.base_url:
            return self.base_url
        self._tell_here()
        if not self._spawned:
            self._spawn()
        self._spawned = False
        try:
            self.base_url = await asyncio.wait_for(self._ready(), self.launch.timeout)
        except TimeoutError:
            await self.stop()
            raise self._failure(f"no answer within {self.launch.timeout:.0f} s") from None
        except BaseException:
            await asyncio.shield(self.stop())
            raise
        # Tried, not assumed: the guard rests on what the server is made of, which may change.
        is_open = await _get(f"{self.base_url}/ok", host=_FOREIGN_HOST) is not None
        self.warning = OPEN_TO_PAGES if is_open else ""
        return self.base_url

    async def stop(self) -> None:
        """Stop the server with all its processes and wait until they are gone; safe to call twice."""
        self.close()
        if self._process is None:
            return
        limit = self.launch.grace + _STOP_MARGIN
        await asyncio.to_thread(self._finish, limit)

    def close(self, *, hurry: bool = False) -> None:
        """Order the stop and return at once; the watchdog carries it out, with `hurry` within a second.

        From any thread. Only the first order counts. A server that does not answer yet has nothing to put away.
        """
        hurry = hurry or not self.base_url
        if self._process is not None and self._process.stdin is not None:
            if hurry and not self._process.stdin.closed:
                with contextlib.suppress(OSError, ValueError):  # the watchdog may be gone
                    os.write(self._process.stdin.fileno(), watchdog.HURRY)
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.close()

    def _tell_here(self) -> None:
        """Lines are told on this loop from now on, first of all those that came before."""
        with self._log:
            self._crossing = Crossing()
            for line in self._untold:
                self._tell(line)
            self._untold.clear()

    def _spawn(self) -> None:
        port = self.launch.port or free_port()
        command = [part.replace("{port}", str(port)) for part in self.launch.command]
        folder = demo_folder(self.launch.folder) if self.launch.private_copy else self.launch.folder
        removed = str(folder) if self.launch.private_copy else ""
        script = str(Path(watchdog.__file__))
        self.base_url, self._address, self._group, self._failed = "", "", 0, 0.0
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", script, str(self.launch.grace), removed, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**self.launch.env, _REVISION: self._token, _PORT: str(port)},
                start_new_session=True,
            )
        except OSError as error:
            if removed:
                shutil.rmtree(removed, ignore_errors=True)
            raise self._failure(clean(str(error))) from error
        self._reader = threading.Thread(target=self._read, args=(self._process,), name="local-server-log", daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Reader thread: every line to the tail and to the sink."""
        assert process.stdout is not None
        with process.stdout as stream:
            for raw in iter(lambda: stream.readline(_LINE_LIMIT), b""):
                self._take(raw.decode("utf-8", "replace"))

    def _take(self, raw: str) -> None:
        text = _ESCAPES.sub("", raw).rstrip()
        if text.startswith(watchdog.STARTED):
            self._group = int(text.removeprefix(watchdog.STARTED))
            return
        if not self._address and (match := _ADDRESS.search(text)):
            self._address = match[1].rstrip("/")
        line = clean(_NOISE.sub("", text))
        self.tail.append(line)
        self._heard = time.monotonic()
        if not self._failed and report.startup_failed(line):
            self._failed = self._heard
        with self._log:
            self._tell(line)

    def _tell(self, line: Safe) -> None:
        if self._crossing is None:
            self._untold.append(line)
        elif self._on_line is not None:
            self._crossing.call(self._on_line, line)

    async def _ready(self) -> str:
        """Wait until the address that our process announced answers, and answers as our process."""
        while True:
            if not self.alive:
                await asyncio.to_thread(self._finish, _STOP_MARGIN)
                raise self._failure(f"it ended with exit code {self.exit_code}")
            if self._failed and self._has_said_all():
                await self.stop()
                raise self._failure("the application cannot be loaded")
            if self._address and await self._answers(self._address):
                return self._address
            await asyncio.sleep(_POLL_SECONDS)

    def _has_said_all(self) -> bool:
        """Whether the log is quiet: the reason comes in many lines, and the last of them is the best."""
        now = time.monotonic()
        return now - self._heard > _QUIET_SECONDS or now - self._failed > _QUIET_LIMIT

    async def _answers(self, address: str) -> bool:
        """Whether our server answers at `address`; a foreign one on the same port would not know our token."""
        if await _get(f"{address}/ok") is None:
            return False
        info = await _get(f"{address}/info")
        host = info.get("host") if isinstance(info, dict) else None
        revision = host.get("revision_id") if isinstance(host, dict) else None
        return (revision is None or revision == self._token) and self.alive

    def _finish(self, limit: float) -> None:
        """Wait for the end; what the watchdog could not end in `limit` seconds is killed here."""
        assert self._process is not None
        try:
            self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode < 0 and self._group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)
        if self._reader is not None:
            self._reader.join(limit)

    def _failure(self, reason: str) -> LocalServerError:
        """The error of a start that failed; call it after `stop`, so that the log is complete."""
        log = list(self.tail)
        title = f"{self.launch.title[0].upper()}{self.launch.title[1:]} did not start: {reason}"
        failure = report.read_failure(log, project_facts(self.launch))
        return LocalServerError(title, failure.text or reason, f"{failure.advice}{self._kept(log)}")

    def _kept(self, log: list[Safe]) -> str:
        """Write the log to a file and say where, so that nobody has to start the server again to read it."""
        if self._log_file is None:
            return ""
        try:
            write_private(self._log_file, "\n".join([*log, ""]))
        except OSError:
            return ""
        return f"\nThe whole log: {self._log_file}"


async def _get(url: str, *, host: str = "") -> object | None:
    """GET `url` on this machine, without proxies, as if it were called `host`; the JSON of a 200 answer, else None."""
    parts = urlsplit(url)
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(_REQUEST_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=parts.scheme == "https")
            request = f"GET {parts.path} HTTP/1.0\r\nHost: {host or parts.netloc}\r\nAccept: application/json\r\n\r\n"
            writer.write(request.encode("ascii"))
            head, _, body = (await reader.read(_LINE_LIMIT)).partition(b"\r\n\r\n")
            status = head.split(b" ", 2)[1:2]
            while not reader.at_eof() and len(body) < _LINE_LIMIT:
                body += await reader.read(_LINE_LIMIT)
            return json.loads(body) if status == [b"200"] else None
    except (OSError, ValueError, RecursionError, TimeoutError):
        return None
    finally:
        if writer is not None:
            writer.transport.abort()  # all was read; a polite end of TLS may outlast the loop
