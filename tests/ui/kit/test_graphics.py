"""Pictures for terminals: only where it is known that they are understood, and nothing of a file outside of base64."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.message.picture import Picture, picture_in
from studio_tui.ui.kit.terminal.graphics import CHUNK, MOST_BYTES, Graphics, Room, drawing, erasing, graphics_of
from tests.pictures import jpeg, png

KITTY, ITERM = Graphics(kitty=True), Graphics(iterm=True)
ROOM = Room(80, 24, 800, 480)
SEQUENCE = re.compile(rb"\x1b_G([^;\x1b]*);([A-Za-z0-9+/=]*)\x1b\\")
INLINE = re.compile(rb"\x1b\]1337;File=([a-zA-Z0-9=;]*):([A-Za-z0-9+/=]*)\x07")


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "LC_TERMINAL": "iTerm2"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230804"}, "kitty"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "210400"}, ""),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "٢٣٠٨٠٤"}, ""),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode", "KITTY_WINDOW_ID": "1"}, ""),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600", "KONSOLE_VERSION": "230804"}, ""),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "xterm-256color"}, ""),
        ({}, ""),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux,1,0"}, ""),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, ""),
        ({"TERM": "screen.xterm-256color", "LC_TERMINAL": "iTerm2"}, ""),
        ({"TERM": "xterm-kitty", "STY": "1.pts"}, ""),
        ({"TERM": "xterm-kitty", "ZELLIJ": "0"}, ""),
    ],
)  # fmt: skip
def test_a_terminal_is_told_by_what_names_it(environ: dict[str, str], protocol: str) -> None:
    found = graphics_of(environ)
    assert ("kitty" if found.kitty else "iterm" if found.iterm else "") == protocol
    assert bool(found.problem) == (not protocol)
    assert not found.problem or found.problem.endswith(".")


@given(st.binary(min_size=1, max_size=30_000))
def test_kitty_gets_the_file_in_chunks_and_nothing_else(data: bytes) -> None:
    made = drawing(KITTY, data, Picture("image/png", 10, 10), ROOM)
    found = SEQUENCE.findall(made)
    assert SEQUENCE.sub(b"", made) == b"", "nothing between the sequences"
    assert base64.b64decode(b"".join(text for _, text in found)) == data
    assert all(len(text) <= CHUNK and len(text) % 4 == 0 for _, text in found)
    assert [b"m=1" in keys for keys, _ in found] == [True] * (len(found) - 1) + [False]
    assert all(b"q=2" in keys for keys, _ in found), "the terminal's answer would be read as keys"
    assert b"f=100" in found[0][0]


@given(st.binary(min_size=1, max_size=10_000))
def test_iterm_gets_the_file_and_nothing_else(data: bytes) -> None:
    made = drawing(ITERM, data, Picture("image/jpeg", 10, 10), ROOM)
    match = INLINE.fullmatch(made)
    assert match is not None
    assert base64.b64decode(match[2]) == data
    assert f"size={len(data)}".encode() in match[1]


def test_a_picture_fits_the_terminal_and_is_never_made_larger() -> None:
    assert ROOM.bound(Picture("image/png", 100, 100)) == ("", 0)
    assert ROOM.bound(Picture("image/png", 4000, 100)) == ("columns", 80)
    assert ROOM.bound(Picture("image/png", 100, 4000)) == ("rows", 22)
    assert Room(80, 24).bound(Picture("image/png", 641, 10)) == ("columns", 80), "cells of 8 by 16 unless told"
    assert b",c=80," in drawing(KITTY, b"x", Picture("image/png", 4000, 100), ROOM)
    assert b";height=22;" in drawing(ITERM, b"x", Picture("image/gif", 100, 4000), ROOM)


def test_what_a_terminal_does_not_take_is_refused_with_the_reason() -> None:
    small = picture_in(png())
    photo = picture_in(jpeg())
    assert small is not None
    assert photo is not None
    assert KITTY.refusal(small, 10) == ITERM.refusal(small, 10) == ITERM.refusal(photo, 10) == ""
    assert "takes PNG, and this is JPEG" in KITTY.refusal(photo, 10)
    assert "larger than" in KITTY.refusal(small, MOST_BYTES + 1)
    assert "wider or higher" in ITERM.refusal(Picture("image/png", 100_000, 1), 10)
    assert "tmux" in graphics_of({"TMUX": "x"}).refusal(small, 10)
    with pytest.raises(ValueError, match="takes PNG"):
        drawing(KITTY, b"x", photo, ROOM)
    with pytest.raises(ValueError, match="larger"):
        drawing(KITTY, b"\0" * (MOST_BYTES + 1), small, ROOM)


def test_a_picture_of_kitty_is_taken_away_again() -> None:
    assert re.fullmatch(rb"\x1b_Ga=d,d=I,i=\d+,q=2\x1b\\", erasing(KITTY))
    assert erasing(ITERM) == b""
