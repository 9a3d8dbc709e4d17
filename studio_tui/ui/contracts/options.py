"""What the command line hands to the terminal UI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from studio_tui.config.paths import Paths, find_paths, here

if TYPE_CHECKING:
    from studio_tui.client.target import Target
    from studio_tui.config.schema import Profile
    from studio_tui.config.servers import ServerChoice, Servers
    from studio_tui.core.connection.ports import ClientFactory
    from studio_tui.core.recording.replay import Offline
    from studio_tui.local import LocalServer


class UiOptions(Struct, frozen=True):
    """How one session of the UI starts."""

    target: Target | None = None
    """The server to connect to at once."""
    choice: ServerChoice | None = None
    """The server that the command line chose; asks first where a key waits for a yes. Without `target`, `choice` and
    `local` the Connect screen opens."""
    local: LocalServer | None = None
    """A development server that this session starts, shows the log of, and stops."""
    studio_user: bool = True
    """A project's own server with auth is used as the Studio user."""
    offline: Offline | None = None
    """A recording that stands in for the server."""
    make_client: ClientFactory | None = None
    """Makes the clients of servers; None makes them as usual."""
    assistant: str = ""
    """Assistant id, name or graph id to select; empty selects the first."""
    assistant_asked: bool = True
    """Whether the user named the assistant for this start; else it is a profile's, or the one used last."""
    thread: str = ""
    panel: str = ""
    """The panel to go to once `thread` is open; empty leaves the focus in the composer."""
    at: str = ""
    """Checkpoint of `thread` to put the time cursor on."""
    theme: str = "studio-dark"
    theme_from: str = ""
    """What names the theme of this start, in words (`--theme`, a config file); empty where none does."""
    ascii: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id to key, from the config file."""
    reduced_motion: bool = False
    log_file: str = ""
    """Where crash traces go; empty keeps them in a private file of the state folder."""
    servers: Servers | None = None
    """Decides which key goes to which server; None knows no keys (tests)."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """Servers that have a name, and what the config says of each: URL, colour, read-only, assistant."""
    paths: Paths = field(default_factory=find_paths)
    """Where everything lies that is kept between sessions."""
    recent: Sequence[str] = ()
    """Base URLs of servers used before, newest first."""

    @property
    def remembers(self) -> bool:
        """Whether servers, views and breakpoints are kept; of a recording nothing can be gone on with."""
        return self.offline is None

    @property
    def place(self) -> str:
        """What this session starts with, by a name that the next start of the same has too.

        The server's URL; for a server of its own the project, since each start may have another port; else the folder.
        """
        if self.local is not None:
            return self.local.launch.place
        named = self.target or self.choice
        return named.base_url if named is not None else f"folder {here()}"
