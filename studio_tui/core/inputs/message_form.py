"""Messages put together in a form, several if wanted: role, text, files, names, ids. No widget, and no disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct, field

from studio_tui.domain.form.fields import FormSpec, fields_of
from studio_tui.domain.form.schema import chat_message
from studio_tui.domain.form.values import assemble, texts_of
from studio_tui.domain.message.blocks import text_block
from studio_tui.domain.message.message import Message
from studio_tui.jsonkit.typed import object_in
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str
from studio_tui.text.sanitize import clean

ROLES = ("human", "system", "ai", "tool", "other")
MOST_MESSAGES = 50
OTHER_CALL = "another id"
_CHAT_ROLES = {"human": "user", "ai": "assistant"}
"""How lists spell roles that know `role` and no `type`."""
_NOT_EMPTY = ("human", "system")

Texts = dict[str, str]
"""What stands in the form of one message, by field key."""


class OpenCall(Struct, frozen=True):
    """A tool call of the thread that no tool message answers."""

    id: str
    name: str

    @property
    def label(self) -> str:
        return f"{clean(self.id, 60)} ({clean(self.name, 40)})" if self.name else clean(self.id, 60)


class MessageFor(Struct, frozen=True):
    """What the messages are for: the list `key` of `schema`, and what else goes with it."""

    schema: Json = None
    key: str = "messages"
    base: JsonObject = field(default_factory=dict)
    """Further values of the input."""
    calls: tuple[OpenCall, ...] = ()


def open_calls(messages: Iterable[Message]) -> tuple[OpenCall, ...]:
    """Return the tool calls that wait for an answer, oldest first."""
    calls: dict[str, OpenCall] = {}
    for message in messages:
        for call in message.tool_calls:
            if call.id:
                calls[call.id] = OpenCall(call.id, call.name)
        if message.role == "tool" and message.tool_call_id:
            calls.pop(message.tool_call_id, None)
    return tuple(calls.values())


def new_texts(role: str = "human") -> Texts:
    return {"/role": role}


def human_texts(text: str, paths: Sequence[str]) -> Texts:
    value: JsonObject = {"role": "human", "text": text, **({"files": list(paths)} if paths else {})}
    return {key: part for key, part in texts_of(_spec("", (), True), value).texts.items() if part}


def bring_in(messages: list[Texts], texts: Texts) -> int | None:
    """Put a message that was begun elsewhere among these, once; return where it is, None where there is no room."""
    for at, one in enumerate(messages):
        if one.get("/text") == texts.get("/text"):
            return at
    if is_blank(messages[0]):
        messages[0] = texts
        return 0
    if len(messages) >= MOST_MESSAGES:
        return None
    messages.append(texts)
    return len(messages) - 1


def is_blank(texts: Mapping[str, str]) -> bool:
    """Tell whether nothing was put in but the role."""
    return not any(text for key, text in texts.items() if key not in ("/role", "/answers"))


def spec_for(texts: Mapping[str, str], calls: Sequence[OpenCall]) -> FormSpec:
    """Return the form of one message: which fields there are depends on its role. The same form is one object."""
    labels = tuple(dict.fromkeys(call.label for call in calls))
    typed_id = texts.get("/answers", "") == OTHER_CALL or not labels
    role = texts.get("/role", "")
    return _spec(role if role in ("tool", "other") else "", labels, typed_id)


@lru_cache(maxsize=64)
def _spec(role: str, calls: tuple[str, ...], typed_id: bool) -> FormSpec:
    fields: dict[str, Json] = {"role": {"enum": list(ROLES)}}
    required = ["role"]
    if role == "other":
        fields["type"] = {"type": "string", "description": "as the server is to get it: developer, function, remove …"}
        required.append("type")
    if role == "tool":
        if calls:
            fields["answers"] = {
                "enum": [*calls, OTHER_CALL], "description": "the tool calls of this thread that have no result yet"
            }  # fmt: skip
            required.append("answers")
        if typed_id:
            fields["tool_call_id"] = {"type": "string", "description": "the id of the tool call that this answers"}
            required.append("tool_call_id")
    fields["text"] = {
        "type": "string", "format": "multiline", "description": "sent as it is"
    }  # fmt: skip
    fields["files"] = {
        "type": "array", "items": {"type": "string"}, "description": "paths: images, text, PDF, sound, any file"
    }  # fmt: skip
    if role == "tool":
        fields["status"] = {"enum": ["success", "error"]}
    fields["name"] = {"type": "string", "description": "of who speaks; may stay empty"}
    fields["id"] = {"type": "string", "description": "of the message; a known one replaces that message"}
    fields["more"] = {"type": "object", "description": "further keys as JSON, such as tool_calls or artifact"}
    return fields_of({"type": "object", "properties": fields, "required": required})


def problems_in(texts: Mapping[str, str], about: MessageFor) -> dict[str, str]:
    """Return what is wrong in a message's form, by field key (display text)."""
    made = assemble(spec_for(texts, about.calls), texts)
    value = as_object(made.value)
    is_empty = not value.get("text") and not value.get("files")
    needed = {"/text": "Write a text, or name a file."} if is_empty and value.get("role") in _NOT_EMPTY else {}
    return {**needed, **made.problems}


def paths_in(texts: Mapping[str, str], about: MessageFor) -> tuple[str, ...]:
    value = as_object(assemble(spec_for(texts, about.calls), texts).value)
    return tuple(path for path in as_list(value.get("files")) if isinstance(path, str) and path)


def message_json(texts: Mapping[str, str], blocks: Sequence[JsonObject], about: MessageFor) -> JsonObject:
    """Return the message that a form means; `blocks` are its files."""
    value = as_object(assemble(spec_for(texts, about.calls), texts).value)
    text, role = as_str(value.get("text")), as_str(value.get("role"))
    content: Json = [*([text_block(text)] if text else []), *blocks] if blocks else text
    message: dict[str, Json] = {**_spoken(role, as_str(value.get("type")), about), "content": content}
    label = as_str(value.get("answers"))
    call_id = next((call.id for call in about.calls if call.label == label), as_str(value.get("tool_call_id")))
    if role == "tool" and call_id:
        message["tool_call_id"] = call_id
    for key in ("status", "name", "id"):
        if value.get(key):
            message[key] = value[key]
    return {**message, **as_object(value.get("more"))}


def _spoken(role: str, word: str, about: MessageFor) -> JsonObject:
    """The role, under the key by which the graph's list of messages has it."""
    by_role = "role" in chat_message(about.schema, about.key, "")
    if role == "other":
        return {"role" if by_role else "type": word}
    return {"role": _CHAT_ROLES.get(role, role)} if by_role else {"type": role}


def input_json(messages: Sequence[JsonObject], about: MessageFor) -> JsonObject:
    return {**about.base, about.key: list(messages)}


def dump(messages: Sequence[Texts]) -> str:
    """Return the draft of all messages; empty where there is nothing to keep."""
    return "" if len(messages) == 1 and is_blank(messages[0]) else json.dumps({"messages": list(messages)})


def load(text: str) -> list[Texts]:
    """Return the messages of a draft; empty where it cannot be read."""
    found = [as_object(item) for item in as_list(object_in(text).get("messages"))[:MOST_MESSAGES]]
    return [{key: part for key, part in item.items() if isinstance(part, str)} for item in found]
