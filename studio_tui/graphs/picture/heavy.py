"""Heavy lines: what tells the edges that were taken where no colour does."""

from __future__ import annotations

from collections.abc import Callable

IN_ASCII = '*"%'
"""What stands in ASCII for lines that are solid, dashed and observed, across and down alike."""
_LINES = str.maketrans("─│╭╮╰╯┄┆┈┊-|~:=!", "━┃┏┓┗┛┅┇┉┋" + "".join(2 * sign for sign in IN_ASCII))
"""What has one look. In ASCII corners and joints stay, by which a line is followed."""
_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
_JOINTS = {
    "├": "├├┝┝┞┞┡┡┟┟┢┢┠┠┣┣",
    "┤": "┤┥┤┥┦┩┦┩┧┪┧┪┨┫┨┫",
    "┬": "┬┭┮┯┬┭┮┯┰┱┲┳┰┱┲┳",
    "┴": "┴┵┶┷┸┹┺┻┴┵┶┷┸┹┺┻",
    "┼": "┼┽┾┿╀╃╄╇╁╅╆╈╂╉╊╋",
}
"""Joints and crossings by which of their arms are heavy: left 1, right 2, up 4, down 8."""


def heavy(sign: str, runs: Callable[[int, int], bool]) -> str:
    """Return the sign of a line as a heavy one, of a joint with those arms (by their steps across and down) through
    which a line that is heavy `runs`."""
    joint = _JOINTS.get(sign)
    if joint is not None:
        return joint[sum(1 << bit for bit, step in enumerate(_STEPS) if runs(*step))]
    # In ASCII a crossing looks like the line that runs down.
    if sign == "|" and (runs(-1, 0) or runs(1, 0)) and not runs(0, -1) and not runs(0, 1):
        return sign
    return sign.translate(_LINES)
