"""Messages from JSON: whole ones, growing ones, and where in a state they are (PROTOCOL §10)."""

from __future__ import annotations

import json

from studio_tui.domain.message.content import CALL_FRAGMENT, CALLS, content_blocks, is_plain, parts_of, readable
from studio_tui.domain.message.deferred import defer, deferred
from studio_tui.domain.message.extras import extras_of
from studio_tui.domain.message.growth import Growth
from studio_tui.domain.message.message import Message, ToolCall, Usage
from studio_tui.jsonkit.shorten import shortened
from studio_tui.jsonkit.value import Json, JsonObject, as_int, as_list, as_object, as_str, is_list, is_object

_ROLES = {
    "human": "human",
    "user": "human",
    "ai": "ai",
    "assistant": "ai",
    "tool": "tool",
    "system": "system",
    "developer": "developer",
    "function": "function",
    "chat": "chat",
    "remove": "remove",
}
USUAL_KEY = "messages"
_LANGCHAIN_FIELDS = frozenset({"additional_kwargs", "response_metadata"})
USAGE_FIELDS = frozenset({"usage_metadata", "response_metadata"})
"""The fields of a message that may hold token counts."""
_USAGE_KEYS = ("token_usage", "tokenUsage", "usage")
_COUNTS = (
    ("input_tokens", "prompt_tokens", "promptTokens"),
    ("output_tokens", "completion_tokens", "completionTokens"),
    ("total_tokens", "totalTokens"),
)
_DETAILS = ("input_token_details", "output_token_details", "prompt_tokens_details", "completion_tokens_details")


def role_of(message: JsonObject) -> str:
    """Return human, ai, tool, system, developer, function, chat or remove; else the type as named, or empty.

    `user` and `assistant` are other names of human and ai. A developer's message is another one than a system's,
    also where LangChain keeps it as a system message with OpenAI's role beside it.
    """
    kind = as_str(message.get("type"))
    bare = kind.removesuffix("Chunk").removesuffix("Message").lower()
    if bare == "system" and as_object(message.get("additional_kwargs")).get("__openai_role__") == "developer":
        return "developer"
    if bare in _ROLES and bare != "chat":
        return _ROLES[bare]
    role = as_str(message.get("role"))
    return _ROLES.get(role.lower(), role) or _ROLES.get(bare, kind)


def is_message(value: Json) -> bool:
    """Tell whether `value` is a chat message: a role or type, and content.

    A type that is no known one counts only where the fields of LangChain's messages stand beside it.
    """
    if not is_object(value):
        return False
    message = flat_message(value)
    if role_of(message) == "remove":
        return "content" in message or "id" in message
    if "content" not in message:
        return False
    known = role_of(message) in _ROLES.values() or bool(as_str(message.get("role")))
    return known or (bool(as_str(message.get("type"))) and not _LANGCHAIN_FIELDS.isdisjoint(message))


def is_chunk(message: JsonObject) -> bool:
    """Tell whether a streamed message is a part to append; JavaScript types its chunks `ai`."""
    return as_str(message.get("type")).endswith("Chunk") or "tool_call_chunks" in message


def flat_message(message: JsonObject) -> JsonObject:
    """Return `message` as plain fields, also where it came serialised as a constructor call."""
    if message.get("type") != "constructor" or not is_object(message.get("kwargs")):
        return message
    name = as_list(message.get("id"))[-1:]
    return {"type": as_str(name[0]) if name else "", **as_object(message["kwargs"])}


def message_of(value: Json) -> Message:
    """Read a whole message; anything that is none becomes one without role, so that it can still be shown."""
    if not is_object(value):
        return Message("", "", value if isinstance(value, str) else json.dumps(value))
    item = flat_message(value)
    if _is_odd(item):
        return Message(
            as_str(item.get("id")), role_of(item), json.dumps(shortened(value), ensure_ascii=False), raw=item
        )
    growth = Growth()
    content = content_blocks(item.get("content"))
    growth.add_content(content)
    kwargs = _kwargs_of(item)
    growth.add_kwargs(kwargs)
    parts = parts_of(content, kwargs)
    return Message(
        id=as_str(item.get("id")),
        role=role_of(item),
        text=readable(parts) if parts else growth.text(),
        thinking=growth.thinking(),
        parts=() if is_plain(parts) else parts,
        name=as_str(item.get("name")) or None,
        tool_calls=_tool_calls(item),
        tool_call_id=as_str(item.get("tool_call_id")) or None,
        status=as_str(item.get("status")),
        usage=usage_of(item),
        model=_model_of(item),
        raw=item,
        extras=extras_of(item),
    )


def _kwargs_of(item: JsonObject) -> JsonObject:
    """What OpenAI's own messages have beside their content, where LangChain's have it."""
    beside = {key: item[key] for key in ("refusal", "audio", "reasoning_content") if item.get(key)}
    return {**beside, **as_object(item.get("additional_kwargs"))}


