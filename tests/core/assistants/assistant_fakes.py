"""Servers that keep assistants in memory, each with the habits of one kind of server (PROTOCOL §3)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from studio_tui.core.assistants.versions import AssistantVersions
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.dialect import FAMILIES
from studio_tui.domain.server import ServerKind
from studio_tui.errors import NotFoundError, RejectedError, StudioError
from studio_tui.jsonkit.value import JsonObject
from studio_tui.wire.decode import assistant_of
from studio_tui.wire.page import Page

Row = dict[str, Any]


@dataclass
class AssistantServer:
    """Merges metadata, ignores empty configs, mirrors settings; `forgets_context`: as in-memory servers point back."""

    kind: ServerKind = ServerKind.PYTHON
    forgets_context: bool = True
    rows: dict[str, Row] = field(default_factory=dict)
    versions: dict[str, list[Row]] = field(default_factory=dict)
    sent: list[tuple[str, Row]] = field(default_factory=list)
    errors: list[StudioError] = field(default_factory=list)
    """Raised by the next writes."""
    lost_answers: list[StudioError] = field(default_factory=list)
    """Raised by the next writes after they were carried out."""
    graphs_schemas: Schemas = field(default_factory=Schemas)

    def controller(self) -> AssistantVersions:
        """Return a controller on this server."""
        return AssistantVersions(lambda fn: fn(self), lambda: FAMILIES[self.kind])

    async def assistant(self, assistant_id: str) -> Assistant:
        if assistant_id not in self.rows:
            raise NotFoundError("Not found: assistant", status=404)
        return _decoded(self.rows[assistant_id])

    async def assistant_versions(self, assistant_id: str, *, limit: int = 100, offset: int = 0) -> Page[Assistant]:
        if assistant_id not in self.versions:
            raise NotFoundError("Not found: versions", status=404)
        found = list(reversed(self.versions[assistant_id]))
        more = offset + limit if offset + limit < len(found) else None
        return Page([_decoded(row) for row in found[offset : offset + limit]], more)

    async def schemas(self, _assistant_id: str) -> Schemas:
        return self.graphs_schemas

    async def create_assistant(self, body: JsonObject) -> Assistant:
        fields: dict[str, Any] = dict(body)
        graph_id, assistant_id = fields.pop("graph_id"), fields.pop("assistant_id")
        self._write("create", fields)
        row: Row = {"assistant_id": assistant_id, "graph_id": graph_id, "description": None, "version": 1}
        row |= {"config": {}, "context": {}, "metadata": {}, "created_at": "2026-01-02T03:04:05+00:00", **fields}
        self._mirror(row)
        self.rows[assistant_id], self.versions[assistant_id] = row, [copy.deepcopy(row)]
        self._answer()
        return _decoded(row)

    async def update_assistant(self, assistant_id: str, changes: JsonObject) -> Assistant:
        self._write("update", dict(changes))
        row = self.rows[assistant_id]
        given = {key: part for key, part in changes.items() if key != "config" or part}
        if self.kind is ServerKind.PYTHON and given.get("context") and given.get("config", {}).get("configurable"):  # type: ignore[union-attr]
            raise RejectedError("Cannot specify both configurable and context.", status=400)
        fresh = {**row, **given, "metadata": {**row["metadata"], **dict(changes.get("metadata") or {})}}  # type: ignore[arg-type]
        fresh["version"] = max(item["version"] for item in self.versions[assistant_id]) + 1
        self._mirror(fresh, set(given))
        self.rows[assistant_id] = fresh
        self.versions[assistant_id].append(copy.deepcopy(fresh))
        self._answer()
        return _decoded(fresh)

    async def set_assistant_version(self, assistant_id: str, version: int) -> Assistant:
        self._write("latest", {"version": version})
        found = next((row for row in self.versions[assistant_id] if row["version"] == version), None)
        if found is None:
            raise NotFoundError(f"Version {version} not found", status=404)
        old = self.rows[assistant_id]
        self.rows[assistant_id] = {**found, "context": old["context"] if self.forgets_context else found["context"]}
        return _decoded(self.rows[assistant_id])

    async def delete_assistant(self, assistant_id: str, *, delete_threads: bool = False) -> None:
        self._write("delete", {"threads": delete_threads})
        del self.rows[assistant_id], self.versions[assistant_id]

    def _write(self, what: str, body: Row) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((what, copy.deepcopy(body)))

    def _answer(self) -> None:
        if self.lost_answers:
            raise self.lost_answers.pop(0)

    def _mirror(self, row: Row, given: set[str] | None = None) -> None:
        given = {"config", "context"} if given is None else given
        if self.kind is not ServerKind.PYTHON:
            return
        if "context" in given and row["context"]:
            row["config"] = {**row["config"], "configurable": row["context"]}
        elif "config" in given and row["config"].get("configurable"):
            row["context"] = row["config"]["configurable"]


def _decoded(row: Row) -> Assistant:
    found = assistant_of(copy.deepcopy(row))
    assert found is not None
    return found
