"""What another process has asked the server already, while this one had nothing to ask with: it is not asked again.

That process is a fork of this one (`cli/ask_ahead.py`). Each of its answers stands for one request, which is exactly
the same, to the same target with the same keys, and is of the last seconds, in which this program has written nothing.
What else is read during the start it asks when it is told. Where it is not heard of any more, and from the first write
on, this process asks, as it does ever after.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from studio_tui.client.ahead.messages import Answered, Asking, Failed, Logged, Messages, Said, Wanted, packed
from studio_tui.client.answer import Answer, Question
from studio_tui.client.http import Http
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import StudioError

FRESH = 5.0
"""Seconds for which an answer may stand for one that is asked for now."""
SILENCE = 2.0
"""Seconds after which a process that says nothing is given up."""
CALM = 1.0
"""Seconds in which nothing is asked, after which the start is over."""
_LOOK = 0.25
"""Seconds between looks at both."""
_PIECE = 256 * 1024


class AskedAhead:
    """Stands before the requests of a client (`Http.between`), with the answers that a process brings."""

    def __init__(self, http: Http, sock: socket.socket, end: Callable[[], None]) -> None:
        """`sock` leads to the process, which asks the same target; `end` has it gone. Made on the client's loop."""
        self._http, self._socket = http, sock
        self._end_process = end
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._messages = Messages()
        self._unused: dict[Question, deque[asyncio.Future[Answered | Failed | None]]] = defaultdict(deque)
        """Of each question the answers that nobody has used; some are still to come."""
        self._coming: dict[int, asyncio.Future[Answered | Failed | None]] = {}
        self._known: Counter[Question] = Counter()
        """How often each was asked."""
        self._waiting: dict[Question, deque[asyncio.Future[None]]] = defaultdict(deque)
        """Who waits for a question to be asked."""
        self._logged: dict[int, HttpExchange] = {}
        """By the numbers of the process."""
        self._heard = self._busy = time.monotonic()
        """When it said anything, and when there was last something to ask or to tell."""
        http.between = self
        sock.setblocking(False)
        self._loop.add_reader(sock, self._read)
        self._loop.call_later(_LOOK, self._look)
        self._read()  # most of it is there by now

    async def ask(self, question: Question, timeout: float | None, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer that has come for this question, or will; that of `send` where none does."""
        told = await self._told(question, timeout)
        if isinstance(told, Answered):
            logged = self._logged.get(told.logged)
            number, lacks = (logged.seq, partial(self._lacks, logged)) if logged else (0, None)
            return Answer(
                self._http.target, told.status, told.headers, told.body, False, lacks, told.seconds, number
            )  # fmt: skip
        error = told.error() if isinstance(told, Failed) else None
        if error is not None:
            raise error
        return await send()

    async def _told(self, question: Question, timeout: float | None) -> Answered | Failed | None:
        self._busy = time.monotonic()
        unused = self._unused[question]
        while unused or self._is_open:
            if not unused:
                waiting: asyncio.Future[None] = self._loop.create_future()
                others = sum(not other.done() for other in self._waiting[question])
                self._waiting[question].append(waiting)
                self._say(Wanted(question, self._known[question] + others, timeout))
                await waiting
                continue
            told = await asyncio.shield(unused.popleft())
            if told is None or time.monotonic() - told.at < FRESH:
                return told
        return None

    def _say(self, wanted: Wanted) -> None:
        data = packed(wanted)
        try:
            sent = self._socket.send(data)
        except OSError:
            sent = 0
        if sent < len(data):  # it does not read any more
            self.close()

    def _read(self) -> None:
        try:
            piece = self._socket.recv(_PIECE)
            for message in self._messages.said(piece):
                self._take(message)
        except (BlockingIOError, InterruptedError):
            return
        except (OSError, ValueError):
            piece = b""
        self._heard = time.monotonic()
        if not piece:
            self.close()

    def _take(self, message: Said) -> None:
        if isinstance(message, Asking):
            question = message.question
            self._known[question] += 1
            coming = self._coming[message.number] = self._loop.create_future()
            self._unused[question].append(coming)
            waiting = self._waiting[question]
            while waiting:
                first = waiting.popleft()
                if not first.done():  # else its answer is not wanted any more
                    first.set_result(None)
                    break
        elif isinstance(message, Answered | Failed):
            self._busy = time.monotonic()
            self._coming.pop(message.number).set_result(message)
        elif isinstance(message, Logged):
            self._log(message.exchange)

    def _log(self, exchange: HttpExchange) -> None:
        """Have it in the log, under a number of this process."""
        known = self._logged.get(exchange.seq)
        logged = replace(exchange, seq=known.seq if known else next(self._http.numbers))
        self._logged[exchange.seq] = logged
        self._report(logged)

    def _lacks(self, logged: HttpExchange, unread: str) -> None:
        """Tell the log which records of an answer could not be read."""
        self._report(replace(logged, unread=self._http.target.scrub(unread)))

    def _report(self, logged: HttpExchange) -> None:
        if self._http.on_exchange is not None:
            self._http.on_exchange(logged)

    def _look(self) -> None:
        """See whether the start is over, and whether the process still speaks."""
        if not self._is_open:
            return
        now = time.monotonic()
        is_calm = not self._coming and now - self._busy > CALM
        if is_calm or now - self._heard > SILENCE:
            self.close()
        else:
            self._loop.call_later(_LOOK, self._look)

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._end_process()
        for coming in self._coming.values():
            coming.set_result(None)
        for waiting in self._waiting.values():
            for first in waiting:
                if not first.done():
                    first.set_result(None)
        self._coming.clear()
        self._waiting.clear()
        self._loop.call_later(CALM, self._put_away)

    def outdate(self) -> None:
        for unused in self._unused.values():
            unused.clear()
        self.close()

    def _put_away(self) -> None:
        """By now somebody has used what was told, or nobody will."""
        self._http.between = None
        self._unused.clear()
        self._logged.clear()
        with suppress(StudioError):  # the next request will tell
            assert self._http.sender  # imported now, when nobody waits for it