def usage_of(message: JsonObject) -> Usage | None:
    """Return the token counts of a message, wherever its model's library put them."""
    usage = message.get("usage_metadata")
    if is_object(usage):
        return _usage(usage)
    metadata = as_object(message.get("response_metadata"))
    usage = next((metadata[name] for name in _USAGE_KEYS if is_object(metadata.get(name))), None)
    return _usage(usage) if is_object(usage) else None


def usage_in(item: JsonObject) -> Usage | None:
    """Return the token counts that `message_of` finds in a message of plain fields, without reading the rest of it."""
    return None if USAGE_FIELDS.isdisjoint(item) or _is_odd(item) else usage_of(item)


def _is_odd(item: JsonObject) -> bool:
    """Whether what stands among messages is none."""
    return "content" not in item and role_of(item) not in _ROLES.values()


def _model_of(message: JsonObject) -> str:
    """Return the name of the model that wrote a message, or an empty text."""
    metadata = message.get("response_metadata")
    if not metadata or not is_object(metadata):
        return ""
    return next(
        (as_str(metadata[name]) for name in ("model_name", "model", "model_id") if as_str(metadata.get(name))), ""
    )


def _usage(usage: JsonObject) -> Usage | None:
    sent, received, total = (
        next((as_int(usage.get(name)) or 0 for name in names if name in usage), 0) for names in _COUNTS
    )
    total = total or sent + received
    details = [as_object(usage.get(name)) for name in _DETAILS]
    cached, reasoning = (
        next((as_int(part.get(name)) or 0 for part in details for name in names if name in part), 0)
        for names in (("cache_read", "cached_tokens"), ("reasoning", "reasoning_tokens"))
    )
    return Usage(sent, received, total, cached, reasoning) if total else None


def _tool_calls(item: JsonObject) -> list[ToolCall]:
    chunks = [call for call in as_list(item.get("tool_call_chunks")) if is_object(call)]
    broken = [_broken(call) for call in as_list(item.get("invalid_tool_calls")) if is_object(call)]
    if chunks:  # JavaScript keeps them in what it has merged, with the exact text of the arguments
        made = [_tool_call(_id(call), as_str(call.get("name")), as_str(call.get("args"))) for call in chunks]
    else:
        made = [_call_of(call) for call in as_list(item.get("tool_calls")) if is_object(call)]
    for call in broken:
        same = next((known for known in made if call.id and known.id == call.id), None)
        if same is None:
            made.append(call)
        else:
            same.problem = call.problem
    made += _other_calls(item, made)
    if made:
        return made
    kwargs = as_object(item.get("additional_kwargs"))
    native = [
        (as_object(call), as_object(as_object(call).get("function"))) for call in as_list(kwargs.get("tool_calls"))
    ]
    called = kwargs.get("function_call") or item.get("function_call")
    if is_object(called):  # as OpenAI's first models called
        native.append(({}, called))
    return [_tool_call(_id(call), as_str(part.get("name")), part.get("arguments")) for call, part in native]


def _call_of(call: JsonObject) -> ToolCall:
    """A call as LangChain has it, or as OpenAI's own messages do."""
    inner = as_object(call.get("function"))
    if inner and not as_str(call.get("name")):
        return _tool_call(_id(call), as_str(inner.get("name")), inner.get("arguments"))
    return _tool_call(_id(call), as_str(call.get("name")), call.get("args"))


def _broken(call: JsonObject) -> ToolCall:
    made = _tool_call(_id(call), as_str(call.get("name")), call.get("args") or "")
    made.problem = _why_invalid(call)
    return made


def _why_invalid(call: JsonObject) -> str:
    return as_str(call.get("error")) or "its arguments are not valid"


def _other_calls(item: JsonObject, known: list[ToolCall]) -> list[ToolCall]:
    """The calls that stand in the content and not in the message's list of calls."""
    ids = {call.id for call in known if call.id}
    said = "".join(_without_spaces(call.arguments) for call in known)
    found: list[ToolCall] = []
    for block in (as_object(part) for part in as_list(content_blocks(item.get("content")))):
        kind = as_str(block.get("type"))
        if kind not in CALLS or (known and not ids.isdisjoint((_id(block), as_str(block.get("call_id"))))):
            continue
        given = block.get("args", block.get("input", block.get("arguments"))) or block.get("partial_json")
        if kind == CALL_FRAGMENT and known and _without_spaces(given) in said:
            continue
        call = _tool_call(as_str(block.get("call_id")) or _id(block), as_str(block.get("name")), given)
        if kind == "invalid_tool_call":
            call.problem = _why_invalid(block)
        elif kind == CALL_FRAGMENT:
            call.problem = "a fragment of a call"
        if not any(other.name == call.name and other.parsed == call.parsed for other in known):
            found.append(call)
    return found


