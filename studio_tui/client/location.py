"""Which run an answer is about: the ids in `Content-Location` and `Location`, trusted only at the same origin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from studio_tui.address import origin_of
from studio_tui.client.target import Target
from studio_tui.domain.ids import RunId, ThreadId

_PLACE = re.compile(r"(?:/threads/(?P<thread>[A-Za-z0-9._~-]+))?/runs/(?P<run>[A-Za-z0-9-]{1,64})(?:/(?:stream|join))?")


class RunPlace(NamedTuple):
    """Thread and run of an answer, None where it does not say."""

    thread_id: ThreadId | None = None
    run_id: RunId | None = None


def run_place(target: Target, headers: Mapping[str, str]) -> RunPlace:
    """Read the run from the answer's headers; a location at another origin is ignored."""
    found = RunPlace()
    for name in ("content-location", "location"):
        match = _PLACE.search(_own_path(target, headers.get(name, "")))
        if match is not None:
            thread = ThreadId(match["thread"]) if match["thread"] else None
            found = RunPlace(found.thread_id or thread, found.run_id or RunId(match["run"]))
    return found


def _own_path(target: Target, location: str) -> str:
    if not location:
        return ""
    absolute = urljoin(target.base_url + "/", location)
    if origin_of(absolute) != target.origin:
        return ""
    prefix = urlsplit(target.base_url).path
    path = urlsplit(absolute).path
    return path[len(prefix) :] if prefix and path.startswith(prefix + "/") else path
