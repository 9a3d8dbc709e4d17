"""The strips that a list keeps: the ones used last, and nothing of the others."""

from __future__ import annotations

import gc
import weakref
from typing import Any, cast

from studio_tui.text.glyphs import ASCII
from studio_tui.text.spans import Span, plain
from studio_tui.ui.kit.lists.row_painter import Strips
from studio_tui.ui.kit.terminal.safe import ascii_line


class Painted:
    """Stands for a strip, of which it can be seen when it is gone."""


def filled(most: int, count: int) -> tuple[Strips, list[weakref.ref[Painted]]]:
    strips, seen = Strips(most), []
    for number in range(count):
        strip = Painted()
        seen.append(weakref.ref(strip))
        assert strips.put(number, cast("Any", strip)) is cast("Any", strip)
        assert strips.get(0) is not None  # looked at again and again
    return strips, seen


def test_what_was_used_last_is_kept_and_the_rest_is_gone_at_once() -> None:
    gc.disable()
    try:
        strips, seen = filled(3, 10)
        assert len(strips) == 3
        assert [number for number, ref in enumerate(seen) if ref() is not None] == [0, 8, 9]
        assert strips.get(5) is None
        strips.clear()
        assert len(strips) == 0
        assert not any(ref() for ref in seen)
    finally:
        gc.enable()


def test_an_arrow_in_ascii_takes_its_second_cell_from_the_gap_behind_it() -> None:
    line = (Span("12 B → 3 kB", "muted"), Span("   GET"), Span("  a → b"))
    assert plain(ascii_line(line)) == "12 B -> 3 kB  GET  a -> b"
    assert ascii_line(line[:0]) == ()
    assert f"{ASCII.at_most}1.0s" == "<=1.0s"  # "<" says another thing
