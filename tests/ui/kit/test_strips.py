"""The strips that a list keeps: the ones used last, and nothing of the others."""

from __future__ import annotations

import gc
import weakref
from typing import Any, cast

from studio_tui.ui.kit.lists.row_painter import Strips


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
