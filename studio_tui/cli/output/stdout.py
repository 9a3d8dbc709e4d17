"""The only writer of stdout: data as text, as one JSON document, or as JSON lines with a version."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping
from json import encoder
from typing import Any, TextIO

from studio_tui.text.sanitize import clean_block
from studio_tui.text.secrets import Secrets
from studio_tui.text.spans import Line, Span

VERSION = 1
_ANSI = {
    "muted": "2", "accent": "36", "key": "36", "string": "32", "number": "33", "null": "2", "ok": "32", "warn": "33",
    "err": "31", "info": "34", "node-running": "33", "node-done": "32", "node-error": "31", "node-paused": "35",
    "msg-human": "34", "msg-ai": "32", "msg-tool": "33", "msg-system": "2", "diff-add": "32", "diff-del": "31",
    "diff-change": "33", "gap": "33", "title": "1", "bold": "1", "dim": "2", "edge": "2", "cluster": "36",
    "node-breakpoint": "31",
}  # fmt: skip
"""Role to SGR code; the same vocabulary as the themes."""


class Output:
    """Writes data in the chosen format; colours only on a terminal that wants them."""

    def __init__(self, format_: str, stream: TextIO | None = None) -> None:
        self.format = format_
        self._stream = stream or sys.stdout
        self.colour = self._stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._column = 0
        self._secrets = Secrets()
        self._held = ""
        """The end of the last piece, while it may be the beginning of a key."""
        self.code_says_it = False
        """The exit code tells the outcome as well, so an output that takes nothing (`streams` says so) is no end."""

    @property
    def is_text(self) -> bool:
        """Whether people read the output."""
        return self.format not in ("json", "jsonl")

    def document(self, value: Any) -> None:
        """Print one JSON document, as the server's object is shaped."""
        indent = None if self.format == "jsonl" else 2
        if self.format == "jsonl" and isinstance(value, Mapping):
            value = {"v": VERSION, **value}
        self._write(dump(value, indent) + "\n")

    def documents(self, values: Iterable[Any]) -> None:
        """Print a list: one array as JSON, one row each as JSON lines."""
        if self.format == "jsonl":
            for value in values:
                self.document(value)
        else:
            self._write(dump(list(values), 2) + "\n")

    def row(self, **fields: Any) -> None:
        """Print one versioned JSON line."""
        self._write(dump({"v": VERSION, **fields}, None) + "\n")

    def ready(self, lines: str) -> None:
        """Print JSON lines that are ready: versioned, and of printable characters only."""
        if lines:
            self._write(lines)

    def line(self, *spans: Span | str) -> None:
        """Print one line of text, the whole of it; plain strings are sanitised, spans are safe already."""
        self.end_line()
        self._write("".join(self._paint(span) for span in spans) + "\n")

    def lines(self, rows: Iterable[Line]) -> None:
        """Print rows of spans."""
        for row in rows:
            self.line(*row)

    def piece(self, text: str) -> None:
        """Print a piece of streaming text without ending the line."""
        safe = self._secrets.hide(self._held + clean_block(text))
        held = self._secrets.held(safe)
        safe, self._held = safe[: len(safe) - held], safe[len(safe) - held :]
        self._show(safe)

    def end_line(self) -> None:
        """End a line that `piece` left open."""
        held, self._held = self._held, ""
        self._show(held)
        if self._column:
            self._write("\n")
            self._column = 0

    def _show(self, safe: str) -> None:
        if safe:
            self._write(safe)
            self._column = len(safe) - safe.rfind("\n") - 1 if "\n" in safe else self._column + len(safe)

    def _paint(self, span: Span | str) -> str:
        if isinstance(span, str):
            return clean_block(span, len(span))  # a drawing, a state: what is cut short is of no use to who saves it
        codes = [_ANSI[name] for name in span.role.split() if name in _ANSI]
        return f"\x1b[{';'.join(codes)}m{span.text}\x1b[0m" if self.colour and codes else span.text

    def keep_secret(self, values: Iterable[str]) -> None:
        """Never print these from now on, wherever a server repeats them."""
        self._secrets.keep(values)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(self._secrets.hide(text))
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError:
            if not self.code_says_it:
                raise


_LINE = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=str, allow_nan=False).encode
_made: Any = getattr(encoder, "c_make_encoder", None)
_PART = _made and _made(None, str, encoder.encode_basestring, None, ": ", ", ", False, False, False)
"""The same for a piece of a line, without the making of an encoder each time, which takes longer than a small piece."""
_ODD = re.compile(r"[^\x00-\x7e]+")
_DOCUMENT = json.JSONEncoder(indent=2, ensure_ascii=False, default=str, allow_nan=False).encode


def dump(value: Any, indent: int | None) -> str:
    """Return `value` as JSON that any terminal and any decoder survives: control and format characters are escaped."""
    try:
        text = _LINE(value) if indent is None else _DOCUMENT(value)
    except ValueError:
        text = json.dumps(_finite(value), indent=indent, ensure_ascii=False, default=str)
    return printable(text)


def encode(value: Any) -> str:
    """Return a value as a part of a JSON line, for `printable`; ValueError for a number that JSON does not have."""
    return "".join(_PART(value, 0)) if _PART is not None else _LINE(value)


def printable(text: str) -> str:
    """Return JSON with its control and format characters as escapes."""
    if text.isascii() and "\x7f" not in text:
        return text
    return _ODD.sub(lambda match: match[0] if match[0].isprintable() else "".join(map(_escape, match[0])), text)


def _finite(value: Any) -> Any:
    """Return `value` with numbers that JSON does not have as the words `NaN`, `Infinity` and `-Infinity`."""
    if isinstance(value, float):
        return value if math.isfinite(value) else json.dumps(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def _escape(char: str) -> str:
    if char.isprintable() or char in "\n ":
        return char
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
