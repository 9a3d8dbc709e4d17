"""The command line in this process, on a server in memory that counts what is written to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import CheckpointId, ThreadId, default_assistant_id
from studio_tui.domain.server import ServerKind
from studio_tui.domain.thread import RunInfo, Thread
from studio_tui.errors import NotFoundError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.wire.decode import assistant_of
from studio_tui.wire.decode_state import checkpoint_of
from studio_tui.wire.page import Page
from tests.by_command import Cli as Cli
from tests.by_command import Said, say
from tests.core.fakes import QUICK, THREAD, FakeClient


class CliServer(FakeClient):
    """A fake server with all that the command line asks for; `writes` holds every write, in order."""

    def __init__(self) -> None:
        super().__init__(ServerKind.PYTHON)
        self.listed: list[Assistant] = [assistant("demo")]
        self.graph_answer: JsonObject = {"nodes": [{"id": "a"}], "edges": []}
        self.schemas_answer: Schemas = Schemas("demo")
        self.writes: list[tuple[str, Any]] = []
        self.runs_of: dict[ThreadId, list[RunInfo]] = {}
        self.items: dict[tuple[str, ...], JsonObject] = {}
        self.crons_listed: list[JsonObject] = []

    async def dialect(self) -> Dialect:
        return self.server.dialect

    async def all_assistants(self, cap: int = 2000, *, start: int = 0) -> list[Assistant]:
        self._called("assistants")
        return self.listed

    async def assistants(self, **_: Any) -> Page[Assistant]:
        return Page(self.listed)

    async def assistant(self, assistant_id: str) -> Assistant:
        for item in self.listed:
            if item.assistant_id == assistant_id:
                return item
        raise NotFoundError("No such assistant", status=404)

    async def assistant_versions(self, assistant_id: str, **_: Any) -> Page[Assistant]:
        return Page([await self.assistant(assistant_id)])

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        self._called(f"graph {assistant_id}")
        return self.graph_answer

    async def schemas(self, assistant_id: str) -> Schemas:
        self._called("schemas")
        return self.schemas_answer

    async def create_assistant(self, body: JsonObject) -> Assistant:
        fields: dict[str, Any] = dict(body)
        graph_id, assistant_id = fields.pop("graph_id"), fields.pop("assistant_id")
        self.writes.append(("create_assistant", fields))
        self.listed.append(assistant(graph_id, assistant_id, **fields))
        return self.listed[-1]

    async def update_assistant(self, assistant_id: str, changes: JsonObject) -> Assistant:
        self.writes.append(("update_assistant", dict(changes)))
        return await self.assistant(assistant_id)

    async def delete_assistant(self, assistant_id: str, **_: Any) -> None:
        self.writes.append(("delete_assistant", assistant_id))

    async def update_state(self, thread_id: ThreadId, values: Json, **options: Any) -> JsonObject:
        self.writes.append(("update_state", values))
        return {"checkpoint": {"checkpoint_id": self.histories[thread_id][0].checkpoint_id}}

    async def create_thread(self, **options: Any) -> Thread:
        self.writes.append(("create_thread", options))
        return await super().create_thread(**options)

    async def delete_thread(self, thread_id: ThreadId) -> None:
        self.writes.append(("delete_thread", thread_id))
        await super().delete_thread(thread_id)

    async def prune_threads(self, thread_ids: Sequence[str], *, strategy: str = "delete") -> int | None:
        self.writes.append(("prune_threads", (list(thread_ids), strategy)))
        return len(thread_ids)

    async def state(self, thread_id: ThreadId, **options: Any) -> Any:
        options.pop("checkpoint", None)
        return await super().state(thread_id, **options)

    async def history(self, thread_id: ThreadId, **options: Any) -> Any:
        options.pop("checkpoint", None)
        return await super().history(thread_id, **options)

    async def runs(self, thread_id: ThreadId, *, limit: int = 20, offset: int = 0) -> list[RunInfo]:
        if thread_id in self.runs_of:
            return self.runs_of[thread_id][offset : offset + limit]
        return await super().runs(thread_id, limit=limit, offset=offset)

    async def run(self, thread_id: ThreadId, run_id: Any) -> RunInfo:
        for item in self.runs_of.get(thread_id, ()):
            if item.run_id == run_id:
                return item
        return await super().run(thread_id, run_id)

    async def delete_run(self, thread_id: ThreadId, run_id: Any) -> None:
        self.writes.append(("delete_run", run_id))

    async def store_put(self, namespace: Sequence[str], key: str, value: JsonObject, **_: Any) -> None:
        self.writes.append(("store_put", (tuple(namespace), key, value)))
        self.items[(*namespace, key)] = {"namespace": list(namespace), "key": key, "value": value}

    async def store_get(self, namespace: Sequence[str], key: str) -> JsonObject | None:
        return self.items.get((*namespace, key))

    async def store_items(
        self, prefix: Sequence[str], *, query: str = "", filter: JsonObject | None = None, limit: int, offset: int
    ) -> list[JsonObject]:
        self._called(f"store_items query={query} filter={filter or {}}")
        found = [item for path, item in self.items.items() if path[: len(prefix)] == tuple(prefix)]
        return found[offset : offset + limit]

    async def store_delete(self, namespace: Sequence[str], key: str) -> None:
        self.writes.append(("store_delete", (*namespace, key)))
        del self.items[(*namespace, key)]

    async def crons(self, *, limit: int = 100, offset: int = 0, **_: Any) -> list[JsonObject]:
        return self.crons_listed[offset : offset + limit]

    async def create_cron(self, body: JsonObject, *, thread_id: ThreadId | str | None = None) -> JsonObject:
        self.writes.append(("create_cron", {**body, "thread_id": thread_id}))
        return {"cron_id": "c1", "schedule": body.get("schedule")}

    async def update_cron(self, cron_id: str, changes: JsonObject) -> JsonObject:
        self.writes.append(("update_cron", (cron_id, changes)))
        return {"cron_id": cron_id, **changes}

    async def delete_cron(self, cron_id: str) -> None:
        self.writes.append(("delete_cron", cron_id))

    @property
    def started(self) -> list[JsonObject]:
        """The bodies of the runs that were started."""
        return self.bodies


def assistant(graph_id: str, assistant_id: str = "", name: str = "", **fields: Any) -> Assistant:
    """An assistant; without an id it is its graph's default one."""
    raw = {
        "assistant_id": assistant_id or default_assistant_id(graph_id), "graph_id": graph_id, "name": name or graph_id,
        "metadata": {} if assistant_id else {"created_by": "system"}, "version": 1, "config": {}, "context": {},
        **fields,
    }  # fmt: skip
    made = assistant_of(raw)
    assert made is not None
    return made


