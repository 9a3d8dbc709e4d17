"""Reads a server's log after a failed start: what went wrong in a few lines, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

REPORT_LINES = 15

_GRAPH_FAILED = re.compile(r"Graph '[^']*' failed to load: .+?(?= \[[\w.]+\]|$)")
_SCRIPT_FAILED = re.compile(r"^error:\s+\W\s+(.+)")
"""How the JavaScript server logs an error; the stack follows."""
_SCRIPT_LINES = 5
_STARTUP_FAILED = "Application startup failed"
_MISSING_MODULE = re.compile(r"No module named '([\w.]+)'")


def startup_failed(line: str) -> bool:
    """Whether this log line says that the application cannot start, though a reloading process may live on."""
    return _STARTUP_FAILED in line or _SCRIPT_FAILED.match(line) is not None


def reason(log: Sequence[str], folder: Path) -> str:
    """The failed graph with the place in the user's code, or else the log's last lines."""
    for number, line in enumerate(log):
        if match := _GRAPH_FAILED.search(line):
            return "\n".join((match[0], *_place(log, folder)))
        if match := _SCRIPT_FAILED.match(line):
            return "\n".join((match[1], *log[number + 1 : number + _SCRIPT_LINES]))
    return "\n".join([line for line in log if line.strip()][-REPORT_LINES:])


def _place(log: Sequence[str], folder: Path) -> Sequence[str]:
    """The last traceback frame inside the project, with its source line."""
    place = f'File "{folder}'
    for number in range(len(log) - 1, -1, -1):
        if log[number].strip().startswith(place):
            return [line.strip() for line in log[number : number + 2]]
    return ()


def advice(text: str) -> str:
    """What to do about a failure with this reason."""
    if match := _MISSING_MODULE.search(text):
        return (
            f"Install {match[1]} where the server runs: in the project's .venv together with langgraph-cli[inmem], "
            "or in the environment of studio-tui."
        )
    if re.search(r"api[_ ]key", text, re.IGNORECASE):
        return 'A key is missing: put it into the file that "env" in langgraph.json names.'
    if "failed to load" in text:
        return "Correct the graph's code and start again."
    if not text.strip():
        return "The server printed nothing. Try the same with: langgraph dev --no-browser"
    return "The server's own log says why."
