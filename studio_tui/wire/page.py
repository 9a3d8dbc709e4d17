"""One page of a list on a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

T_co = TypeVar("T_co", covariant=True)


class Page(Struct, Generic[T_co], frozen=True):
    """Some rows; `total` is None where the server does not tell the truth about it."""

    items: Sequence[T_co] = ()
    next_offset: int | None = None
    """Where the next page begins, None on the last one."""
    total: int | None = None
    problems: tuple[str, ...] = ()
    """Records that could not be read, in words (safe text)."""
