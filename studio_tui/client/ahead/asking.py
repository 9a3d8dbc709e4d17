"""The other end of `AskedAhead`: tells what is asked here and what comes of it, and asks what it is told to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count

from studio_tui.client.ahead.messages import (
    BEAT,
    Alive,
    Answered,
    Asking,
    Failed,
    Logged,
    Messages,
    Said,
    Wanted,
    packed,
)  # fmt: skip
from studio_tui.client.answer import Answer, Question
from studio_tui.client.http import Http
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import StudioError
from studio_tui.jsonkit.received import parse_received

_PIECE = 64 * 1024


class AskingAhead:
    """Stands before the requests of a client (`Http.between`)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._asked: Counter[Question] = Counter()
        self._for_them: dict[Question, asyncio.Task[Answer]] = {}
        """What was asked because it was wanted: it is not asked again here."""
        self._numbers = count()

    async def ask(
        self,
        question: Question,
        timeout: float | None,  # noqa: ARG002 - that of `send`
        send: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Send a question and tell of it, unless that was done already."""
        asked = self._for_them.pop(question, None)
        return await (asyncio.shield(asked) if asked is not None else self._ask(question, send))

    def close(self) -> None:
        return

    def outdate(self) -> None:
        return  # nothing is written here

    def log(self, exchange: HttpExchange) -> None:
        """Pass an entry of the log on."""
        self._tell(Logged(exchange))

    async def listen(self, http: Http) -> None:
        """Tell the other process that this one is alive, and send by `http` what it wants, until it is gone."""
        self._beat()
        messages, asking = Messages(), set[asyncio.Task[Answer]]()
        while piece := await self._reader.read(_PIECE):
            for wanted in messages.wanted(piece):
                question = wanted.question
                if self._asked[question] > wanted.known or not question.is_read:
                    continue  # it will hear of that
                self._for_them[question] = task = asyncio.create_task(self._ask(question, partial(_send, http, wanted)))
                asking.add(task)
                task.add_done_callback(_noted)

    async def _ask(self, question: Question, send: Callable[[], Awaitable[Answer]]) -> Answer:
        self._asked[question] += 1
        number = next(self._numbers)
        self._tell(Asking(number, question))
        told: Answered | Failed | None = None
        try:
            answer = await send()
            told = Answered(
                number, answer.status, dict(answer.headers), bytes(answer.body), answer.seconds, time.monotonic(),
                answer.number,
            )  # fmt: skip
        except StudioError as error:
            told = Failed.of(number, time.monotonic(), error)
            raise
        finally:
            self._tell(told or Failed(number, time.monotonic()))
        return answer

    def _beat(self) -> None:
        self._tell(Alive())
        asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _tell(self, message: Said) -> None:
        self._writer.write(packed(message))


async def _send(http: Http, wanted: Wanted) -> Answer:
    question = wanted.question
    body = parse_received(question.body) if question.body is not None else None
    return await http.sender.ask(question, body, wanted.timeout)


def _noted(task: asyncio.Task[Answer]) -> None:
    """Its end was told."""
    if not task.cancelled():
        task.exception()
