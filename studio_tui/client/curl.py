"""A request as a curl command line that can be shown and pasted: credentials are variables, never values."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

_BODY_LIMIT = 64 * 1024
"""Characters of a body on one command line; larger ones are read from a file."""
_SHOWN = frozenset(("content-type", "accept", "last-event-id", "prefer", "cache-control", "x-auth-scheme"))


def curl_line(method: str, url: str, headers: Iterable[tuple[str, str]], body: str | None) -> str:
    """Return the command; `body` is ASCII JSON. Headers not known to be harmless become shell variables."""
    words = ["curl", "-sS"]
    if "text/event-stream" in dict(headers).get("accept", ""):
        words.append("-N")
    if method != "GET":
        words += ["-X", method]
    words.append(shlex.quote(url))
    for name, value in headers:
        words += ["-H", _header(name, value)]
    if body is not None:
        words += ["--data", shlex.quote(body) if len(body) <= _BODY_LIMIT else "@request.json"]
    return " ".join(words)


def _header(name: str, value: str) -> str:
    lower = name.lower()
    if lower in _SHOWN:
        return shlex.quote(f"{lower}: {value}")
    if lower == "x-api-key":
        return '"x-api-key: $LANGGRAPH_API_KEY"'
    variable = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return f'"{re.sub(r"[^A-Za-z0-9_-]", "", name)}: ${{{variable}}}"'