def _tool_call(call_id: str | None, name: str, arguments: Json) -> ToolCall:
    if isinstance(arguments, str):
        return _parsed_call(ToolCall(call_id, name, arguments))
    if arguments is None:
        return ToolCall(call_id, name, "", {})
    return ToolCall(call_id, name, json.dumps(arguments, ensure_ascii=False), arguments)


def _without_spaces(value: Json) -> str:
    return "".join((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())


def _parsed_call(call: ToolCall) -> ToolCall:
    """Set `parsed` where the arguments are complete JSON; return the call."""
    try:
        call.parsed = json.loads(call.arguments)
    except (ValueError, RecursionError):
        call.parsed = None
    return call


def _id(call: JsonObject) -> str | None:
    return as_str(call.get("id")) or None


def merge_chunk(message: Message, chunk: JsonObject, source: str = "messages") -> bool:
    """Append a chunk to a growing message; return False where it changes nothing.

    A message that came whole does not grow any more, and of two modes that tell the same tokens the first counts.
    """
    growth = deferred(message, "raw")
    if growth is None:
        if message.raw:
            return False
        growth = _start_growing(message, source)
    if not isinstance(growth, Growth) or growth.source != source:
        return False
    growth.add(chunk)
    message.tool_calls = growth.calls
    message.parts = growth.other_parts()
    message.model = message.model or _model_of(chunk)
    message.name = message.name or as_str(chunk.get("name")) or None
    usage = usage_of(chunk) if is_object(chunk.get("usage_metadata")) else None
    if usage is not None:
        message.usage = usage if message.usage is None else message.usage + usage
    message.chunk_count += 1
    message.rev += 1
    message.streaming = True
    if chunk.get("chunk_position") == "last":
        settle(message)
    return True


def _start_growing(message: Message, source: str) -> Growth:
    growth = Growth(source)
    defer(message, "raw", growth)
    defer(message, "text", growth.text_view)
    defer(message, "thinking", growth.thinking_view)
    return growth


def settle(message: Message) -> bool:
    """Mark a message as not growing (for now) and parse its tool arguments; return whether it was growing."""
    if not message.streaming:
        return False
    message.streaming = False
    message.rev += 1
    growth = deferred(message, "raw")
    if isinstance(growth, Growth):
        parts, whole = growth.all_parts(), growth.read()
        message.parts = () if is_plain(parts) else parts
        message.extras = extras_of(whole)
        message.tool_calls = growth.calls or _tool_calls(whole)
    for call in message.tool_calls:
        _parsed_call(call)
    return True


def replace_message(message: Message, whole: JsonObject, *, partial: bool = False) -> bool:
    """Let `message` read as the whole message `whole`; return False where it does already."""
    item = flat_message(whole)
    if deferred(message, "raw") is None and message.raw == item and message.streaming == partial:
        return False
    made = message_of(item)
    message.role, message.name, message.status = made.role, made.name, made.status
    message.text, message.thinking, message.raw = made.text, made.thinking, made.raw
    message.parts, message.extras = made.parts, made.extras
    message.tool_calls, message.tool_call_id = made.tool_calls, made.tool_call_id
    message.usage = made.usage or message.usage
    message.model = made.model or message.model
    message.streaming = partial
    message.rev += 1
    return True


def message_keys(values: Json) -> list[str]:
    """Return the keys of a state that hold lists of messages."""
    return [key for key, value in as_object(values).items() if _holds_messages(key, value)]


def _holds_messages(key: str, value: Json) -> bool:
    if not is_list(value) or not value:
        return False
    enough = any if key == USUAL_KEY else all  # under its usual name, one odd item does not hide the conversation
    return enough(is_message(item) for item in value)


def messages_in(values: Json, key: str = USUAL_KEY) -> list[Message]:
    """Return the items of a list of messages; one that is no message is shown as it is, without a role."""
    return [message_of(item) for item in as_list(as_object(values).get(key))]


def written_messages(update: Json) -> list[JsonObject]:
    """Return the messages that a node wrote, in any key: alone or in a list; `update` may be a list of updates."""
    found: list[JsonObject] = []
    for part in update if is_list(update) else (update,):
        if not is_object(part):
            continue
        for value in part.values():
            if is_list(value):
                found += [flat_message(item) for item in value if is_object(item) and is_message(item)]
            elif is_object(value) and is_message(value):
                found.append(flat_message(value))
    return found


def written_keys(update: Json) -> tuple[str, ...]:
    """Return the state keys that a node wrote, with counts for lists: `messages[1]`."""
    counts: dict[str, int | None] = {}
    for part in update if is_list(update) else (update,):
        for key, value in part.items() if is_object(part) else ():
            if key.startswith("__"):
                continue
            size = len(value) if is_list(value) else 1 if is_object(value) and is_message(value) else None
            before = counts.get(key)
            counts[key] = size if before is None or size is None else before + size
    return tuple([key if size is None else f"{key}[{size}]" for key, size in counts.items()])
