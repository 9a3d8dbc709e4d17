"""What a message's content consists of, block by block: each has words, none vanishes.

Knows the block types of langchain-core 1.x, OpenAI, Anthropic, Google and Bedrock; any other type is named as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.domain.message.media import Held, held_in, link_of, mime_of, source_of
from studio_tui.domain.message.words import brief, failure_of, reasoning_words, short, text_in, without_data, words_of
from studio_tui.jsonkit.shorten import is_encoded
from studio_tui.jsonkit.value import Json, JsonObject, as_int, as_list, as_object, as_str, is_list, is_object
from studio_tui.text.fmt import size as size_words

TEXT = "text"
REFUSAL = "refusal"
REASONING = "reasoning"
FILE = "file"
ODD = "content"
"""A block that does not say what it is."""
GENERATED = "image_generation_call"
_TEXTS = {"text": "text", "output_text": "text", "input_text": "text", "refusal": "refusal"}
REASONING_KINDS = ("thinking", "reasoning", "reasoning_content", "redacted_thinking")
CALL_FRAGMENT = "input_json_delta"
CALLS = ("tool_use", "tool_call", "tool_call_chunk", "function_call", "invalid_tool_call", CALL_FRAGMENT)
"""Blocks that repeat what the message's list of tool calls says; alone, they are the calls (see `read`)."""
_MEDIA = {
    "image": "image", "image_url": "image", "input_image": "image", "media": "file", "file": "file",
    "input_file": "file", "document": "file", "text-plain": "file", "audio": "audio", "input_audio": "audio",
    "video": "video", "video_url": "video", "input_video": "video", "audio_url": "audio", "resource": "file",
    "resource_link": "file", "container_upload": "file", "computer_screenshot": "image",
}  # fmt: skip
_FACT = 80
"""Characters of a kind, a type or a name in it."""
_LOOKED_AT = 48
"""Bytes that are decoded to see whether data is what it should be."""
_NAMES = ("filename", "file_name", "name", "title")
_HOLDING = ("content", "output", "outputs", "artifact")
"""Where a block holds others."""
_CITED = ("title", "document_title", "filename", "file_id", "source")
_OWNERS = ("tool_use_id", "tool_call_id", "toolUseId", "call_id")
_BESIDE = ("tool_outputs", "images")
"""Where models' libraries keep blocks beside the content: what OpenAI's own tools did, pictures of OpenRouter."""


class ContentPart(Struct, frozen=True):
    """One block of a message's content. Strings are raw server text: presenters sanitise them."""

    kind: str
    """text, refusal, reasoning, image, file, audio, video, call, result, citation, or the type as the server has it."""
    text: str = ""
    """The words of a text or refusal; else what the block is about."""
    mime: str = ""
    name: str = ""
    size: int | None = None
    """Bytes of what the block holds itself; None where it only points elsewhere."""
    url: str = ""
    """Where it points to, without any data in it."""
    block: JsonObject | None = None
    """The block, in one spelling for all makers."""
    raw: Json = None
    """The block as the server holds it, where that is spelled differently."""

    def describe(self) -> str:
        """Return one line (raw text) that names the part: kind, type, name, size, where it points; never its data."""
        if self.kind in (TEXT, REFUSAL):
            return f"{self.kind}: {without_data(self.text)}"
        facts = [*(short(fact, _FACT) for fact in (self.kind, self.mime, self.name)), short(self.text)]
        facts.append(size_words(self.size) if self.size is not None else "")
        line = " · ".join(fact for fact in facts if fact)
        return f"{line} → {short(self.url)}" if self.url else line

    @property
    def as_held(self) -> Json:
        """The block as the server holds it."""
        return self.block if self.raw is None else self.raw

    def held(self) -> Held | None:
        """Return what the block holds itself, not decoded; None where it only points elsewhere."""
        block = self.block or {}
        if self.kind == FILE and as_str(source_of(block).get("text")):
            return Held("text", as_str(source_of(block)["text"]))
        if as_str(block.get("type")) == GENERATED:
            result = as_str(block.get("result"))
            return Held("base64", result) if result else None
        return held_in(block, guess=self.is_media)

    @property
    def is_media(self) -> bool:
        """Whether it is a picture, a file, a sound or a film."""
        return self.kind in _MEDIA.values()

    def data(self) -> bytes | None:
        """Return what the block holds itself; None where it only points elsewhere or cannot be read."""
        held = self.held()
        return None if held is None else held.data()

    def inner(self) -> tuple[ContentPart, ...]:
        """Return the blocks that stand in this one, such as the pictures in a result."""
        block = self.block or {}
        found = next((block[key] for key in _HOLDING if is_list(block.get(key))), None)
        if found is None and is_object(block.get("source")):
            found = as_object(block["source"]).get("content")
        if not is_list(found):
            found = [block[key] for key in _HOLDING if as_str(as_object(block.get(key)).get("type"))]
        return tuple(part for part in parts_of(found) if part.kind not in (TEXT, REFUSAL))


