"""How a streamed message grows: content blocks by index, tool calls by index, the rest key by key (PROTOCOL §10)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from studio_tui.domain.message.content import REASONING_KINDS, ContentPart, content_blocks, parts_of, typed
from studio_tui.domain.message.deferred import Deferred, Parts, defer, deferred
from studio_tui.domain.message.message import ToolCall
from studio_tui.domain.message.words import reasoning_words
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list, is_number, is_object

_MERGE_DEPTH = 16
_FIXED = frozenset({"type", "id", "name", "index", "role", "mime_type", "source_type", "output_version"})
"""Text fields of a block that do not grow: the first value stays."""

_OWN = frozenset({"content", "tool_call_chunks", "tool_calls", "invalid_tool_calls", "additional_kwargs"})
"""Fields of a message that are merged by rules of their own."""

_TEXT_FIELDS = {"text": "text", "output_text": "text", "input_text": "text"}
_THINKING_FIELDS = {"thinking": "thinking", "reasoning": "reasoning"}


class ContentBlock:
    """One content block; text fields grow in parts."""

    __slots__ = ("fields", "parts")

    def __init__(self) -> None:
        self.fields: dict[str, Json] = {}
        self.parts: dict[str, Parts] = {}

    def add(self, block: JsonObject) -> None:
        """Merge a fragment of the same block."""
        for key, value in block.items():
            if isinstance(value, str) and key not in _FIXED and self.fields.get(key) is None:
                self.fields.pop(key, None)
                self.parts.setdefault(key, Parts()).append(value)
            elif key not in self.fields:
                self.fields[key] = value
            elif key not in _FIXED or not self.fields[key]:
                self.fields[key] = _merge_json(self.fields[key], value)

    @property
    def is_text(self) -> bool:
        """Whether its words are part of the message's text or reasoning."""
        kind = as_str(self.fields.get("type"))
        if kind in _TEXT_FIELDS:
            return self.fields.get(_TEXT_FIELDS[kind]) is None
        return kind in REASONING_KINDS and kind != "redacted_thinking"

    @property
    def is_cited(self) -> bool:
        """Whether sources are named for its text."""
        return bool(self.fields.get("citations") or self.fields.get("annotations"))

    def read(self) -> dict[str, Json]:
        """Return the block as it is now."""
        return {**self.fields, **{key: part.read() for key, part in self.parts.items()}}

    def text(self) -> str:
        """Return the readable text of a text block, else nothing."""
        return self._field(_TEXT_FIELDS)

    def thinking(self) -> str:
        """Return the text of a reasoning block, else nothing."""
        if as_str(self.fields.get("type")) not in REASONING_KINDS:
            return ""
        return self._field(_THINKING_FIELDS) or reasoning_words(self.read())

    def _field(self, fields: dict[str, str]) -> str:
        part = self.parts.get(fields.get(as_str(self.fields.get("type")), ""))
        return part.read() if part is not None else ""


