"""The result of a tool in one row: keys and values of an object, how many things a list holds, or its first line."""

from __future__ import annotations

from itertools import islice

from studio_tui.domain.message.words import brief
from studio_tui.jsonkit.typed import parse_json
from studio_tui.jsonkit.value import Json, is_list, is_object
from studio_tui.text.fmt import count, plural
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

_PARSED = 64 * 1024
"""Characters up to which a result is looked at as JSON."""
_FIELDS = 12
_LONGEST = 60
"""Characters of a value."""


def value_in(text: str) -> Json:
    """Return the object or list that a text is; None where it is neither."""
    if len(text) > _PARSED or text.lstrip()[:1] not in ("{", "["):
        return None
    value, problem = parse_json(text)
    return value if problem is None and (is_object(value) or is_list(value)) else None


def summary(text: str, value: Json, signs: Glyphs, role: str = "text") -> tuple[Line, Line]:
    """Return a result in one row, and what stands at the right end of it."""
    if value is not None:
        return tuple(_told(value, signs)), ()
    stripped = text.strip("\n")
    first, _, rest = stripped.partition("\n")
    if not first.strip():
        return (Span("(empty)", "muted"),), ()
    more = rest.count("\n") + 1 if rest else 0
    return (Span(clean(first, 2000), role),), (Span(f"… {plural(more, 'more line')}", "muted"),) if more else ()


def _told(value: Json, signs: Glyphs) -> list[Span]:
    if is_object(value):
        return _fields(value, signs) if value else [Span("{}", "muted")]
    if not is_list(value):
        return []
    spans = [Span(plural(len(value), "result"), "text")]
    if value:
        spans.append(Span(f" {signs.dot} ", "muted"))
        first = value[0]
        spans += _fields(first, signs) if is_object(first) and first else [Span(_short(first), "text")]
    return spans


def _fields(value: Json, signs: Glyphs) -> list[Span]:
    spans: list[Span] = []
    items = value.items() if is_object(value) else ()
    for key, item in islice(items, _FIELDS):
        if spans:
            spans.append(Span(f" {signs.dot} ", "muted"))
        spans += [Span(f"{clean(brief(key), _LONGEST)} ", "muted"), Span(_short(item), "text")]
    if len(items) > _FIELDS:
        spans.append(Span(f" {signs.dot} {count(len(items) - _FIELDS)} more", "muted"))
    return spans


def _short(value: Json) -> str:
    if is_list(value) and len(value) > 3:
        return plural(len(value), "item")
    text = clean(brief(value), 400)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
