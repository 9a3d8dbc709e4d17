"""The versions that are shown are those of the assistant that is looked at, whatever order the answers come in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from studio_tui.core.assistants.versions import KnownVersions, Versions
from studio_tui.core.resources.resource import State
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId
from studio_tui.errors import ConnectError

A, B = (Assistant(AssistantId(name), "g", name) for name in "ab")


@dataclass
class Server:
    """Answers a reading when `answers` has it."""

    waiting: dict[str, asyncio.Future[Versions]]

    async def read(self, assistant_id: AssistantId) -> Versions:
        self.waiting[assistant_id] = asyncio.get_running_loop().create_future()
        return await self.waiting[assistant_id]


def versions_of(item: Assistant) -> Versions:
    return Versions(item, (item,), Dialect())


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def begun(known: KnownVersions) -> asyncio.Task[bool]:
    task = asyncio.create_task(known.refresh())
    await turns()
    return task


@pytest.fixture
def server() -> Server:
    return Server({})


@pytest.fixture
def known(server: Server) -> KnownVersions:
    return KnownVersions(server, lambda: None)  # type: ignore[arg-type]


async def test_a_late_answer_is_kept_and_not_shown_for_another_assistant(server: Server, known: KnownVersions) -> None:
    assert known.look_at(A)
    first = await begun(known)
    assert known.look_at(B)
    assert (known.state, known.shown) == (State.LOADING, None)
    server.waiting["a"].set_result(versions_of(A))
    assert await first is False
    assert (known.state, known.shown) == (State.LOADING, None)
    assert known.look_at(A) is False
    assert known.shown == versions_of(A)


async def test_a_failure_is_told_until_it_is_read_again_and_of_the_one_it_was_of(
    server: Server, known: KnownVersions
) -> None:
    known.look_at(A)
    task = await begun(known)
    server.waiting["a"].set_exception(ConnectError("No \x1b[31manswer"))
    with pytest.raises(ConnectError):
        await task
    assert "\x1b" not in known.problem
    assert (known.look_at(A), known.state) == (False, State.FAILED)  # it is not asked for again by itself
    assert (known.look_at(B), known.state) == (True, State.LOADING)
    assert known.look_at(A)
    task = await begun(known)
    server.waiting["a"].set_result(versions_of(A))
    assert await task
    assert (known.state, known.problem) == (State.READY, "")


async def test_older_versions_of_the_same_assistant_stay_until_newer_ones_are_read(
    server: Server, known: KnownVersions
) -> None:
    known.look_at(A)
    known.put(versions_of(A))
    newer = replace(A, version=2)
    assert known.look_at(newer)
    assert known.shown == versions_of(A)
    assert known.of(newer) is None
    task = await begun(known)
    server.waiting["a"].set_result(versions_of(newer))
    assert await task
    assert known.shown == versions_of(newer)
    assert known.look_at(None) is False
    assert len(known.items) == 0