class _View(Deferred):
    """The text or the thinking of a growing message."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make

    def read(self) -> str:
        return self._make()


class Growth(Deferred):
    """A message being put together. Reading it gives the merged message as JSON."""

    __slots__ = ("_by_index", "_calls_by_index", "_kwargs", "_others", "blocks", "calls", "fields", "plain", "source")

    def __init__(self, source: str = "messages") -> None:
        self.source = source
        self.plain = Parts()
        self.blocks: list[ContentBlock] = []
        self.calls: list[ToolCall] = []
        self.fields: dict[str, Json] = {}
        self._kwargs = ContentBlock()
        self._by_index: dict[Any, ContentBlock] = {}
        self._calls_by_index: dict[Any, ToolCall] = {}
        self._others: tuple[ContentPart, ...] | None = ()
        """`other_parts` as they were made last; None when there is more now."""

    @property
    def text_view(self) -> Deferred:
        """The readable text, made when read."""
        return _View(self.text)

    @property
    def thinking_view(self) -> Deferred:
        """The reasoning, made when read."""
        return _View(self.thinking)

    def text(self) -> str:
        """Return the readable text so far."""
        if not self.blocks:
            return self.plain.read()
        return _joined((block.text(), block.is_cited, "index" in block.fields) for block in self.blocks)

    def thinking(self) -> str:
        """Return the reasoning so far, from blocks or from the field that some models use."""
        if self.blocks:
            found = _joined((block.thinking(), False, True) for block in self.blocks)
            if found:
                return found
        for key in ("reasoning_content", "reasoning"):
            part, told = self._kwargs.parts.get(key), self._kwargs.fields.get(key)
            if part is not None or told:
                return part.read() if part is not None else reasoning_words(as_object(told))
        return ""

    def all_parts(self) -> tuple[ContentPart, ...]:
        """Return the whole content block by block, so far."""
        content: Json = [block.read() for block in self.blocks] if self.blocks else self.plain.read()
        return parts_of(content, self._kwargs.read())

    def other_parts(self) -> tuple[ContentPart, ...]:
        """Return what of the content is no text and no reasoning, so far."""
        if self._others is None:
            others: list[Json] = [block.read() for block in self.blocks if not block.is_text]
            kwargs: JsonObject = {"refusal": part.read()} if (part := self._kwargs.parts.get("refusal")) else {}
            self._others = parts_of(others, kwargs) if others or kwargs else ()
        return self._others

    def add(self, chunk: JsonObject) -> None:
        """Merge one chunk; per-chunk `tool_calls` are guesses from a fragment and count for nothing."""
        self.add_content(chunk.get("content"))
        for part in as_list(chunk.get("tool_call_chunks")):
            if is_object(part):
                self._add_call(part)
        self.add_kwargs(chunk.get("additional_kwargs"))
        for key, value in chunk.items():
            if key in _OWN:
                continue
            before = self.fields.get(key)
            if before is None:
                self.fields[key] = value
            elif value is None or key in _FIXED:
                continue
            elif key == "usage_metadata":
                self.fields[key] = _added(before, value)
            elif is_object(before) and is_object(value):
                self.fields[key] = {**before, **value}
            else:
                self.fields[key] = value

    def add_content(self, content: Json) -> None:
        """Merge content: text, or a list of blocks; when both occur, text becomes a block."""
        if isinstance(content, str):
            if not content:
                return
            if not self.blocks:
                self.plain.append(content)
                return
            content = [content]
        content = content_blocks(content)
        if not is_list(content) or not content:
            return
        before = self.plain.read()
        if before:
            self.plain = Parts()
            self._add_block({"type": "text", "text": before})
        for block in content:
            self._add_block(typed(block) if is_object(block) else {"type": "text", "text": _as_text(block)})

    def add_kwargs(self, kwargs: Json) -> None:
        """Merge `additional_kwargs`: objects deeply, texts one behind the other."""
        if is_object(kwargs) and kwargs:
            self._kwargs.add(kwargs)
            self._others = None

    def _add_block(self, block: JsonObject) -> None:
        index = block.get("index")
        known = self._by_index.get(index) if isinstance(index, int | str) else None
        if known is None and index is None and self.blocks and _continues(self.blocks[-1], block):
            known = self.blocks[-1]
        if known is None:
            known = ContentBlock()
            self.blocks.append(known)
            if isinstance(index, int | str):
                self._by_index[index] = known
        was_text = known.is_text or not (known.fields or known.parts)
        known.add(block)
        if not (was_text and known.is_text):
            self._others = None

    def _add_call(self, part: JsonObject) -> None:
        index = part.get("index")
        call_id, name = as_str(part.get("id")), as_str(part.get("name"))
        call = self._calls_by_index.get(index) if isinstance(index, int | str) else None
        if call is None and index is None and not call_id and not name and self.calls:
            call = self.calls[-1]
        if call is None:
            call = ToolCall(None, "", "")
            defer(call, "arguments", Parts())
            self.calls.append(call)
            if isinstance(index, int | str):
                self._calls_by_index[index] = call
        call.id = call.id or call_id or None
        call.name = call.name or name
        arguments = deferred(call, "arguments")
        if isinstance(arguments, Parts):
            arguments.append(as_str(part.get("args")))

    def read(self) -> JsonObject:
        """Return the message as merged so far."""
        content: Json = [block.read() for block in self.blocks] if self.blocks else self.plain.read()
        calls: list[Json] = [{"id": call.id, "name": call.name, "args": call.arguments} for call in self.calls]
        return {**self.fields, "content": content, "additional_kwargs": self._kwargs.read(), "tool_call_chunks": calls}


def _merge_json(left: Json, right: Json, depth: int = 0) -> Json:
    """Merge two fragments: objects by key, lists and texts one behind the other, other values by the later one."""
    if right is None:
        return left
    if is_object(left) and is_object(right) and depth < _MERGE_DEPTH:
        merged = dict(left)
        for key, value in right.items():
            fixed = key in _FIXED and merged.get(key)
            merged[key] = merged[key] if fixed else _merge_json(merged.get(key), value, depth + 1)
        return merged
    if is_list(left) and is_list(right):
        return _merged_lists(left, right, depth)
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return right


def _merged_lists(left: list[Json], right: list[Json], depth: int) -> list[Json]:
    """One behind the other, but items of the same number are fragments of one, such as a summary's sentences."""
    merged = [*left]
    for item in right:
        number = as_object(item).get("index")
        same = (
            [place for place, known in enumerate(merged) if as_object(known).get("index") == number]
            if isinstance(number, int) and depth < _MERGE_DEPTH
            else []
        )
        if same:
            merged[same[0]] = _merge_json(merged[same[0]], item, depth + 1)
        else:
            merged.append(item)
    return merged


def _added(left: Json, right: Json) -> Json:
    """Add two usage objects, number by number."""
    if is_object(left) and is_object(right):
        keys = [*left, *(key for key in right if key not in left)]
        return {key: _added(left.get(key), right.get(key)) for key in keys}
    if is_number(left) and is_number(right):
        return left + right
    return left if right is None else right


def _continues(last: ContentBlock, block: JsonObject) -> bool:
    """Whether a block without index is more text of the last one."""
    if "index" in last.fields or any(value for key, value in block.items() if key not in ("type", "text")):
        return False
    return last.fields.get("type") == "text" == block.get("type")


def _as_text(value: Json) -> Json:
    return value if isinstance(value, str) or value is None or is_list(value) else json.dumps(value)


def _joined(blocks: Iterable[tuple[str, bool, bool]]) -> str:
    """Join texts of blocks: (text, cited, numbered). Numbered ones begin a line of their own.

    A cited one and its neighbours are parts of one sentence; what comes without a number goes on where the last ended.
    """
    out: list[str] = []
    before = (False, False)
    for text, cited, numbered in blocks:
        if not text:
            continue
        goes_on = cited or before[0] or not (numbered and before[1])
        apart = out and not goes_on and not out[-1][-1:].isspace() and not text[0].isspace()
        out.append(f"\n{text}" if apart else text)
        before = cited, numbered
    return out[0] if len(out) == 1 else "".join(out)
