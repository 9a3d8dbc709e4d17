"""What a node wrote, on one line: `calls get_weather(city="SF")`, `get_weather → 16 °C`, `"It is…"`, `+rows [3]`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from msgspec import Struct

from studio_tui.domain.message.message import Message, Usage, total_usage
from studio_tui.domain.message.read import flat_message, is_message, message_of, usage_in
from studio_tui.jsonkit.show import label_text, preview, size_mark
from studio_tui.jsonkit.value import Json, JsonObject, is_list, is_object
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import UNICODE, Glyphs
from studio_tui.text.prose import one_line
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, plain

MOST = 12
"""Things of one write that are told."""
TEXT_CHARS = 200
"""Characters of a text that a row may show."""
_ARGUMENT = 40
_PARSED = 16 * 1024
"""Characters of a tool's answer up to which it is read as JSON."""
_REMOVED = "remove"


class Written(Struct, frozen=True):
    """What one task wrote."""

    parts: tuple[Line, ...] = ()
    """Each message, then each other key."""
    messages: tuple[Message, ...] = ()
    """Those that begin `parts`."""
    usage: Usage | None = None
    """Tokens of its messages, where they tell them."""

    @property
    def line(self) -> Line:
        """All on one line."""
        spans: list[Span] = []
        for part in self.parts:
            if spans:
                spans.append(Span("  " if part[:1] and part[0].role in _SIGNED else ", ", "muted"))
            spans += part
        return tuple(spans)


_SIGNED = ("diff-add", "diff-change", "key")


def written(result: Json, before: Json = None, signs: Glyphs = UNICODE) -> Written:
    """Read what a task wrote. `before`: the state that it was given, if known, which tells new keys from others."""
    known = before if is_object(before) else None
    objects = [part for part in (result if is_list(result) else (result,)) if is_object(part)]
    if not objects:
        return Written() if result is None or is_list(result) else Written((told_value(result, TEXT_CHARS),))
    messages: list[JsonObject] = []
    others: list[Line] = []
    for key, value in ((key, value) for part in objects for key, value in part.items() if not key.startswith("__")):
        if is_object(value) and is_message(value):
            messages.append(flat_message(value))
        elif is_list(value) and value and all(is_message(item) for item in value[:MOST]):
            messages += [flat_message(item) for item in value if is_object(item)]
        elif len(others) < MOST:
            others.append(_key_line(key, value, known))
    usages = [usage for item in messages[-MOST:] if (usage := usage_in(item)) is not None]
    shown = [message_of(item) for item in messages[-MOST:]]
    lines = [message_words(message, signs) for message in shown]
    left_out = len(messages) - len(shown)
    if left_out:
        lines[0] = (Span(f"{plural(left_out, 'message')} and ", "muted"), *lines[0])
    return Written((*lines, *others), tuple(shown), total_usage(usages) if usages else None)


def message_words(message: Message, signs: Glyphs = UNICODE) -> Line:
    """Return what a message says, on one line."""
    if message.role == _REMOVED:
        return (Span("removes a message", "diff-del"),)
    if message.role in ("tool", "function"):
        failed = message.status == "error"
        name = clean(message.name or "tool", 60)
        return (
            Span(f"{name} {signs.error if failed else signs.arrow} ", "err" if failed else "msg-tool"),
            *_answer(message.text, "err" if failed else "text"),
        )
    calls = [call for call in message.tool_calls if call.name][:MOST]
    if calls:
        told = ", ".join(f"{clean(call.name, 60)}({_arguments(call.parsed)})" for call in calls)
        return (Span("calls ", "muted"), Span(told, "accent"))
    who = {"human": "you: ", "ai": ""}.get(message.role, f"{clean(message.role, 20)}: " if message.role else "")
    said = _one_line(message.text)
    if not said and message.parts:
        said = f"{plural(len(message.parts), 'part')} without text"
        return (Span(who, "muted"), Span(said, "muted"))
    lead = (Span(who, f"msg-{message.role}" if message.role in ("human", "system") else "muted"),) if who else ()
    return (*lead, Span(f'"{said}"', "string"))


def _one_line(text: str) -> str:
    head = one_line(text[: TEXT_CHARS * 4])
    cut = len(head) > TEXT_CHARS or len(text) > TEXT_CHARS * 4
    return clean(head[:TEXT_CHARS]) + ("…" if cut else "")


def _arguments(parsed: Json) -> str:
    if not is_object(parsed):
        return "" if parsed in (None, {}) else _short(parsed)
    return ", ".join(f"{label_text(name)}={_short(value)}" for name, value in list(parsed.items())[:MOST])


def _short(value: Json) -> str:
    if isinstance(value, str):
        return f'"{clean(value[:_ARGUMENT])}{"…" if len(value) > _ARGUMENT else ""}"'
    return size_mark(value) if isinstance(value, dict | list) else plain(preview(value, _ARGUMENT))


def _answer(text: str, role: str) -> Line:
    """What a tool answered: JSON by its first values, else its words."""
    if text[:1] in ("{", "[") and len(text) <= _PARSED:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if is_object(value) and value:
            return (Span(facts_line(value), role),)
        if is_list(value):
            first = value[0] if value else None
            more = [*_facts(first)] if is_object(first) else [_short(first)] if value else []
            return (Span(" · ".join([plural(len(value), "item"), *more]), role),)
    return (Span(_one_line(text) or "nothing", role if text else "muted"),)


def facts_line(value: JsonObject) -> str:
    """Return an object by its first values: `topic Benefits · status searching`."""
    return " · ".join(_facts(value))


def _facts(value: JsonObject) -> Iterator[str]:
    for name, part in list(value.items())[:6]:
        shown = clean(part[:_ARGUMENT]) if isinstance(part, str) else _short(part)
        yield f"{label_text(name)} {shown}"


def _key_line(key: str, value: Json, before: JsonObject | None) -> Line:
    """A key with its value: `+` where the state had none, `~` where it had another, neither where nobody knows."""
    old = before.get(key) if before is not None else None
    if before is not None and old is None:
        sign, role = "+", "diff-add"
    elif old is None or is_list(value):  # whether a list is put in the place of another or behind it, no server tells
        sign, role = "", "key"
    else:
        sign, role = ("~", "diff-change") if old != value else ("", "muted")
    lead = Span(f"{sign}{clean(key, 60)} ", role)
    if is_list(value) and len(value) == 1 and isinstance(value[0], dict | list):
        return (lead, Span("[1] ", "muted"), *preview(value[0], 60))
    return (lead, *told_value(value, 60))


def told_value(value: Json, chars: int) -> Line:
    """Return any value on one line for a row that tells what happened: prose without its marks, else as the value."""
    if not isinstance(value, str):
        return preview(value, chars)
    head = value[: chars * 4]
    said = one_line(head)
    if said == head or not said:
        return preview(value, chars)
    cut = len(said) > chars or len(value) > len(head)
    return (Span(f'"{clean(said[:chars])}{"…" if cut else ""}"', "string"),)


def keys_line(keys: Sequence[str]) -> Line:
    """The keys alone, where their values are not at hand."""
    return tuple(Span(f"{clean(key, 60)} ", "key") for key in keys[:MOST])
