"""Sees a loop that was blocked, tells it from one that got no processor, and says where it hung."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
import traceback
from pathlib import Path

_BEAT = 0.05


class LoopWatch:
    """Beats on the loop and looks from a thread whether it still does."""

    def __init__(self, limit: float) -> None:
        """`limit`: seconds for which the loop may do nothing else."""
        self._limit = limit
        self.blocked: list[str] = []
        """How long and where, for each time."""
        self._last = time.monotonic()
        self._waited = _waited()
        self._seen = ""
        self._ended = threading.Event()
        self._main = threading.get_ident()
        self._timer: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._look, name="loop-watch", daemon=True)

    def start(self) -> None:
        """Begin, on the loop that is to be watched."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._ended.is_set():
            return
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()
        self._thread.join()

    def _beat(self) -> None:
        now, waited = time.monotonic(), _waited()
        took = now - self._last - _BEAT
        if took - (waited - self._waited) > self._limit:
            hung = f"the loop hung for {took:.1f} s, {waited - self._waited:.1f} s of it without a processor"
            self.blocked.append(f"{hung}\n{self._seen}")
        self._last, self._waited, self._seen = now, waited, ""
        self._timer = asyncio.get_running_loop().call_later(_BEAT, self._beat)

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            if time.monotonic() - self._last > self._limit * 0.8 and not self._seen:
                frame = sys._current_frames().get(self._main)
                self._seen = "".join(traceback.format_stack(frame)[-12:]) if frame is not None else ""


def _waited() -> float:
    """Seconds that the threads of this process have waited for a processor so far; 0 where nobody counts them."""
    total = 0
    for file in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            total += int(file.read_text().split()[1])
    return total / 1e9
