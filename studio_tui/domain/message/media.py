"""What a content block holds itself (a picture, a file, a sound), however its maker writes it, and where it points to.

Knows the forms of langchain-core 0.3 and 1.x, OpenAI, Anthropic, Google and Bedrock. Nothing is ever fetched.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from studio_tui.jsonkit.shorten import is_encoded
from studio_tui.jsonkit.value import JsonObject, as_object, as_str, is_object

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.+\"-]+)*?)(;base64)?,", re.ASCII | re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_SAMPLE = 4096
"""Characters of a link that are looked at: it may be data in the wrong place."""
_NESTS = (
    "source", "file", "input_audio", "image_url", "video_url", "audio_url", "image", "video", "document", "audio",
    "resource",
)  # fmt: skip
_HOLDING = ("base64", "data", "bytes", "blob", "file_data")
_MIMES = ("mime_type", "media_type", "mimeType", "mediaType", "format")
_URLS = (
    "url",
    "image_url",
    "video_url",
    "audio_url",
    "image",
    "video",
    "audio",
    "file_data",
    "file_url",
    "file_uri",
    "uri",
    "data",
)


class Held(Struct, frozen=True):
    """What a block holds, as its maker wrote it."""

    form: Literal["base64", "percent", "text"]
    text: str
    mime: str = ""
    """The type that a data URL names."""

    @property
    def size(self) -> int:
        """Bytes of it, told from its length alone where it is base64."""
        if self.form == "base64":
            ends = self.text[-4:]
            return max(0, len(self.text) - self.text.count("\n") - self.text.count("\r") - ends.count("=")) * 3 // 4
        return len(self.data() or b"")

    def data(self, most: int | None = None) -> bytes | None:
        """Return its bytes, of base64 the first `most` of them, about; None where it is no base64."""
        if self.form == "text":
            return self.text.encode("utf-8", "replace")
        if self.form == "percent":
            return unquote_to_bytes(self.text)
        limit = len(self.text) if most is None else most * 4 // 3 + 4
        text = _SPACE.sub("", self.text[:limit]).replace("-", "+").replace("_", "/").rstrip("=")
        if limit < len(self.text):  # only what was cut off may end within a group of four
            text = text[: len(text) // 4 * 4]
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            return None


def source_of(block: JsonObject) -> JsonObject:
    """Return the object that says where the data is: the block itself, or it and the one in it."""
    found = inner = block
    for _ in range(2):  # Bedrock's blocks with a type: {"type": "image", "image": {"format": …, "source": {…}}}
        nested = next((as_object(inner[key]) for key in _NESTS if is_object(inner.get(key))), None)
        if nested is None:
            break
        found, inner = {**found, **nested}, nested
    return found


def link_of(block: JsonObject) -> str:
    """Return where a block points to; nothing where it holds its data itself."""
    found = source_of(block)
    for key in _URLS:
        text = as_str(found.get(key))
        is_data = text[:5].lower() == "data:" or (key in ("file_data", "data") and "://" not in text[:40])
        if text and not is_data and not is_encoded(text[:_SAMPLE]):
            return text
    return as_str(as_object(found.get("s3Location")).get("uri"))


def held_in(block: JsonObject, *, guess: bool = True) -> Held | None:
    """Return what a block holds itself. Without `guess` a bare `data` or `bytes` counts only beside a type."""
    found = source_of(block)
    texts = {key: as_str(found.get(key)) for key in (*_HOLDING, *_URLS)}
    for text in texts.values():
        match = _DATA_URL.match(text)
        if match is not None:
            rest = text[match.end() :]
            return Held("base64" if match.group(3) else "percent", rest, match.group(1) or "")
    typed = any(as_str(found.get(key)) for key in _MIMES)
    is_text = "text" in (as_str(as_object(block.get("source")).get("type")), as_str(block.get("source_type")))
    for key in _HOLDING:
        text = texts[key]
        if not text or "://" in text[:40] or not (guess or typed or key == "base64"):
            continue
        return Held("text" if is_text and key == "data" else "base64", text)
    bare = next(
        (texts[key] for key in _URLS if is_encoded(texts[key][:_SAMPLE]) and texts[key][:5].lower() != "data:"), ""
    )
    return Held("base64", bare) if bare else None


def mime_of(block: JsonObject) -> str:
    """Return the type that a block names: a MIME type, or a bare format such as `mp3`."""
    found = source_of(block)
    return next((as_str(found[key]) for key in _MIMES if as_str(found.get(key))), "")
