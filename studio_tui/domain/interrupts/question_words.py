"""What a question says: in words, in the value that is left to show, and on one line. Pure; texts are raw."""

from __future__ import annotations

import json

from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.interrupts.answer_shape import ActionShape, shape_of
from studio_tui.domain.interrupts.open_question import saying_key
from studio_tui.jsonkit.shorten import is_encoded, shortened
from studio_tui.jsonkit.value import Json, as_str, is_object
from studio_tui.text.fmt import plural
from studio_tui.text.prose import one_line


def said_in(value: Json, review: ActionShape) -> tuple[str, Json, bool]:
    """Return what a question says in words, the value that is left to show, and whether there is one (all raw)."""
    if review.contract != "any":
        return review.description, review.editable, True
    if isinstance(value, str):
        return ("", value, True) if is_encoded(value) else (value, None, False)
    if value is None:
        return "", None, False
    if is_object(value):
        key = saying_key(value)
        if key is not None:
            rest = {name: part for name, part in value.items() if name != key}
            return as_str(value[key]), rest, bool(rest)
    return "", value, True


def nothing_in(value: Json) -> str:
    """Say what a question is that says nothing; empty for one that says something."""
    if value is None:
        return "The question is null: the graph asks without words."
    if value == "":
        return "The question is an empty text."
    if isinstance(value, str) and not value.strip():
        return f"The question is blank: {plural(len(value), 'character')} of white space."
    if is_object(value) and not value:
        return "The question is an empty object."
    return "The question is an empty list." if isinstance(value, list) and not value else ""


def preview_of(interrupt: Interrupt, limit: int = 300) -> str:
    """Return the question in one raw line, for lists; all the actions that it asks about."""
    shape = shape_of(interrupt.value, interrupt.response_schema)
    if nothing_in(interrupt.value):
        return nothing_in(interrupt.value)[:limit]
    parts = [_preview(interrupt.value, review, limit) for review in shape.reviews[: limit // 4 + 1]]
    many = "" if shape.single else f"{len(shape.reviews)} actions: "
    return (many + " · ".join(parts))[:limit]


def words_of(interrupt: Interrupt, limit: int = 300) -> str:
    """Return the words of a question on one raw line; empty where it is nothing but a value."""
    value = interrupt.value
    shape = shape_of(value, interrupt.response_schema)
    if shape.contract != "any" or isinstance(value, str):
        return preview_of(interrupt, limit)
    if is_object(value):
        if saying_key(value) is None:  # its sentence, whatever the graph calls it
            said = (part for part in value.values() if isinstance(part, str) and " " in part)
            return _one_line(next(said, ""), limit)
        return _one_line(said_in(value, shape.reviews[0])[0], limit)
    return ""


def _preview(value: Json, review: ActionShape, limit: int) -> str:
    words, rest, has_rest = said_in(value, review)
    text = _one_line(words, limit) or (" ".join(_json(rest)[: 4 * limit].split()) if has_rest else "")
    heading = f"{review.heading}: " if review.heading else ""
    return (heading + text)[:limit]


def _json(value: Json) -> str:
    try:
        return json.dumps(shortened(value), ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return ""


def _one_line(words: str, limit: int) -> str:
    return one_line(words[: 4 * limit])[:limit]
