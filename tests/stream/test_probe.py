"""Who the server is and what it can do (PROTOCOL §2, §22)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from studio_tui.domain.ids import default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.errors import (
    AuthError,
    ConnectError,
)
from tests.stream.mock_server import GRAPH_ID, THREAD, fixture, talking

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON
ASSISTANT = default_assistant_id(GRAPH_ID)
AT = f"/threads/{THREAD}"


ROUTES = (
    "/threads/{thread_id}/stream",
    "/threads/prune",
    "/threads/{thread_id}/storage",
    "/runs/stream",
    "/store/items",
)
SPEC = {
    "paths": {path: {} for path in ROUTES},
    "components": {
        "schemas": {
            "RunCreateStateful": {
                "properties": {"stream_mode": {"anyOf": [{"type": "array", "items": {"enum": ["values", "tasks"]}}]}}
            },
            "ThreadSearchRequest": {"properties": {"extract": {}}},
        }
    },
}
BASE: dict[str, Any] = {"POST /assistants/search": [], "POST /threads/count": 0, "POST /assistants/count": 0}
AEGRA: dict[str, Any] = {
    "GET /openapi.json": {"paths": {"/store/items": {}}},
    "POST /threads/count": httpx.Response(405),
    "POST /assistants/count": httpx.Response(404),
}
AEGRA_LACKS = {
    *("crons", "thread_stream", "prune", "storage", "stateless", "threads_count", "assistants_count"),
    *("run_breakpoints", "input_null", "replay", "join", "sticky_checkpoint"),
}
OLD_SCHEMAS = {
    "RunCreateStateful": {"properties": {"stream_mode": {"anyOf": [{"enum": ["values", "debug"]}]}}},
    "ThreadSearchRequest": {"properties": {"limit": {}}},
}
OLD_PYTHON: dict[str, Any] = {
    "GET /openapi.json": {"paths": {"/store/items": {}, "/runs/stream": {}}, "components": {"schemas": OLD_SCHEMAS}},
    "GET /metrics": {"queue": {}},
    "POST /threads/count": httpx.Response(405),
    "POST /assistants/count": httpx.Response(405),
}
OLD_LACKS = {
    *("crons", "thread_stream", "prune", "storage", "threads_count", "assistants_count"),
    *("resume_map", "tasks_mode", "extract"),
}
DOCUMENTED = {
    *("crons", "store", "thread_stream", "threads_count", "assistants_count", "prune", "storage", "run_breakpoints"),
    *("input_null", "replay", "sticky_checkpoint", "resume_map", "stateless", "join", "tasks_mode", "extract"),
}


def lacking(answers: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        value = answers.get(f"{request.method} {request.url.path}", httpx.Response(404, json={"detail": "Not Found"}))
        return value if isinstance(value, httpx.Response) else httpx.Response(200, json=value)

    return answer


async def test_the_development_server_has_everything_and_lives_in_memory() -> None:
    answers = {
        **BASE,
        "GET /info": fixture("py/info.json"),
        "GET /openapi.json": SPEC,
        "GET /metrics": {"queue": {"n_pending": 0}, "workers": {}},
        "POST /runs/crons/count": 0,
    }
    async with talking(lacking(answers), kind=None) as talk:
        info = await talk.client.probe()
        assert (info.kind, info.version, info.library_version, info.in_memory) == (PY, "0.16.7", "1.2.22", True)
        assert info.latency is not None
        assert set(info.capabilities) == DOCUMENTED
        lacks = {name for name, capability in info.capabilities.items() if not capability.works}
        assert lacks == {"sticky_checkpoint"}
        assert talk.client.kind is PY


async def test_a_server_with_a_database_is_not_in_memory() -> None:
    answers = {**BASE, "GET /info": fixture("py/info.json"), "GET /metrics": {"queue": {}, "postgres": {"pool_max": 9}}}
    async with talking(lacking(answers)) as talk:
        assert not (await talk.client.probe()).in_memory


@pytest.mark.parametrize(
    ("info", "extra", "kind", "in_memory", "lacks"),
    [
        ("js", {"GET /ok": {"ok": True}}, JS, True, {"crons", "thread_stream", "prune", "storage", "extract"}),
        ("aegra", AEGRA, AE, False, AEGRA_LACKS),
        ("py-0.0.46", OLD_PYTHON, OLD, True, OLD_LACKS),
    ],
)
async def test_what_each_server_lacks_is_said_in_words(
    info: str, extra: dict[str, Any], kind: ServerKind, in_memory: bool, lacks: set[str]
) -> None:
    async with talking(lacking({**BASE, "GET /info": fixture(f"{info}/info.json"), **extra}), kind=None) as talk:
        found = await talk.client.probe()
    assert (found.kind, found.in_memory) == (kind, in_memory)
    assert {name for name, capability in found.capabilities.items() if not capability.works} == lacks
    for name, capability in found.capabilities.items():
        sticky = name == "sticky_checkpoint"
        assert bool(capability.reason) == (capability.works if sticky else not capability.works), name


async def test_a_failing_endpoint_costs_that_feature_only() -> None:
    answers = {**BASE, "GET /info": fixture("py/info.json"), "POST /threads/count": httpx.Response(500)}
    async with talking(lacking(answers)) as talk:
        info = await talk.client.probe()
    assert not info.can("threads_count").works
    assert "fails" in info.can("threads_count").reason
    assert info.can("assistants_count").works


async def test_ok_and_health_do_for_servers_without_info() -> None:
    for path, value in (("/ok", {"ok": True}), ("/health", {"status": "healthy"})):
        async with talking(lacking({**BASE, f"GET {path}": value})) as talk:
            assert (await talk.client.probe()).kind is ServerKind.UNKNOWN


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"GET /info": {"app": "something else"}},
        {"GET /info": httpx.Response(200, text="<html>hello</html>")},
        {"GET /info": httpx.Response(200, text="Hello")},
        {"GET /ok": {"ok": True}},
        {"GET /ok": "yes"},
    ],
)
async def test_anything_else_is_not_a_langgraph_server(answers: dict[str, Any]) -> None:
    async with talking(lacking(answers)) as talk:
        with pytest.raises(ConnectError) as caught:
            await talk.client.probe()
    assert "not a LangGraph server" in caught.value.title or "web page" in caught.value.title
    assert caught.value.hint


@pytest.mark.parametrize("status", [401, 403])
async def test_info_and_ok_do_not_prove_the_key(status: int) -> None:
    answers = {
        "GET /info": fixture("py/info.json"),
        "POST /assistants/search": httpx.Response(status, json={"detail": "no"}),
    }
    async with talking(lacking(answers)) as talk:
        with pytest.raises(AuthError):
            await talk.client.probe()


async def test_the_probe_works_in_read_only_mode() -> None:
    async with talking(lacking({**BASE, "GET /info": fixture("py/info.json")}), readonly=True) as talk:
        assert (await talk.client.probe()).kind is PY
