"""What a message holds besides its content and its calls, and a reader needs to know: each has a row of its own.

An artifact, sources and safety verdicts, an answer that was cut off, fields that are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from studio_tui.domain.message.content import ContentPart, held_value
from studio_tui.domain.message.words import brief
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, is_list, is_object

ARTIFACT = "artifact"
STOPPED = "stopped"
SAFETY = "safety"
SOURCES = "sources"
KWARGS = "additional_kwargs"
OTHERS = "other fields"

_TEXTS = ("id", "name", "type", "role", "tool_call_id", "status")
_KNOWN = frozenset(
    ("content", "additional_kwargs", "response_metadata", "usage_metadata", "tool_calls", "invalid_tool_calls",
     "tool_call_chunks", "artifact", "chunk_position", "lc", "lc_kwargs", "lc_namespace", "lc_direct_tool_output",
     "refusal", "audio", "reasoning_content", "function_call", *_TEXTS)
)  # fmt: skip
"""Fields that are shown as what they are, and those of the libraries' own."""
_KWARGS_KNOWN = frozenset(
    ("tool_calls", "function_call", "refusal", "audio", "reasoning_content", "reasoning", "tool_outputs", "images",
     "output_version", "id", "type", "usage", "stop_reason", "finish_reason", "model")
)  # fmt: skip
_USUAL_END = re.compile(r"(?:finish_reason_)?(?:stop|end_turn|tool_use|tool_calls?|function_calls?|stop_sequence|"
                        r"complete|completed|eos|eos_token|unspecified|load|null|success)+", re.IGNORECASE)  # fmt: skip
"""Streams that are added up repeat the word."""
_ENDS = ("finish_reason", "stop_reason", "stopReason", "finishReason", "done_reason")
_VERDICTS = ("prompt_feedback", "promptFeedback", "safety_ratings", "safetyRatings", "content_filter_results",
             "prompt_filter_results", "amazon-bedrock-guardrailAction", "trace")  # fmt: skip
_SOURCES = ("grounding_metadata", "groundingMetadata", "citation_metadata", "citationMetadata", "citations",
            "search_results", "url_context_metadata", "documents")  # fmt: skip
_WENT_WRONG = ("error", "incomplete_details", "refusal")
_PLACE_IN = ("web", "retrieved_context", "retrievedContext", "maps")
"""Where in an item of Google's lists the source stands."""
_LISTED = 12
"""Sources that have a row each."""


def extras_of(message: JsonObject) -> tuple[ContentPart, ...]:
    """Return what a message holds besides content, calls, reasoning and usage, as parts; `message` is flat."""
    metadata, kwargs = as_object(message.get("response_metadata")), as_object(message.get("additional_kwargs"))
    if not metadata and not kwargs:  # as in most messages: nothing to look through
        return (*_artifact(message.get("artifact")), *_odd_fields(message))
    return (
        *_artifact(message.get("artifact")),
        *_ended(metadata, kwargs),
        *_verdicts(metadata, kwargs),
        *_sources(metadata, kwargs),
        *_others(KWARGS, kwargs, _KWARGS_KNOWN | frozenset(_SOURCES) | frozenset(_VERDICTS)),
        *_odd_fields(message),
    )


def _artifact(value: Json) -> Iterator[ContentPart]:
    """What a tool kept for the program and not for the model; a picture or file stays one."""
    if value is None:
        return
    held = held_value(value)
    if held is not None:
        yield replace(held, text=": ".join(text for text in (ARTIFACT, held.text) if text))
    else:
        yield ContentPart(ARTIFACT, brief(value), block={ARTIFACT: value})


def _ended(metadata: JsonObject, kwargs: JsonObject) -> Iterator[ContentPart]:
    """An answer that ended otherwise than by itself: cut off, blocked, malformed."""
    for key in _ENDS:
        reason = as_str(metadata.get(key)) or as_str(kwargs.get(key))
        if reason and not _USUAL_END.fullmatch(reason):
            yield ContentPart(STOPPED, brief(reason), block={key: reason})
            break
    wrong = {key: metadata[key] for key in _WENT_WRONG if metadata.get(key)}
    if wrong:
        yield ContentPart(STOPPED, brief(wrong), block=wrong)


