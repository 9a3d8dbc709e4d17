"""How much work a call is, in lines of Python executed: the same on a fast, a slow and a busy machine."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_run(work: Callable[[], object]) -> int:
    """Return how many lines of Python `work` executes; what C code does in between is not counted."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()  # finalizers of what other tests left behind would be counted
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """Return how much more work `large` is than `small`, for each time that it is larger: 1 is linear, 0 constant."""
    return lines_run(lambda: work(large)) / lines_run(lambda: work(small)) / (large / small)
