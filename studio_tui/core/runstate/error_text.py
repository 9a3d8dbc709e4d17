"""A task's error as people read it: what happened, apart from where in the code."""

from __future__ import annotations

import re

from msgspec import Struct

from studio_tui.wire.decode_error import parse_error

_PYTHON = "Traceback (most recent call last)"
_FRAME = re.compile(r"^[^\S\n]+at .+$", re.MULTILINE)
"""A line of JavaScript's traces."""
_QUOTED = re.compile(r"""(?<![\w'"\\])('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")(?![\w'"])""")
"""A text in quotes, as a repr or JSON writes it; an apostrophe inside a word begins none."""
_BREAK = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\r)?\\n")
"""The escape of a line's end."""


class ErrorText(Struct, frozen=True):
    """Raw text."""

    said: str
    """With the lines that it has, also where the server wrote their ends as escapes in quotes."""
    trace: str = ""
    """Empty where the server did not tell it."""

    @property
    def whole(self) -> str:
        """All of it, to be read."""
        return f"{self.said}\n\n{self.trace}" if self.trace else self.said

    @property
    def first_line(self) -> str:
        """What its first line says; with the next one where that only names the class."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        if len(lines) > 1 and lines[0].endswith(":") and " " not in lines[0]:
            return f"{lines[0]} {lines[1]}"
        return lines[0] if lines else ""


def error_text(text: str) -> ErrorText:
    """Take the trace out of an error, and say a repr as `Class: message`."""
    said, trace = text.strip(), ""
    at = said.find(_PYTHON)
    if at >= 0:
        said, trace = said[:at].rstrip(), said[at:].rstrip()
        said = said or trace.rpartition("\n")[2].strip()
    elif (frame := _FRAME.search(said)) is not None and frame.start():
        said, trace = said[: frame.start()].rstrip(), said[frame.start() :].strip("\n")
    error = parse_error(said)
    told = error.message if error.message.startswith(f"{error.kind}: ") else f"{error.kind}: {error.message}"
    return ErrorText(_in_lines(said if error.message == said or not error.message else told), trace)


def _in_lines(said: str) -> str:
    """Break lines where a text in quotes has escaped breaks: a KeyError's message, an answer's body in a message."""
    kind, colon, message = said.partition(": ")
    if colon and message[:1] in ("'", '"') and _QUOTED.fullmatch(message) and _BREAK.search(message):
        message = message[1:-1].replace(f"\\{message[0]}", message[0])  # nothing but a repr: without its quotes
        return f"{kind}: {_BREAK.sub(_broken, message)}"
    return _QUOTED.sub(lambda quoted: _BREAK.sub(_broken, quoted.group()), said)


def _broken(found: re.Match[str]) -> str:
    return f"{found.group(1)}\n"
