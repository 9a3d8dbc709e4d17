"""Heavy lines: what tells the edges that were taken where no colour does."""

from __future__ import annotations

from collections.abc import Callable

_LINES = str.maketrans("─│╭╮╰╯┄┆┈┊-|~:=!.'+", "━┃┏┓┗┛┅┇┉┋" + "*" * 9)
"""What has one look; in ASCII there is one sign for all."""
_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
_JOINTS = {
    "├": "├├┝┝┞┞┡┡┟┟┢┢┠┠┣┣",
    "┤": "┤┥┤┥┦┩┦┩┧┪┧┪┨┫┨┫",
    "┬": "┬┭┮┯┬┭┮┯┰┱┲┳┰┱┲┳",
    "┴": "┴┵┶┷┸┹┺┻┴┵┶┷┸┹┺┻",
    "┼": "┼┽┾┿╀╃╄╇╁╅╆╈╂╉╊╋",
}
"""Joints and crossings by which of their arms are heavy: left 1, right 2, up 4, down 8."""


def heavy(sign: str, cell: tuple[int, int], goes_on: Callable[[tuple[int, int]], bool]) -> str:
    """Return the sign of a line as a heavy one, of a joint with those arms behind which what is taken `goes_on`."""
    joint = _JOINTS.get(sign)
    if joint is None:
        return sign.translate(_LINES)
    x, y = cell
    return joint[sum(1 << bit for bit, (across, down) in enumerate(_STEPS) if goes_on((x + across, y + down)))]