def paused(server: CliServer, *asked: JsonObject, values: Json = None, next: Sequence[str] = ()) -> ThreadId:
    """Put a thread on the server that waits: at questions (`{"id", "value", "node"}`), or at a breakpoint."""
    tasks = [
        {
            "id": f"t{number}",
            "name": item.get("node", "ask"),
            "interrupts": [{k: v for k, v in item.items() if k != "node"}],
        }
        for number, item in enumerate(asked)
    ]
    nodes = list(next) or [str(task["name"]) for task in tasks]
    tasks += [{"id": f"n{name}", "name": name, "interrupts": []} for name in next]
    row: Any = {
        "values": values or {}, "next": nodes, "tasks": tasks,
        "metadata": {"step": 1, "source": "loop", "graph_id": "demo"},
        "checkpoint": {"thread_id": THREAD, "checkpoint_id": "1f01", "checkpoint_ns": ""},
        "parent_checkpoint": None, "created_at": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    head = checkpoint_of(row, THREAD)
    server.heads[THREAD], server.histories[THREAD] = head, [head]
    server.thread_rows[THREAD] = Thread(THREAD, graph_id="demo", assistant_id=default_assistant_id("demo"))
    assert head.checkpoint_id == CheckpointId("1f01")
    return THREAD


def cli_on(server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Cli:
    """Return a function that runs the program on `server` and tells what came out."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(home)
    monkeypatch.setattr("studio_tui.client.api.Client", lambda *_, **__: server)
    monkeypatch.setattr("studio_tui.core.connection.runtime.Timings", lambda: QUICK)

    def run(*words: str) -> Said:
        capsys.readouterr()
        return say(capsys, *words, "--base-url", "http://127.0.0.1:9")

    return run
