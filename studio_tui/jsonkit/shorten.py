"""JSON values with the encoded data in them shortened to its beginning and its size: for reading, never for sending."""

from __future__ import annotations

import re
from zlib import crc32

from studio_tui.jsonkit.value import Json
from studio_tui.text.fmt import size

LEAST = 512
"""Characters from which on data is shortened."""
_KEPT = 24
"""Characters of the data that stay."""
_DEEPEST = 200
_HEAD = re.compile(r"(?:data:[\w.+-]*/?[\w.+-]*(?:;[\w=.+\"-]+)*?;base64,)?", re.ASCII | re.IGNORECASE)
_ENCODED = re.compile(r"[A-Za-z0-9+/_\-\r\n]+={0,2}\s*", re.ASCII)
_CLASSES = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"))


def is_encoded(text: str, least: int = LEAST) -> bool:
    """Tell whether a text is base64 of some length, as a data URL or bare: long, without words, of all its letters."""
    if len(text) < least:
        return False
    head = _HEAD.match(text)
    start = head.end() if head else 0
    sample = text[start : start + LEAST]
    if not start and not all(letters.search(sample) for letters in _CLASSES):
        return False
    return _ENCODED.fullmatch(text, start) is not None


def shortened(value: Json, least: int = LEAST, *, told_apart: bool = False, kept: int = _KEPT) -> Json:
    """Return `value` with encoded data replaced by its beginning and its size; the value itself where it holds none.

    `least`: characters from which on data is shortened. `told_apart`: with a checksum, so that other data of the same
    size looks different. `kept`: characters of the data that stay.
    """
    return _shortened(value, least, (told_apart, kept), 0)


def _shortened(value: Json, least: int, how: tuple[bool, int], depth: int) -> Json:
    if isinstance(value, str):
        return _short(value, *how) if is_encoded(value, least) else value
    if depth >= _DEEPEST:
        return value
    if isinstance(value, dict):
        made = {key: _shortened(item, least, how, depth + 1) for key, item in value.items()}
        return made if any(made[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        items = [_shortened(item, least, how, depth + 1) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def data_size(text: str) -> str:
    """Return encoded data as its size in words; the text is not looked at."""
    return _short(text, False, 0)


def _short(text: str, told_apart: bool, kept: int) -> str:
    head = _HEAD.match(text)
    start = head.end() if head else 0
    mark = f", checksum {crc32(text.encode('ascii')):08x}" if told_apart else ""
    return f"{text[: start + kept]}… ({size((len(text) - start) * 3 // 4)} of data{mark})"
