"""JSON values as safe coloured text of bounded length: one-line previews, and whole documents line by line.

Never recurses, so depth cannot hurt, and never looks further than what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from studio_tui.jsonkit.value import Path
from studio_tui.text.fmt import count
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

DEEPEST = 200
"""Levels of nesting that are shown."""
PREVIEW_CHARS = 240
"""Characters of one preview: more than a row of any usual terminal."""
STRING_CHARS = 64 * 1024
"""Characters of one string in a whole document."""
_ITEMS = 24
_INDENT = "  "
_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def scalar(value: object, chars: int = PREVIEW_CHARS) -> Line:
    """Return anything that is no container as spans; a long string is cut and its length told."""
    if isinstance(value, str):
        shown = clean(value[:chars].translate(_ESCAPES))
        if len(value) <= chars:
            return (Span(f'"{shown}"', "string"),)
        return (Span(f'"{shown}…"', "string"), Span(f" {count(len(value))} characters", "muted"))
    if value is None or isinstance(value, bool):
        return (Span({None: "null", True: "true", False: "false"}[value], "null"),)
    if isinstance(value, float) and not math.isfinite(value):
        return (Span(str(value), "warn"),)
    return (Span(_number(value), "number"),)


def preview(value: object, chars: int = PREVIEW_CHARS) -> Line:
    """Return the beginning of any value on one line; messages are shown by role and text."""
    if isinstance(value, dict):
        message = _message(value, chars)
        return message or _inside(value, chars)
    return _inside(value, chars) if isinstance(value, list) else scalar(value, min(chars, 160))


def size_mark(value: object) -> str:
    """Return how many things a container holds: `{3}` or `[3]`."""
    if isinstance(value, dict):
        return f"{{{count(len(value))}}}" if value else "{}"
    if isinstance(value, list):
        return f"[{count(len(value))}]" if value else "[]"
    return ""


def label_text(label: str | int) -> str:
    """Return a key or an index as it is shown."""
    return str(label) if isinstance(label, int) else clean(label[:200]) or '""'


def path_text(path: Path) -> str:
    """Return a path as people write it: `messages[3].content`."""
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        elif part.replace("-", "_").isidentifier():
            out += f".{part}" if out else part
        else:
            out += f'["{clean(part[:200])}"]'
    return out or "(all)"


def pretty(value: object) -> Iterator[Line]:
    """Yield a whole document line by line, as indented JSON; strings over 64 Ki characters are cut."""
    open_ones: list[tuple[Iterator[tuple[str | None, object, bool]], str]] = [(iter([(None, value, True)]), "")]
    while open_ones:
        entry = next(open_ones[-1][0], None)
        depth = len(open_ones) - 1
        if entry is None:
            end = open_ones.pop()[1]
            if end:
                yield (Span(_INDENT * (depth - 1)), Span(end))
            continue
        key, item, is_last = entry
        lead = [Span(_INDENT * depth)]
        if key is not None:
            lead += [Span(f'"{clean(key.translate(_ESCAPES))}"', "key"), Span(": ")]
        comma = "" if is_last else ","
        if isinstance(item, dict | list) and item and depth < DEEPEST:
            start, end = "{}" if isinstance(item, dict) else "[]"
            yield (*lead, Span(start))
            open_ones.append((_entries(item), end + comma))
        else:
            shown = _leaf(item)
            yield (*lead, *shown, Span(comma)) if comma else (*lead, *shown)


def _entries(value: dict[str, object] | list[object]) -> Iterator[tuple[str | None, object, bool]]:
    last = len(value) - 1
    if isinstance(value, dict):
        for index, (key, item) in enumerate(value.items()):
            yield key, item, index == last
    else:
        for index, item in enumerate(value):
            yield None, item, index == last


def _leaf(item: object) -> Line:
    if isinstance(item, dict | list):
        return (Span(size_mark(item)), Span(" nested too deep to show", "warn")) if item else (Span(size_mark(item)),)
    return scalar(item, STRING_CHARS)


def _message(value: dict[str, object], chars: int) -> Line | None:
    role = value.get("type") if isinstance(value.get("type"), str) else value.get("role")
    content = value.get("content")
    if not isinstance(role, str) or "content" not in value:
        return None
    calls = value.get("tool_calls")
    spans = [Span(f"{clean(role[:20])} ", f"msg-{role}" if role in ("human", "ai", "tool", "system") else "accent")]
    if isinstance(content, str) and content:
        spans.extend(scalar(content, chars - 20))
    elif isinstance(content, list):
        spans.extend(_blocks(content, chars - 20))
    elif not isinstance(content, str):
        spans.extend(_inside(content, chars - 20))
    if isinstance(calls, list) and calls:
        names = [_called(call) for call in calls[:4] if isinstance(call, dict)]
        blank = "" if len(spans) == 1 else " "  # after the role there is one
        spans.append(Span(f"{blank}calls {', '.join(clean(name[:40]) for name in names)}", "accent"))
    return tuple(spans)


def _called(call: dict[str, object]) -> str:
    """The name of a call, also of one as OpenAI's own messages have it."""
    function = call.get("function")
    name = call.get("name") or (function.get("name") if isinstance(function, dict) else None)
    return name if isinstance(name, str) and name else "a tool"


def _blocks(content: list[object], chars: int) -> Line:
    """The blocks of a message's content: texts by their beginning, others by their type."""
    spans = [Span(size_mark(content), "muted")]
    left = chars
    for number, block in enumerate(content):
        if number == _ITEMS or left < 12:
            spans.append(Span(" …", "muted"))
            break
        found = block if isinstance(block, dict) else {}
        kind, text = found.get("type"), found.get("text")
        shown: Line
        if isinstance(text, str) and text:
            shown = scalar(text, min(left, 60))
        elif isinstance(kind, str) and kind:
            shown = (Span(clean(kind[:30]), "accent"),)
        else:
            shown = _brief(block) if isinstance(block, dict | list) else scalar(block, min(left, 60))
        spans.extend((Span(" "), *shown, Span("" if number == len(content) - 1 else ",", "muted")))
        left -= 2 + sum(len(span.text) for span in shown)
    return tuple(span for span in spans if span.text)


def _inside(value: object, chars: int) -> Line:
    """Return a container's first entries, containers in it only by their size."""
    if not isinstance(value, dict | list):
        return scalar(value, max(16, chars))
    spans = [Span(size_mark(value), "muted")]
    left = chars
    for shown, (key, item, is_last) in enumerate(_entries(value)):
        if shown == _ITEMS or left < 12:
            spans.append(Span(" …", "muted"))
            break
        label = f" {clean(key[:40])}:" if key is not None else ""
        text = _brief(item) if isinstance(item, dict | list) else scalar(item, min(left, 60))
        spans.extend((Span(label, "key"), Span(" "), *text, Span("" if is_last else ",", "muted")))
        left -= len(label) + 2 + sum(len(span.text) for span in text)
    return tuple(span for span in spans if span.text)


def _brief(value: dict[str, object] | list[object]) -> Line:
    role = value.get("type") if isinstance(value, dict) and "content" in value else None
    return (Span(clean(role[:20]), "accent"),) if isinstance(role, str) else (Span(size_mark(value), "muted"),)


def _number(value: object) -> str:
    try:
        return clean(str(value), 400)
    except ValueError:  # Python refuses to print integers of more than 4 300 digits.
        return f"an integer of {value.bit_length()} bits" if isinstance(value, int) else "?"
