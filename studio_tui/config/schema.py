"""What can be configured, with types, defaults and one sentence each. Few options on purpose."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field


class Profile(Struct, frozen=True):
    """A named server: `[profiles.NAME]`."""

    name: str
    base_url: str
    """The server's URL, with a path prefix if it has one."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key sent as `x-api-key`."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers; a value may be `env:NAME` or `cmd:COMMAND`."""
    readonly: bool = False
    """Refuse every write to this server."""
    color: str = ""
    """Colour of the profile's name in the top row."""
    assistant: str = ""
    """Assistant id, name or graph id to open."""


class KeySetting(Struct, frozen=True):
    """An `api_key_env`, with who wrote it and for which server: a key goes nowhere else."""

    name: str
    """Name of the environment variable."""
    source: str
    """flag, env or user."""
    for_url: str = ""
    """The server that the same source names beside it; empty when it names none."""


class Settings(Struct, frozen=True):
    """All settings after merging defaults, files, environment and flags."""

    base_url: str = ""
    """The server to open when none is named on the command line."""
    profile: str = ""
    """The profile to open when none is named on the command line."""
    api_key_env: str = ""
    """Name of the environment variable that holds the key sent as `x-api-key`."""
    theme: str = "studio-dark"
    """Name of a theme file; what is chosen in the studio is kept where nothing names one."""
    ascii: bool = False
    """Draw with ASCII characters only."""
    reduced_motion: bool = False
    """Show no spinner and no blinking."""
    readonly: bool = False
    """Refuse every write to any server."""
    log_file: str = ""
    """Where to write the log; empty keeps it in memory."""
    keys: dict[str, str] = field(default_factory=dict)
    """Own keys by command id: `step = "f10"`."""
    profiles: dict[str, Profile] = field(default_factory=dict)
    """Named servers."""
    base_url_source: str = ""
    """Where `base_url` came from: flag, env, user, project, or empty."""
    theme_source: str = ""
    """Where `theme` came from: flag, env, user, project, or empty."""
    own_urls: tuple[str, ...] = ()
    """Every `base_url` that the user gave: by flag, environment or their own file; never a project's."""
    key_settings: tuple[KeySetting, ...] = ()
    """Every `api_key_env` that was given, the strongest last."""
    readonly_source: str = ""
    """Where `readonly = true` came from first; empty when nothing asks for it."""
    files: tuple[Path, ...] = ()
    """The files that were read."""
