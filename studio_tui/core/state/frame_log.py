"""Every raw frame of a run, in order: the newest in memory, older ones spilled to an unnamed temporary file.

Bounded in memory, complete on disk (PERFORMANCE P6: events kept equal events sent).
"""

from __future__ import annotations

import marshal
import tempfile
from array import array
from collections import deque
from typing import IO

from studio_tui.wire.frames import Frame

KEEP_FRAMES = 20_000
KEEP_CHARS = 64 * 1024 * 1024


class FrameLog:
    """An append-only list of frames. `len(log)` counts all; `log[i]` reads from memory or from the spill file."""

    def __init__(self, keep_frames: int = KEEP_FRAMES, keep_chars: int = KEEP_CHARS) -> None:
        self._keep_frames = keep_frames
        self._keep_chars = keep_chars
        self._recent: deque[Frame] = deque()
        self._chars = 0
        self._spilled = array("Q")
        self._file: IO[bytes] | None = None
        self._end = 0
        self._at_end = True
        self.total_chars = 0
        self.restarts_at = 0
        """In a log that took another one's place: how many frames both begin with."""

    def __len__(self) -> int:
        return len(self._spilled) + len(self._recent)

    def append(self, frame: Frame) -> None:
        """Add a frame; the oldest leave memory when the bounds are passed."""
        self._recent.append(frame)
        self._chars += len(frame.data)
        self.total_chars += len(frame.data)
        while len(self._recent) > self._keep_frames or (self._chars > self._keep_chars and len(self._recent) > 1):
            self._spill(self._recent.popleft())

    def __getitem__(self, index: int) -> Frame:
        """Return frame `index` (0 is the oldest); raises IndexError outside."""
        if index < 0:
            index += len(self)
        old = len(self._spilled)
        if index >= old:
            return self._recent[index - old]
        if index < 0 or self._file is None:
            raise IndexError(index)
        self._at_end = False
        self._file.seek(self._spilled[index])
        return Frame(*marshal.load(self._file))

    def close(self) -> None:
        """Forget everything and give the disk space back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._spilled = array("Q")
        self._recent.clear()
        self._chars = self.total_chars = 0

    def _spill(self, frame: Frame) -> None:
        self._chars -= len(frame.data)
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="studio-tui-frames-")  # noqa: SIM115 - lives as long as the log
            self._end, self._at_end = 0, True
        if not self._at_end:  # seeking empties the buffer, so it is done after reading only
            self._file.seek(self._end)
            self._at_end = True
        self._spilled.append(self._end)
        # Written and read by this process only. It holds lone surrogates, and costs a tenth of JSON.
        self._end += self._file.write(marshal.dumps(tuple(frame)))
