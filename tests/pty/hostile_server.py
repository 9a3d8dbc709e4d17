"""A server whose every string attacks the terminal."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EVIL = (
    "\x1b]52;c;RVZJTA==\x07\x1b]0;EVILTITLE\x07\x1b[2J\x1b[31mEVIL\x9b2J\x9d0;EVIL\x07\x00\u202eLIVE\u200b"
    "[/foo][@click=app.quit]x[/]{'a': [/x]}\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\\ud83d 界 👩‍💻"
)
FORBIDDEN = (b"\x1b]52;", b"\x1b]0;", b"\x1b]8;", b"\x1b]2;", b"\xc2\x9b", b"\xc2\x9d", b"EVILTITLE\x07", b"\x00",
             "\u202e".encode(), "\u200b".encode())  # fmt: skip
"""Byte runs that would mean that the text had reached the terminal as it came."""

ASSISTANT = "6ba7b811-9dad-41d1-80b4-00c04fd430c8"
THREAD = "01a20000-0000-7000-8000-000000000001"
RUN = "01a20000-0000-7000-8000-0000000000aa"
CHECKPOINT = "1f1e6fd0-0000-6000-8000-000000000001"
STAMP = "2026-01-02T03:04:05.000000+00:00"


def _state() -> dict[str, Any]:
    message = {"id": EVIL, "type": "ai", "content": EVIL, "name": EVIL, "tool_calls": [
        {"id": "c1", "name": EVIL, "args": {EVIL: EVIL}}]}  # fmt: skip
    return {
        "values": {EVIL: EVIL, "messages": [{"id": "h", "type": "human", "content": EVIL}, message]},
        "next": [EVIL],
        "tasks": [{"id": "t1", "name": EVIL, "error": EVIL, "interrupts": [{"id": "i1", "value": EVIL}]}],
        "metadata": {"source": EVIL, "step": 1, "run_id": RUN, EVIL: EVIL},
        "created_at": STAMP,
        "checkpoint": {"thread_id": THREAD, "checkpoint_ns": "", "checkpoint_id": CHECKPOINT},
        "parent_checkpoint": None,
        "interrupts": [{"id": "i1", "value": EVIL}],
    }  # fmt: skip


ANSWERS: dict[str, Any] = {
    "/info": {"version": EVIL, "langgraph_py_version": "1.2.22", "flags": {"assistants": True}},
    "/ok": {"ok": True},
    "/assistants/search": [
        {"assistant_id": ASSISTANT, "graph_id": EVIL, "name": EVIL, "metadata": {EVIL: EVIL}, "version": 1,
         "description": EVIL, "config": {}, "context": {}}
    ],
    "/graph": {
        "nodes": [{"id": "__start__"}, {"id": EVIL, "data": {"name": EVIL}}, {"id": "__end__"}],
        "edges": [{"source": "__start__", "target": EVIL, "data": EVIL, "conditional": True},
                  {"source": EVIL, "target": "__end__"}],
    },
    "/schemas": {
        "graph_id": EVIL,
        "input_schema": {"type": "object", "title": EVIL, "required": [EVIL],
                         "properties": {EVIL: {"type": "string", "title": EVIL, "description": EVIL}}},
    },
    "/threads/search": [
        {"thread_id": THREAD, "status": EVIL, "metadata": {"title": EVIL, "graph_id": EVIL, EVIL: EVIL},
         "created_at": STAMP, "updated_at": STAMP}
    ],
    "/threads/count": 1,
    "/history": [_state()],
    "/state": _state(),
    "/runs": [{"run_id": RUN, "thread_id": THREAD, "assistant_id": ASSISTANT, "status": EVIL, "metadata": {EVIL: EVIL},
               "created_at": STAMP, "updated_at": STAMP, "kwargs": {}}],
}  # fmt: skip


TAME: dict[str, Any] = {
    "/assistants/search": [{"assistant_id": ASSISTANT, "graph_id": "agent", "name": "agent", "version": 1}],
    "/graph": {"nodes": [{"id": "__start__"}, {"id": "agent"}, {"id": "__end__"}],
               "edges": [{"source": "__start__", "target": "agent"}, {"source": "agent", "target": "__end__"}]},
    "/schemas": {"graph_id": "agent", "input_schema": {
        "type": "object", "properties": {"messages": {"type": "array", "items": {"$ref": "#/$defs/Message"}}},
        "$defs": {"Message": {"type": "object", "properties": {"content": {"type": "string"}}}}}},
}  # fmt: skip
"""Answers that make it a server with one chat graph; its thread stays hostile."""


class _Handler(BaseHTTPRequestHandler):
    def _reply(self) -> None:
        path = self.path.split("?", 1)[0]
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        answers: dict[str, Any] = self.server.answers  # type: ignore[attr-defined]
        found = next((answer for end, answer in answers.items() if path == end or path.endswith(end)), None)
        status = 200
        if found is None:
            found, status = ({"detail": EVIL}, 404) if "/threads/" not in path else (ANSWERS["/threads/search"][0], 200)
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _reply

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class HostileServer:
    """`with HostileServer() as url:` serves it on a free loopback port; `answers` make it another server."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self._answers = ANSWERS | (answers or {})

    def __enter__(self) -> str:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.answers = self._answers  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
