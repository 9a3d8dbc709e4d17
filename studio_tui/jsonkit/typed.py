"""JSON as people type it: parse with problems in words at line and column, print so that it can be edited safely."""

from __future__ import annotations

import json
import math
import re

from msgspec import Struct

from studio_tui.jsonkit.value import Json, JsonObject, as_object

DEEPEST = 200
"""Levels of nesting that are accepted; servers and views refuse deeper values anyway."""

_WORDS = {
    "Expecting value": "a value is expected here",
    "Expecting property name enclosed in double quotes": "a key in double quotes is expected here",
    "Expecting ':' delimiter": "a colon is missing after the key",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Illegal trailing comma before end of object": "the comma before } must go",
    "Illegal trailing comma before end of array": "the comma before ] must go",
    "Extra data": "there is text after the end of the value",
    "Unterminated string starting at": "this text has no closing quote",
    "Invalid control character at": "a line break or control character inside a text; write it as \\n",
    "Invalid \\escape": "this backslash starts no known escape; write \\\\ for a backslash",
    "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits",
}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


class Problem(Struct, frozen=True):
    """Why a text is no JSON; line and column count from 1, 0 means the whole text."""

    words: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.words}" if self.line else self.words


def parse_json(text: str) -> tuple[Json, Problem | None]:
    """Return the value of `text`, and None or what is wrong with it. Never raises."""
    if not text.strip():
        return None, Problem("there is no JSON here yet")
    try:
        value: Json = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        return None, Problem(_words(error), error.lineno, error.colno)
    except RecursionError:
        return None, Problem(f"the value is nested more than {DEEPEST} levels deep")
    except ValueError as error:
        return None, Problem(_value_words(error))
    if _too_deep(text) and depth(value) > DEEPEST:
        return None, Problem(f"the value is nested more than {DEEPEST} levels deep")
    if _SURROGATE.search(text) and not _encodable(value):
        return None, Problem("half of a surrogate pair (\\ud83d…) cannot be sent; write the whole character")
    return value, None


def object_in(text: str) -> JsonObject:
    """Return the object that was kept as JSON text; an empty one where that cannot be read."""
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def print_json(value: Json, *, indent: int | None = 2) -> str:
    """Return `value` as JSON text in which every invisible or steering character is a `\\u` escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _HIDDEN.sub(_escape, text)


def depth(value: Json) -> int:
    """Return how many levels of objects and arrays are nested, without recursion."""
    deepest = 0
    level: list[Json] = [value]
    while level:
        below: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        deepest += any(isinstance(item, (dict, list)) for item in level)
        level = below
    return deepest


def _too_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > DEEPEST


def _words(error: json.JSONDecodeError) -> str:
    message = error.msg
    if message == "Expecting property name enclosed in double quotes" and _after_comma(error):
        return "the comma before } must go, or a key in double quotes must follow"
    if message == "Expecting value" and _after_comma(error) and error.doc[error.pos : error.pos + 1] in "]":
        return "the comma before ] must go"
    if message == "Expecting value" and error.doc[error.pos : error.pos + 1] == "'":
        return "texts are written in double quotes"
    return next((words for known, words in _WORDS.items() if message.startswith(known)), message)


def _after_comma(error: json.JSONDecodeError) -> bool:
    return error.doc[max(0, error.pos - 200) : error.pos].rstrip().endswith(",")


def _value_words(error: ValueError) -> str:
    text = str(error)
    if "digit" in text:
        return "a number has more than 4300 digits"
    return text


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:20]} is too large a number")
    return value


def _encodable(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
