"""Large JSON documents to values, piece by piece.

One call of the parser keeps every other thread waiting, the one that paints and reads keys among them. So objects are
cut into their values, and lists where an item seems to end. That this was an end is proved by the parser: texts that
are lists when each stands in brackets are one list, of all their items, when they are joined by commas.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from msgspec import Raw
from msgspec.json import Decoder

Text: TypeAlias = bytes | bytearray | memoryview

PIECE = 1024 * 1024
"""Bytes that are parsed in one call, which takes a millisecond or two."""
DEEPEST = 6
"""Levels that are cut."""
_TRIES = 8
"""Ends of items that are tried for one piece."""
LOOKED_AT = 64
"""Bytes in which a document begins."""

whole = Decoder().decode
values_of = Decoder(dict[str, Raw]).decode
items_of = Decoder(list[Raw]).decode
_first = re.compile(rb'\s*\[\s*(\{\s*"[^"\\]{0,64}"\s*:|.)', re.DOTALL)
_ENDS = {b"{": rb"\}\s*,\s*(?=\{)", b"[": rb"\]\s*,\s*(?=\[)", b'"': rb'"\s*,\s*(?=")'}
"""Where one item ends and the next begins, by what the first begins with."""
_ANY_END = rb",\s*"


def in_pieces(text: Text, depth: int = 0) -> Any:
    """Return the value of a document; ValueError or RecursionError where the parser refuses it."""
    begin = bytes(text[:LOOKED_AT]).lstrip()[:1] if len(text) > PIECE and depth < DEEPEST else b""
    if begin == b"{":
        return {key: in_pieces(memoryview(value), depth + 1) for key, value in values_of(text).items()}
    return _list(memoryview(text), depth) if begin == b"[" else whole(text)


def _list(text: memoryview, depth: int) -> list[Any]:
    end = end_of_items(text)
    found: list[Any] = []
    start = 0
    while len(text) - start > PIECE:
        part = cut(text, start, end, PIECE)
        if part is None:  # the items are large themselves
            large = items_of(_rest(text, start))
            return [*_more(found, large), *(in_pieces(memoryview(item), depth + 1) for item in large)]
        found += part[0]
        start = part[1] + 1
    last = whole(_rest(text, start))
    return [*_more(found, last), *last]


def _rest(text: memoryview, start: int) -> Text:
    return b"".join((b"[", text[start:])) if start else text


def _more(found: list[Any], items: list[Any]) -> list[Any]:
    """Return what was found before `items`, which a comma announced unless nothing was."""
    if found and not items:
        raise ValueError("a comma after the last item")
    return found


def end_of_items(text: memoryview) -> re.Pattern[bytes]:
    """What separates two items, guessed from how the first begins: with the same key, where they are objects."""
    match = _first.match(text)
    begin = match[1] if match is not None else b""
    if len(begin) > 1:
        return re.compile(rb"\}\s*,\s*(?=" + re.escape(begin) + rb")")
    return re.compile(_ENDS.get(begin, _ANY_END))


def cut(text: memoryview, start: int, end: re.Pattern[bytes], size: int) -> tuple[list[Any], int] | None:
    """Parse the items from `start` on for about `size` bytes; return them and where the comma behind them is, or None.

    `start` is 0, where the list has its bracket, or lies behind that bracket or a comma.
    """
    place = start + size
    for _ in range(_TRIES):
        match = end.search(text, place)
        if match is None or match.start() > start + 4 * size:
            return None
        comma = match.start() + match[0].index(b",")
        try:
            items = whole(b"".join((b"[" if start else b"", text[start:comma], b"]")))
        except ValueError:
            place = match.end()
            continue
        return (items, comma) if items else None
    return None
