"""Resources for tables whose rows a test puts in itself."""

from __future__ import annotations

from typing import Any

from studio_tui.core.resources.resource import Resource
from studio_tui.wire.page import Page


async def no_server(_fn: object) -> Any:
    """Be the call to a server that nobody is to ask."""
    raise AssertionError


def nothing() -> Resource[Any]:
    """Return a list without rows."""

    async def read(_offset: int, _limit: int) -> Page[Any]:
        raise AssertionError

    return Resource(read, lambda item: item)
