"""Checking what was typed into one field: the value, or what is wrong in words. The rules of each kind live here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from msgspec import Struct

from studio_tui.domain.form.fields import Field, Limits
from studio_tui.domain.ids import is_uuid
from studio_tui.jsonkit.typed import parse_json
from studio_tui.jsonkit.value import Json, as_object, is_list
from studio_tui.text.fmt import count, plural
from studio_tui.text.sanitize import clean

EMPTY = '""'
"""What is typed for a text that is meant to be empty."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,6})?")
_PATTERN_TEXT = 200
_NAMED = 30
"""Characters of the names that a field's own words may list."""
_QUANTIFIER = re.compile(r"(?<!\\)(?:[*+]|\{[0-9]*,[0-9]*\})")
_QUANTIFIED_GROUP = re.compile(r"\)(?:[*+?]|\{)|\\[1-9]|\(\?[<P=!]")


class Checked(Struct, frozen=True):
    """A field's value (`is_set`), nothing (neither), or a `problem` in words."""

    value: Json = None
    is_set: bool = False
    problem: str = ""


UNSET = Checked()


def check(field: Field, text: str) -> Checked:
    """Return the value that `text` means for `field`; an empty text leaves the field unset."""
    if field.kind == "const":
        return Checked(field.default, True)
    if not text.strip():
        # White space typed into a text field was meant; everywhere else it is nothing.
        return UNSET if field.kind != "text" or not text else _text(field, text)
    if field.nullable and text.strip() == "null":
        return Checked(None, True)
    if field.kind in ("choice", "boolean"):
        return _choice(field, text)
    if field.kind == "text":
        return _text(field, text)
    if field.kind in ("integer", "number"):
        return _number(field, text.strip())
    if field.kind == "list":
        return _list(field, text)
    if field.kind == "messages":
        return _messages(field, text)
    return _json(text)


def _some(names: Sequence[str]) -> str:
    """Return the first names, as many as find room in a field, whole."""
    shown = list(names[:8])
    while len(shown) > 1 and sum(len(name) + 2 for name in shown) > _NAMED:
        shown.pop()
    return ", ".join(shown) + (" …" if len(shown) < len(names) else "")


def type_words(field: Field) -> str:
    """Return what the field wants, in a few words: `whole number from 1 to 10`."""
    limits = field.limits
    if field.kind == "integer":
        return " ".join(part for part in ("whole number", _range_words(limits)) if part)
    if field.kind == "number":
        return " ".join(part for part in ("number", _range_words(limits)) if part)
    if field.kind == "list" and field.item is not None:
        if field.item.kind == "text":
            return f"list, one {type_words(field.item)} per line"
        items = _some([clean(choice.label, 30) for choice in field.item.choices])
        return f"any of: {items}" if items else f"{type_words(field.item)}s, separated by commas"
    if field.kind == "text":
        return _FORMAT_WORDS.get(limits.format, "text")
    return {
        "boolean": "yes or no",
        "choice": "one of a list",
        "messages": "a message, or a JSON list of messages",
        "json": "JSON",
        "variant": "alternatives",
    }.get(field.kind, "")


_FORMAT_WORDS = {
    "date-time": "date and time (2026-01-31T12:00:00Z)",
    "date": "date (2026-01-31)",
    "time": "time (12:00:00)",
    "email": "e-mail address",
    "uri": "URL",
    "uuid": "UUID",
}


def _choice(field: Field, text: str) -> Checked:
    wanted = text.strip()
    for choice in field.choices:
        if choice.label in (text, wanted):
            return Checked(choice.value, True)
    if field.kind == "boolean" and wanted.lower() in ("true", "false"):
        return Checked(wanted.lower() == "true", True)
    shown = ", ".join(clean(choice.label, 40) for choice in field.choices[:8])
    more = f" and {len(field.choices) - 8} more" if len(field.choices) > 8 else ""
    return Checked(problem=f"Choose one of: {shown}{more}.")


def _text(field: Field, text: str) -> Checked:
    if text == EMPTY:
        value = ""
    elif text == '"null"' and field.nullable:
        value = "null"
    else:
        value = text
    problem = _text_problem(field.limits, value)
    return Checked(problem=problem) if problem else Checked(value, True)


def _text_problem(limits: Limits, text: str) -> str:
    if limits.shortest is not None and len(text) < limits.shortest:
        return f"At least {plural(limits.shortest, 'character')}; there {_are(len(text))}."
    if limits.longest is not None and len(text) > limits.longest:
        return f"At most {plural(limits.longest, 'character')}; there {_are(len(text))}."
    if limits.pattern and not _matches(limits.pattern, text):
        return f"Must match the pattern {clean(limits.pattern, 60)}"
    checker = _FORMATS.get(limits.format)
    if checker is not None and not checker(text):
        return f"Not a valid {_FORMAT_WORDS[limits.format]}."
    return ""


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {count(number)}"


