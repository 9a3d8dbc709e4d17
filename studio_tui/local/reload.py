"""Follows the log of a development server that reloads when a file changes: did the reload work, and if not, why."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

from studio_tui.local import report
from studio_tui.local.traceback_reader import RAISED, decisive, last_chain

LINES_KEPT = 400
_BEGINS = re.compile(r"Reloading\.\.\.|\[tsx\] change in .* (?:Restarting|Rerunning)\.\.\.")
_STARTED = re.compile(r"Application (?:started up|startup complete)|Server running at ")
_STACK = re.compile(r"^\s+at ")
"""A line of the stack that JavaScript servers print behind an error and its place."""


_REQUEST_FAILED = "Exception in ASGI application"
_MADE_THE_GRAPH = re.compile(r"\bgraph\.py:get_graph\b|:invoke_factory\b")
"""Functions of the server that call what makes the user's graph."""


class GraphFaults:
    """Takes a Python server's log line by line: a factory of the user's that raises is answered with a bare 500."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._lines: deque[str] | None = None
        """What was written since a request failed; None while none has."""

    def take(self, line: str) -> str | None:
        """Return what the graph's own code raised, and where (safe text), when this line ends such a traceback."""
        if _REQUEST_FAILED in line:
            self._lines = deque(maxlen=LINES_KEPT)
        if self._lines is None:
            return None
        self._lines.append(line)
        if RAISED.match(line) is None:
            return None
        raised = decisive(last_chain(list(self._lines), self._folder))
        if raised is None or raised.place is None:
            return None
        self._lines = None
        if _MADE_THE_GRAPH.search(raised.frames) is None:
            return None
        return "\n".join((raised.first_line, *raised.place.lines()))


class ReloadWatch:
    """Takes the log line by line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: deque[str] | None = None
        """What was written since the reload began; None while none is under way."""
        self._died = False
        self._stack_due = False
        """An error of a JavaScript server was logged, and its stack not yet."""

    def take(self, line: str) -> str | None:
        """Return the reason (safe text) when this line ends a reload that failed, an empty one when it worked.

        A reason may be returned again when more is known of it.
        """
        if _BEGINS.search(line):
            self._lines = deque(maxlen=LINES_KEPT)
            self._died = self._stack_due = False
            return None
        if self._lines is None:
            return None
        self._lines.append(line)
        if _STARTED.search(line):
            self._lines = None
            return ""
        if report.script_failed(line) or (_STACK.match(line) and self._stack_due):
            # Why comes first, where in the lines that follow, and nothing says that these were all.
            self._stack_due = not self._stack_due
            return self._reason(list(self._lines))
        if self._stack_due:
            return None
        self._died = self._died or report.child_died(line)
        # A process that died says so first, and why in the lines that follow.
        if report.has_exception(self._lines) if self._died else report.startup_failed(line):
            lines, self._lines = list(self._lines), None
            return self._reason(lines)
        return None

    def _reason(self, lines: list[str]) -> str:
        return report.read_failure(lines, report.Project(self._folder)).text or "The server's log gives no reason."
