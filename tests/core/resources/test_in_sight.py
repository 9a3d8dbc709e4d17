"""What rows in sight lack is read once at a time, as long as there is something and reading helps."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from studio_tui.core.resources.in_sight import InSight
from studio_tui.errors import ServerError


async def test_it_is_read_once_at_a_time_until_nothing_is_lacking() -> None:
    left, begun = [3, 2, 1], list[Coroutine[Any, Any, None]]()

    async def read() -> bool:
        sight.wanted()  # what arrives is shown, and looks again
        return bool(left and left.pop())

    sight = InSight(read, begun.append, settle=0)
    sight.wanted()
    sight.wanted()
    assert len(begun) == 1
    await begun[0]
    assert (left, len(begun), sight.under_way) == ([], 1, False)


async def test_after_an_error_it_can_be_wanted_again() -> None:
    async def read() -> bool:
        raise ServerError("It broke")

    begun: list[asyncio.Task[None]] = []
    sight = InSight(read, lambda work: begun.append(asyncio.ensure_future(work)), settle=0)
    sight.wanted()
    with pytest.raises(ServerError, match="broke"):
        await begun[0]
    sight.wanted()
    assert len(begun) == 2
    await asyncio.wait(begun)
    begun[1].exception()


async def test_readings_from_memory_leave_the_loop_to_others() -> None:
    """Rows are drawn by the same loop: only then it is seen that nothing lacks any more."""
    drawn = False
    readings = 0

    def draw() -> None:
        nonlocal drawn
        drawn = True

    async def read() -> bool:
        nonlocal readings
        if not readings:
            asyncio.get_running_loop().call_soon(draw)
        readings += 1
        return not drawn and readings < 1000

    tasks: list[asyncio.Task[None]] = []
    InSight(read, lambda work: tasks.append(asyncio.ensure_future(work)), settle=0).wanted()
    await tasks[0]
    assert drawn
    assert readings < 10
