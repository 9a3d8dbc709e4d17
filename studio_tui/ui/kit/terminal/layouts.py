"""Keyboard layouts without Latin letters: a key means what stands at its place on a Latin keyboard.

Commands are letters. Whoever writes Russian, Ukrainian, Greek or Hebrew would have to switch the layout for each of
them; the terminal tells the letter, not the key, so the key is found by its place in the layout.
"""

from __future__ import annotations

import unicodedata

from textual.events import Key
from textual.keys import _character_to_key

_ELSE = "·"
"""A place whose character is no letter of the layout, or means something of its own."""
_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_LATIN_SHIFTED = '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>'
_LAYOUTS = (
    (_LATIN, "ёйцукенгшщзхъфывапролджэячсмитьбю"),
    (_LATIN_SHIFTED, "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"),
    (_LATIN, "ґйцукенгшщзхїфівапролджєячсмитьбю"),
    (_LATIN_SHIFTED, "ҐЙЦУКЕНГШЩЗХЇФІВАПРОЛДЖЄЯЧСМИТЬБЮ"),
    (_LATIN, "··ςερτυθιοπ··ασδφγηξκλ··ζχψωβνμ··"),
    (_LATIN_SHIFTED, "···ΕΡΤΥΘΙΟΠ··ΑΣΔΦΓΗΞΚΛ··ΖΧΨΩΒΝΜ··"),
    (_LATIN, "···קראטוןםפ··שדגכעיחלךף·זסבהנמצתץ"),
)
"""Russian, Ukrainian, Greek, Hebrew, row by row of the keyboard."""
_PLACES = {"№": "#"} | {
    char: latin for latins, chars in _LAYOUTS for latin, char in zip(latins, chars, strict=True) if char != _ELSE
}


def latin_key(event: Key) -> Key | None:
    """Return the key at the same place of a Latin keyboard, None for a key that is Latin or whose place is unknown."""
    if event.character is not None:
        latin = _PLACES.get(event.character)
        return None if latin is None else Key(_character_to_key(latin), latin)
    *modifiers, name = event.key.split("+")
    latin = _PLACES.get(_char_of(name)) if modifiers else None
    return None if latin is None else Key("+".join((*modifiers, _character_to_key(latin))), None)


def is_foreign_letter(event: Key) -> bool:
    """Tell whether the key is a letter that no command can have."""
    char = event.character
    return char is not None and len(char) == 1 and char.isalpha() and not char.isascii() and char not in _PLACES


def _char_of(name: str) -> str:
    if len(name) == 1:
        return name
    try:
        return unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return ""
