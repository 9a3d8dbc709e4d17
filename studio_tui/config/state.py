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
    projects: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was open on servers that were started for a project, by the lasting name of that."""

    def opened_on(self, base_url: str, place: str = "") -> dict[str, str]:
        """Return what was open on a server; one that was started for a project is known by its lasting name only."""
        return (self.projects.get(place) if place else self.last.get(base_url)) or {}

    def used_project(self, place: str, **opened: str) -> None:
        """Note what was open on the server of a project, newest last."""
        before = self.projects.pop(place, {})
        self.projects = dict([*self.projects.items(), (place, {**before, **opened})][-_KEEP:])

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
        last=_opened(last),
        theme=theme if isinstance(theme, str) else "",
        projects=_opened(data.get("projects")),
    )


def _opened(found: object) -> dict[str, dict[str, str]]:
    return {
        key: {name: value for name, value in opened.items() if isinstance(value, str)}
        for key, opened in (found.items() if isinstance(found, dict) else ())
        if isinstance(opened, dict)
    }


def write_state(path: Path, state: Remembered) -> None:
    """Save `state`. Raises OSError."""
    PrivateFile(path, _LIMIT).write(asdict(state))
