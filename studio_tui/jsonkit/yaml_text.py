"""YAML as people type it, where it means JSON: no aliases, no tags, no dates, no key twice; errors at line and column.

Built on the events of the parser, so that nothing is made that JSON could not say and nothing grows by references.
"""

from __future__ import annotations

import math
import re
from typing import Any

from studio_tui.jsonkit.typed import DEEPEST, Problem, parse_json
from studio_tui.jsonkit.value import Json

LONGEST = 256_000
"""Characters of YAML that are read while somebody types; the parser takes about a second for so many."""
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|(\.[0-9]*)?[eE][-+]?[0-9]+|\.)\Z")
_WORDS: dict[str, Json] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_PLAIN_TAGS = (None, "!")


class _Wrong(Exception):
    def __init__(self, words: str, mark: Any) -> None:
        super().__init__(words)
        self.problem = Problem(words, mark.line + 1, mark.column + 1)


def parse_typed(text: str, longest: int = LONGEST) -> tuple[Json, Problem | None]:
    """Return the value of JSON or YAML text, and None or what is wrong with it. Never raises.

    What begins like JSON is JSON, so that a mistake in it is told as such and never read as something else.
    """
    value, problem = parse_json(text)
    if problem is None:
        return value, None
    begins = text.lstrip()[:1]
    if not begins or begins in '{["' or not _may_be_yaml(text):
        return value, problem
    return parse_yaml(text, longest)


def _may_be_yaml(text: str) -> bool:
    """Whether some line looks like a key with its value, an item of a list, or the mark of a document."""
    return re.search(r"(?m)^\s*(-(\s|$)|---\s*$|[^#\s].*?:(\s|$))", text) is not None


def parse_yaml(text: str, longest: int = LONGEST) -> tuple[Json, Problem | None]:
    """Return the value of YAML text, and None or what is wrong with it. Never raises."""
    if len(text) > longest:
        return None, Problem(f"YAML is read up to {longest:,} characters here; write JSON")
    # Loaded when YAML is typed for the first time.
    import yaml  # type: ignore[import-untyped]

    try:
        return _build(yaml.parse(text, Loader=yaml.SafeLoader), yaml), None
    except _Wrong as wrong:
        return None, wrong.problem
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = str(error.problem or error.context or "this is no YAML")
        return None, Problem(f"no YAML: {words}", mark.line + 1, mark.column + 1) if mark else Problem(words)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return None, Problem("a control character, which YAML does not allow", line, column)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, Problem(f"no YAML: {error}"[:200])


class _Open:
    """A list or an object that is being read."""

    __slots__ = ("key", "value", "waits")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = ""
        self.waits = False
        """Whether the key was read and its value comes next."""


def _build(events: Any, yaml: Any) -> Json:
    stack: list[_Open] = []
    found: list[Json] = []
    documents = 0
    for event in events:
        mark = event.start_mark
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Wrong("a second document begins here; an input is one", mark)
        elif isinstance(event, yaml.AliasEvent):
            raise _Wrong(f"*{event.anchor}: references are not read; write the value out", mark)
        elif isinstance(event, yaml.ScalarEvent):
            _put(stack, found, _scalar(event), mark, is_key_text=_key_text(event))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if event.tag not in _PLAIN_TAGS:
                raise _Wrong("tags (!…) are not read", mark)
            if len(stack) >= DEEPEST:
                raise _Wrong(f"the value is nested more than {DEEPEST} levels deep", mark)
            value: Json = {} if isinstance(event, yaml.MappingStartEvent) else []
            _put(stack, found, value, mark, is_key_text=None)
            stack.append(_Open(value))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
    return found[0] if found else None


def _put(stack: list[_Open], found: list[Json], value: Json, mark: Any, *, is_key_text: str | None) -> None:
    if not stack:
        found.append(value)
        return
    top = stack[-1]
    if isinstance(top.value, list):
        top.value.append(value)
    elif top.waits:
        top.value[top.key] = value
        top.waits = False
    elif is_key_text is None:
        raise _Wrong("a key must be a text; put it into quotes", mark)
    elif is_key_text in top.value:
        raise _Wrong(f"the key {is_key_text} stands here a second time", mark)
    else:
        top.key, top.waits = is_key_text, True


def _key_text(event: Any) -> str | None:
    """Return the text of a key, None for one that is not a text; `<<` would merge what a reference names."""
    is_text = not event.implicit[0] or isinstance(_scalar(event), str)
    return str(event.value) if is_text and event.value != "<<" else None


def _scalar(event: Any) -> Json:
    """Return what a scalar means in JSON: numbers, true, false and null; everything else, dates too, is a text."""
    if event.tag not in _PLAIN_TAGS:
        raise _Wrong("tags (!…) are not read", event.start_mark)
    text = str(event.value)
    if not event.implicit[0]:
        return text  # quoted, or a block
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 4300 and _INT.match(text):
        raise _Wrong("a number has more than 4300 digits", event.start_mark)
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text) and any(char.isdigit() for char in text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
