"""JSON text to values, as tolerantly as is honest: exact integers, NaN, bad bytes, and lists with one broken record."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from studio_tui.errors import ProtocolError
from studio_tui.jsonkit.quick import quickly
from studio_tui.jsonkit.value import Json

if TYPE_CHECKING:
    from studio_tui.jsonkit.shared import Texts

LEAST_SHARED = 256 * 1024
"""Bytes of a document from which on it is worth it to look for what is written as in the one before,"""
MOST_SHARED = 32 * 1024 * 1024
"""and up to which its text is kept for that."""
_BOM = "\ufeff"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)


class Broken(Struct, frozen=True):
    """A record that could not be read; the others of its list are unharmed."""

    reason: str


def parse_received(body: bytes | bytearray, texts: Texts | None = None) -> Json:
    """Return the value of a JSON document; ValueError when it is none, ProtocolError when it is nested too deeply.

    With `texts`, what is written as in the document before is the same object.
    """
    try:
        return cast(Json, quickly(body) if texts is None or not _is_shared(body) else texts.value(body))
    except (ValueError, RecursionError):
        return _loads(text_of(body))


def parse_records(body: bytes | bytearray, texts: Texts | None = None) -> list[Json | Broken]:
    """Return the elements of a JSON array, those that cannot be read as `Broken`; ValueError when it is no array.

    With `texts`, what is written as in the element before is the same object.
    """
    if texts is not None and _is_shared(body):
        with suppress(ValueError, RecursionError):
            return texts.values(body)
    try:
        value = parse_received(body)
    except (ValueError, ProtocolError):
        return [_record(piece) for piece in _split_array(text_of(body))]
    if not isinstance(value, list):
        raise ValueError("not an array")
    return value


def _is_shared(body: bytes | bytearray) -> bool:
    return LEAST_SHARED <= len(body) <= MOST_SHARED


def text_of(body: bytes | bytearray) -> str:
    """Return the text of an answer; bytes that are no UTF-8 become U+FFFD."""
    return body.decode("utf-8", "replace").removeprefix(_BOM)


def _loads(text: str) -> Json:
    try:
        try:
            return cast(Json, json.loads(text, strict=False))
        except json.JSONDecodeError:
            raise
        except ValueError:
            # Python refuses to convert integers of more than 4300 digits; such a one stays text.
            return cast(Json, json.loads(text, strict=False, parse_int=_any_int))
    except RecursionError:
        raise ProtocolError("The server's answer is nested too deeply to be read") from None


def _any_int(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _record(piece: str) -> Json | Broken:
    try:
        return _loads(piece)
    except ProtocolError:
        return Broken("it is nested too deeply")
    except ValueError:
        return Broken("it is no valid JSON")


def _split_array(text: str) -> list[str]:
    """Cut the text of an array at its top-level commas, without reading the elements."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        raise ValueError("not an array")
    pieces: list[str] = []
    depth, begin = 0, start + 1
    for match in _TOKEN.finditer(text, start):
        token = match.group()
        if token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
            if depth == 0:
                pieces.append(text[begin : match.start()])
                break
        elif token == "," and depth == 1:
            pieces.append(text[begin : match.start()])
            begin = match.end()
    else:
        pieces.append(text[begin:])
    return [piece for piece in pieces if piece.strip()]
