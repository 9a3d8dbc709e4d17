"""Assistants: a graph plus config, context and metadata, in numbered versions."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from studio_tui.domain.ids import AssistantId, NodeId
from studio_tui.jsonkit.value import Json, JsonObject


class Assistant(Struct, frozen=True):
    """One assistant at its current version; times are unix seconds."""

    assistant_id: AssistantId
    graph_id: str
    name: str
    description: str | None = None
    version: int = 1
    config: JsonObject = field(default_factory=dict)
    context: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    created_at: float | None = None
    updated_at: float | None = None
    raw: JsonObject = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it goes by: its name, where it has one (raw text)."""
        return self.name or self.graph_id

    @property
    def is_default(self) -> bool:
        """Whether the server made it for the graph itself."""
        return self.metadata.get("created_by") == "system"


class Schemas(Struct, frozen=True):
    """JSON Schemas of an assistant's graph; any may be None (PROTOCOL §3.1)."""

    graph_id: str = ""
    input: Json = None
    output: Json = None
    state: Json = None
    config: Json = None
    context: Json = None
    problem: str = ""
    """Why the schemas could not be had, or empty (safe text)."""

    @property
    def effective_input(self) -> Json:
        """The schema a form is built from: input, else state, else None."""
        return self.input if self.input is not None else self.state


class SubgraphSchemas(Struct, frozen=True):
    """The schemas of a graph's subgraphs, by the node that runs each."""

    of: Mapping[NodeId, Schemas] = field(default_factory=dict)
    problem: str = ""
    """Why they could not be had, or empty (safe text)."""
