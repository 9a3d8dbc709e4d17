"""One page of a list on a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some rows; `total` is None where the server does not tell the truth about it."""

    items: Sequence[T_co] = ()
    next_offset: int | None = None
    """Where the next page begins, None on the last one."""
    total: int | None = None
    problems: tuple[str, ...] = ()
    """Records that could not be read, in words (safe text)."""