def parts_of(content: Json, kwargs: JsonObject | None = None) -> tuple[ContentPart, ...]:
    """Return the parts of a content in order; nothing for a plain text.

    Reasoning in words and blocks that repeat tool calls are told elsewhere and left out.
    """
    refusal = as_str((kwargs or {}).get("refusal"))
    said = (ContentPart(REFUSAL, refusal),) if refusal else ()
    spoken = as_object((kwargs or {}).get("audio"))  # where OpenAI's models put what they say aloud
    if as_str(spoken.get("data")) or as_str(spoken.get("transcript")):
        said = (_media("audio", {**spoken, "type": "audio"}), *said)
    beside = [item for key in _BESIDE for item in as_list((kwargs or {}).get(key)) if is_object(item)]
    said = (*said, *(part for block in beside for part in _parts(block)))
    content = content_blocks(content)
    if not is_list(content):
        text = content if isinstance(content, str) else ""
        return (*((ContentPart(TEXT, text),) if text and said else ()), *said)
    parts = tuple(part for block in content for part in _parts(block))
    return (*_joined(parts), *said)


def content_blocks(content: Json) -> Json:
    """Return a content as a text or a flat list of blocks, also where it is one block alone, or lists in lists."""
    if content is None or isinstance(content, str):
        return content
    if not is_list(content):
        return [content] if is_object(content) else json.dumps(content)
    if not any(is_list(block) for block in content):
        return content
    flat: list[Json] = []
    todo = [iter(content)]
    while todo:
        for block in todo[-1]:
            if is_list(block) and block:
                todo.append(iter(block))
                break
            flat.append(block)
        else:
            todo.pop()
    return flat


def held_value(value: Json) -> ContentPart | None:
    """Return any value of a state as a part where it is a picture, a file, a sound or a film, or encoded data alone."""
    if isinstance(value, str):
        if not is_encoded(value):
            return None
        return replace(_media(FILE, {"type": FILE, "data": value}), raw=value)
    if not is_object(value) or not (as_str(value.get("type")) or len(value) == 1):
        return None
    part = next(iter(parts_of([value])), None)
    return part if part is not None and part.is_media and (part.url or part.size is not None) else None


def is_plain(parts: tuple[ContentPart, ...]) -> bool:
    """Tell whether the parts are nothing but one text."""
    return len(parts) < 2 and all(part.kind == TEXT for part in parts)


def readable(parts: tuple[ContentPart, ...]) -> str:
    """Return all parts in words, each on lines of its own: texts as they are, anything else in brackets."""
    told = [part for part in parts if part.kind != REASONING] or parts
    return "\n".join(part.text if part.kind == TEXT else f"[{part.describe()}]" for part in told)


def _parts(block: Json) -> Iterator[ContentPart]:
    for part in _read(block):
        respelled = part.block is not None and part.block is not block and part.kind != "citation"
        yield replace(part, raw=block) if respelled else part


def _read(block: Json) -> Iterator[ContentPart]:
    if not is_object(block):
        if block is None or is_list(block):
            yield ContentPart(ODD, json.dumps(block))
        elif block != "":
            yield ContentPart(TEXT, block if isinstance(block, str) else json.dumps(block))
        return
    block = typed(block)
    kind = as_str(block.get("type"))
    if kind in REASONING_KINDS and not reasoning_words(block).strip():
        yield ContentPart(REASONING, _why_untold(kind, block), block=block)
    if kind in REASONING_KINDS or kind in CALLS:
        return
    if kind in _TEXTS:
        value = block.get(_TEXTS[kind], block.get("text"))
        text = text_in(value) if value is None or isinstance(value, str) or is_object(value) else json.dumps(value)
        if text and not is_list(value):
            yield ContentPart(REFUSAL if kind == "refusal" else TEXT, text, block=block)
        elif value != "" or kind == "refusal":  # an empty text is no loss: models send them before a call
            told = f"{kind}: {brief(value)}" if value else f"{kind} without words"
            yield ContentPart(ODD, told, block=block)
        yield from _citations(block)
        return
    yield _other(kind, block)


def _why_untold(kind: str, block: JsonObject) -> str:
    if kind == "redacted_thinking" or block.get("redactedContent"):
        return "redacted"
    return "encrypted" if block.get("encrypted_content") else "its words are not told"


