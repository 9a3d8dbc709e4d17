"""Escape and a key that arrive together are two keys, not alt and a key.

Terminals without a keyboard protocol send alt+c as the bytes of esc and c. Over a slow link, esc and c pressed one
after the other arrive in one piece and look the same. Nothing here is bound to alt but what `KEPT` names, so anything
else is what was typed: first esc, then the key. Textual alone drops the esc and types the letter into the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser

KEPT = frozenset({"alt+p", "alt+n"})
"""Keys with alt that are bound."""
_BEGINS = "[OP]_"
"""What stands behind the esc of a sequence that a terminal sends."""
_ORIGINAL: Callable[..., Iterable[events.Key]] = XTermParser._sequence_to_key_events


def install() -> None:
    """Take over how the parser names a key that came behind an esc; idempotent."""
    setattr(XTermParser, "_sequence_to_key_events", _keys)  # noqa: B010 - a private method, typed otherwise


def _keys(parser: XTermParser, sequence: str, alt: bool = False) -> Iterable[Any]:
    if len(sequence) == 2 and sequence[0] == "\x1b" and isinstance(ANSI_SEQUENCES_KEYS.get(sequence), str):
        alt, sequence = True, sequence[1]  # read as a character of some keyboard's option layer
    elif (
        len(sequence) == 2
        and sequence[0] == "\x1b"
        and sequence[1].isprintable()
        and sequence[1] not in _BEGINS
        and sequence not in ANSI_SEQUENCES_KEYS
    ):
        # No sequence begins so. Left alone, the parser would collect all that follows, and type ^ for the esc.
        alt, sequence = True, sequence[1]
    found = list(_ORIGINAL(parser, sequence, alt))
    if not alt or any(key.key in KEPT for key in found):
        return found
    if sequence in ("\r", "\n"):
        return [events.Key("alt+enter", None)]
    return [events.Key("escape", "\x1b"), *_ORIGINAL(parser, sequence, False)]
