"""What a process that asks ahead and the one that it asks for tell each other, over a pair of sockets.

Both are the same program: the first is a fork of the second. What a server said is only ever bytes in these messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec import Struct

from studio_tui import errors
from studio_tui.client.answer import RESPONSE_LIMIT, Question
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.errors import StudioError

BEAT = 0.5
"""Seconds after which the process that asks says that it is still there, whatever else it says."""
_MOST = RESPONSE_LIMIT + 1024 * 1024
"""Bytes of one message."""
_LENGTH = 4
_ALSO = frozenset({"exit_code", "retry_after", "final", "said", "size"})


class Asking(Struct, frozen=True, tag=True):
    """A question is on its way to the server."""

    number: int
    question: Question


class Answered(Struct, frozen=True, tag=True):
    """The server has answered."""

    number: int
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    """From the request to the end of the answer."""
    at: float
    """When the answer was there, on the clock `time.monotonic` of the machine."""
    logged: int
    """The number of its entry in the log of requests."""


class Failed(Struct, frozen=True, tag=True):
    """There was no successful answer."""

    number: int
    at: float
    kind: str = ""
    """The class of the error, empty where it is not known what became of the question."""
    title: str = ""
    detail: str = ""
    hint: str = ""
    status: int | None = None
    also: dict[str, float | int | str | bool | None] = {}
    """What else the error holds."""

    @classmethod
    def of(cls, number: int, at: float, error: StudioError) -> Failed:
        also = {name: value for name, value in vars(error).items() if name in _ALSO}
        return cls(number, at, type(error).__name__, error.title, error.detail, error.hint, error.status, also)

    def error(self) -> StudioError | None:
        """Return the error; None where it has to be found out anew."""
        made = getattr(errors, self.kind, None)
        if not isinstance(made, type) or not issubclass(made, StudioError):
            return None
        error = made(self.title, self.detail, self.hint, status=self.status)
        for name in _ALSO & self.also.keys():
            setattr(error, name, self.also[name])
        return error


class Logged(Struct, frozen=True, tag=True):
    """An entry of the log of requests, or a later state of one."""

    exchange: HttpExchange


class Alive(Struct, frozen=True, tag=True):
    """Nothing has happened."""


class Wanted(Struct, frozen=True, tag=True):
    """The other way: an answer to this question is wanted, beside those of so many times that it was asked."""

    question: Question
    known: int
    timeout: float | None


Said: TypeAlias = Asking | Answered | Failed | Logged | Alive

_encode = msgspec.msgpack.Encoder().encode
_SAID = msgspec.msgpack.Decoder(Said)
_WANTED = msgspec.msgpack.Decoder(Wanted)


def packed(message: Said | Wanted) -> bytes:
    """Return a message as it is sent."""
    data = _encode(message)
    return len(data).to_bytes(_LENGTH, "big") + data


class Messages:
    """Messages out of the pieces in which they come. ValueError for anything else."""

    def __init__(self) -> None:
        self._data = bytearray()

    def said(self, piece: bytes) -> Iterator[Said]:
        """Yield what a piece completes, of the process that asks."""
        return map(_SAID.decode, self._whole(piece))

    def wanted(self, piece: bytes) -> Iterator[Wanted]:
        """The same the other way."""
        return map(_WANTED.decode, self._whole(piece))

    def _whole(self, piece: bytes) -> Iterator[bytes]:
        data = self._data
        data += piece
        while len(data) >= _LENGTH:
            end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
            if end > _MOST:
                raise ValueError("a message is too long")
            if len(data) < end:
                return
            yield bytes(data[_LENGTH:end])
            del data[:end]
