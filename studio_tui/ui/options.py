"""What the command line hands to the terminal UI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio_tui.client.target import Target
    from studio_tui.local import LocalServer


@dataclass(frozen=True, slots=True)
class UiOptions:
    """How one session of the UI starts."""

    target: Target | None = None
    """The server to connect to; None opens the Connect screen, unless `local` is given."""
    local: LocalServer | None = None
    """A development server that this session starts, shows the log of, and stops."""
    assistant: str = ""
    """Assistant id, name or graph id to select; empty selects the first."""
    thread: str = ""
    at: str = ""
    """Checkpoint of `thread` to put the time cursor on."""
    theme: str = "studio-dark"
    ascii: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id to key, from the config file."""
    reduced_motion: bool = False
    log_file: str = ""
    """Where crash traces go; empty keeps them in a private file of the state folder."""
    recent: Sequence[str] = ()
    """Base URLs of servers used before, newest first."""
