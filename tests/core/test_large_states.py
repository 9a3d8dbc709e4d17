"""A thread whose state is larger than what is read unasked."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.studio import Studio
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import ThreadId
from studio_tui.errors import TooLargeError, UsageError
from tests.core.fakes import OTHER, THREAD, FakeClient, chain, serve
from tests.waiting import until


def large(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state of THREAD is read only once somebody wants it all the same."""
    serve(client, OTHER, chain(2, OTHER))
    serve(client, THREAD, chain(3))
    read = client.state

    async def state(thread_id: ThreadId, **options: Any) -> Checkpoint:
        if thread_id == THREAD and "take_large" not in client.calls:
            raise TooLargeError("The server's answer is larger than 16 MiB")
        return await read(thread_id, **options)

    monkeypatch.setattr(client, "state", state)


def answers(studio: Studio, *, read: bool) -> list[TooLargeError]:
    """Answer whether a large state is to be read; return what is asked."""
    asked: list[TooLargeError] = []

    async def answer(error: TooLargeError) -> bool:
        asked.append(error)
        return read

    studio.threads.on_large = answer
    return asked


async def test_a_large_state_that_nobody_wants_leaves_what_was_open(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(client, monkeypatch)
    asked = answers(studio, read=False)
    await studio.threads.open(OTHER)
    with pytest.raises(UsageError, match="not opened"):
        await studio.threads.open(THREAD)
    assert (studio.app_state.thread_id, len(asked)) == (OTHER, 1)
    assert "take_large" not in client.calls


async def test_a_large_state_that_is_wanted_is_read_after_one_question(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(client, monkeypatch)
    asked = answers(studio, read=True)
    await studio.threads.open(THREAD)
    assert studio.app_state.state is not None
    assert (studio.app_state.thread_id, len(asked)) == (THREAD, 1)


async def test_a_state_that_was_not_read_is_marked_where_nobody_can_be_asked(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    large(client, monkeypatch)
    await studio.threads.open(THREAD)
    assert studio.app_state.state is None
    assert "could not be read" in studio.app_state.state_problem


async def test_a_history_that_was_not_read_is_not_taken_for_a_short_one(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(client, THREAD, chain(3))

    async def history(thread_id: ThreadId, **options: Any) -> list[Checkpoint]:
        raise TooLargeError("The server's answer is larger than 16 MiB")

    monkeypatch.setattr(client, "history", history)
    await studio.threads.open(THREAD)
    assert [item.step for item in studio.app_state.history.items] == [1]
    assert not studio.app_state.history.complete
    assert studio.app_state.history.too_large
    assert [notice.title for notice in studio.app_state.notices] == ["Older checkpoints are not listed"]


async def test_a_history_that_is_too_large_is_asked_for_once(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(client, THREAD, chain(60))
    await studio.threads.open(THREAD)
    asked = []

    async def history(thread_id: ThreadId, **options: Any) -> list[Checkpoint]:
        asked.append(thread_id)
        raise TooLargeError("The server's answer is larger than 16 MiB")

    monkeypatch.setattr(client, "history", history)
    for _ in range(3):
        await studio.threads.more_history()
    assert (len(asked), studio.app_state.history.too_large) == (1, True)
    assert [notice.title for notice in studio.app_state.notices] == ["Older checkpoints are not listed"]


async def test_states_before_a_history_that_is_too_large_are_looked_at_one_by_one(
    studio: Studio, client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(client, THREAD, chain(8))

    async def history(thread_id: ThreadId, **options: Any) -> list[Checkpoint]:
        raise TooLargeError("The server's answer is larger than 16 MiB")

    monkeypatch.setattr(client, "history", history)
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    shown = 6

    def is_there() -> bool:
        return app_state.state is not None and app_state.state.step == shown

    for step in (5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6):
        studio.history.move(step - shown)
        shown = step
        await until(is_there)
    assert app_state.cursor is None


async def test_the_runs_of_a_thread_that_is_left_hold_no_state(studio: Studio, client: FakeClient) -> None:
    serve(client, THREAD, chain(3))
    serve(client, OTHER, chain(2, OTHER))
    await studio.threads.open(THREAD)
    left = studio.app_state.runs
    assert [run.values is not None for run in left] == [True]
    await studio.threads.open(OTHER)
    assert [run.values for run in left] == [None]
    assert all(run.values is not None for run in studio.app_state.runs)
