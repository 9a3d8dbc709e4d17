"""Every raw frame of a run, in order: the newest in memory, older ones spilled to an unnamed temporary file.

Bounded in memory however long the stream is, complete on disk (PERFORMANCE P6: events kept equal events sent). The file
is a row of blocks; only the beginnings of blocks are known here, and a frame is found by reading its block.

Large payloads are parsed in threads, which read their text here while the loop goes on appending: one lock for both.
"""

from __future__ import annotations

import marshal
import threading
from array import array
from bisect import bisect_right
from collections import deque
from io import BytesIO
from itertools import islice

from studio_tui.core.state.unnamed_file import UnnamedFile
from studio_tui.wire.frames import Frame

KEEP_FRAMES = 1_000
KEEP_CHARS = 320 * 1024
BLOCK_FRAMES = 128
BLOCK_BYTES = 128 * 1024
_TOGETHER = 16 * 1024
"""Bytes that are written at once."""
_SHARE = 16
"""So small a part of the window goes to the file at once."""


class FrameLog:
    """An append-only list of frames. `len(log)` counts all; `log[i]` reads from memory or from the spill file."""

    def __init__(self, keep_frames: int = KEEP_FRAMES, keep_chars: int = KEEP_CHARS) -> None:
        self._keep_frames = keep_frames
        self._keep_chars = keep_chars
        self._lock = threading.RLock()
        self._recent: deque[Frame] = deque()
        self._chars = 0
        self._file = UnnamedFile("studio-tui-frames-")
        self._pending = bytearray()
        """What comes next in the file and is not written yet: what a full disk does not take stays here, to be read."""
        self._spilled = 0
        self._firsts = array("Q")
        """Number of the first frame of each block, and where it begins in the file."""
        self._starts = array("Q")
        self._block: tuple[int, list[Frame]] = (-1, [])
        """The block read last."""
        self.problem = ""
        """Why what is still to come stays in memory."""
        self.total_chars = 0
        self.restarts_at = 0
        """In a log that took another one's place: how many frames both begin with."""

    def __len__(self) -> int:
        return self._spilled + len(self._recent)

    def append(self, frame: Frame) -> None:
        """Add a frame; the oldest leave memory when the bounds are passed."""
        with self._lock:
            self._recent.append(frame)
            self._chars += len(frame.data)
            self.total_chars += len(frame.data)
            if len(self._recent) > self._keep_frames or (self._chars > self._keep_chars and len(self._recent) > 1):
                self._spill_oldest()

    def __getitem__(self, index: int) -> Frame:
        """Return frame `index` (0 is the oldest); raises IndexError outside."""
        with self._lock:
            if index < 0:
                index += len(self)
            if index >= self._spilled:
                return self._recent[index - self._spilled]
            if index < 0:
                raise IndexError(index)
            block = bisect_right(self._firsts, index) - 1
            first = self._firsts[block]
            if self._block[0] != block or index - first >= len(self._block[1]):
                self._block = (block, self._read(block))
            return self._block[1][index - first]

    def text(self, index: int) -> str:
        """Return the data of a frame, from any thread; empty once the log was closed."""
        with self._lock:
            return self[index].data if index < len(self) else ""

    def rest(self) -> None:
        """Keep all on disk and nothing in memory: nobody follows this run any more."""
        with self._lock:
            self._spill(len(self._recent))
            self._write()
            self._block = (-1, [])

    def close(self) -> None:
        """Forget everything and give the disk space back."""
        with self._lock:
            self._file.close()
            self._pending.clear()
            self._spilled = 0
            self.problem = ""
            self._firsts, self._starts = array("Q"), array("Q")
            self._block = (-1, [])
            self._recent.clear()
            self._chars = self.total_chars = 0

    @property
    def _end(self) -> int:
        return self._file.end + len(self._pending)

    def _read(self, block: int) -> list[Frame]:
        """Read the frames of a block, as far as they are on disk."""
        last = block + 1 == len(self._firsts)
        count = (self._spilled if last else self._firsts[block + 1]) - self._firsts[block]
        start, end = self._starts[block], self._end if last else self._starts[block + 1]
        written = self._file.end
        try:
            data = self._file.read(start, min(end, written) - start) if start < written else b""
            if end > written:
                data += self._pending[max(0, start - written) : end - written]
            records = BytesIO(data)
            return [Frame(*marshal.load(records)) for _ in range(count)]
        except (OSError, EOFError, ValueError, TypeError) as error:
            first = self._firsts[block]
            words = f"this event cannot be read back from the temporary file: {error}"
            return [Frame(first + number, 0.0, "unreadable", words) for number in range(count)]

    def _spill_oldest(self) -> None:
        """Make room for what passed the bounds, and for a few frames that come next."""
        recent = self._recent
        count = max(0, len(recent) - self._keep_frames + self._keep_frames // _SHARE)
        chars = self._chars - sum([len(frame.data) for frame in islice(recent, count)])
        most = self._keep_chars - self._keep_chars // _SHARE
        for frame in islice(recent, count, len(recent) - 1):
            if chars <= most:
                break
            chars -= len(frame.data)
            count += 1
        self._spill(count)

    def _spill(self, count: int) -> None:
        """Move the oldest frames of the window to the file; on a full disk the window grows instead."""
        if self.problem or not count:
            return
        if not self._firsts:
            try:
                self._file.make()
            except OSError as error:
                self.problem = error.strerror or type(error).__name__
                return
        frames = [self._recent.popleft() for _ in range(count)]
        self._chars -= sum([len(frame.data) for frame in frames])
        # Written and read by this process only. It holds lone surrogates, and costs a tenth of JSON.
        records = [marshal.dumps(tuple(frame)) for frame in frames]
        number, end = self._spilled, self._end
        first, start = (self._firsts[-1], self._starts[-1]) if self._firsts else (-BLOCK_FRAMES, 0)
        for record in records:
            if number - first >= BLOCK_FRAMES or end - start >= BLOCK_BYTES:
                self._firsts.append(number)
                self._starts.append(end)
                first, start = number, end
            number += 1
            end += len(record)
        self._pending += b"".join(records)
        self._spilled = number
        if len(self._pending) >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        """Write what waits to be written; what the disk does not take goes on waiting."""
        if not self._pending:
            return
        try:
            self._file.append(self._pending)
            self._pending.clear()
        except OSError as error:
            self.problem = error.strerror or type(error).__name__