def _matches(pattern: str, text: str) -> bool:
    """Check a pattern from the server; one that could run for ages on some text is left to the server."""
    if len(text) > _PATTERN_TEXT or len(pattern) > _PATTERN_TEXT:
        return True
    if _QUANTIFIED_GROUP.search(pattern) or len(_QUANTIFIER.findall(pattern)) > 3:
        return True
    try:
        return re.search(pattern, text) is not None
    except (re.error, OverflowError, RecursionError):
        return True


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def is_valid(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return is_valid


def _is_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and " " not in text


def _is_uri(text: str) -> bool:
    scheme, colon, rest = text.partition(":")
    return bool(colon and rest) and scheme[:1].isalpha() and not any(char.isspace() for char in text)


_FORMATS = {
    "date-time": _parses(datetime.fromisoformat),
    "date": _parses(date.fromisoformat),
    "time": _parses(time.fromisoformat),
    "email": _is_email,
    "uri": _is_uri,
    "uuid": is_uuid,
}


def _number(field: Field, text: str) -> Checked:
    value: int | float
    if _INTEGER.fullmatch(text):
        value = int(text)
    elif field.kind == "integer":
        return Checked(problem=f"Must be a whole number, such as {_sample(field.limits)}.")
    elif _NUMBER.fullmatch(text):
        value = float(text)
        if not math.isfinite(value):
            return Checked(problem="This number is too large.")
    else:
        return Checked(problem="Must be a number, such as 0.5.")
    problem = _number_problem(field.limits, value)
    return Checked(problem=problem) if problem else Checked(value, True)


def _sample(limits: Limits) -> str:
    low = limits.minimum
    return spell(low) if isinstance(low, int) else "3"


def _number_problem(limits: Limits, value: int | float) -> str:
    too_low = limits.minimum is not None and value < limits.minimum
    too_high = limits.maximum is not None and value > limits.maximum
    too_low = too_low or (limits.above is not None and value <= limits.above)
    too_high = too_high or (limits.below is not None and value >= limits.below)
    if too_low or too_high:
        return f"Must be {_range_words(limits)}."
    step = limits.multiple_of
    if step and abs(value) < 1e15:
        ratio = value / step
        if abs(ratio - round(ratio)) > 1e-9:
            return f"Must be a multiple of {spell(step)}."
    return ""


def _range_words(limits: Limits) -> str:
    huge = 2**53 - 1
    low = f"{spell(limits.minimum)}" if limits.minimum is not None and limits.minimum > -huge else ""
    high = f"{spell(limits.maximum)}" if limits.maximum is not None and limits.maximum < huge else ""
    words = f"from {low} to {high}" if low and high else f"{low} or more" if low else f"{high} or less" if high else ""
    above = f"more than {spell(limits.above)}" if limits.above is not None else ""
    below = f"less than {spell(limits.below)}" if limits.below is not None else ""
    return " and ".join(part for part in (words, above, below) if part)


def spell(number: int | float) -> str:
    """Return a number as people write it: `3`, `0.5`, `2` for 2.0."""
    return f"{int(number)}" if float(number).is_integer() and abs(number) < 1e15 else f"{number}"


def _list(field: Field, text: str) -> Checked:
    assert field.item is not None
    if text.lstrip().startswith("["):
        value, problem = parse_json(text)
        if problem is None and is_list(value):
            return _counted(field.limits, value)
    if field.item.kind != "text":
        text = text.replace(",", "\n")
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    values: list[Json] = []
    for number, line in enumerate(lines, 1):
        checked = check(field.item, line if field.item.kind == "text" else line.strip())
        if checked.problem:
            return Checked(problem=f"Item {number}: {checked.problem}")
        values.append(checked.value)
    return _counted(field.limits, values)


def _counted(limits: Limits, values: list[Json]) -> Checked:
    if limits.fewest is not None and len(values) < limits.fewest:
        return Checked(problem=f"At least {plural(limits.fewest, 'item')}; there {_are(len(values))}.")
    if limits.most is not None and len(values) > limits.most:
        return Checked(problem=f"At most {plural(limits.most, 'item')}; there {_are(len(values))}.")
    if limits.unique and any(value in values[:index] for index, value in enumerate(values[:1000])):
        return Checked(problem="Every item may occur only once.")
    return Checked(values, True)


def _messages(field: Field, text: str) -> Checked:
    if text.lstrip()[:1] in ("[", "{"):
        value, problem = parse_json(text)
        if problem is None:
            return Checked(value if is_list(value) else [value], True)
    return Checked([{**as_object(field.example), "content": text}], True)


def _json(text: str) -> Checked:
    value, problem = parse_json(text)
    return Checked(problem=f"Not JSON: {problem}") if problem else Checked(value, True)
