"""Threads and runs of a real server: found, copied, deleted by the dozen with a stop half-way; runs and checkpoints."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from studio_tui.core.runs.run_list import ThreadRuns
from studio_tui.core.studio import Studio
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.errors import ConflictError, NotFoundError
from studio_tui.ui.threads.threads_screen import ThreadsScreen
from tests.server.driven import driven

pytestmark = pytest.mark.server


def human(text: str) -> dict[str, Any]:
    return {"messages": [{"type": "human", "content": text}]}


async def _make(studio: Studio, count: int, **metadata: Any) -> list[ThreadId]:
    made = [studio.connection.call(lambda client: client.create_thread(metadata=metadata)) for _ in range(count)]
    return [thread.thread_id for thread in await asyncio.gather(*made)]


async def _shown(studio: Studio, query: ThreadQuery) -> ThreadSearch:
    threads = ThreadSearch(studio.connection.call, studio.app_state.server)
    threads.query = query
    threads.take(await threads.read([0], counts=True))
    return threads


async def test_threads_are_found_by_status_metadata_and_id(studio: Studio) -> None:
    mark = uuid.uuid4().hex
    plain = await _make(studio, 3, team=mark)
    await studio.assistants.select("flaky_pipeline")
    await studio.runs.start(RunRequest(input={"fail_at": "validate"}))
    await studio.runs.wait()
    failed = studio.app_state.thread_id
    assert failed is not None
    await studio.connection.call(lambda client: client.patch_thread(failed, {"team": mark}))
    every = await _shown(studio, ThreadQuery(metadata={"team": mark}))
    assert {row.thread_id for row in every.items if row} == {*plain, failed}
    assert (every.counts[""], every.counts["error"], every.counts["idle"]) == (4, 1, 3)
    one = await _shown(studio, ThreadQuery("error", {"team": mark}))
    assert [row.thread_id for row in one.items if row] == [failed]
    by_id = await _shown(studio, ThreadQuery(ids=(plain[1], failed)))
    assert {row.thread_id for row in by_id.items if row} == {plain[1], failed}


async def test_a_copy_has_the_same_history_and_its_state_can_be_a_column(studio: Studio) -> None:
    await studio.assistants.select("travel_agent")
    await studio.runs.start(RunRequest(input=human("what's the weather in sf")))
    await studio.runs.wait()
    thread_id = studio.app_state.thread_id
    assert thread_id is not None
    threads = await _shown(studio, ThreadQuery(ids=(thread_id,), columns=("values.messages[0].content",)))
    row = threads.items[0]
    assert row is not None
    assert row.cells == {"values.messages[0].content": "what's the weather in sf"}
    await threads.tag(thread_id, "title", "Weather")
    copied = (await threads.copy(thread_id)).thread_id

    async def history(of: ThreadId) -> list[str | None]:
        return [
            item.checkpoint_id for item in await studio.connection.call(lambda client: client.history(of, limit=50))
        ]

    assert await history(copied) == await history(thread_id)
    assert len(await history(copied)) > 3
    assert (await studio.connection.call(lambda client: client.thread(copied))).title == "Weather"


async def test_fifty_marked_threads_are_deleted_with_one_confirmation_and_stopped_half_way(
    server: str, tmp_path: Path
) -> None:
    mark = uuid.uuid4().hex
    async with driven(server, tmp_path) as it:
        made = await _make(it.studio, 50, batch=mark)
        slow = it.studio.threads.delete
        gate = asyncio.Event()
        begun: list[ThreadId] = []

        async def delete(thread_id: ThreadId) -> None:
            begun.append(thread_id)
            if len(begun) > 25:
                await gate.wait()
            await slow(thread_id)

        it.studio.threads.delete = delete  # type: ignore[method-assign]
        it.app.perform("threads", f"batch={mark}")
        await it.sees("all 50")
        await it.press("+")
        await it.sees("50 marked")
        await it.press("D")
        await it.sees("Delete 50 threads?")
        await it.type("delete")
        await it.press("enter")
        await it.until(lambda: len(begun) > 25, "half of them")
        await it.press("escape")
        await it.sees("Stopping")
        gate.set()
        await it.sees("not touched")
        assert f"{len(begun)} of 50 threads deleted." in it.text
        assert f"{50 - len(begun)} not touched: you stopped before them." in it.text
        await it.press("enter")
        await it.sees(f"all {50 - len(begun)}")
        screen = it.app.screen
        assert isinstance(screen, ThreadsScreen)
        assert list(screen.threads.marked) == [item for item in screen.threads.marked if item not in begun]
        assert set(screen.threads.marked) == {*made} - {*begun}
        for thread_id in (begun[0], begun[-1]):
            assert await screen.threads.is_gone(thread_id)
        assert await it.studio.connection.call(
            lambda client: client.thread_count(metadata={"batch": mark})
        ) == 50 - len(begun)


async def test_rename_tag_and_runs_by_keys(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path, size=(80, 24)) as it:
        await it.studio.runs.start(RunRequest(input=human("what's the weather in sf")))
        await it.studio.runs.wait()
        thread_id = it.studio.app_state.thread_id
        assert thread_id is not None
        it.app.perform("threads", thread_id)
        await it.sees("1 of 1")
        await it.press("R")
        await it.sees("Rename the thread")
        await it.type("Sunny [red]x[/red]")
        await it.press("enter")
        await it.sees("Sunny [red]x[/red]")
        row = it.studio.app_state.thread_row
        assert row is not None
        assert row.title == "Sunny [red]x[/red]"  # what the studio's top row calls it
        await it.press("t")
        await it.type("nonsense")
        await it.press("enter")
        await it.sees("This is no tag")
        await it.press(*["backspace"] * 8)
        await it.type("mark=3")
        await it.press("enter")
        await it.sees("1 thread is tagged")
        await it.press("l")
        await it.sees("done")
        await it.press("enter")
        await it.sees('"status": "success"')
        await it.press("escape")
        await it.press("D")
        await it.sees("every checkpoint that it made")
        await it.type("delete")
        await it.press("enter")
        await it.sees("This thread has no runs.")
        found = await it.studio.connection.call(lambda client: client.threads(metadata={"mark": 3}))
        assert [item.thread_id for item in found.items] == [thread_id]
        assert await it.studio.connection.call(lambda client: client.history(thread_id, limit=5)) == []
        await it.press("escape", "c")
        await it.sees("is a copy with its checkpoints, not in this list.")
        await it.press("f", *["backspace"] * 36)
        await it.type("mark=3")
        await it.press("enter")
        await it.sees("1 of 2")
        await it.press("space", "space", "c")
        await it.until(lambda: "of 4 " in it.text and "2 marked" in it.text, "two copies, marked")
        await it.sees("2 copies are made and marked: D deletes them.")
        await it.press("D")
        await it.sees("Delete 2 threads?")


async def test_a_running_run_is_never_deleted_and_a_cancelled_one_is_verified(studio: Studio) -> None:
    await studio.assistants.select("long_countdown")
    run = await studio.runs.start(RunRequest(input={"count": 60, "seconds": 1}))
    assert run.run_id is not None
    assert run.thread_id is not None
    runs = ThreadRuns(studio.connection.call, run.thread_id)
    with pytest.raises(ConflictError, match="has not ended"):
        await runs.delete(run.run_id)
    ended = await runs.cancel(run.run_id)
    assert ended is not None
    assert not ended.is_live
    await studio.runs.wait()
    await runs.refresh()
    assert [(item.run_id, item.status) for item in runs.items] == [(run.run_id, ended.status)]
    await runs.delete(run.run_id)
    await runs.refresh()
    assert runs.items == []


async def test_why_a_run_failed_is_found_where_the_server_keeps_it(studio: Studio) -> None:
    await studio.assistants.select("flaky_pipeline")
    run = await studio.runs.start(RunRequest(input={"fail_at": "validate"}))
    await studio.runs.wait()
    assert run.run_id is not None
    assert run.thread_id is not None
    told = await ThreadRuns(studio.connection.call, run.thread_id).details(run.run_id)
    assert told["status"] == "error"
    assert "validate stopped at row" in str(told["error"])
    assert list(told)[:3] == ["run_id", "status", "error"]
    assert "kwargs" in told
    with pytest.raises(NotFoundError):
        await ThreadRuns(studio.connection.call, run.thread_id).details(type(run.run_id)(str(uuid.uuid4())))
    json.dumps(told)
