"""Bodies as bytes with a limit, also when a proxy compressed them although we asked it not to."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator

import httpx

from studio_tui.errors import ProtocolError
from studio_tui.text.sanitize import clean

_STEP = 256 * 1024
"""Bytes inflated at once, so that a bomb never unfolds in memory."""


def is_compressed(response: httpx.Response) -> bool:
    return response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")


async def body_pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the body in bounded pieces, inflated; ProtocolError for an encoding that nobody asked for."""
    if response.is_stream_consumed:  # the transport handed over a complete answer
        yield response.content
        return
    inflate = _inflater(response)
    try:
        async for raw in response.aiter_raw():
            if inflate is None:
                yield raw
                continue
            for piece in inflate(raw):
                yield piece
        if inflate is not None and not inflate.complete:
            raise ProtocolError("The answer is damaged", "Its compressed body ends in the middle.", _PROXY)
    except zlib.error:
        raise ProtocolError("The answer is damaged", "Its compression cannot be undone.", _PROXY) from None


_PROXY = "A proxy between here and the server seems to change the answers."


class _Inflater:
    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the compressed body, if any, has come to its end."""
        return self._inner.eof or not self._begun

    def __call__(self, raw: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(raw)
        while raw:
            piece = self._inner.decompress(raw, _STEP)
            raw = self._inner.unconsumed_tail
            if piece:
                yield piece


def _inflater(response: httpx.Response) -> _Inflater | None:
    if not is_compressed(response):
        return None
    encoding = response.headers["content-encoding"].strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return _Inflater(zlib.MAX_WBITS | 16)
    if encoding == "deflate":
        return _Inflater(zlib.MAX_WBITS)
    raise ProtocolError(f"The answer is compressed with {clean(encoding, 40)}", "That was not asked for.", _PROXY)
