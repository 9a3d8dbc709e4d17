"""A name for the file that a content block is saved in: of what the server calls it, nothing that could do harm."""

from __future__ import annotations

import re

from studio_tui.text.sanitize import is_safe

MOST_BYTES = 120
"""Of the name, ending included; every file system takes twice as many."""
_ENDINGS = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/bmp": "bmp",
    "image/svg+xml": "svg", "application/pdf": "pdf", "application/zip": "zip", "application/json": "json",
    "application/gzip": "gz", "text/plain": "txt", "text/csv": "csv", "text/html": "html", "text/markdown": "md",
    "audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/ogg": "ogg",
    "audio/flac": "flac", "video/mp4": "mp4", "video/webm": "webm", "video/x-msvideo": "avi",
}  # fmt: skip
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}$", re.ASCII)
_AMISS = frozenset("/\\<>:\"|?*$`;&!'")
_FORMAT = re.compile(r"[a-z0-9]{1,5}", re.ASCII)


def proposed_name(name: str, kind: str, mime: str) -> str:
    """Return a plain file name: no folders, not hidden, no option, no character that a terminal or shell takes amiss.

    `name`, `kind` and `mime` are raw text of the server. An ending is added where the name has none.
    """
    last = re.split(r"[/\\]", name.strip().rstrip("/\\"))[-1]
    plain = _harmless(last) or _harmless(kind) or "content"
    mime = mime.lower().split(";")[0].strip()
    ending = _ENDINGS.get(mime, mime if _FORMAT.fullmatch(mime) else "")
    if not _ENDING.search(plain):
        return _cut(plain, f".{ending}" if ending else "")
    stem, _, own = plain.rpartition(".")
    return _cut(stem, f".{own}")


def _harmless(text: str) -> str:
    kept = "".join(char if char not in _AMISS and char.isprintable() and is_safe(char) else "_" for char in text)
    return kept.strip().lstrip(".-~_ ").rstrip(". ")


def _cut(stem: str, ending: str) -> str:
    room = MOST_BYTES - len(ending)
    return stem.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore").rstrip() + ending
