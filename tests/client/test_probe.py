"""Who the server is and what it can do (PROTOCOL §2, §18)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.domain.server import CAPABILITIES, NOTHING, ServerInfo, ServerKind
from studio_tui.errors import (
    AuthError,
    ConnectError,
)
from tests.client.mock_server import fixture, talking
from tests.paths import FIXTURES

PY, JS, AE, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.AEGRA, ServerKind.OLD_PYTHON


BASE: dict[str, Any] = {"POST /assistants/search": [], "POST /threads/count": 0, "POST /assistants/count": 0}
SHOWN = FIXTURES / "shown"
"""What servers answered to the probe, one file each (schemas of the OpenAPI files cut down to what is read)."""


def lacking(answers: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        value = answers.get(f"{request.method} {request.url.path}", httpx.Response(404, json={"detail": "Not Found"}))
        return value if isinstance(value, httpx.Response) else httpx.Response(200, json=value)

    return answer


def shown(name: str) -> Callable[[httpx.Request], httpx.Response]:
    """A server that answers as the recorded one did, and fails the test for anything else."""
    told: dict[str, Any] = json.loads((SHOWN / f"{name}.json").read_text(encoding="utf-8"))

    def answer(request: httpx.Request) -> httpx.Response:
        item = told[f"{request.method} {request.url.path}"]
        headers = {"content-type": item["type"], **({"server": item["server"]} if "server" in item else {})}
        text = item["body"] if isinstance(item["body"], str) else json.dumps(item["body"])
        return httpx.Response(item["status"], text=text, headers=headers)

    return answer


UNSTEERED = {"run_breakpoints", "input_null", "replay", "join"}
SERVERS: list[tuple[str, ServerKind, str, bool, set[str]]] = [
    ("py-0.16.7", PY, "0.16.7", True, set()),
    ("py-prefix", PY, "0.16.7", True, set()),
    ("py-no-assistants", PY, "0.16.7", True, {"assistants", "assistants_count"}),
    ("py-no-threads", PY, "0.16.7", True, {"threads", "threads_count"}),
    ("py-no-runs", PY, "0.16.7", True, {"runs", "stateless", "crons"}),
    ("py-no-store", PY, "0.16.7", True, {"store"}),
    ("py-0.5.42", PY, "0.5.42", True, {"crons", "prune", "storage", "extract"}),
    ("py-no-meta", PY, "", False, {"prune", "extract"}),
    (
        "py-0.0.46", OLD, "", True,
        {"crons", "thread_stream", "prune", "storage", "threads_count", "assistants_count", "resume_map", "tasks_mode",
         "extract"},
    ),
    ("js-1.5.1", JS, "1.5.1", True, {"crons", "thread_stream", "prune", "storage", "extract"}),
    ("pure-graph", JS, "", True, {"crons", "store", "thread_stream", "prune", "storage", "extract"}),
    ("aegra-0.11.0", AE, "0.11.0", False, {"threads_count", "thread_stream", "copy", "storage", "extract"}),
    (
        "aegra-0.6.0", AE, "0.1.0", False,
        {"crons", "threads_count", "thread_stream", "prune", "copy", "storage", "stateless", "extract", *UNSTEERED},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "version", "in_memory", "lacks"), SERVERS, ids=[item[0] for item in SERVERS])
async def test_what_each_server_can_is_what_it_showed(
    name: str, kind: ServerKind, version: str, in_memory: bool, lacks: set[str]
) -> None:
    base = "http://127.0.0.1:2024" + ("/pre/fix" if name == "py-prefix" else "")
    async with talking(shown(name), kind=None, base_url=base) as talk:
        info = await talk.client.probe()
        assert talk.client.http.known_dialect == info.dialect
    assert (info.kind, info.version, info.in_memory) == (kind, version, in_memory)
    assert set(info.capabilities) == set(CAPABILITIES)
    assert {item for item in CAPABILITIES if not info.can(item).works} == lacks
    assert all(bool(item.reason) != item.works for item in info.capabilities.values())
    assert all("Aegra" not in item.reason for item in info.capabilities.values())


@pytest.mark.parametrize("name", [item[0] for item in SERVERS])
async def test_a_greeting_and_the_openapi_file_together_tell_all_and_each_is_asked_once(name: str) -> None:
    """Where a server can be talked to without its OpenAPI file, that is not waited for."""
    base = "http://127.0.0.1:2024" + ("/pre/fix" if name == "py-prefix" else "")
    async with talking(shown(name), kind=None, base_url=base) as talk:
        whole = await talk.client.probe()
    async with talking(shown(name), kind=None, base_url=base) as talk:
        greeting = await talk.client.greet()
        early = [path for path in talk.paths() if path.endswith("openapi.json")]
        assert (early == []) == greeting.has_more == (whole.kind is not AE)
        assert set(whole.capabilities) >= set(greeting.info.capabilities)
        if greeting.has_more:
            lacks = {item for item in greeting.info.capabilities if not greeting.info.can(item).works}  # type: ignore[arg-type]
            assert lacks <= {item for item in CAPABILITIES if not whole.can(item).works}
            info, said = await talk.client.describe(greeting.info)
        else:
            info, said = greeting.info, NOTHING
        assert (info.capabilities, info.dialect) == (whole.capabilities, whole.dialect)
        assert [path.rpartition("/")[2] for path in talk.paths()].count("openapi.json") == 1
    assert len(json.dumps(said.spec)) < 20_000
    async with talking(shown(name), kind=None, base_url=base) as talk:
        again = await talk.client.greet(said)
        assert (again.is_described, again.has_more) == (
            bool(said.spec and info.version) or whole.kind is AE,
            whole.kind is not AE,
        )
        if again.is_described:
            assert (again.info.capabilities, again.info.dialect) == (whole.capabilities, whole.dialect)
        newer = await talk.client.greet(replace(said, library_version="another"))
        assert newer.is_described == (whole.kind is AE)


async def test_of_a_list_that_is_just_read_the_probe_takes_the_answer() -> None:
    async with talking(shown("py-0.16.7"), kind=None) as talk:
        listed, page, _ = await asyncio.gather(
            talk.client.all_assistants(), talk.client.threads(limit=50), talk.client.greet()
        )
        asked = talk.paths()
    assert (asked.count("POST /assistants/search"), asked.count("POST /threads/search")) == (1, 1)
    assert isinstance(listed, list)
    assert isinstance(page.items, list)


async def test_a_list_that_is_given_up_leaves_the_probe_to_ask_itself() -> None:
    held = asyncio.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if b'"limit": 100' in await request.aread():
                held.set()
                await asyncio.Event().wait()
            return shown("py-0.16.7")(request)

    client = Client(Target("http://127.0.0.1:2024"), transport=Slow())
    listing = asyncio.create_task(client.all_assistants())
    await held.wait()
    greeting = asyncio.create_task(client.greet())
    await asyncio.sleep(0)
    listing.cancel()
    assert (await greeting).info.kind is PY
    await client.aclose()


async def test_an_unknown_capability_is_an_error_and_not_one_that_works() -> None:
    with pytest.raises(ValueError, match="jion"):
        ServerInfo("http://s").can("jion")  # type: ignore[arg-type]


async def test_versions_of_one_server_speak_differently() -> None:
    """Aegra 0.11 continues from a named checkpoint and pages its history; 0.6 does neither."""
    found = {}
    for name in ("aegra-0.6.0", "aegra-0.11.0"):
        async with talking(shown(name), kind=None) as talk:
            found[name] = await talk.client.dialect()
            assert (await talk.client.probe()).dialect == found[name]
    old, new = found.values()
    assert (old.head_with_null_input, old.resumes_breakpoints, old.pages_history) == (False, True, False)
    assert (new.head_with_null_input, new.resumes_breakpoints, new.pages_history) == (True, False, True)


async def test_a_replay_asks_again_or_not_by_the_library() -> None:
    """Seen: langgraph 0.3 and 1.0 use the old answer again, 1.2 asks."""
    found = {}
    for name in ("py-0.0.46", "py-0.5.42", "py-0.16.7", "js-1.5.1", "aegra-0.11.0"):
        async with talking(shown(name), kind=None) as talk:
            found[name] = (await talk.client.probe()).dialect.asks_again
    assert list(found.values()) == [False, False, True, True, None]


@pytest.mark.parametrize(("version", "steered"), [("0.9.20", False), ("0.10.0", True), ("1.2", True), ("dev", False)])
async def test_without_an_openapi_file_the_version_must_do(version: str, steered: bool) -> None:
    answers = {**BASE, "GET /info": {"name": "Aegra", "version": version}}
    async with talking(lacking(answers), kind=None) as talk:
        info = await talk.client.probe()
    assert info.can("run_breakpoints").works == info.dialect.head_with_null_input == steered


async def test_a_server_with_a_database_is_not_in_memory() -> None:
    answers = {**BASE, "GET /info": fixture("py/info.json"), "GET /metrics": {"queue": {}, "postgres": {"pool_max": 9}}}
    async with talking(lacking(answers)) as talk:
        assert not (await talk.client.probe()).in_memory


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
