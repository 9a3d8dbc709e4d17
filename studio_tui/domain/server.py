"""What is known of the server: who it is, how it speaks and what it can do."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct, field

from studio_tui.domain.dialect import FAMILIES, Dialect, ServerKind
from studio_tui.jsonkit.value import JsonObject

__all__ = [
    "CAPABILITIES", "NOTHING", "Capability", "CapabilityName", "Description", "Dialect", "Greeting", "ServerInfo",
    "ServerKind",
]  # fmt: skip

CapabilityName = Literal[
    "assistants", "threads", "runs", "stateless", "store", "crons",
    "run_breakpoints", "input_null", "replay", "resume_map", "join", "tasks_mode",
    "thread_stream", "threads_count", "assistants_count", "copy", "prune", "storage", "extract",
]  # fmt: skip
"""Every feature that the probe decides on."""
CAPABILITIES: tuple[CapabilityName, ...] = get_args(CapabilityName)


class Capability(Struct, frozen=True):
    """Whether a feature works on this server; `reason` is shown where it does not."""

    works: bool
    reason: str = ""


_WORKS = Capability(True)


class ServerInfo(Struct, frozen=True):
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
    """By `CapabilityName`; one that is not there is not known yet, and may be tried."""
    raw: JsonObject = field(default_factory=dict)
    seen_dialect: Dialect | None = None
    """How it speaks, as far as it showed that."""
    place: str = ""
    """A name that it has at every start, where its address changes."""

    @property
    def lasting_name(self) -> str:
        """What is kept on disk for this server is kept under this name."""
        return self.place or self.base_url

    @property
    def dialect(self) -> Dialect:
        """How it speaks; as its family does where it showed nothing else."""
        return self.seen_dialect or FAMILIES[self.kind]

    def can(self, name: CapabilityName) -> Capability:
        """Return the capability called `name`; ValueError when the probe knows none of this name."""
        if name not in CAPABILITIES:
            raise ValueError(f"no capability is called {name!r}")
        return self.capabilities.get(name, _WORKS)


class Description(Struct, frozen=True):
    """What the OpenAPI file of a server says, cut down to what is read of it, and of which versions it is."""

    version: str = ""
    library_version: str = ""
    spec: JsonObject = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    """What such a server is asked beside, once it is known who it is."""

    def is_of(self, info: ServerInfo) -> bool:
        """Whether this server still says so: another version may not, and one without a version says nothing."""
        same = (self.version, self.library_version) == (info.version, info.library_version)
        return same and bool(self.spec and info.version)


NOTHING = Description()


class Greeting(Struct, frozen=True):
    """What a server tells at once."""

    info: ServerInfo
    is_described: bool = True
    """What its OpenAPI file says is in there; else what depends on it is not known yet."""
    has_more: bool = False
    """The OpenAPI file is to be read, for the first time or again."""