def _verdicts(metadata: JsonObject, kwargs: JsonObject) -> Iterator[ContentPart]:
    for key in _VERDICTS:
        value = metadata.get(key) or kwargs.get(key)
        if value and _found_something(value):
            yield ContentPart(SAFETY, f"{key}: {brief(value)}", block={key: value})


def _found_something(value: Json) -> bool:
    """Whether a check had something to say: most verdicts tell at length that there was nothing."""
    todo, looked_at = [value], 0
    while todo and looked_at < 200:
        looked_at += 1
        item = todo.pop()
        if is_list(item):
            todo.extend(item)
        elif is_object(item):
            for key, inner in item.items():
                lowered = as_str(inner).lower()
                if key in ("blocked", "filtered", "detected") and inner is True:
                    return True
                if key in ("block_reason", "blockReason") and inner and "unspecified" not in lowered:
                    return True
                if key == "probability" and lowered in ("medium", "high"):
                    return True
                if lowered in ("blocked", "guardrail_intervened"):
                    return True
                todo.append(inner)
        elif as_str(item).upper() in ("INTERVENED", "GUARDRAIL_INTERVENED"):
            return True
    return False


def _sources(metadata: JsonObject, kwargs: JsonObject) -> Iterator[ContentPart]:
    for key in _SOURCES:
        value = metadata.get(key) or kwargs.get(key)
        if not value or not (is_object(value) or is_list(value)) or not brief(_filled(value)).strip("{}[]"):
            continue
        found = list(_places(value))
        yield from found[:_LISTED]
        if len(found) != 1 or is_object(value):
            more = f"{len(found) - _LISTED} more; " if len(found) > _LISTED else ""
            yield ContentPart(SOURCES, f"{more}{key}: {brief(value)}", block={key: value})


def _filled(value: Json) -> Json:
    return {key: item for key, item in value.items() if item not in (None, "", [], {})} if is_object(value) else value


def _places(value: Json) -> Iterator[ContentPart]:
    """The sources themselves, each with its title and address."""
    lists = [value] if is_list(value) else []
    for key in ("grounding_chunks", "groundingChunks", "citations", "citationSources"):
        lists.append(as_list(as_object(value).get(key)))
    for item in (item for listed in lists for item in listed):
        if isinstance(item, str):
            yield ContentPart("citation", url=item) if "://" in item[:12] else ContentPart("citation", brief(item))
        elif is_object(item):
            place = next((as_object(item[key]) for key in _PLACE_IN if is_object(item.get(key))), item)
            title, link = as_str(place.get("title")), as_str(place.get("uri")) or as_str(place.get("url"))
            if title or link:
                yield ContentPart("citation", name=title, url=link, block=item)


def _others(name: str, fields: JsonObject, known: frozenset[str]) -> Iterator[ContentPart]:
    rest = {
        key: value
        for key, value in fields.items()
        if key not in known and not key.startswith("__") and value not in (None, "", [], {}, False)
    }
    if rest:
        yield ContentPart(name, brief(rest), block=rest)


def _odd_fields(message: JsonObject) -> Iterator[ContentPart]:
    """Fields that no message has, and those that hold something else than they should."""
    odd = {key: message[key] for key in _TEXTS if not isinstance(message.get(key), str | None)}
    for key in ("additional_kwargs", "response_metadata", "usage_metadata"):
        if not is_object(message.get(key)):
            odd[key] = message.get(key)
    for key in ("tool_calls", "invalid_tool_calls", "tool_call_chunks"):
        value = message.get(key)
        if not is_list(value) or not all(is_object(item) for item in value):
            odd[key] = value
    rest = {key: value for key, value in message.items() if key not in _KNOWN}
    yield from _others(OTHERS, {**odd, **rest}, frozenset())
