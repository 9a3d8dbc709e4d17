"""Every place on disk that studio-tui reads or writes, by the XDG rules."""

from __future__ import annotations

import functools
import os
import pwd
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

APP = "studio-tui"
PROJECT_FILE = ".studio-tui.toml"


class Paths(Struct, frozen=True):
    """The folders and files of one user; nothing is created by naming it."""

    config_dir: Path
    state_dir: Path
    project_file: Path
    homeless: bool = False
    """No home folder is known: everything is below the system's folder for temporary files."""
    cache_dir: Path | None = None
    """What is made anew when it is missing; None keeps nothing of that kind."""

    @property
    def note(self) -> str:
        """What the user must know of these places; empty where they are the usual ones."""
        if not self.homeless:
            return ""
        return f"No home folder is known: what is kept between sessions is below {self.state_dir} for now."

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.config_dir / "config.toml"

    @property
    def themes_dir(self) -> Path:
        """The user's own themes."""
        return self.config_dir / "themes"

    @property
    def state_file(self) -> Path:
        """Remembered servers and selections."""
        return self.state_dir / "state.json"

    @property
    def theme_file(self) -> Path:
        """The theme that was chosen in the studio."""
        return self.state_dir / "theme"

    @property
    def trust_file(self) -> Path:
        """Which keys, by name, the user agreed to send to which origin."""
        return self.state_dir / "trusted.json"

    @property
    def log_file(self) -> Path:
        """Where crashes are written; also the default of `--log-file`."""
        return self.state_dir / "studio-tui.log"

    @property
    def server_log_file(self) -> Path:
        """The whole log of the last development server that did not start."""
        return self.state_dir / "server.log"

    @property
    def drafts_dir(self) -> Path:
        """Unsent input, one file per server, assistant and thread."""
        return self.state_dir / "drafts"

    @property
    def history_dir(self) -> Path:
        """Sent input, one file per assistant."""
        return self.state_dir / "history"

    @property
    def start_file(self) -> Path | None:
        """What every start would compile anew, for this Python."""
        return self.cache_dir and self.cache_dir / f"start-{sys.implementation.cache_tag}.bin"

    @property
    def clipboard_file(self) -> Path:
        """The last copied text, for terminals without a clipboard."""
        return self.state_dir / "clipboard.txt"

    @property
    def demo_dir(self) -> Path:
        """Private copies of the demo app, one per running demo."""
        return self.state_dir / "demo"


def find_paths(environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> Paths:
    """Return the paths for this environment and working directory."""
    env = os.environ if environ is None else environ
    home = home_folder(env)
    base = home or _temporary_home()
    config, state = _xdg(env, "XDG_CONFIG_HOME"), _xdg(env, "XDG_STATE_HOME")
    return Paths(
        config_dir=(config or base / ".config") / APP,
        state_dir=(state or base / ".local" / "state") / APP,
        project_file=(cwd or here()) / PROJECT_FILE,
        homeless=home is None and not (config and state),
        cache_dir=(_xdg(env, "XDG_CACHE_HOME") or base / ".cache") / APP,
    )


def home_folder(environ: Mapping[str, str] | None = None) -> Path | None:
    """Return the user's home folder: `$HOME`, unless it is empty or relative, else what the system says; or None."""
    env = os.environ if environ is None else environ
    home = env.get("HOME", "")
    if not home.startswith("/"):
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            return None
    return Path(home) if home.startswith("/") else None


def expanded(path: str | Path) -> Path:
    """Return a typed path with `~` at its beginning as the home folder; it stays as it is where there is none."""
    text = str(path)
    if text == "~" or text.startswith("~/"):
        home = home_folder()
        return home / text[2:] if home is not None else Path(text)
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody of this name
        return Path(text)


def here() -> Path:
    """Return the working folder; where it has been removed, its old place."""
    try:
        return Path.cwd()
    except OSError:
        old = os.environ.get("PWD", "")
        return Path(old if old.startswith("/") else "/nowhere")


def _temporary_home() -> Path:
    """A folder of this user's among the temporary files; the same one every time unless somebody else has it."""
    import tempfile

    folder = Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}"
    try:
        found = folder.lstat()
    except OSError:
        return folder
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return folder
    return Path(_own_folder())


@functools.cache
def _own_folder() -> str:
    import tempfile

    return tempfile.mkdtemp(prefix=f"{APP}-")


def _xdg(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "")
    # The XDG specification says that relative paths are to be ignored, and that empty is as good as not set.
    return Path(value) if value.startswith("/") else None
