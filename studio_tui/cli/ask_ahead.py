"""A process that asks the server while the UI is imported: this one has its hands full, the other cores have not.

It is a fork that takes no part in anything else: it has no terminal, no log and no state, sends reads only, tells what
it hears over a pair of sockets (`client/ahead/asked.py`), and is gone when the start is over, or nobody listens.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from studio_tui.client.target import Target
from studio_tui.errors import UsageError

if TYPE_CHECKING:
    from studio_tui.client.api import Client
    from studio_tui.config.paths import Paths
    from studio_tui.config.servers import ServerChoice

_NICE = 5
"""By how much it gives way to this process, whose first picture the user waits for."""
LIFE = 60.0
"""Seconds until it ends in any case."""
_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP)


class Asker:
    """The process, a child of this one."""

    def __init__(self, target: Target, pid: int, sock: socket.socket) -> None:
        self._target = target
        self._pid = pid
        self._socket: socket.socket | None = sock
        self._lock = threading.Lock()
        """It is waited for once, by whoever comes first."""

    def make_client(self, target: Target, **how: Any) -> Client:
        """Make a client; the first one of the same target has the answers. Call it on the client's loop."""
        from studio_tui.client.api import Client

        client = Client(target, **how)
        sock = self._socket
        if sock is not None and target == self._target:
            from studio_tui.client.ahead.asked import AskedAhead

            self._socket = None
            AskedAhead(client.http, sock, self.end)
        return client

    def end(self) -> None:
        """Have the process gone; in any thread, and again and again."""
        with self._lock:
            pid, self._pid = self._pid, 0
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def ask_ahead(choice: ServerChoice, assistant: str, paths: Paths) -> Asker | None:
    """Begin to ask a server what the studio will ask of it; None where that cannot be, or is not to be.

    `assistant` is the one that is expected to be selected. Call it while the process has one thread.
    """
    if choice.waits or not _may_fork():
        return None
    try:
        target = Target.of(choice)
    except UsageError:
        return None  # which the UI will tell
    ours, theirs = socket.socketpair()
    # A signal that the child got before it has let go of this process's handlers would have it use the terminal.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        pid = os.fork()
        if not pid:
            _begin(target, assistant, paths, ours, theirs)
    except OSError:  # there is no room for another process
        ours.close()
        return None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
    return Asker(target, pid, ours)


def _may_fork() -> bool:
    """Whether a fork can do all that this process could, beside it: not with other threads here, nor on macOS."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _begin(target: Target, assistant: str, paths: Paths, ours: socket.socket, theirs: socket.socket) -> NoReturn:
    """What the child does; it never returns to what its parent was doing."""
    try:
        for number in (*_SIGNALS, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LIFE)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        ours.close()
        os.nice(_NICE)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nowhere, standard)
        _ask(target, assistant, paths, theirs)
    finally:
        os._exit(0)


def _ask(target: Target, assistant: str, paths: Paths, sock: socket.socket) -> None:
    import asyncio
    import logging

    from studio_tui.client.ahead.asking import AskingAhead
    from studio_tui.client.api import Client
    from studio_tui.core.connection.descriptions import Descriptions
    from studio_tui.core.first_questions import ask_first

    logging.disable()

    async def ask() -> None:
        asking = AskingAhead(*await asyncio.open_connection(sock=sock))
        client = Client(replace(target, readonly=True), on_exchange=asking.log)
        client.http.between = asking
        said = await Descriptions(paths.state_dir / "servers").read(target.lasting_name)
        first = asyncio.create_task(ask_first(client, said, assistant))
        await asking.listen(client.http)
        first.cancel()
        os._exit(0)  # past whatever threads and connections there are

    asyncio.run(ask())