def typed(block: JsonObject) -> JsonObject:
    """Return a block as Bedrock's and Google's own clients write them, whose one key says what it is, with a type.

    Fragments of a numbered block stay as they are.
    """
    if as_str(block.get("type")) or "index" in block:
        return block
    if as_str(block.get("text")):
        return {**block, "type": "thinking" if block.get("thought") is True else "text"}
    if len(block) != 1:
        return block
    key, value = next(iter(block.items()))
    inner = as_object(value)
    if not inner:
        return block
    if key == "reasoningContent":
        return {**inner, "type": "reasoning_content"}
    if key in ("inlineData", "inline_data", "fileData", "file_data"):
        names = {"mimeType": "mime_type", "fileUri": "file_uri"}
        return {**{names.get(name, name): item for name, item in inner.items()}, "type": "media"}
    # "type" comes last: what stands inside must not pass for another kind, such as one that is told elsewhere
    return {**inner, "type": key if key not in (*REASONING_KINDS, *CALLS) else f"{key} block"}


def _other(kind: str, block: JsonObject) -> ContentPart:
    while kind == "non_standard" and is_object(block.get("value")):
        block = as_object(block["value"])
        kind = as_str(block.get("type")) or ODD
    if kind == GENERATED and as_str(block.get("result")):
        return _generated(block)
    if kind in _MEDIA or (not kind and held_in(block, guess=False) is not None):
        return _media(_MEDIA.get(kind, "file"), block)
    if kind == "citation":
        return _citation(block)
    if kind in REASONING_KINDS:
        return ContentPart(REASONING, reasoning_words(block) or _why_untold(kind, block), block=block)
    name = next((as_str(block[key]) for key in _NAMES if as_str(block.get(key))), "")
    link = link_of({"url": block.get("url") or block.get("source")})
    words = ": ".join(text for text in (failure_of(block), words_of(block)) if text)
    told = f"{kind}: {words}" if words else kind
    lowered = kind.lower()
    if "result" in lowered or lowered.endswith(("_output", "response")):
        owner = next((as_str(block[key]) for key in _OWNERS if as_str(block.get(key))), "")
        return ContentPart("result", told, name=name or owner, url=link, block=block)
    if "tool" in lowered or lowered.endswith("_call"):
        return ContentPart("call", told, name=name, url=link, block=block)
    return ContentPart(kind or ODD, words, name=name, url=link, block=block)


def _generated(block: JsonObject) -> ContentPart:
    """A picture that a model made: OpenAI calls it a call, and its data the result."""
    size = Held("base64", as_str(block.get("result"))).size
    return ContentPart("image", GENERATED, as_str(block.get("output_format")), size=size, block=block)


def _media(kind: str, block: JsonObject) -> ContentPart:
    found = source_of(block)
    link = link_of(block)
    held = ContentPart(kind, block=block).held()
    mime = mime_of(block) or (held.mime if held is not None else "")
    general = mime.split("/")[0]
    kind = general if kind == FILE and general in ("image", "audio", "video") else kind
    name = next((as_str(part[key]) for part in (block, found) for key in _NAMES if as_str(part.get(key))), "")
    file_id = next((as_str(found[key]) for key in ("file_id", "id") if as_str(found.get(key))), "")
    about = as_str(found.get("transcript")) or (file_id if not link and held is None else "")
    if not about and not link and held is None:
        about = words_of(as_object(block.get("source")) or block)
    if held is not None and held.data(_LOOKED_AT) is None:
        return ContentPart(kind, "its data is no base64", mime, name, None, link, block)
    return ContentPart(kind, about, mime, name, held.size if held is not None else None, link, block)


def _citations(block: JsonObject) -> Iterator[ContentPart]:
    for key in ("citations", "annotations"):
        for item in as_list(block.get(key)):
            yield _citation(item) if is_object(item) else ContentPart("citation", brief(item))


def _citation(item: JsonObject) -> ContentPart:
    source = next((as_str(item[key]) for key in _CITED if as_str(item.get(key))), "")
    quoted = as_str(item.get("cited_text"))
    link = as_str(item.get("url")) or as_str(item.get("uri"))
    start, end = as_int(item.get("start_index")), as_int(item.get("end_index"))
    where = f"characters {start} to {end}" if start is not None and end is not None and not quoted else quoted
    return ContentPart(
        "citation", where if where or source or link else words_of(item), name=source, url=link, block=item
    )


def _joined(parts: tuple[ContentPart, ...]) -> Iterator[ContentPart]:
    """Texts beside a cited one belong to its sentence; others stay apart. Citations follow their sentence."""
    sentence: ContentPart | None = None
    cited: list[ContentPart] = []
    goes_on = False
    for part in parts:
        if part.kind == "citation":
            cited.append(part)
        elif part.kind == TEXT and sentence is not None and (goes_on or _has_citations(part)):
            sentence = ContentPart(TEXT, sentence.text + part.text)
            goes_on = _has_citations(part)
        else:
            if sentence is not None:
                yield sentence
            yield from cited
            cited = []
            sentence = part if part.kind == TEXT else None
            goes_on = _has_citations(part)
            if sentence is None:
                yield part
    if sentence is not None:
        yield sentence
    yield from cited


def _has_citations(part: ContentPart) -> bool:
    return any(as_list((part.block or {}).get(key)) for key in ("citations", "annotations"))
