"""Content blocks made of files: what a file is, by what it begins with, and the block that carries it.

Images go as `image_url` with a data URL: servers keep it as it is, langchain 1.x reads it as its own image block, and
it is the one spelling that OpenAI-style models, older langchain and LangChain.js take as well. For files and sound no
spelling is common to all; theirs is langchain's own (`base64`, `mime_type`), which its model packages translate.
"""

from __future__ import annotations

import base64
import codecs
import mimetypes
from typing import Literal

from msgspec import Struct

from studio_tui.domain.message.picture import mime_of_bytes
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.fmt import size as size_words

BlockKind = Literal["text", "image", "audio", "video", "file", "unreadable"]

HEAD = 4096
"""Bytes from which the kind of a file can be told."""

_CERTAIN = frozenset(
    ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/wav", "application/pdf", "audio/mpeg", "audio/flac")
)
"""Types that first bytes settle. The others are told by name: a text may begin with `BM`, and a `.docx` is a zip."""
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TEXT_TYPES = ("application/json", "application/xml", "application/javascript", "application/x-sh", "image/svg+xml")
_FURTHER = {".heic": "image/heic", ".avif": "image/avif", ".webp": "image/webp", ".m4a": "audio/mp4",
            ".ogg": "audio/ogg", ".opus": "audio/opus"}  # fmt: skip


class FileKind(Struct, frozen=True):
    """What a file is sent as."""

    kind: BlockKind
    mime: str
    encoding: str = ""
    """Of a text: how its bytes are read."""

    @property
    def words(self) -> str:
        """The kind as it is shown: a MIME type, or `text`."""
        return "text" if self.kind == "text" else self.mime


def kind_of(name: str, head: bytes, *, whole: bool) -> FileKind:
    """Tell what a file is by its bytes, and where those say nothing by its name; `whole`: `head` is all of it.

    `unreadable` is a text in an encoding that nothing names.
    """
    shown = mime_of_bytes(head)
    if shown in _CERTAIN:
        return FileKind(_general(shown), shown)
    encoding = _encoding(head, whole=whole)
    if encoding:
        return FileKind("text", "text/plain", encoding)
    mime = _named(name)
    if mime.startswith("text/") or mime in _TEXT_TYPES:
        return FileKind("unreadable", mime)
    return FileKind(_general(mime), mime)


def block_of(kind: FileKind, name: str, data: bytes) -> JsonObject:
    """Return the block that carries a file; `name` is display text. Raises UnicodeDecodeError for a broken text."""
    if kind.kind == "text":
        return text_block(_titled(name, data.decode(kind.encoding)))
    return _carrying(kind, name, base64.b64encode(data).decode("ascii"))


def sketch_of(kind: FileKind, name: str, size: int) -> JsonObject:
    """Return the block of a file that has not been read: a sentence stands where its data will."""
    instead = f"… {size_words(size)} of {name}, read when it is sent …"
    return text_block(_titled(name, instead)) if kind.kind == "text" else _carrying(kind, name, instead)


def text_block(text: str) -> JsonObject:
    """Return a text as a block."""
    return {"type": "text", "text": text}


def _titled(name: str, text: str) -> str:
    return f"File: {name}\n\n{text}"


def _carrying(kind: FileKind, name: str, encoded: str) -> JsonObject:
    if kind.kind == "image":
        return {"type": "image_url", "image_url": {"url": f"data:{kind.mime};base64,{encoded}"}}
    block: JsonObject = {"type": kind.kind, "base64": encoded, "mime_type": kind.mime}
    return {**block, "filename": name} if kind.kind == "file" else block


def _general(mime: str) -> BlockKind:
    general = mime.partition("/")[0]
    if general == "image":
        return "image"
    if general == "audio":
        return "audio"
    return "video" if general == "video" else "file"


def _encoding(head: bytes, *, whole: bool) -> str:
    if head.startswith(_WIDE):
        return "utf-16"
    if b"\0" in head:
        return ""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return ""
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


def _named(name: str) -> str:
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    # Without the system's own tables: the same file is the same everywhere.
    return _FURTHER.get(ending) or mimetypes.MimeTypes().guess_type(f"x{ending}")[0] or "application/octet-stream"
