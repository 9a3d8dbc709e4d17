"""The texts of a picture, cut to the cells that they may take: names of nodes and subgraphs, labels of edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from studio_tui.text.cells import cut, width

_LINE_SIGNS = frozenset("-~=+|:!.'^v<>@ ")
"""What lines look like in ASCII; a label of nothing else reads as part of its line."""
_HEADS = frozenset("▲▼►◄↻")
_ROUNDS = 8
"""How often texts that still read alike are cut anew."""
_WORD = 8
"""Characters before the first difference in which its word begins."""
_SEPARATORS = "_-./: "
_TAIL = 3
"""Cells that stay of the end of a text at least, where it is cut in the middle."""


class Limits(NamedTuple):
    """The cells that texts may take."""

    name: int = 24
    label: int = 16


NARROW = Limits()
WIDER = Limits(60, 80), Limits(40, 30)
"""Where the pane has room, the widest first: more cells than these no hand would write."""


def apart(texts: Iterable[str], cells: int) -> dict[str, str]:
    """Return each text as it stands in so many cells: cut at its end, or where others would read alike then, before
    what tells it from them."""
    found = {text: cut(text, cells) for text in texts}
    for _ in range(_ROUNDS if cells > 2 * _TAIL else 0):
        alike: dict[str, list[str]] = defaultdict(list)
        for text, shown in found.items():
            alike[shown].append(text)
        groups = [group for group in alike.values() if len(group) > 1]
        if not groups:
            break
        for group in groups:
            same = _same(min(group), max(group))
            found.update((text, _cut_before(text, same, cells)) for text in group if found[text] != text)
    return found


def _same(one: str, other: str) -> int:
    """Return with how many same characters two different texts begin; of several, the first and last in order do."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, yours) in pairs if mine != yours), min(len(one), len(other)))


def _cut_before(text: str, place: int, cells: int) -> str:
    """Cut `text` in the middle: its beginning, and what stands from the word at `place` on."""
    place = min(place, len(text))
    word = max(text.rfind(sign, max(0, place - _WORD), place) for sign in _SEPARATORS)
    begin = place if text[place : place + 1] in tuple(_SEPARATORS) or word < 1 else word
    # No sign is torn apart.
    while begin and not width(text[begin : begin + 1]):
        begin -= 1
    least = max(2, cells // 4)
    tail = cut(text[begin:], cells - least)
    while width(tail) < _TAIL and begin and cells > least + _TAIL:
        begin -= 1
        tail = text[begin:]
    return cut(text, cells - width(tail)) + tail


def labels_in(texts: Collection[str], cells: int) -> dict[str, str]:
    """Return the labels as they stand beside lines: `apart`, and in quotation marks what would read as a line."""
    signs = [text for text in texts if _is_line(text)]
    plain = apart((text for text in texts if text not in signs), cells)
    return plain | {text: f'"{shown}"' for text, shown in apart(signs, cells - 2).items()}


def _is_line(text: str) -> bool:
    return _LINE_SIGNS.issuperset(text) or any("─" <= char <= "╿" or char in _HEADS for char in text)
