"""A small LangGraph-like server for tests and measurements that need what no real server offers on demand:
a given event rate, huge states, a hundred thousand threads, answers that are cut off or nonsense.

Speaks HTTP/1.1 with one request per connection, on loopback only. Run it as a process
(`python -m tests.synthetic --rate 5000 --events 50000`; its URL is the first line on stdout) or in a loop with
`Synthetic.start()`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.loopback import Listener

THREAD = "01a20000-0000-7000-8000-000000000001"
RUN = "01a20000-0000-7000-8000-0000000000aa"
ASSISTANT = str(uuid.uuid5(uuid.UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8"), "load"))
GRAPH = {
    "nodes": [{"id": name, "type": "runnable", "data": {"name": name}} for name in ("__start__", "work")]
    + [{"id": "__end__"}],
    "edges": [
        {"source": "__start__", "target": "work"},
        {"source": "work", "target": "work", "conditional": True},
        {"source": "work", "target": "__end__", "conditional": True},
    ],
}


@dataclass
class Synthetic:
    """What the server pretends to have. `rate` is events per second (0: as fast as it goes)."""

    rate: float = 0.0
    events: int = 1000
    kind: str = "tasks"
    """What a run streams: tasks, or messages (tokens of one answer)."""
    threads: int = 3
    assistants: int = 1
    openapi: Any = None
    """The OpenAPI file; None has none."""
    held: asyncio.Event | None = None
    """Nothing is answered before it is set."""
    fails: dict[str, str] = field(default_factory=dict)
    """Paths that answer with a status of an error."""
    values: Any = field(default_factory=lambda: {"log": ["one", "two"]})
    checkpoints: int = 1
    """Checkpoints of every thread."""
    supersteps: int = 25
    """Checkpoints of one run."""
    sent: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request, in order."""
    base_url: str = ""
    _head: bytes = b""
    _listener: Listener | None = None

    async def start(self) -> str:
        """Listen on a free loopback port and return the base URL."""
        self._listener = Listener(self._serve)
        self.base_url = f"http://127.0.0.1:{await self._listener.open()}"
        return self.base_url

    async def stop(self) -> None:
        """Stop listening and drop what is open."""
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split("\r\n", 1)[0].split(" ", 2)
        length = next((int(v) for k, _, v in (r.partition(": ") for r in head.split("\r\n")) if k.lower() == "content-length"), 0)  # fmt: skip  # noqa: E501
        body = json.loads(await reader.readexactly(length)) if length else {}
        path, _, query = path.partition("?")
        self.requests.append((method, path))
        if self.held is not None:
            await self.held.wait()
        if path in self.fails:
            _reply(writer, {"detail": "Not Found"}, status=self.fails[path])
            await writer.drain()
            return
        await self._answer(method, path, {**dict(parse_qsl(query)), **body}, writer)

    async def _answer(self, method: str, path: str, body: Any, writer: asyncio.StreamWriter) -> None:
        if path.endswith(("/runs/stream", f"/runs/{RUN}/stream")):
            await self._stream(writer)
            return
        if path == "/threads/search":
            start, limit = int(body.get("offset", 0)), int(body.get("limit", 10))
            rows = [self._thread(index) for index in range(start, min(self.threads, start + limit))]
            more = {"X-Pagination-Next": str(start + limit)} if start + limit < self.threads else {}
            _reply(writer, rows, more)
            return
        if path == "/assistants/search":
            start, limit = int(body.get("offset", 0)), int(body.get("limit", 10))
            rows = [_assistant(index) for index in range(start, min(self.assistants, start + limit))]
            more = {"X-Pagination-Next": str(start + limit)} if start + limit < self.assistants else {}
            _reply(writer, rows, more)
            return
        routes: dict[str, Callable[[], Any]] = {
            "/info": lambda: {"version": "0.16.7", "langgraph_py_version": "1.2.22", "flags": {"assistants": True}},
            "/ok": lambda: {"ok": True},
            f"/assistants/{ASSISTANT}": _assistant,
            f"/assistants/{ASSISTANT}/versions": lambda: [_assistant()],
            f"/assistants/{ASSISTANT}/graph": lambda: GRAPH,
            "/threads/count": lambda: self.threads,
            "/threads": lambda: self._thread(0),
        }
        if self.openapi is not None:
            routes["/openapi.json"] = lambda: self.openapi
        if path in routes:
            _reply(writer, routes[path]())
        elif path.endswith("/schemas"):
            _reply(
                writer,
                {"graph_id": "load", "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}},
            )
        elif path.endswith("/state"):
            self._head = self._head or json.dumps(self._state()).encode()  # a large one takes its time
            _reply(writer, self._head)
        elif path.endswith("/history"):
            _reply(writer, self._page(body))
        elif path.endswith("/runs") and method == "GET":
            _reply(writer, [])
        elif path.endswith(f"/runs/{RUN}"):
            _reply(writer, {"run_id": RUN, "thread_id": THREAD, "assistant_id": ASSISTANT, "status": "success"})
        elif path.startswith("/threads/"):
            _reply(writer, self._thread(0))
        else:
            _reply(writer, {"detail": "Not Found"}, status="404 Not Found")
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        location = f"/threads/{THREAD}/runs/{RUN}"
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Location: {location}\r\n"
            f"Location: {location}/stream\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(b'event: metadata\r\ndata: {"run_id":"' + RUN.encode() + b'","attempt":1}\r\nid: 1-0\r\n\r\n')
        make: Callable[[int], bytes] = {"tasks": _task_event, "messages": _token_event}[self.kind]
        begun = time.monotonic()
        self.sent = 0
        while self.sent < self.events:
            due = self.events if not self.rate else min(self.events, int((time.monotonic() - begun) * self.rate) + 1)
            batch = min(due, self.sent + 500)
            if batch > self.sent:
                writer.write(b"".join(make(index) for index in range(self.sent, batch)))
                self.sent = batch
                await writer.drain()
            if self.rate and batch == due:
                await asyncio.sleep(0.005)

    def _thread(self, index: int) -> dict[str, Any]:
        stamp = "2026-01-02T03:04:05.000000+00:00"
        return {
            "thread_id": f"01a20000-0000-7000-8000-{index + 1:012x}",
            "status": ("idle", "interrupted", "error")[index % 3],
            "metadata": {"graph_id": "load", "assistant_id": ASSISTANT},
            "created_at": stamp,
            "updated_at": stamp,
        }

    def _page(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        before = str(asked.get("before") or "")
        newest = int(before.rsplit("-", 1)[1]) - 1 if before else self.checkpoints
        return [self._state(number) for number in range(newest, max(0, newest - int(asked.get("limit", 10))), -1)]

    def _state(self, number: int = 0) -> dict[str, Any]:
        number = number or self.checkpoints
        task = {"id": f"00000000-0000-4000-8000-{number:012}", "name": "work", "result": {"n": number}}
        source = "input" if self.checkpoints > 1 and number % self.supersteps == 1 else "loop"
        run = f"{RUN[:-6]}{(number - 1) // self.supersteps:06}" if self.checkpoints > 1 else RUN
        return {
            "values": self.values,
            "next": [] if number == self.checkpoints else ["work"],
            "tasks": [] if number == self.checkpoints else [task],
            "metadata": {"source": source, "step": number, "run_id": run},
            "created_at": f"2026-01-02T{3 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000000+00:00",
            "checkpoint": _ref(number),
            "parent_checkpoint": _ref(number - 1) if number > 1 else None,
        }


def _ref(number: int) -> dict[str, str]:
    return {"thread_id": THREAD, "checkpoint_ns": "", "checkpoint_id": f"1f1e6fd0-0000-6000-8000-{number:012}"}


def _reply(
    writer: asyncio.StreamWriter, value: Any, headers: dict[str, str] | None = None, status: str = "200 OK"
) -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    extra = "".join(f"{name}: {text}\r\n" for name, text in (headers or {}).items())
    writer.write(
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}"
        "Connection: close\r\n\r\n".encode()
        + body
    )


def _assistant(index: int = 0) -> dict[str, Any]:
    """The default assistant of the one graph, or one that somebody made."""
    return {
        "assistant_id": f"01a30000-0000-7000-8000-{index:012x}" if index else ASSISTANT,
        "graph_id": "load",
        "name": f"assistant {index}" if index else "load",
        "config": {},
        "context": {},
        "metadata": {} if index else {"created_by": "system"},
        "version": 1,
        "created_at": "2026-01-02T03:04:05.000000+00:00",
        "updated_at": "2026-01-02T03:04:05.000000+00:00",
    }


def _task_event(index: int) -> bytes:
    number, finished = divmod(index, 2)
    head = f'{{"id":"00000000-0000-4000-8000-{number:012x}","name":"work",'
    rest = (
        f'"error":null,"result":{{"log":["entry {number}"]}},"interrupts":[]}}'
        if finished
        else f'"input":{{"n":{number}}},"triggers":["branch:to:work"]}}'
    )
    return f"event: tasks\r\ndata: {head}{rest}\r\nid: {1000 + index}-0\r\n\r\n".encode()


def _token_event(index: int) -> bytes:
    text = "```python\\n" if index == 200 else ("line\\n" if index % 12 == 11 else f"token{index} ")
    return (
        'event: messages\r\ndata: [{"content":"' + text + '","type":"AIMessageChunk","id":"lc_run--1",'
        '"tool_call_chunks":[]},{"langgraph_node":"work","langgraph_step":1,"langgraph_checkpoint_ns":'
        '"work:00000000-0000-4000-8000-000000000000"}]\r\n' + f"id: {1000 + index}-0\r\n\r\n"
    ).encode()


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--kind", default="tasks")
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--checkpoints", type=int, default=1)
    parser.add_argument("--supersteps", type=int, default=25)
    parser.add_argument("--values", type=Path, help="a JSON file with the values of every state")
    args = vars(parser.parse_args())
    values = args.pop("values")
    server = Synthetic(**args, **({"values": json.loads(values.read_text())} if values else {}))
    print(await server.start(), flush=True)
    forever: Awaitable[bool] = asyncio.Event().wait()
    await forever


if __name__ == "__main__":
    asyncio.run(_main())
