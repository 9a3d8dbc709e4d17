"""What the first bytes of a file say of it: its type, and of a picture its size. Reads no further than the header."""

from __future__ import annotations

import struct

from msgspec import Struct

HEAD = 256 * 1024
"""Bytes in which the header of a picture is looked for; a JPEG may carry a thumbnail before its size."""
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers that tell the size."""
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"), (b"BM", "image/bmp"), (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"OggS", "audio/ogg"), (b"fLaC", "audio/flac"), (b"ID3", "audio/mpeg"), (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\x1f\x8b", "application/gzip"), (b"\x7fELF", "application/x-executable"),
)  # fmt: skip
_NAMES = {"image/png": "PNG", "image/gif": "GIF", "image/jpeg": "JPEG", "image/webp": "WebP", "image/bmp": "BMP"}


class Picture(Struct, frozen=True):
    """A picture as its header tells it."""

    mime: str
    width: int
    height: int
    """Pixels."""

    @property
    def format(self) -> str:
        """What people call its format: PNG, JPEG, …"""
        return _NAMES.get(self.mime, self.mime)


def mime_of_bytes(head: bytes) -> str:
    """Return the MIME type that the first bytes show, or nothing where they show none that is known."""
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return next((mime for magic, mime in _MAGIC if head.startswith(magic)), "")


def picture_in(head: bytes) -> Picture | None:
    """Return format and size of the picture that begins with these bytes; None where they are none that is known."""
    mime = mime_of_bytes(head)
    read = {"image/png": _png, "image/gif": _gif, "image/jpeg": _jpeg, "image/webp": _webp, "image/bmp": _bmp}.get(mime)
    try:
        size = read(head) if read is not None else None
    except (struct.error, IndexError):
        return None
    return Picture(mime, *size) if size is not None and min(size) > 0 else None


def _png(head: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" else None


def _gif(head: bytes) -> tuple[int, int]:
    return struct.unpack("<HH", head[6:10])


def _bmp(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<ii", head[18:26])
    return width, abs(height)


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack("<I", head[21:25])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at < len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:  # fill bytes, and markers without a length
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", head[at + 2 : at + 4])
        if marker in _SOF:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        if marker in (0xD9, 0xDA) or length < 2:
            return None
        at += 2 + length
    return None
