"""What a content block says: its words, or what it holds in a line of JSON; never data."""

from __future__ import annotations

import json

from studio_tui.jsonkit.shorten import data_size, is_encoded
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list, is_object

SHOWN = 160
"""Characters of an address, a quotation or a value in a part's line."""
_DATA = 64
"""Characters from which on data in a line is left out."""
_LOOKED_AT = 4096
_ITEMS = 24
"""Items of a list, or keys of an object, that are looked at for a line of its beginning."""
_DEEPEST = 8
_SAYING = ("text", "content", "output", "code", "executable_code", "code_execution_result", "query", "arguments")
"""Keys under which blocks have words."""
_GIVEN = ("input", "args", "action", "queries", "json")
"""Keys under which they have what is handed over."""
_APART = frozenset(
    ("type", "id", "index", "signature", "encrypted_content", "encrypted_index", "cache_control", "filename",
     "file_name", "name", "title", "url", "tool_use_id", "tool_call_id", "toolUseId", "call_id", "is_error",
     "error", "error_code")
)  # fmt: skip
"""What is told elsewhere in the line, or is for machines only."""
_REASONING_IN = ("thinking", "reasoning", "reasoning_content", "reasoningText", "reasoning_text", "text")
_FAILED = ("error", "failed", "incomplete", "cancelled")
_SUCCEEDED = ("success", "completed", "complete")
_FINE = ("", "ok", "outcome_ok", "outcome_unspecified")


def short(text: str, most: int = SHOWN) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text[: 8 * most].split())
    return line if len(line) <= most and len(text) <= 8 * most else f"{line[:most]}…"


def text_in(value: Json) -> str:
    """Return a text, also where it stands inside an object of one key or two; empty where there is none."""
    for _ in range(3):
        if not is_object(value):
            break
        value = value.get("value", value.get("text"))
    return as_str(value)


def brief(value: Json) -> str:
    """Return the beginning of any value on one line, the data in it left out."""
    if isinstance(value, str):
        return short(_beginning(value))
    return short(json.dumps(outline(value), ensure_ascii=False, default=str))


def without_data(text: str) -> str:
    """Return a text, of one that is encoded data alone only its size."""
    return data_size(text) if is_encoded(text, _DATA) else text


def _beginning(text: str) -> str:
    """The same for a line, which is judged by its beginning: it is made anew with every token of a stream."""
    return data_size(text) if is_encoded(text[:_LOOKED_AT], _DATA) else text


def outline(value: Json, depth: int = 0) -> Json:
    """Return the beginning of a value, the data in it left out: what no line shows is not looked at."""
    if isinstance(value, str):
        text = _beginning(value)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    if is_object(value):
        if depth >= _DEEPEST:
            return "…"
        return {short(_beginning(key)): outline(value[key], depth + 1) for key in list(value)[:_ITEMS]}
    if is_list(value):
        return [outline(item, depth + 1) for item in value[:_ITEMS]] if depth < _DEEPEST else "…"
    return value


def words_of(block: JsonObject) -> str:
    """Return what a block says, what it hands to a tool, or else what its other fields hold."""
    for key in _SAYING:
        value = block.get(key)
        for item in value[:8] if is_list(value) else [value]:
            text = text_in(item).strip()
            if text and not is_encoded(text[:_LOOKED_AT], _DATA):
                return short(text)
    given = next((block[key] for key in _GIVEN if block.get(key)), None)
    if given is not None:
        return brief(given)
    rest = {key: value for key, value in block.items() if key not in _APART and value not in (None, "", [], {}, False)}
    if as_str(rest.get("status")).lower() in (*_FAILED, *_SUCCEEDED):
        del rest["status"]
    only = next(iter(rest), "")
    if len(rest) == 1 and only in ("content", "output", "value", as_str(block.get("type"))):
        return short(text_in(rest[only])) or brief(rest[only])
    return brief(rest) if rest else ""


def failure_of(block: JsonObject) -> str:
    """Return that a call or a result failed, and why where that is told; empty where it did not."""
    inside = as_object(block.get("content"))
    error = block.get("error") or block.get("error_code") or inside.get("error_code")
    if error:
        return f"failed: {brief(error)}"
    outcome = block.get("outcome")
    bad = isinstance(outcome, str) and outcome.lower() not in _FINE
    status = as_str(block.get("status")).lower()
    if status in _FAILED:
        return "failed" if status == "error" else status
    return "failed" if block.get("is_error") or block.get("isError") or bad else ""


def reasoning_words(block: JsonObject) -> str:
    """Return the words of a block of reasoning, wherever its maker put them; empty where none are told."""
    for key in _REASONING_IN:
        words = text_in(block.get(key))
        if words.strip():
            return words
    for key in ("summary", "content", *_REASONING_IN):
        value = block.get(key)
        words = "\n".join(text for text in map(text_in, as_list(value) or [value]) if text)
        if words.strip():
            return words
    return ""
