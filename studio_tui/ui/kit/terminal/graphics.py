"""Pictures in terminals that have graphics of their own: which do, and the bytes that they take. Writes nothing.

Two protocols: kitty's (PNG, in chunks) and iTerm2's (any common format). What a terminal can do is told from the
environment alone; where that does not say, the answer is that it is not known, with the reason in words.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from msgspec import Struct

from studio_tui.domain.message.picture import Picture

CHUNK = 4096
"""Characters of base64 in one kitty sequence; a multiple of four."""
MOST_BYTES = 12_000_000
"""A larger file is not sent to the terminal: it would be busy for long, and cannot be interrupted."""
MOST_PIXELS = 10_000
"""Of a side: kitty takes no more."""
PICTURE_ID = 1_398_031_451
"""kitty's number for our picture, which is taken away by it."""
_ITERM_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_KNOWN = "kitty, ghostty, WezTerm, iTerm2 and Konsole"
_KONSOLE = 220400
"""The version that learned kitty's protocol."""
_CELL = (8, 16)
"""Pixels of a cell where the terminal does not tell."""


class Graphics(Struct, frozen=True):
    """What the terminal can show."""

    kitty: bool = False
    iterm: bool = False
    problem: str = ""
    """Why it shows no pictures, as a sentence; empty where it does."""

    def refusal(self, picture: Picture, size: int) -> str:
        """Return why this picture cannot be shown, as a sentence; empty where it can. `size` in bytes."""
        if self.problem:
            return self.problem
        if size > MOST_BYTES:
            return f"it is larger than {MOST_BYTES // 1_000_000} MB."
        if max(picture.width, picture.height) > MOST_PIXELS:
            return f"it is wider or higher than {MOST_PIXELS} pixels."
        if not (self.kitty and picture.mime == "image/png") and not (self.iterm and picture.mime in _ITERM_TYPES):
            return f"this terminal takes PNG, and this is {picture.format}."
        return ""


class Room(Struct, frozen=True):
    """The place for a picture."""

    columns: int
    rows: int
    width: int = 0
    height: int = 0
    """Pixels of the whole terminal, 0 where it does not tell."""

    def bound(self, picture: Picture) -> tuple[str, int]:
        """Return the side by which the picture must be shrunk to fit and its cells, or no side where it fits."""
        cell = (self.width / self.columns, self.height / self.rows) if self.width and self.height else _CELL
        wide, high = picture.width / cell[0], picture.height / cell[1]
        rows = max(1, self.rows - 2)
        if wide <= self.columns and high <= rows:
            return "", 0
        return ("columns", self.columns) if wide / self.columns >= high / rows else ("rows", rows)


def graphics_of(environ: Mapping[str, str]) -> Graphics:
    for name, what in (("TMUX", "tmux"), ("ZELLIJ", "zellij"), ("STY", "screen")):
        if environ.get(name):
            return Graphics(problem=f"inside {what} it is not known what the terminal behind it shows.")
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if term.startswith(("tmux", "screen")):
        return Graphics(problem="inside a multiplexer it is not known what the terminal behind it shows.")
    protocol = _protocol(environ, term, program)
    if protocol:
        return Graphics(kitty=protocol == "kitty", iterm=protocol == "iterm")
    named = program or term or "this terminal"
    return Graphics(problem=f"it is not known that {named[:30]} shows any; {_KNOWN} do.")


def _protocol(environ: Mapping[str, str], term: str, program: str) -> str:
    """Name the protocol. What names the terminal itself counts more than what a terminal around it may have left."""
    if term in ("xterm-kitty", "xterm-ghostty"):
        return "kitty"
    if program:
        return {"ghostty": "kitty", "WezTerm": "iterm", "iTerm.app": "iterm"}.get(program, "")
    if environ.get("LC_TERMINAL") == "iTerm2" or environ.get("WEZTERM_PANE"):
        return "iterm"
    if environ.get("XTERM_VERSION") or environ.get("VTE_VERSION"):
        return ""
    konsole = environ.get("KONSOLE_VERSION", "")
    new = konsole.isascii() and konsole.isdigit() and len(konsole) == 6 and int(konsole) >= _KONSOLE
    return "kitty" if new or environ.get("KITTY_WINDOW_ID") or environ.get("GHOSTTY_RESOURCES_DIR") else ""


def drawing(graphics: Graphics, data: bytes, picture: Picture, room: Room) -> bytes:
    """Return what draws a picture at the cursor, shrunk to the room. Raises ValueError where it may not be drawn.

    All that comes of the file is inside base64: no byte of it can be a command to the terminal.
    """
    refused = graphics.refusal(picture, len(data))
    if refused:
        raise ValueError(refused)
    side, cells = room.bound(picture)
    encoded = base64.b64encode(data)
    return _kitty(encoded, side, cells) if graphics.kitty else _iterm(encoded, len(data), side, cells)


def erasing(graphics: Graphics) -> bytes:
    """Return what takes the picture away; iTerm2's goes with the screen it is on."""
    return f"\x1b_Ga=d,d=I,i={PICTURE_ID},q=2\x1b\\".encode() if graphics.kitty else b""


def _kitty(encoded: bytes, side: str, cells: int) -> bytes:
    # q=2: the terminal answers nothing, or its answer would be read as keys.
    bound = f",{side[0]}={cells}" if side else ""
    keys = f"a=T,f=100,t=d,i={PICTURE_ID},q=2,C=1{bound},"
    out = bytearray()
    for at in range(0, len(encoded), CHUNK):
        more = int(at + CHUNK < len(encoded))
        out += f"\x1b_G{keys}m={more};".encode() + encoded[at : at + CHUNK] + b"\x1b\\"
        keys = "q=2,"
    return bytes(out)


def _iterm(encoded: bytes, size: int, side: str, cells: int) -> bytes:
    bound = {"columns": f";width={cells}", "rows": f";height={cells}"}.get(side, "")
    return f"\x1b]1337;File=inline=1;size={size}{bound};preserveAspectRatio=1:".encode() + encoded + b"\x07"
