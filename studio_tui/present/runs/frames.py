"""Wire events as rows: first the request that started the run, then every frame as it came."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from time import perf_counter

from studio_tui.core.state.frame_log import FrameLog
from studio_tui.domain.stream_mode import MODES
from studio_tui.jsonkit.show import preview
from studio_tui.jsonkit.value import JsonObject
from studio_tui.present.kit.rows import Held, Rows
from studio_tui.text.cells import fit
from studio_tui.text.fmt import clock, plural, size
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, plain
from studio_tui.wire.frames import Frame

SLICE_SECONDS = 0.006
_ROLES = {**{str(mode): mode.role for mode in MODES}, "error": "err", "metadata": "muted", "end": "muted"}


class RawRows(Rows):
    """`Rows` over a frame log. Row 0 is the request; with `mode` set, only frames of that mode follow."""

    def __init__(self) -> None:
        self.request: JsonObject = {}
        self.mode = ""
        """The only stream mode shown; empty shows all."""
        self._log = FrameLog()
        self._first: Frame | None = None
        self._generation = 0
        """Counts the logs: a log that begins anew is another one."""
        self._by_mode: dict[str, array[int]] = {}
        self._indexed = 0

    def update(self, log: FrameLog, request: JsonObject) -> bool:
        """Take over what is new in the log; return False if it is another log than before."""
        first = log[0] if len(log) else None
        same = log is self._log and len(log) >= self._indexed and (self._first is None or first == self._first)
        if not same:
            self._by_mode, self._indexed = {}, 0
            self._generation += 1
        self._log, self._first, self.request = log, first, request
        return same

    def index(self) -> bool:
        """Sort frames by mode for a few milliseconds; return whether all are."""
        deadline = perf_counter() + SLICE_SECONDS
        total = len(self._log)
        while self._indexed < total:
            mode = self._log[self._indexed].mode
            self._by_mode.setdefault(mode, array("I")).append(self._indexed)
            self._indexed += 1
            if self._indexed % 64 == 0 and perf_counter() > deadline:
                return False
        return True

    @property
    def modes(self) -> list[str]:
        """The modes seen so far, in order of first appearance."""
        return list(self._by_mode)

    def frame(self, row: int) -> Frame | None:
        """Return the frame of a row; None for the request."""
        row -= self._lead
        return None if row < 0 else self._log[self._of_mode[row] if self.mode else row]

    @property
    def _lead(self) -> int:
        return 1 if self.request else 0

    def __len__(self) -> int:
        return (len(self._of_mode) if self.mode else len(self._log)) + self._lead

    @property
    def _of_mode(self) -> Sequence[int]:
        """Where the shown mode's frames stand; none in a log that has begun anew and was not taken over yet."""
        return self._by_mode.get(self.mode, ()) if len(self._log) >= self._indexed else ()

    def key(self, index: int) -> Hashable:
        if index < self._lead:
            return ("request", Held(self.request))
        return (self._generation, self._of_mode[index - self._lead] if self.mode else index - self._lead)

    def line(self, index: int, width: int) -> Line:
        frame = self.frame(index)
        if frame is None:
            return (Span(f"{self.signs.arrow} request  ", "accent bold"), *preview(dict(self.request), 2 * width))
        mode, _, namespace = frame.event.partition("|")
        role = _ROLES.get(mode, "text")
        spans = [Span(f"{frame.seq:>5} ", "muted")]
        if width >= 64:
            spans.append(Span(f"{clock(frame.at)}  ", "muted"))
        spans.append(Span(fit(clean(mode[:40]) or "message", 11 if width >= 48 else 8) + " ", role))
        if width >= 40:
            spans.append(Span(f"{size(len(frame.data)):>7} ", "muted"))
        if namespace:
            spans.append(Span(f"{_places(namespace)} ", "cluster"))
        spans.append(Span(clean(frame.data[: 2 * width]), "text"))
        return tuple(spans)

    def text(self, index: int) -> str:
        """Return event name and data, the data up to the sanitising limit."""
        frame = self.frame(index)
        if frame is None:
            return plain(self.line(index, 4000))
        return f"{frame.seq} {clean(frame.event)} {clean(frame.data)}"

    def summary(self) -> str:
        frames = len(self) - self._lead
        text = f"{plural(frames, 'event')} · {size(self._log.total_chars)}"
        return f"only {clean(self.mode)} · {text}" if self.mode else text


def _places(namespace: str) -> str:
    """Return the node names of a namespace, `draft›review`."""
    return "›".join(clean(part.split(":", 1)[0][:24]) for part in namespace.split("|")[:6])
