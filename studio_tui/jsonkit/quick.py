"""JSON text to values by the fast parser. It never differs from Python's own, but refuses more: NaN, lone surrogates,
numbers beyond a float. What it refuses is read again by Python's, whose word holds, errors included."""

from __future__ import annotations

import json
from typing import Any

from msgspec.json import Decoder

_LARGE = 8 * 1024 * 1024
"""Bytes from which on a document is parsed piece by piece."""

_decode = Decoder().decode


def quickly(document: str | bytes | bytearray) -> Any:
    """Return the value of a document; ValueError or RecursionError where Python's parser is to be asked."""
    if isinstance(document, str) and not document.isascii():
        document = document.encode()  # else its bytes would be kept with the text for as long as that lives
    if len(document) <= _LARGE:
        return _decode(document)
    from studio_tui.jsonkit.pieces import in_pieces

    return in_pieces(document.encode() if isinstance(document, str) else document)


def loads(text: str) -> Any:
    """The same as `json.loads`, in a third of the time."""
    try:
        return quickly(text)
    except (ValueError, RecursionError):
        return json.loads(text)
