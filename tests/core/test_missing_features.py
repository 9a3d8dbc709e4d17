"""What a server lacks is named as that, and what it has lost can still be looked at."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from studio_tui.client.failures import failure_of_status
from studio_tui.client.target import Target
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import AssistantId, ThreadId
from studio_tui.domain.run import Phase
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import Capability
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.domain.thread_position import Standing
from studio_tui.errors import GraphGoneError, NotFoundError, StudioError, UnsupportedError
from tests.core.fakes import RUN, THREAD, FakeClient, FakeRun, chain, make, serve

BARE = {"detail": "Not Found"}
"""What a Python server answers for a path that it does not have, and for some things that it does not have."""


def failure(path: str, body: object, status: int = 404) -> StudioError:
    return failure_of_status(
        Target("http://h/prefix"), f"http://h/prefix{path}", httpx.Response(status), json.dumps(body)
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/threads/search", "keep threads"),
        ("/threads", "keep threads"),
        (f"/threads/{THREAD}/state", "keep threads"),
        (f"/threads/{THREAD}/history", "keep threads"),
        (f"/threads/{THREAD}/runs", "run on a thread"),
        (f"/threads/{THREAD}/runs/stream", "run on a thread"),
        ("/runs/stream", "run without a thread"),
        ("/store/items/search", "long-term memory"),
    ],
)
def test_path_that_a_server_lacks_is_no_deleted_thing(path: str, words: str) -> None:
    error = failure(path, BARE)
    assert isinstance(error, UnsupportedError)
    assert words in error.title
    assert "deleted" not in f"{error} {error.hint}"
    assert error.exit_code == 4


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/threads/{THREAD}/runs", {"detail": f"Thread with ID {THREAD} not found"}),
        (f"/threads/{THREAD}/state", {"detail": f"Thread with ID {THREAD} not found"}),
        (f"/threads/{THREAD}/runs/{THREAD}", BARE),
        (f"/assistants/{THREAD}", BARE),
        (f"/threads/{THREAD}/runs/stream", {"detail": "Thread or assistant not found."}),
    ],
)
def test_thing_that_is_missing_stays_a_missing_thing(path: str, body: object) -> None:
    error = failure(path, body)
    assert type(error) is NotFoundError


def test_graph_that_is_not_served_is_named_and_not_called_deleted() -> None:
    error = failure(f"/threads/{THREAD}/state", {"detail": "Graph 'other' not found. Expected one of: ['steps']"})
    assert isinstance(error, GraphGoneError)
    assert "Graph other is not served" in error.title
    assert "langgraph.json" in error.title
    assert "deleted" not in f"{error} {error.hint}"


class WithoutGraph(FakeClient):
    """Knows the thread, but not its graph."""

    async def state(self, thread_id: ThreadId, **_more: Any) -> Checkpoint:
        raise GraphGoneError("Graph other is not served: it is not in the server's langgraph.json")

    async def history(self, thread_id: ThreadId, **_more: Any) -> list[Checkpoint]:
        raise AssertionError("it fails in the same way")


async def test_thread_of_a_lost_graph_is_opened_to_look_at() -> None:
    client = WithoutGraph()
    serve(client, THREAD, chain(2))
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.IDLE, graph_id="other", raw={"values": {"log": ["kept"]}})
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    assert app_state.thread_id == THREAD
    assert app_state.state is not None
    assert app_state.state.values == {"log": ["kept"]}
    assert "Graph other is not served" in app_state.thread_problem
    await studio.threads.new()
    assert app_state.thread_problem == ""
    await studio.aclose()


async def test_thread_of_a_lost_graph_that_waits_is_not_told_as_done() -> None:
    client = WithoutGraph()
    run = FakeRun([])
    run.info = RunInfo(RUN, THREAD, AssistantId("gone"), "success")
    client.known[RUN] = run
    asked = {"interrupts": {"task": [{"id": "q", "value": "ok?"}]}}
    client.thread_rows[THREAD] = Thread(THREAD, ThreadStatus.INTERRUPTED, graph_id="other", raw=asked)
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    await studio.threads.open(THREAD)
    app_state = studio.app_state
    assert (app_state.position.standing, [item.id for item in app_state.position.questions]) == (Standing.ASKING, ["q"])
    assert app_state.run is not None
    assert app_state.run.phase is Phase.INTERRUPT
    await studio.aclose()


@pytest.mark.parametrize("lacking", ["threads", "runs"])
async def test_run_where_there_are_no_threads_leaves_nothing_behind_and_says_what_works(lacking: str) -> None:
    client = FakeClient()
    client.server.capabilities[lacking] = Capability(False, "This server cannot do that.")
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    with pytest.raises(UnsupportedError) as caught:
        await studio.runs.start(RunRequest(input={}))
    assert "create_thread" not in client.calls
    assert "without a thread" in caught.value.hint
    await studio.aclose()
