"""What is known of the server: who it is and what it can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from studio_tui.jsonkit.value import JsonObject


class ServerKind(StrEnum):
    """The families of servers whose behaviour differs (PROTOCOL §2, §22)."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    AEGRA = "aegra"
    OLD_PYTHON = "old python"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether a feature works on this server; `reason` is shown where it does not."""

    works: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The answer of the capability probe."""

    base_url: str
    kind: ServerKind = ServerKind.UNKNOWN
    version: str = ""
    library_version: str = ""
    in_memory: bool = False
    """State may vanish on restart."""
    latency: float | None = None
    """Seconds of one `/info` round trip."""
    capabilities: dict[str, Capability] = field(default_factory=dict)
    """Keys: crons, store, thread_stream, threads_count, assistants_count, prune, storage, run_breakpoints,
    input_null, replay, sticky_checkpoint, resume_map, stateless, join, tasks_mode, extract."""
    raw: JsonObject = field(default_factory=dict)

    def can(self, name: str) -> Capability:
        """Return the capability called `name`; an unprobed one counts as working."""
        return self.capabilities.get(name, Capability(True))
