"""What a server is asked when a session begins, in which order, and what is asked once only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.state.app_state import LinkState
from studio_tui.core.studio import Studio
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import CAPABILITIES
from studio_tui.errors import AuthError, ConnectError
from tests.synthetic import ASSISTANT, Synthetic
from tests.waiting import until

OPENAPI: dict[str, Any] = {
    "paths": {"/threads/{thread_id}/copy": {}, "/runs/stream": {}},
    "components": {"schemas": {"RunCreateStateful": {"properties": {"checkpoint_during": {}, "input": {}}}}},
}
"""Of a server that lacks a few things, and whose field for durability has the old name."""


@pytest.fixture
async def server() -> AsyncIterator[Synthetic]:
    server = Synthetic(openapi=OPENAPI, events=2)
    await server.start()
    yield server
    await server.stop()


def described(server: Synthetic) -> int:
    return server.requests.count(("GET", "/openapi.json"))


def _asked(server: Synthetic, times: int) -> bool:
    return described(server) == times


async def test_the_openapi_file_comes_after_all_that_is_shown_and_makes_up_what_was_not_known(
    server: Synthetic,
) -> None:
    studio = Studio(threaded=False)
    info = await studio.connect(Target(server.base_url))
    assert not described(server)
    assert info.can("prune").works  # not known yet: not refused
    assert "prune" not in info.capabilities
    await studio.assistants.select(ASSISTANT)
    await until(lambda: described(server) == 1)
    asked = [path for _, path in server.requests]
    assert asked.index("/openapi.json") > asked.index(f"/assistants/{ASSISTANT}/schemas")
    await studio.connection.settled()
    assert studio.app_state.server is not None
    assert set(studio.app_state.server.capabilities) == set(CAPABILITIES)
    assert not studio.app_state.server.can("prune").works
    await studio.aclose()


async def test_each_list_is_read_once_and_all_is_asked_before_it_is_known_who_answers(server: Synthetic) -> None:
    server.held = asyncio.Event()
    studio = Studio(threaded=False)
    connecting = asyncio.create_task(studio.connect(Target(server.base_url), expected=ASSISTANT))
    first = {"/info", "/assistants/search", "/threads/search", "/threads/count", "/assistants/count"}
    first |= {f"/assistants/{ASSISTANT}/graph"}
    await until(lambda: first <= {path for _, path in server.requests})
    assert ("GET", f"/assistants/{ASSISTANT}/schemas") not in server.requests  # may be large, and is needed last
    server.held.set()
    await connecting
    await studio.assistants.select(ASSISTANT)
    await until(lambda: studio.app_state.schemas is not None and studio.app_state.graph is not None)
    await until(lambda: studio.app_state.threads.loaded)
    asked = [path for _, path in server.requests]
    assert {path: asked.count(path) for path in first} == dict.fromkeys(first, 1)
    await studio.aclose()


async def test_what_was_asked_ahead_for_another_assistant_is_not_shown(server: Synthetic) -> None:
    server.assistants = 2
    studio = Studio(threaded=False)
    await studio.connect(Target(server.base_url), expected=ASSISTANT)
    other = studio.app_state.assistants.items[1].assistant_id
    await studio.assistants.select(other)
    await until(lambda: ("GET", f"/assistants/{other}/graph") in server.requests)
    await until(lambda: studio.app_state.graph_problem or studio.app_state.graph is not None)
    assert studio.app_state.graph is None  # of that one the server has no graph
    before = server.requests.count(("GET", f"/assistants/{ASSISTANT}/graph"))
    await studio.assistants.select(ASSISTANT)
    await until(lambda: studio.app_state.graph is not None)
    assert server.requests.count(("GET", f"/assistants/{ASSISTANT}/graph")) == before + 1
    await studio.aclose()


@pytest.mark.parametrize("answer", [404, 401])
async def test_an_attempt_that_fails_leaves_nothing_of_what_it_asked_beside(server: Synthetic, answer: int) -> None:
    server.fails = {"/info": "404 Not Found", "/ok": "404 Not Found", "/health": "404 Not Found"}
    if answer == 404:
        server.fails |= {"/assistants/search": "404 Not Found", "/threads/search": "404 Not Found"}
    else:
        server.fails = {"/assistants/search": "401 Unauthorized"}
    studio = Studio(threaded=False)
    with pytest.raises(AuthError if answer == 401 else ConnectError) as caught:
        await studio.connect(Target(server.base_url), expected=ASSISTANT)
    assert (answer == 401) == isinstance(caught.value, AuthError)
    app_state = studio.app_state
    assert (app_state.link, app_state.server, list(app_state.notices)) == (LinkState.NONE, None, [])
    assert not app_state.threads.items
    assert not app_state.threads.problem
    assert not app_state.assistants.problem
    await studio.aclose()


async def test_a_run_waits_until_it_is_known_how_the_server_spells_it(server: Synthetic) -> None:
    studio = Studio(threaded=False)
    await studio.connect(Target(server.base_url))
    await studio.assistants.select(ASSISTANT)
    await studio.runs.start(RunRequest(input={}))
    assert not studio.connection.dialect.takes_durability
    asked = [path for _, path in server.requests]
    assert asked.index("/openapi.json") < next(at for at, path in enumerate(asked) if path.endswith("/runs/stream"))
    await studio.aclose()


async def test_what_a_version_said_is_known_at_its_next_start_and_read_again_in_the_background(
    server: Synthetic, tmp_path: Path
) -> None:
    for start in (1, 2):
        studio = Studio(threaded=False, state_dir=tmp_path)
        info = await studio.connect(Target(server.base_url))
        assert (set(info.capabilities) == set(CAPABILITIES)) == (start == 2)
        assert described(server) == start - 1
        await studio.assistants.select(ASSISTANT)
        await until(partial(_asked, server, start))
        await until(lambda: list((tmp_path / "servers").glob("*.json")))
        await studio.aclose()
    server.openapi = {**OPENAPI, "paths": {**OPENAPI["paths"], "/threads/prune": {}}}
    studio = Studio(threaded=False, state_dir=tmp_path)
    assert not (await studio.connect(Target(server.base_url))).can("prune").works
    await studio.assistants.select(ASSISTANT)
    await until(lambda: studio.connection.info.can("prune").works)  # it was loaded again meanwhile
    await studio.aclose()


async def test_who_waits_for_the_description_is_let_go_when_the_server_is_left(server: Synthetic) -> None:
    studio = Studio(threaded=False)
    await studio.connect(Target(server.base_url))
    await studio.disconnect()
    await studio.connection.settled()
    await studio.aclose()


async def test_what_a_known_server_was_asked_the_last_time_is_asked_before_it_says_who_it_is(
    server: Synthetic, tmp_path: Path
) -> None:
    beside = {("GET", "/metrics"), ("POST", "/runs/crons/count")}
    first = Studio(threaded=False, state_dir=tmp_path)
    await first.connect(Target(server.base_url))
    first.connection.urge_description()
    await until(lambda: list((tmp_path / "servers").glob("[!.]*")))
    await first.aclose()
    counts = [server.requests.count(one) for one in sorted(beside)]
    server.held = asyncio.Event()
    server.requests.clear()
    second = Studio(threaded=False, state_dir=tmp_path)
    connecting = asyncio.create_task(second.connect(Target(server.base_url)))
    await until(lambda: beside <= set(server.requests))  # nothing was answered yet
    server.held.set()
    info = await connecting
    assert [server.requests.count(one) for one in sorted(beside)] == counts
    assert not info.can("crons").works
    assert not info.in_memory
    await second.aclose()
