"""Every place on disk that studio-tui reads or writes, by the XDG rules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP = "studio-tui"
PROJECT_FILE = ".studio-tui.toml"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and files of one user; nothing is created by naming it."""

    config_dir: Path
    state_dir: Path
    project_file: Path

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
    home = Path(env.get("HOME") or Path.home())
    return Paths(
        config_dir=_xdg(env, "XDG_CONFIG_HOME", home / ".config") / APP,
        state_dir=_xdg(env, "XDG_STATE_HOME", home / ".local" / "state") / APP,
        project_file=(cwd or Path.cwd()) / PROJECT_FILE,
    )


def _xdg(env: Mapping[str, str], name: str, default: Path) -> Path:
    value = env.get(name, "")
    # The XDG specification says that relative paths are to be ignored.
    return Path(value) if value.startswith("/") else default


def private_dir(path: Path) -> Path:
    """Create `path` (and parents) so that only the user may read it, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` with mode 0600, all or nothing (write, fsync, rename). Raises OSError."""
    private_dir(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
