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
BESIDE = 3
"""Events of a run's stream beside those that are asked for: its metadata, its input and its last checkpoint."""
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
    """What a run streams beside its checkpoints: tasks, messages (tokens of one answer), custom, or steps: supersteps
    with all that the program asks for, five events each."""
    full: bool = False
    """With all that real servers put into an event: about 1.1 kB for a token, 0.7 for a task's start."""
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
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request, in order."""
    base_url: str = ""
    _begun: float = 0.0
    """When somebody began the run; 0 for one that ended before all this."""
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
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        fields = [line.partition(": ") for line in rest]
        length = next((int(value) for key, _, value in fields if key.lower() == "content-length"), 0)
        body = json.loads(await reader.readexactly(length)) if length else {}
        path, _, query = path.partition("?")
        self.requests.append((method, path))
        cursor = next((value for key, _, value in fields if key.lower() == "last-event-id"), "")
        if self.held is not None:
            await self.held.wait()
        if path in self.fails:
            _reply(writer, {"detail": "Not Found"}, status=self.fails[path])
            await writer.drain()
            return
        if path.endswith(("/runs/stream", f"/runs/{RUN}/stream")):
            await self._stream(writer, begins=method == "POST", after=cursor)
            return
        await self._answer(method, path, {**dict(parse_qsl(query)), **body}, writer)

    async def _answer(self, method: str, path: str, body: Any, writer: asyncio.StreamWriter) -> None:
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
            _reply(writer, json.dumps(self._state()).encode() if self._begun else self._head)
        elif "/state/" in path:
            number = int(path[-12:]) if path[-12:].isdigit() else 0
            known = path.rpartition("/")[2] == _ref(number)["checkpoint_id"] and 0 < number <= self.checkpoints
            _reply(writer, self._state(number) if known else self._state() | {"values": {}, "metadata": None})
        elif path.endswith("/history"):
            _reply(writer, self._page(body))
        elif path.endswith("/runs") and method == "GET":
            _reply(writer, [self._run()] if self._begun and THREAD in path else [])
        elif path.endswith(f"/runs/{RUN}"):
            _reply(writer, self._run())
        elif path.startswith("/threads/"):
            _reply(writer, self._thread(0))
        else:
            _reply(writer, {"detail": "Not Found"}, status="404 Not Found")
        await writer.drain()

    @property
    def _due(self) -> int:
        """How many of its events the run has made by now: all, unless it was begun a moment ago."""
        if not self._begun or not self.rate:
            return self.events
        return min(self.events, int((time.monotonic() - self._begun) * self.rate) + 1)

    async def _stream(self, writer: asyncio.StreamWriter, *, begins: bool, after: str) -> None:
        """Send the run's stream: as it is made, or again from the event `after`; what is made already comes at once."""
        location = f"/threads/{THREAD}/runs/{RUN}"
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Location: {location}\r\n"
            f"Location: {location}/stream\r\nConnection: close\r\n\r\n".encode()
        )
        if begins:
            self._begun = time.monotonic()
        stamp = int(after.partition("-")[0] or 0) if after and after != "-1" else 0
        if stamp < _STAMP:
            writer.write(_event("metadata", {"run_id": RUN, "attempt": 1}, 0))
        if stamp < _STAMP + 1:
            writer.write(_event("checkpoints", self._saved(self.checkpoints - 1), 1))
        make = _MAKERS[self.kind]
        sent = max(0, stamp - _STAMP - 1)
        while sent < self.events:
            due = self._due
            batch = min(due, sent + 500)
            if batch > sent:
                writer.write(b"".join(make(index, self.full) for index in range(sent, batch)))
                sent = batch
                await writer.drain()
            if sent < self.events and batch == due:
                await asyncio.sleep(0.005)
        writer.write(_event("checkpoints", self._saved(self.checkpoints), self.events + 2))
        await writer.drain()

    def _saved(self, number: int) -> dict[str, Any]:
        """What a stream tells of a checkpoint: all that the state does, and how the run was started."""
        if number < 1:
            state: dict[str, Any] = {"values": {}, "next": ["__start__"], "tasks": [], "metadata": {"source": "input"}}
            state |= {"checkpoint": _ref(0), "parent_checkpoint": None}
        else:
            state = self._state(number)
        about = {"run_id": RUN, "graph_id": "load", "assistant_id": ASSISTANT}
        before = state["parent_checkpoint"]
        return state | {
            "config": {"configurable": {**about, **state["checkpoint"]}},
            "parent_config": {"configurable": {**about, **before}} if before else None,
        }

    def _run(self) -> dict[str, Any]:
        return {
            "run_id": RUN,
            "thread_id": THREAD,
            "assistant_id": ASSISTANT,
            "status": "success" if self._due == self.events else "running",
            "created_at": "2026-01-02T03:04:05.000000+00:00",
            "metadata": {},
            "kwargs": {},
        }

    def _thread(self, index: int) -> dict[str, Any]:
        stamp = "2026-01-02T03:04:05.000000+00:00"
        return {
            "thread_id": f"01a20000-0000-7000-8000-{index + 1:012x}",
            "status": ("idle", "interrupted", "error")[index % 3],
            "metadata": {"graph_id": "load", "assistant_id": ASSISTANT},
            "created_at": stamp,
            "updated_at": stamp,
        }

    def _values(self) -> Any:
        """The newest state: with the answer, once the run that streamed it has ended."""
        if self.kind != "messages" or not self._begun or self._due < self.events:
            return self.values
        text = "".join(_token(index) for index in range(self.events))
        return {**self.values, "messages": [{"type": "ai", "id": _ANSWER, "content": text}]}

    def _page(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        before = str(asked.get("before") or "")
        newest = int(before.rsplit("-", 1)[1]) - 1 if before else self.checkpoints
        return [self._state(number) for number in range(newest, max(0, newest - int(asked.get("limit", 10))), -1)]

    def _state(self, number: int = 0) -> dict[str, Any]:
        number = number or self.checkpoints
        task = {"id": f"00000000-0000-4000-8000-{number:012}", "name": "work", "result": {"n": number}}
        source = "input" if self.checkpoints > 1 and number % self.supersteps == 1 else "loop"
        group = (number - 1) // self.supersteps
        newest = group == (self.checkpoints - 1) // self.supersteps
        return {
            "values": self._values() if number == self.checkpoints else self.values,
            "next": [] if number == self.checkpoints else ["work"],
            "tasks": [] if number == self.checkpoints else [task],
            "metadata": {"source": source, "step": number, "run_id": RUN if newest else f"{RUN[:-6]}{group:06}"},
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


_STAMP = 1_767_323_045_000
"""Milliseconds of the time stamp that a stream begins with; each event has one of its own."""
_ANSWER = "lc_run--01a20000-0000-7000-8000-0000000000bb"
_ABOUT = {
    "created_by": "system",
    "graph_id": "load",
    "assistant_id": ASSISTANT,
    "run_attempt": 1,
    "langgraph_version": "1.2.22",
    "langgraph_api_version": "0.16.7",
    "langgraph_plan": "enterprise",
    "langgraph_host": "self-hosted",
    "langgraph_api_url": "http://127.0.0.1:2024",
    "run_id": RUN,
}
"""What real servers put into the metadata of each task and token."""
_ABOUT_TOKEN = {
    **_ABOUT,
    "thread_id": THREAD,
    "user_id": "",
    "langgraph_auth_user_id": "",
    "langgraph_request_id": "c828d007-dbe2-4d55-9434-ca6e496ec2bf",
    "langgraph_triggers": ["branch:to:work"],
    "langgraph_path": ["__pregel_pull", "work"],
    "checkpoint_ns": "work:00000000-0000-4000-8000-000000000000",
    "ls_integration": "langchain_chat_model",
    "ls_provider": "scripted",
    "ls_model_type": "chat",
}
_FULL_TASK = f',"metadata":{json.dumps(_ABOUT, separators=(",", ":"))}'
_FULL_CHUNK = (
    '"additional_kwargs":{},"response_metadata":{},"name":null,"tool_calls":[],"invalid_tool_calls":[],'
    '"usage_metadata":null,"chunk_position":null,'
)
_FULL_TOKEN = f",{json.dumps(_ABOUT_TOKEN, separators=(',', ':'))[1:-1]}"


def _event(name: str, value: Any, number: int) -> bytes:
    return f"event: {name}\r\ndata: {json.dumps(value)}\r\nid: {_STAMP + number}-0\r\n\r\n".encode()


def _task_event(index: int, full: bool) -> bytes:
    number, finished = divmod(index, 2)
    head = f'{{"id":"00000000-0000-4000-8000-{number:012x}","name":"work",'
    rest = (
        f'"error":null,"result":{{"log":["entry {number}"]}},"interrupts":[]}}'
        if finished
        else f'"input":{{"n":{number}}},"triggers":["branch:to:work"]{_FULL_TASK if full else ""}}}'
    )
    return f"event: tasks\r\ndata: {head}{rest}\r\nid: {_STAMP + 2 + index}-0\r\n\r\n".encode()


def _token(index: int) -> str:
    return "```python\n" if index == 200 else ("line\n" if index % 12 == 11 else f"token{index} ")


def _token_event(index: int, full: bool) -> bytes:
    text = _token(index).replace("\n", "\\n")
    return (
        'event: messages\r\ndata: [{"content":"'
        + text
        + f'","type":"AIMessageChunk","id":"{_ANSWER}",'
        + (_FULL_CHUNK if full else "")
        + '"tool_call_chunks":[]},{"langgraph_node":"work","langgraph_step":1,"langgraph_checkpoint_ns":'
        '"work:00000000-0000-4000-8000-000000000000"' + (_FULL_TOKEN if full else "") + "}]\r\n"
        f"id: {_STAMP + 2 + index}-0\r\n\r\n"
    ).encode()


def _custom_event(index: int, full: bool) -> bytes:
    value = {"progress": index, **({"about": _ABOUT} if full else {})}
    return _event("custom", value, 2 + index)


def _step_ref(number: int) -> dict[str, str]:
    return {"thread_id": THREAD, "checkpoint_ns": "", "checkpoint_id": f"1f1e6fd0-0001-6000-8000-{number:012x}"}


def _step_event(index: int, full: bool) -> bytes:
    """One of the five events of a superstep in the modes that the program asks for."""
    number, part = divmod(index, 5)
    task = f'"id":"00000000-0000-4000-8000-{number:012x}","name":"work"'
    if part == 0:
        own, before = json.dumps(_step_ref(number)), json.dumps(_step_ref(max(0, number - 1)))
        name, data = "checkpoints", (
            f'{{"values":{{"log":["one","two"]}},"next":["work"],"tasks":[{{{task},"state":null,"interrupts":[]}}],'
            f'"metadata":{{"source":"loop","step":{number},"run_id":"{RUN}"}},"checkpoint":{own},'
            f'"config":{{"configurable":{own}}},"parent_config":{{"configurable":{before}}}}}'
        )  # fmt: skip
    elif part == 1:
        about = _FULL_TASK if full else ""
        name, data = "tasks", f'{{{task},"input":{{"n":{number}}},"triggers":["branch:to:work"]{about}}}'
    elif part == 2:
        name, data = "updates", f'{{"work":{{"log":["entry {number}"]}}}}'
    elif part == 3:
        name, data = "tasks", f'{{{task},"error":null,"result":{{"log":["entry {number}"]}},"interrupts":[]}}'
    else:
        name, data = "values", f'{{"log":["one","entry {number}"]}}'
    return f"event: {name}\r\ndata: {data}\r\nid: {_STAMP + 2 + index}-0\r\n\r\n".encode()


_MAKERS: dict[str, Callable[[int, bool], bytes]] = {
    "tasks": _task_event,
    "messages": _token_event,
    "custom": _custom_event,
    "steps": _step_event,
}


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--kind", default="tasks", choices=tuple(_MAKERS))
    parser.add_argument("--full", action="store_true", help="events as large as those of real servers")
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
