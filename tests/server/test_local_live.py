"""Local servers as processes: they start, are told apart from strangers, and never outlive the studio."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_tui.config.paths import find_paths
from studio_tui.config.schema import Settings
from studio_tui.config.servers import Servers
from studio_tui.errors import LocalServerError
from studio_tui.local import LocalServer, demo_server, project_server
from studio_tui.local.launch import Launch
from studio_tui.text.sanitize import is_safe

SERVER = """
import http.server, json, os, signal, sys
port, flags = int(sys.argv[1]), sys.argv[2:]
def say(line):  # in one piece: two processes write here
    os.write(1, (line + "\\n").encode())
if "stubborn" in flags:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
if "family" in flags and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(f"child {os.getpid()}")
    signal.pause()
if "stranger" in flags:
    del os.environ["LANGSMITH_LANGGRAPH_API_REVISION"]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        revision = os.environ.get("LANGSMITH_LANGGRAPH_API_REVISION", "somebody else")
        body = json.dumps({"ok": True, "host": {"revision_id": revision}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
if "moves" in flags:
    port += 1
server = http.server.HTTPServer(("127.0.0.1", port), Handler)
say("\\x1b[36m- API: http://127.0.0.1:%d\\x1b[0m \\x1b]0;title\\x07" % port)
say(f"env {os.environ.get('MARK')}")
server.serve_forever()
"""


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until `condition` holds and return its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "condition not reached"
        time.sleep(0.02)
    return value


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ok", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def runs(pid: int) -> bool:
    """Whether the process exists and is not just a zombie that nobody has reaped yet."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(answer.stdout.strip()) and not answer.stdout.strip().startswith("Z")


@pytest.fixture
def launch(tmp_path: Path) -> Callable[..., Launch]:
    """Makes a launch of the small stand-in server with the given flags."""
    script = tmp_path / "server.py"
    script.write_text(SERVER)

    def make(*flags: str, **settings: Any) -> Launch:
        command = (sys.executable, "-u", str(script), "{port}", *flags)
        settings = {"grace": 0.3, "timeout": 20.0, **settings}
        return Launch(command, tmp_path, {**os.environ, "MARK": "set"}, "the server", **settings)

    return make


async def test_start_answers_and_stop_leaves_nothing(launch: Callable[..., Launch]) -> None:
    lines: list[str] = []
    server = LocalServer(launch(), lines.append)
    url = await server.start()
    assert await asyncio.to_thread(answers, url)
    running, code = server.alive, server.exit_code
    assert (running, code) == (True, None)
    await server.stop()
    await server.stop()
    running, code = server.alive, server.exit_code
    assert not running
    assert code is not None
    assert not await asyncio.to_thread(answers, url)
    await asyncio.sleep(0)
    assert "env set" in lines
    assert "any web page" in server.warning  # tried: this server has no guard
    assert all(is_safe(line) for line in lines)
    assert f"- API: {url}" in [line.strip() for line in lines]


async def test_restart_after_stop_works(launch: Callable[..., Launch]) -> None:
    server = LocalServer(launch())
    await server.start()
    await server.stop()
    url = await server.start()
    assert await asyncio.to_thread(answers, url)
    await server.stop()


async def test_a_server_that_was_begun_ahead_is_taken_over_with_all_it_said(launch: Callable[..., Launch]) -> None:
    server = LocalServer(launch())
    server.spawn()
    begun = server._process
    await asyncio.to_thread(wait_for, lambda: "env set" in server.tail)  # nobody listens yet
    lines: list[str] = []
    server.listen(lines.append)
    url = await server.start()
    assert server._process is begun
    assert await asyncio.to_thread(answers, url)
    assert lines[: len(server.tail)] == list(server.tail)
    await server.stop()
    assert not server.alive


async def test_a_server_that_died_before_anybody_looked_tells_why(
    launch: Callable[..., Launch], tmp_path: Path
) -> None:
    (tmp_path / "server.py").write_text("import package_that_is_absent")
    server = LocalServer(launch())
    server.spawn()
    await asyncio.to_thread(wait_for, lambda: not server.alive)
    with pytest.raises(LocalServerError) as caught:
        await server.start()
    assert "package_that_is_absent" in caught.value.detail


async def test_the_port_that_the_server_moved_to_is_used(launch: Callable[..., Launch]) -> None:
    server = LocalServer(launch("moves", port=_port_pair()))
    url = await server.start()
    assert url == f"http://127.0.0.1:{server.launch.port + 1}"
    await server.stop()


def _port_pair() -> int:
    for port in range(30_000, 32_000, 2):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two neighbouring ports are free")


async def test_a_stranger_on_our_address_is_not_taken_for_ours(launch: Callable[..., Launch]) -> None:
    server = LocalServer(launch("stranger", timeout=1.0))
    with pytest.raises(LocalServerError) as caught:
        await server.start()
    assert "no answer within 1 s" in caught.value.title
    assert not server.alive


async def test_a_server_that_dies_shows_its_log_and_advice(launch: Callable[..., Launch], tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("print('loading [/red]'); import package_that_is_absent")
    server = LocalServer(launch())
    with pytest.raises(LocalServerError) as caught:
        await server.start()
    assert caught.value.title == "The server did not start: it ended with exit code 1"
    assert "loading [/red]" in caught.value.detail
    assert "ModuleNotFoundError" in caught.value.detail
    assert "Install package_that_is_absent" in caught.value.hint


async def test_a_program_that_is_missing_is_said_in_words(tmp_path: Path) -> None:
    server = LocalServer(Launch(("/absent/program",), tmp_path, dict(os.environ), "the server", timeout=10))
    with pytest.raises(LocalServerError) as caught:
        await server.start()
    assert "/absent/program" in caught.value.detail


async def test_stubborn_servers_and_their_children_are_killed(launch: Callable[..., Launch]) -> None:
    server = LocalServer(launch("stubborn", "family"))
    await server.start()
    child = int(wait_for(lambda: [line for line in server.tail if line.startswith("child ")])[0].split()[1])
    assert runs(child)
    await server.stop()
    assert not server.alive
    wait_for(lambda: not runs(child))


async def test_cancelled_start_leaves_no_process(launch: Callable[..., Launch]) -> None:
    server = LocalServer(launch("stranger"))
    starting = asyncio.create_task(server.start())
    await asyncio.to_thread(wait_for, lambda: server.alive)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not server.alive


STUDIO = """
import asyncio, json, sys, time
from studio_tui.config.paths import find_paths
from studio_tui.local import demo_server
server = demo_server(find_paths())
url = asyncio.run(server.start())
folder = next(iter(server.launch.folder.iterdir()))
print(json.dumps({"url": url, "folder": str(folder), "watchdog": server._process.pid}), flush=True)
time.sleep(600)
"""


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that has started the demo server and then sits there, like a studio."""
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", STUDIO], env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.server
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_no_server_outlives_a_studio_that_was_killed(studio: subprocess.Popen[str], number: signal.Signals) -> None:
    assert studio.stdout is not None
    facts = json.loads(studio.stdout.readline())
    group = _server_group(facts["watchdog"])
    assert answers(facts["url"])
    os.kill(studio.pid, number)
    studio.wait()
    wait_for(lambda: not answers(facts["url"]))
    wait_for(lambda: not any(runs(pid) for pid in group))
    wait_for(lambda: not Path(facts["folder"]).exists())


def _server_group(watchdog: int) -> list[int]:
    """The watchdog and all processes below it."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in table.splitlines())}
    family = {watchdog}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    assert len(family) >= 2
    return sorted(family)


@pytest.mark.server
async def test_demo_works_in_a_private_copy_and_removes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    server = demo_server(find_paths())
    await server.start()
    home = tmp_path / "studio-tui" / "demo"
    (folder,) = home.iterdir()
    assert (folder / "travel_agent.py").is_file()
    await server.stop()
    assert list(home.iterdir()) == []


AGENT = """
import os
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict
class State(TypedDict, total=False):
    answer: str
def NODE(state: State) -> State:
    return {"answer": os.environ.get("PROJECT_SETTING", "unset")}
builder = StateGraph(State)
builder.add_node("NODE", NODE)
builder.add_edge(START, "NODE")
builder.add_edge("NODE", END)
graph = builder.compile()
"""


@pytest.mark.server
async def test_dev_serves_a_project_with_its_env_and_follows_changes(tmp_path: Path) -> None:
    config = {"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}, "env": ".env"}
    (tmp_path / "langgraph.json").write_text(json.dumps(config))
    (tmp_path / ".env").write_text("PROJECT_SETTING=from the project\n")
    agent = tmp_path / "agent.py"
    agent.write_text(AGENT.replace("NODE", "first_node"))
    (tmp_path / "src").mkdir()
    server = project_server(tmp_path / "src", find_paths())
    url = await server.start()
    try:
        body = {"assistant_id": "agent", "input": {}}
        answer = await asyncio.to_thread(_call, f"{url}/runs/wait", body)
        assert answer == {"answer": "from the project"}
        agent.write_text(AGENT.replace("NODE", "second_node"))
        await asyncio.to_thread(wait_for, lambda: "second_node" in _nodes(url), 40.0)
    finally:
        await server.stop()
    assert not await asyncio.to_thread(answers, url)


@pytest.mark.server
async def test_dev_names_the_line_of_a_broken_project_at_once(tmp_path: Path) -> None:
    (tmp_path / "langgraph.json").write_text('{"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}')
    (tmp_path / "agent.py").write_text("graph = undefined_name\n")
    server = project_server(tmp_path, find_paths())
    with pytest.raises(LocalServerError) as caught:
        await server.start()
    headline, place, source = caught.value.detail.splitlines()
    assert headline == "Graph 'agent' failed to load: NameError: name 'undefined_name' is not defined"
    assert "agent.py" in place
    assert "line 1" in place
    assert source == "graph = undefined_name"
    assert not server.alive


AUTH = """
from langgraph_sdk import Auth
auth = Auth()
@auth.authenticate
async def who(authorization: str | None) -> Auth.types.MinimalUserDict:
    if authorization != "Bearer alice":
        raise Auth.exceptions.HTTPException(status_code=401, detail="Invalid token: get one at the portal")
    return {"identity": "alice"}
"""
EVIL = {"origin": "https://evil.example"}


@pytest.mark.server
async def test_a_project_with_auth_is_used_as_the_studio_user_and_closed_to_web_pages(tmp_path: Path) -> None:
    config = {"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}, "auth": {"path": "./auth.py:auth"}}
    (tmp_path / "langgraph.json").write_text(json.dumps(config))
    (tmp_path / "agent.py").write_text(AGENT.replace("NODE", "node"))
    (tmp_path / "auth.py").write_text(AUTH)
    server = project_server(tmp_path, find_paths())
    url = await server.start()
    try:
        asked = f"{url}/assistants/search"
        assert server.launch.has_auth
        own = Servers(Settings(), {}).own(url, studio_user=True)
        assert (await asyncio.to_thread(_status, asked, own.headers))[0] == 200
        assert "Studio user" in own.notes[0]
        typed = Servers(Settings(), {}, headers=["Authorization: Bearer alice"]).own(url, studio_user=True)
        assert (typed.headers, typed.notes) == ({"Authorization": "Bearer alice"}, ())
        assert (await asyncio.to_thread(_status, asked, typed.headers))[0] == 200
        assert (await asyncio.to_thread(_status, asked, {}))[0] == 401
        assert server.warning == ""
        for foreign in (EVIL, {"host": "evil.example"}, {"origin": "null"}):
            headers = {**own.headers, **foreign, "content-type": "text/plain"}
            status, answer = await asyncio.to_thread(_status, asked, headers)
            assert (status, "access-control-allow-origin" in answer) == (403, False)
    finally:
        await server.stop()


@pytest.mark.server
async def test_an_auth_that_cannot_be_imported_ends_the_start_at_once(tmp_path: Path) -> None:
    config = {"graphs": {"agent": "./agent.py:graph"}, "dependencies": ["."], "auth": {"path": "./auth.py:auth"}}
    (tmp_path / "langgraph.json").write_text(json.dumps(config))
    (tmp_path / "agent.py").write_text(AGENT.replace("NODE", "node"))
    (tmp_path / "auth.py").write_text("from package_that_is_absent import jwt\n")
    server = project_server(tmp_path, find_paths())
    with pytest.raises(LocalServerError) as caught:
        await server.start()
    assert "cannot be loaded" in caught.value.title  # and not: no answer within 90 s
    lines = caught.value.detail.splitlines()
    assert lines[0].endswith("ModuleNotFoundError: No module named 'package_that_is_absent'")
    assert lines[1] == f'File "{tmp_path}/auth.py", line 1, in <module>'
    assert "-m pip install package_that_is_absent" in caught.value.hint
    log = Path(caught.value.hint.rsplit(": ", 1)[1])
    assert "Traceback" in await asyncio.to_thread(log.read_text)


@pytest.mark.server
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example:4711"}, 403),  # a page whose own name was made to mean this machine
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "localhost:1", "origin": "http://127.0.0.1:3000"}, 200),
    ],
)
def test_the_demo_server_answers_no_web_page(server: str, headers: dict[str, str], status: int) -> None:
    for path in ("/info", "/assistants/search"):
        found, answer = _status(f"{server}{path}", {**headers, "content-type": "text/plain"})
        assert found == status
        assert "access-control-allow-origin" not in answer


def _status(url: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    data = b"{}" if url.endswith("/search") else None
    request = urllib.request.Request(url, data, {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): value for name, value in error.headers.items()}


def _call(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def _nodes(url: str) -> str:
    try:
        found = _call(f"{url}/assistants/search", {"graph_id": "agent"})
        return json.dumps(_call(f"{url}/assistants/{found[0]['assistant_id']}/graph"))
    except (OSError, IndexError, ValueError):
        return ""
