"""Sentences that name keys, written where nobody knows the keys: the user may have moved them (`[keys]`)."""

from __future__ import annotations

import re
from typing import Self

from studio_tui.text.sanitize import clean

_KEYS = re.compile(r" \(\{[a-z-]+\}(?:, \{[a-z-]+\})*\)")


class Hint(str):
    """A sentence of the program that names keys by their commands: `Pick one first ({assistants}).`

    As text it has no keys (`Pick one first.`): so it is printed, logged, copied and joined with others. A face that has
    keys shows `template` with those in force instead. Keys stand in brackets behind what they do, and nothing else is
    put into a template: what a server says may hold braces, which mean nothing.
    """

    __slots__ = ("template",)

    template: str

    def __new__(cls, template: str) -> Self:
        hint = super().__new__(cls, _KEYS.sub("", template))
        hint.template = template
        return hint


def clean_words(text: str) -> str:
    """Return `text` as one safe line; a hint stays one: it is the program's own."""
    return text if isinstance(text, Hint) else clean(text)
