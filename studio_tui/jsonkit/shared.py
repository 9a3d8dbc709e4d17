"""Large documents of which each is much like the one before, as the states of a thread are: what is written as it was
there is not parsed again, and is the same object.

That bytes which were parsed mean the same again needs no proof but where they stand. Keys of an object are told by the
parser. Items of a list are, too: texts that are lists when each stands in brackets are one list, of all their items,
when they are joined by commas (see `jsonkit.pieces`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from studio_tui.jsonkit import pieces
from studio_tui.jsonkit.pieces import Text
from studio_tui.jsonkit.quick import uncollected

_PIECE = 64 * 1024
"""Bytes of a list, about, of which all or nothing is written as before."""
_NEEDLE = 256
"""Bytes by which a piece is found again behind a change."""
_AHEAD = 3
"""Pieces that are looked for behind one that has changed."""
_MISSES = 4
"""Pieces one after the other that are not found again, after which no more are looked for."""


class _Piece(Struct, frozen=True, gc=False):
    """Some items of a list, as they are written between two commas, or between the last one and the end."""

    text: bytes
    items: list[Any]


class _Known(Struct, gc=False):
    """What is known of a value: how its parts are written, or how it is itself."""

    value: Any
    text: bytes = b""
    keys: dict[str, _Known] | None = None
    pieces: list[_Piece] | None = None
    last: _Piece | None = None
    """The piece behind all others, with the bracket."""


class Texts:
    """How the document that was read last is written."""

    def __init__(self) -> None:
        self._last: _Known | None = None

    def value(self, body: bytes | bytearray) -> Any:
        """Return the value of a document; ValueError or RecursionError where the fast parser refuses it."""
        with uncollected():
            return self._next(body)

    def values(self, body: bytes | bytearray) -> list[Any]:
        """Return those of a list of documents, each much like the one before; errors as above."""
        with uncollected():
            return [self._next(memoryview(item)) for item in pieces.items_of(body)]

    def _next(self, text: Text) -> Any:
        last, self._last = self._last, None  # nothing is known behind a document that is refused
        self._last = _read(memoryview(text), last, 0)
        return self._last.value


def _read(text: memoryview, known: _Known | None, depth: int) -> _Known:
    begin = bytes(text[: pieces.LOOKED_AT]).lstrip(b" \t\r\n")[:1]
    if len(text) > _PIECE and depth < pieces.DEEPEST and begin in (b"{", b"["):
        return _object(text, known, depth) if begin == b"{" else _List(text, known, depth).read()
    if len(text) <= _NEEDLE:
        return _Known(pieces.whole(text))
    written = bytes(text)
    return known if known is not None and known.text == written else _Known(pieces.whole(written), written)


def _object(text: memoryview, known: _Known | None, depth: int) -> _Known:
    before = known.keys if known is not None and known.keys is not None else {}
    found = {key: _read(memoryview(raw), before.get(key), depth + 1) for key, raw in pieces.values_of(text).items()}
    return _Known({key: item.value for key, item in found.items()}, keys=found)


class _List:
    """Cuts a list in pieces, where that can be as the one before was."""

    def __init__(self, text: memoryview, known: _Known | None, depth: int) -> None:
        self._text, self._depth = text, depth
        self._known = known.pieces if known is not None and known.pieces is not None else []
        self._known_last = known.last if known is not None else None
        self._start = bytes(text[: pieces.LOOKED_AT]).index(b"[") + 1
        self._parts: list[_Piece] = []
        self._place = 0
        """The first piece of the known ones that may come next."""
        self._misses = 0

    def read(self) -> _Known:
        text, known = self._text, self._known
        end = pieces.end_of_items(text)
        while len(text) - self._start > _PIECE:
            if self._place < len(known) and self._misses < _MISSES and (self._take_known() or self._find_again()):
                continue
            cut = pieces.cut(text, self._start, end, _PIECE)
            if cut is None:
                return self._all(self._large())
            self._add(bytes(text[self._start : cut[1]]), cut[0])
        return self._all(self._rest())

    def _all(self, last: _Piece | None) -> _Known:
        parts = self._parts if last is None else [*self._parts, last]
        return _Known([item for piece in parts for item in piece.items], pieces=self._parts, last=last)

    def _add(self, text: bytes, items: list[Any]) -> None:
        self._parts.append(_Piece(text, items))
        self._start += len(text) + 1
        self._place += 1

    def _is_here(self, piece: _Piece, start: int) -> bool:
        end = start + len(piece.text)
        return bytes(self._text[end : end + 1]) == b"," and bytes(self._text[start:end]) == piece.text

    def _take_known(self) -> bool:
        """Take the next of the known pieces, if it stands here."""
        piece = self._known[self._place]
        if not self._is_here(piece, self._start):
            return False
        self._parts.append(piece)
        self._start += len(piece.text) + 1
        self._place += 1
        self._misses = 0
        return True

    def _find_again(self) -> bool:
        """Take what stands before one of the next known pieces, if that is found a little further on."""
        start = self._start
        ahead = bytes(self._text[start : start + (_AHEAD + 1) * _PIECE])
        for place in range(self._place, min(self._place + _AHEAD, len(self._known))):
            piece = self._known[place]
            found = ahead.find(piece.text[:_NEEDLE])
            if found > 0 and ahead[found - 1 : found] == b"," and self._is_here(piece, start + found):
                items = _items(ahead[: found - 1])
                if items:
                    self._add(ahead[: found - 1], items)
                    self._place = place
                    return True
        self._misses += 1
        return False

    def _large(self) -> _Piece | None:
        """Take the rest, whose items are large themselves."""
        rest = pieces.items_of(b"".join((b"[", self._text[self._start :])))
        self._check(rest)
        for raw in rest:
            text = bytes(raw)
            known = self._known[self._place] if self._place < len(self._known) else None
            if known is not None and known.text == text:
                self._add(text, known.items)
            else:
                self._add(text, [pieces.in_pieces(text, self._depth + 1)])
        return None

    def _rest(self) -> _Piece:
        """Return the rest, to the bracket."""
        text = bytes(self._text[self._start :])
        known = self._known_last
        if known is not None and known.text == text:
            found = known
        else:
            found = _Piece(text, pieces.whole(b"".join((b"[", text))))
        self._check(found.items)
        return found

    def _check(self, items: Sequence[Any]) -> None:
        if self._parts and not items:
            raise ValueError("a comma after the last item")


def _items(text: bytes) -> list[Any]:
    """Return the items that are written so between two commas; none where these are no such commas."""
    try:
        found = pieces.whole(b"".join((b"[", text, b"]")))
    except ValueError:
        return []
    return found if isinstance(found, list) else []
