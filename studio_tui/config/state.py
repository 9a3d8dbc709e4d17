"""What is remembered between sessions: servers used, and what was open on each. No secret ever enters it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import asdict

from studio_tui.config.private_store import PrivateFile

_KEEP = 20
_LIMIT = 1_000_000


class Remembered(Struct):
    """Newest server first; `last` maps a server to what was open there."""

    servers: list[str] = field(default_factory=list)
    last: dict[str, dict[str, str]] = field(default_factory=dict)
    theme: str = ""

    def used(self, base_url: str, **opened: str) -> None:
        """Note that `base_url` was used, with what was open on it (`assistant`, `thread`, `panel`)."""
        self.servers = [base_url, *(url for url in self.servers if url != base_url)][:_KEEP]
        self.last[base_url] = {**self.last.get(base_url, {}), **opened}
        self.last = {url: self.last[url] for url in self.servers if url in self.last}

    def name(self, base_url: str) -> None:
        """Note that the user named this server: picking it from the list is like typing it. Not trust of a file."""
        self.last.setdefault(base_url, {})["named"] = "yes"

    def is_named(self, base_url: str) -> bool:
        """Tell whether the user named this server in an earlier session."""
        return self.last.get(base_url, {}).get("named") == "yes"


def read_state(path: Path) -> Remembered:
    """Return what is remembered; a missing or damaged file is an empty memory."""
    data = PrivateFile(path, _LIMIT).read()
    servers = data.get("servers")
    last = data.get("last")
    theme = data.get("theme")
    return Remembered(
        servers=[url for url in servers if isinstance(url, str)][:_KEEP] if isinstance(servers, list) else [],
        last={
            url: {name: value for name, value in opened.items() if isinstance(value, str)}
            for url, opened in (last.items() if isinstance(last, dict) else ())
            if isinstance(opened, dict)
        },
        theme=theme if isinstance(theme, str) else "",
    )


def write_state(path: Path, state: Remembered) -> None:
    """Save `state`. Raises OSError."""
    PrivateFile(path, _LIMIT).write(asdict(state))
