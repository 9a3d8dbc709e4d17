"""The guard before `dev` servers: foreign hosts and pages that CORS does not let in are refused, all else passes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from studio_tui.local.launch import PAGE_GUARD, free_port
from studio_tui.local.page_guard import PageGuard, Receive, Scope, Send

MY_PAGE = "https://my.page"
IMAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
"""What a browser sends of an image in a page: no `Origin`, and a `Referer` only if the page wants it."""
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


class Application:
    """Answers 200 to everything; a page of `lets_in` is answered as a CORS middleware does it."""

    def __init__(self, lets_in: str = "") -> None:
        self.seen: list[str] = []
        self._lets_in = lets_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(f"{scope['type']} {scope.get('method', '')}".strip())
        if scope["type"] == "lifespan":
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        origin = dict(scope["headers"]).get(b"origin")
        allowed = self._lets_in if self._lets_in == "*" or (origin or b"").decode() == self._lets_in else ""
        headers = [(b"access-control-allow-origin", allowed.encode())] if allowed else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def ask(application: Any, headers: Mapping[str, str], method: str = "POST", kind: str = "http") -> list[dict[str, Any]]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": method, "path": "/threads", "headers": pairs}
    asyncio.run(PageGuard(application, ("tunnel.example",))(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "127.0.0.1:2024"}, 200),
        ({"host": "[::1]:2024"}, 200),
        ({"host": "agent.localhost"}, 200),
        ({"host": "tunnel.example"}, 200),
        ({"host": "localhost:1", "origin": "http://localhost:3000"}, 200),
        ({"host": "evil.example:2024"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "localhost.evil.example"}, 403),
        ({"host": "0.0.0.0:2024"}, 403),
        ({"host": "[::1"}, 403),
        ({"host": "localhost", "origin": "https://evil.example"}, 403),
        ({"host": "localhost", "origin": "null"}, 403),
        (IMAGE, 403),
        (IMAGE | {"referer": "https://evil.example/"}, 403),
        (IMAGE | {"referer": "http://localhost.evil.example/"}, 403),
        (IMAGE | {"referer": "http://["}, 403),
        (IMAGE | {"referer": "http://localhost:3000/page"}, 200),
        (IMAGE | {"sec-fetch-site": "same-origin"}, 200),
        (LINK, 200),
        (LINK | {"sec-fetch-dest": "iframe"}, 403),
    ],
)
def test_only_programs_of_this_machine_are_answered(headers: dict[str, str], status: int) -> None:
    for method in ("GET", "POST", "DELETE"):
        application = Application()
        sent = ask(application, headers, method)
        assert sent[0]["status"] == status
        assert (f"http {method}" in application.seen) is (status == 200)


@pytest.mark.parametrize(("lets_in", "status"), [(MY_PAGE, 200), ("*", 200), ("https://other.page", 403)])
def test_a_page_may_do_what_the_applications_own_cors_lets_it_do(lets_in: str, status: int) -> None:
    application = Application(lets_in)
    assert ask(application, {"host": "localhost", "origin": MY_PAGE})[0]["status"] == status
    assert application.seen == ["http OPTIONS", *(["http POST"] if status == 200 else [])]
    assert ask(Application(lets_in), {"host": "evil.example", "origin": MY_PAGE})[0]["status"] == 403
    assert ask(Application(lets_in), IMAGE | {"referer": f"{MY_PAGE}/"}, "GET")[0]["status"] == status
    assert ask(Application(lets_in), IMAGE, "GET")[0]["status"] == (200 if lets_in == "*" else 403)


def test_a_preflight_is_the_applications_to_answer_and_a_broken_application_lets_nobody_in() -> None:
    assert ask(Application(), {"host": "localhost", "origin": MY_PAGE}, "OPTIONS")[0]["status"] == 200

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError

    assert ask(broken, {"host": "localhost", "origin": MY_PAGE})[0]["status"] == 403


def test_websockets_are_guarded_and_the_lifespan_is_not() -> None:
    assert ask(Application(), {"host": "localhost"}, kind="websocket")[0]["type"] == "websocket.accept"
    assert ask(Application(), {"host": "evil.example"}, kind="websocket")[0]["type"] == "websocket.close"
    refused = ask(Application(), {"host": "localhost", "origin": MY_PAGE}, kind="websocket")
    assert refused[0]["type"] == "websocket.close"
    application = Application()
    ask(application, {}, kind="lifespan")
    assert application.seen == ["lifespan POST"]


def test_the_starter_needs_nothing_but_the_standard_library_and_leaves_its_folder_off_the_path(tmp_path: Path) -> None:
    """The project's interpreter may lack studio-tui, and a module `server` or `report` of the project is its own."""
    (tmp_path / "uvicorn").mkdir()
    (tmp_path / "uvicorn/__init__.py").touch()
    (tmp_path / "uvicorn/config.py").write_text(
        "class Config:\n    loaded_app = None\n    def load(self):\n        self.loaded_app = 'app'\n"
    )
    (tmp_path / "langgraph_cli").mkdir()
    (tmp_path / "langgraph_cli/__init__.py").touch()
    (tmp_path / "langgraph_cli/cli.py").write_text(
        "import json, sys\nfrom uvicorn.config import Config\n"
        "def cli(prog_name):\n    config = Config()\n    config.load()\n"
        "    print(json.dumps([type(config.loaded_app).__name__, sys.path[0], sys.argv[1:]]))\n"
    )
    command = [sys.executable, "-S", str(PAGE_GUARD), "dev", "--port", "1"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == ["PageGuard", os.path.realpath(tmp_path), ["dev", "--port", "1"]]


NODE = """
const http = require("node:http");
const guarded = http.createServer((request, answer) => {
  const page = process.env.LETS_IN;
  const headers = page && request.headers.origin === page ? { "access-control-allow-origin": page } : {};
  answer.writeHead(200, headers).end("ok");
});
const other = http.createServer((request, answer) => answer.end("ok"));
function ask(port, headers) {
  return new Promise((resolve, reject) => {
    http.request({ host: "127.0.0.1", port, method: "POST", headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on("error", reject).end();
  });
}
guarded.listen(Number(process.env.STUDIO_TUI_DEV_PORT), "127.0.0.1", () => other.listen(0, "127.0.0.1", async () => {
  const found = [];
  for (const headers of JSON.parse(process.argv[2])) found.push(await ask(guarded.address().port, headers));
  found.push(await ask(other.address().port, { host: "evil.example" }));
  console.log(JSON.stringify(found));
  process.exit(0);
}));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize(("pages", "my_page"), [("none", 403), ("configured", 200)])
def test_the_javascript_guard_has_the_same_rule_on_its_own_port(tmp_path: Path, pages: str, my_page: int) -> None:
    (tmp_path / "server.js").write_text(NODE)
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 200),
        ({"host": "[::1]:1"}, 200),
        ({"host": "tunnel.example"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": MY_PAGE}, my_page),
        (IMAGE, 403),
        (IMAGE | {"referer": "http://localhost.evil.example/"}, 403),
        (IMAGE | {"referer": "http://localhost:3000/page"}, 200),
        (IMAGE | {"referer": f"{MY_PAGE}/"}, my_page),
        (LINK, 200),
        (LINK | {"sec-fetch-dest": "iframe"}, 403),
    ]
    env = {
        **os.environ,
        "NODE_OPTIONS": f'--require "{PAGE_GUARD.with_suffix(".cjs")}"',
        "STUDIO_TUI_DEV_PORT": str(free_port()),
        "STUDIO_TUI_DEV_PAGES": pages,
        "STUDIO_TUI_DEV_HOSTS": "tunnel.example",
        "LETS_IN": MY_PAGE,
    }
    command = ["node", "server.js", json.dumps([headers for headers, _ in cases])]
    answer = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(answer.stdout) == [*(status for _, status in cases), 200]
