"""Files named in a chat line: `@path` and `@"path with spaces"`, and `@@` for a plain `@`. Text only, no disk.

A file word begins with an `@` at the start of the text or after white space. `@@` there is one plain `@`, and what
follows it is text. In quotes the escapes of JSON work, so that any name can be spelled. Without quotes a word ends at
white space; it counts as a file where a file of that name exists, and otherwise where it can be nothing else: it
begins with `/`, `~/`, `./` or `../`, or it has a `/` or an extension and no character that paths rarely have (of the
latter kind, one that does not exist is asked about and may be text). So an `@mention`, `me@example.org` and
`@app.get("/x")` are only text. In a text too long to be edited in the chat line, `@` has no meaning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from studio_tui.text.sanitize import clean

LONGEST = 32_000
"""Characters of a chat line that can name files: a longer one is shown as a size only, and no preview with it."""
_TOKEN = re.compile(r'(?<!\S)@(?:(?P<plain>@)|(?P<quoted>"(?:[^"\\\n]|\\.)*(?P<end>")?)|(?P<word>\S+))')
_PLAIN = re.compile(r"(?<!\S)@(?=\S)")
_BEGINS = ("/", "~/", "./", "../")
_LIKE_A_PATH = re.compile(r"[^()<>{}\[\]\"'=,;|*?&$!`:]+")
_EXTENSION = re.compile(r"[^./]\.[A-Za-z]\w{0,7}$|/")
_TRAILING = ".,;:!?)]}>'\"»”’…"
_BARE = re.compile(r"[^\s\"\\@][^\s\"]*")


class FileWord(Struct, frozen=True):
    """One `@` word of a text, `text[start:end]`."""

    start: int
    end: int
    names: tuple[str, ...]
    """The path as it is spelled, then without the punctuation behind it: the first that is a file is meant."""
    certain: bool
    """Whether it means a file even where none of that name exists."""
    explicit: bool = False
    """Whether it can mean nothing else: in quotes, or with a path's beginning."""
    quoted: bool = False
    closed: bool = True
    """False for a quote without an end."""


@lru_cache(maxsize=8)
def file_words(text: str) -> tuple[FileWord, ...]:
    """Return the words of `text` that may name files, in order."""
    return tuple(_words(text)) if len(text) <= LONGEST else ()


def _words(text: str) -> Iterator[FileWord]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        quoted, word = match.group("quoted"), match.group("word")
        if quoted is not None:
            closed = match.group("end") is not None
            name = _unquoted(quoted[1 : -1 if closed else None])
            yield FileWord(start, end, (name,), True, explicit=True, quoted=True, closed=closed)
        elif word is not None:
            bare = word.rstrip(_TRAILING)
            names = tuple(dict.fromkeys(name for name in (word, bare) if name))
            if names:
                explicit = len(bare) > 1 and bare.startswith(_BEGINS)
                like_a_path = bool(_LIKE_A_PATH.fullmatch(bare)) and bool(_EXTENSION.search(bare))
                yield FileWord(start, end, names, explicit or like_a_path, explicit)


def literal(text: str) -> str:
    """Return the text that is sent for a chat line: `@@` at the start of a word becomes `@`, all else stays."""
    if len(text) > LONGEST:
        return text
    return _TOKEN.sub(lambda match: "@" if match.group("plain") else match.group(), text)


def escaped(text: str) -> str:
    """Return the chat line that sends exactly `text` and no file."""
    return _PLAIN.sub("@@", text)


def word_at(text: str, offset: int) -> FileWord | None:
    """Return the file word in which the cursor stands: behind its `@`, or at its end."""
    for word in _words(text):
        if word.start < offset <= word.end:
            return word
    lone = text[offset - 1 : offset] == "@" and (offset == 1 or text[offset - 2].isspace())
    if lone and (offset == len(text) or text[offset].isspace()):
        return FileWord(offset - 1, offset, ("",), False)
    return None


def spelled(path: str, *, open_end: bool = False) -> str:
    """Return the word that names `path`; `open_end` leaves a quote open, for a path that goes on."""
    if open_end and not path:
        return "@"
    if path and _BARE.fullmatch(path) and clean(path) == path and path.rstrip(_TRAILING) == path:
        return f"@{path}"
    body = "".join(char if clean(char) == char and char not in '"\\' else json.dumps(char)[1:-1] for char in path)
    return f'@"{body}' + ("" if open_end else '"')


def _unquoted(body: str) -> str:
    try:
        found = json.loads(f'"{body}"', strict=False)
    except ValueError:
        return body.replace('\\"', '"').replace("\\\\", "\\")
    return found if isinstance(found, str) else body
