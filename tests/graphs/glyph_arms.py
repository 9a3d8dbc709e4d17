"""Which arms the characters of a drawing have: by Unicode name, and by table for the ASCII look."""

from __future__ import annotations

import unicodedata
from functools import cache

from studio_tui.graphs.topology.scene import Stroke

N, E, S, W = 1, 2, 4, 8
STEP = {N: (0, -1), E: (1, 0), S: (0, 1), W: (-1, 0)}
OPPOSITE = {N: S, S: N, E: W, W: E}
VERTICAL, HORIZONTAL = N | S, E | W
HEADS = {"▲": N, "▼": S, "◄": W, "►": E}
ASCII_HEADS = {"^": N, "v": S, "<": W, ">": E}
ASCII_LINES = {**dict.fromkeys("|:!", VERTICAL), **dict.fromkeys("-~=", HORIZONTAL)}
ASCII_CORNERS = {".": S, "'": N}
STROKES = {
    **dict.fromkeys("│─|-", Stroke.SOLID),
    **dict.fromkeys("┆┄:~", Stroke.DASHED),
    **dict.fromkeys("┊┈!=", Stroke.OBSERVED),
}
"""How straight pieces say a line is drawn; corners and joints look alike in all."""
_WORDS = {"UP": N, "DOWN": S, "LEFT": W, "RIGHT": E, "VERTICAL": VERTICAL, "HORIZONTAL": HORIZONTAL}


@cache
def arms_of(char: str) -> int:
    """Return the arms of a box-drawing character (U+2500..257F), 0 for anything else."""
    if len(char) != 1 or not "\u2500" <= char <= "\u257f":
        return 0
    arms = 0
    for word in unicodedata.name(char).split():
        arms |= _WORDS.get(word, 0)
    return arms
