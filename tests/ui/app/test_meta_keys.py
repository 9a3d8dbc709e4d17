"""Esc and a key in one piece of input are two keys; only what is bound to alt is alt."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from studio_tui.ui.app.textual_patches import install


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("\x1bc", ["escape", "c"]),
        ("\x1b:", ["escape", "colon"]),
        ("\x1b5", ["escape", "5"]),
        ("\x1bG", ["escape", "G"]),
        ("\x1bp", ["alt+p"]),
        ("\x1b\r", ["alt+enter"]),
        ("\x1b[A", ["up"]),
        ("\x1bb", ["ctrl+left"]),
        ("\x1b::\x1b:q", ["escape", "colon", "colon", "escape", "colon", "q"]),
        ("\x1bzz\x1bpx", ["escape", "z", "z", "alt+p", "x"]),
        ("\x1b[A\x1b:\x1bOA", ["up", "escape", "colon", "up"]),
        ("c", ["c"]),
    ],
)
def test_what_comes_behind_esc(data: str, keys: list[str]) -> None:
    install()
    parser = XTermParser(False)
    found = [*parser.feed(data), *parser.feed("")]
    assert [event.key for event in found if isinstance(event, events.Key)] == keys
