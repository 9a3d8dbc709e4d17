"""A second client at work on the open thread: noticed without a key, and nothing of the user's is touched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from studio_tui.client.target import Target
from studio_tui.core.connection.timings import Timings
from studio_tui.core.studio import Studio
from studio_tui.domain.ids import CheckpointId
from studio_tui.domain.run import Note, Phase, RunState
from tests.waiting import until

pytestmark = pytest.mark.server


@pytest.fixture
async def other(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, timeout=60) as client:
        yield client


@pytest.fixture
async def watching(server: str) -> AsyncIterator[Studio]:
    """Learns of others by the server's own stream alone: it looks by itself so seldom that no test sees it."""
    made = Studio(timings=Timings(watch_poll=3600.0, watch_poll_soon=3600.0, watch_list=3600.0))
    made.watch_others(True)
    await made.connect(Target(server))
    await made.assistants.select("purchase_order")
    yield made
    await made.aclose()


async def posted(other: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await other.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def opened(studio: Studio, other: httpx.AsyncClient, graph: str) -> str:
    """A new thread of `graph` that is open and followed."""
    made = await posted(other, "/threads", metadata={"graph_id": graph})
    await studio.assistants.select(graph)
    await studio.threads.open(made["thread_id"])
    await until(lambda: any("/stream" in item.url and item.status == 200 for item in studio.app_state.http_log))
    return str(made["thread_id"])


def tasks(run: RunState | None) -> list[str]:
    return [task.name for task in run.tasks.values()] if run is not None else []


def notes(run: RunState) -> str:
    return " ".join(entry.text for entry in run.timeline if isinstance(entry, Note))


async def test_run_of_another_client_is_followed_step_by_step_and_marked(
    watching: Studio, other: httpx.AsyncClient
) -> None:
    thread_id = await opened(watching, other, "long_countdown")
    await posted(other, f"/threads/{thread_id}/runs", assistant_id="long_countdown", input={"count": 6, "seconds": 1.5})
    await until(lambda: watching.app_state.run is not None and watching.app_state.run.phase is Phase.RUNNING)
    run = watching.app_state.run
    assert run is not None
    await until(lambda: "tick" in tasks(run) and run.phase.is_live)  # its stream has values only
    await until(lambda: run.phase is Phase.DONE)
    assert "another client" in notes(run)
    assert tasks(run).count("tick") == 6
    assert watching.app_state.state is not None
    assert watching.app_state.state == watching.app_state.history.head or watching.app_state.state.next == ()


async def test_resumable_run_of_another_client_is_shown_with_its_tasks_from_the_start(
    watching: Studio, other: httpx.AsyncClient
) -> None:
    thread_id = await opened(watching, other, "long_countdown")
    body: dict[str, Any] = {"input": {"count": 4, "seconds": 1.0}, "stream_mode": ["tasks", "values"]}
    await posted(other, f"/threads/{thread_id}/runs", assistant_id="long_countdown", stream_resumable=True, **body)
    await until(lambda: watching.app_state.run is not None and watching.app_state.run.phase is Phase.DONE)
    run = watching.app_state.run
    assert run is not None
    assert not run.gap
    assert tasks(run)[0] == "prepare"
    assert len(watching.app_state.frames) > 4


async def test_edit_and_question_of_another_client_appear_and_the_cursor_stays(
    watching: Studio, other: httpx.AsyncClient
) -> None:
    thread_id = await opened(watching, other, "long_countdown")
    body: dict[str, Any] = {"assistant_id": "long_countdown", "input": {"count": 2, "seconds": 0}}
    await posted(other, f"/threads/{thread_id}/runs/wait", **body)
    await until(lambda: watching.app_state.run is not None and watching.app_state.run.phase is Phase.DONE)
    app_state = watching.app_state
    old = CheckpointId(str(app_state.history.items[2].checkpoint_id))
    await watching.history.select(old)
    known = len(app_state.history.items)
    await posted(other, f"/threads/{thread_id}/state", values={"count": 77})
    await until(lambda: len(app_state.history.items) > known)
    assert (app_state.cursor, app_state.news) == (old, 1)
    await posted(other, f"/threads/{thread_id}/runs/wait", **body)
    await until(lambda: app_state.run is not None and len(app_state.runs) == 2 and app_state.run.phase is Phase.DONE)
    assert app_state.cursor == old
    assert app_state.news > 2
    await watching.history.select(None)
    assert app_state.news == 0
    assert app_state.state is not None
    assert app_state.state.checkpoint_id == app_state.history.items[0].checkpoint_id


async def test_cancel_by_another_client_ends_the_run_here_and_ours_is_not_joined_twice(
    watching: Studio, other: httpx.AsyncClient
) -> None:
    from studio_tui.domain.run_request import RunRequest

    thread_id = await opened(watching, other, "long_countdown")
    run = await watching.runs.start(RunRequest(input={"count": 50, "seconds": 30}))
    await until(lambda: run.phase is Phase.RUNNING)
    await posted(other, f"/threads/{thread_id}/runs/{run.run_id}/cancel")
    await until(lambda: not run.phase.is_live)
    assert run.phase is Phase.CANCELLED
    assert watching.app_state.runs == [run]
    assert "another client" not in notes(run)
    assert not [
        item for item in watching.app_state.http_log if item.method == "GET" and f"{run.run_id}/stream" in item.url
    ]


async def test_thread_made_and_deleted_elsewhere_is_noticed(server: str, other: httpx.AsyncClient) -> None:
    from studio_tui.core.connection.timings import Timings

    studio = Studio(timings=Timings(watch_list=0.2))
    studio.watch_others(True)
    try:
        await studio.connect(Target(server))
        made = await posted(other, "/threads", metadata={"graph_id": "long_countdown"})
        await until(lambda: any(item.thread_id == made["thread_id"] for item in studio.app_state.threads.items))
        await studio.threads.open(made["thread_id"])
        await until(lambda: studio.app_state.thread is not None)
        (await other.delete(f"/threads/{made['thread_id']}")).raise_for_status()
        await until(lambda: studio.app_state.thread_problem)
        assert "not on the server any more" in studio.app_state.thread_problem
        assert studio.app_state.thread_gone
        assert studio.app_state.thread_id == made["thread_id"]
    finally:
        await studio.aclose()


async def test_thread_without_a_title_is_called_by_its_first_words(watching: Studio, other: httpx.AsyncClient) -> None:
    made = await posted(other, "/threads", metadata={"graph_id": "memory_notes"})
    said = {"messages": [{"role": "user", "content": "remember that\nI like green tea"}]}
    await posted(other, f"/threads/{made['thread_id']}/runs/wait", assistant_id="memory_notes", input=said)
    page = await watching.connection.call(lambda client: client.threads(ids=[made["thread_id"]]))
    assert [item.label for item in page.items] == ["remember that I like green tea"]
    assert "values" not in page.items[0].raw
