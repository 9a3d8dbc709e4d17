"""The one text boundary: turns any server string into text that cannot drive a terminal.

Owns the `Safe` type. Control characters become visible pictures, invisible and bidirectional ones
become `<U+XXXX>`; nothing is silently dropped, because hidden text at an approval prompt is an attack.
Raw values stay untouched in the model: only what is shown, logged or copied as text passes here.
"""

from __future__ import annotations

import json
import re
from typing import NewType

Safe = NewType("Safe", str)
"""A string that has passed `clean` or `clean_block` and may reach a terminal."""

SHOWN_LIMIT = 64 * 1024
"""Characters of one string that a view shows; the rest is reachable through the pager."""

_HOSTILE = (
    "\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
)
_CLEAN = re.compile(f"[{_HOSTILE}]")
_UNPASTEABLE = re.compile(f"[\x00-\x08\x0b-\x1f{_HOSTILE.removeprefix(chr(0) + '-' + chr(0x1F))}]")
"""The same without tab and line break."""
_SLICE = 256 * 1024
"""Characters that are searched in one go: in between, the other threads get their turn."""
_EMOJI_STYLE = re.compile("(?<=[#*0-9\u00a9\u00ae\u203c-\u32ff\U0001f000-\U0001faff])\ufe0f")
_EMOJI_JOIN = re.compile(
    "(?<=[\u2190-\u2bff\ufdd1\U0001f000-\U0001faff])\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])"
)
_JOIN_MARK, _STYLE_MARK, _FOREIGN = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKED = {_JOIN_MARK: "\u200d", _STYLE_MARK: "\ufe0f"}
_GUARDED = re.compile("[\u200d\ufe0f\ufdd0\ufdd1]")
_COUNTED_OUT = frozenset({"\n", "\r", "\t", *_MARKED})
_TAB = "    "


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char in _MARKED:
        return _MARKED[char]
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def clean(text: str, limit: int = SHOWN_LIMIT) -> Safe:
    """Return `text` as one safe line: at most `limit` characters of it, line ends shown as `⏎`."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return Safe(text)
    return Safe(_translate(_cut(text, limit).replace("\r\n", "\n").replace("\n", "⏎").replace("\t", _TAB)))


def clean_block(text: str, limit: int = SHOWN_LIMIT) -> Safe:
    """Return `text` as safe text that keeps its line breaks: at most `limit` characters of it."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return Safe(text)
    lines = _cut(text, limit).replace("\r\n", "\n").replace("\t", _TAB).split("\n")
    return Safe("\n".join(_translate(line) for line in lines))


def clean_copy(text: str) -> Safe:
    """Return all of `text` as it may be copied: a paste must not be able to drive the shell that it lands in.

    JSON keeps its value, since there an escape stands for the character; in other text it is shown as on the screen.
    Tabs and line breaks stay.
    """
    text = text.replace("\r\n", "\n")
    if not _is_unpasteable(text):
        return Safe(text)
    if not _is_json_container(text):
        return Safe(_UNPASTEABLE.sub(_visible, _guard_joins(text)))
    for mark in _MARKED:
        text = text.replace(mark, json.dumps(mark)[1:-1])
    return Safe(_UNPASTEABLE.sub(_escaped, _guard_joins(text)))


def _is_unpasteable(text: str) -> bool:
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return False
    return any(_UNPASTEABLE.search(text, start, start + _SLICE) for start in range(0, len(text), _SLICE))


def hidden_count(text: str) -> int:
    """Count the characters of `text` that a terminal would not show as themselves, line breaks and tabs aside."""
    return sum(1 for match in _CLEAN.finditer(_guard_joins(text)) if match.group() not in _COUNTED_OUT)


def is_safe(text: str) -> bool:
    """Tell whether `text` holds no character that could drive or deceive a terminal (line breaks are allowed)."""
    return hidden_count(text) == 0 and "\r" not in text and "\t" not in text


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    if char in _MARKED:
        return _MARKED[char]
    return "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1]


def _is_json_container(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters)"


def _guard_joins(text: str) -> str:
    """Mark the invisible parts that build one emoji, so that they survive; a foreign mark is neutralised first."""
    if not _GUARDED.search(text):
        return text
    text = text.replace(_JOIN_MARK, _FOREIGN).replace(_STYLE_MARK, _FOREIGN)
    return _EMOJI_JOIN.sub(_JOIN_MARK, _EMOJI_STYLE.sub(_STYLE_MARK, text))


def _translate(text: str) -> str:
    if not _CLEAN.search(text):
        return text
    return _CLEAN.sub(_visible, _guard_joins(text))
