"""Paths of the server's endpoints: only checked segments enter them, so that no id can reach another endpoint."""

from __future__ import annotations

import re

from studio_tui.domain.ids import AssistantId, default_assistant_id, is_uuid
from studio_tui.errors import UsageError
from studio_tui.text.sanitize import clean

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}")

READ_POSTS = re.compile(
    r"/assistants/(search|count|[^/]+/versions)"
    r"|/threads/(search|count|[^/]+/history|[^/]+/state/checkpoint)"
    r"|/store/(items/search|namespaces)"
    r"|/runs/crons/(search|count)"
)
"""POST requests that change nothing; every other POST is a write."""


def segment(value: str, what: str) -> str:
    """Return `value` when it may stand in a path: a UUID or a plain word (some servers take any thread id)."""
    if is_uuid(value) or _SEGMENT.fullmatch(value):
        return value
    raise UsageError(
        f"This is no {what} id: {clean(value, 80) or 'empty'}", hint="Ids are UUIDs; copy one from a list."
    )


def assistant_segment(key: str) -> AssistantId:
    """Return the assistant id to use in a path; a graph id stands for the graph's default assistant."""
    return AssistantId(key) if is_uuid(key) else default_assistant_id(key)


def is_read(method: str, path: str) -> bool:
    """Tell whether a request changes nothing on the server; `path` is relative to the base URL, without query."""
    return method == "GET" or (method == "POST" and READ_POSTS.fullmatch(path) is not None)
