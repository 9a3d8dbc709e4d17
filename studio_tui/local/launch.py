"""What to start for the demo: command, environment, private folder; and the words for a missing extra."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from studio_tui.config.paths import Paths
from studio_tui.config.private_store import private_dir
from studio_tui.errors import LocalServerError

PAGE_GUARD = Path(__file__).resolve().with_name("page_guard.py")
APP_FOLDER = Path(__file__).resolve().parent.parent / "demo" / "app"

_OWN_FOLDER = re.compile(r"(\d+)-[0-9a-f]{8}")
NO_ORIGIN = "null.invalid"
"""An origin that no web page has: an empty text might be read as unset, which means every page."""
_KEEP_SECONDS = 24 * 3600
_FOREIGN_SETTINGS = re.compile(
    r"(LANGSMITH|LANGCHAIN|LANGGRAPH|LSD|OTEL|REDIS|POSTGRES|DATABASE|MOUNT|BG_JOB|N_JOBS)_?|\w+_API_KEY$"
)


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start one server."""

    command: tuple[str, ...]
    """Program and arguments; `{port}` stands for the port."""
    folder: Path
    """Working directory; with `private_copy` the place for the copies of the demo app."""
    env: Mapping[str, str] = field(repr=False)
    title: str
    """How messages name the server."""
    private_copy: bool = False
    """Every start works in a fresh copy of the demo app, removed at the end."""
    grace: float = 6.0
    """Seconds between the polite and the impolite request to stop."""
    timeout: float = 90.0
    """Seconds until a server that does not answer counts as failed."""
    port: int = 0
    """0 picks a free one."""
    waits_for: str = ""
    """What its start waits for besides itself (display text), or empty."""
    has_auth: bool = False
    """The project checks who asks, and lets the Studio user in."""

    @property
    def place(self) -> str:
        """A name that the next start of the same project has too; the port may be another one."""
        return f"local {self.title if self.private_copy else self.folder}"


@dataclass(frozen=True, slots=True)
class DevOptions:
    """What `dev` passes through to the development server."""

    allow_blocking: bool = False
    """Calls that block the event loop are no errors."""
    n_jobs_per_worker: int = 10
    """Runs at the same time."""
    debug_port: int = 0
    """Where a Python debugger may attach; 0 is nowhere."""
    wait_for_client: bool = False
    """Start only when the debugger is there."""
    hosts: tuple[str, ...] = ()
    """More host names that mean this server: of a tunnel or a proxy before it."""


def demo_launch(paths: Paths, environ: Mapping[str, str] | None = None) -> Launch:
    """Say how to serve the demo app. Raises LocalServerError when the extra is missing."""
    environ = os.environ if environ is None else environ
    require_server_packages()
    env = {name: value for name, value in environ.items() if not _FOREIGN_SETTINGS.match(name)}
    env |= quiet_env(env)
    env |= {"LANGSMITH_TRACING": "false", "LANGGRAPH_NO_VERSION_CHECK": "true", "PYTHONUTF8": "1"}
    # The graphs import their scripted model from this package, also when it runs from a source tree.
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(APP_FOLDER.parents[2]), env.get("PYTHONPATH"))))
    return Launch(
        command=python_command(sys.executable, reload=False),
        folder=paths.demo_dir,
        env=env,
        title="the demo server",
        private_copy=True,
        grace=0.3,
    )


def demo_folder(home: Path) -> Path:
    """Copy the demo app to a new private folder below `home`; what dead demos left there long ago is removed."""
    try:
        private_dir(home)
        _prune(home)
        folder = home / f"{os.getpid()}-{secrets.token_hex(4)}"
        shutil.copytree(APP_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", ".langgraph_api"))
        folder.chmod(0o700)
    except OSError as error:
        raise LocalServerError(
            "The demo app could not be copied to a private folder",
            str(error),
            "Make the folder writable, or point XDG_STATE_HOME to another place.",
        ) from error
    return folder


def python_command(
    python: str, *, reload: bool, config: str = "", options: DevOptions | None = None
) -> tuple[str, ...]:
    """The command line of `langgraph dev` on loopback."""
    options = options or DevOptions()
    command = [python, str(PAGE_GUARD), "dev", "--no-browser", "--host", "127.0.0.1", "--port", "{port}"]
    command += ["--n-jobs-per-worker", str(options.n_jobs_per_worker)]
    if options.allow_blocking:
        command.append("--allow-blocking")
    if options.debug_port:
        command += ["--debug-port", str(options.debug_port)]
    if options.wait_for_client:
        command.append("--wait-for-client")
    if not reload:
        command.append("--no-reload")
    if config:
        command += ["--config", config]
    return tuple(command)


def quiet_env(env: Mapping[str, str]) -> dict[str, str]:
    """Settings for every server: plain log lines at once, no usage statistics and no web pages unless asked for."""
    return {
        "LANGGRAPH_CLI_NO_ANALYTICS": env.get("LANGGRAPH_CLI_NO_ANALYTICS", "1"),
        # By default any web page may read and write the server; `http.cors` and the project's env file outrank this.
        "CORS_ALLOW_ORIGINS": env.get("CORS_ALLOW_ORIGINS", NO_ORIGIN),
        "LOG_COLOR": "false",
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }


def require_server_packages() -> None:
    """Raise LocalServerError with the exact install command when the extra `local` is missing."""
    missing = [name for name in ("langgraph_cli", "langgraph_api") if importlib.util.find_spec(name) is None]
    if missing:
        raise LocalServerError(
            "The local development server is not installed",
            f"Python package missing: {', '.join(missing)}",
            f"Install it with: {install_command(Path(sys.prefix))}",
        )


SERVER_PACKAGE = "langgraph-cli[inmem]"
"""What the extra `local` consists of. Hints name this published package, never one called studio-tui."""


def install_command(prefix: Path) -> str:
    """The command that adds the server to the environment at `prefix`, by the tool that made it."""
    places = prefix.parts
    if "pipx" in places:
        return f"pipx inject studio-tui '{SERVER_PACKAGE}'"
    if "uv" in places and "tools" in places:
        return f"uv tool install --force --with '{SERVER_PACKAGE}' {_installed_from(prefix)}"
    if "uv" in places and any(part.startswith("archive-") for part in places):
        return f"uvx --with '{SERVER_PACKAGE}' --from {_installed_from(prefix)} studio-tui demo"
    if _made_by_uv(prefix):
        return f"uv pip install '{SERVER_PACKAGE}'"
    return f"{shlex.quote(str(prefix / 'bin' / 'python'))} -m pip install '{SERVER_PACKAGE}'"


def _installed_from(prefix: Path) -> str:
    """The checkout or wheel that studio-tui was installed from (PEP 610), quoted for a shell."""
    for record in sorted(prefix.glob("lib/python3*/site-packages/studio_tui-*.dist-info/direct_url.json")):
        with suppress(OSError, ValueError, RecursionError, AttributeError):
            url = urlsplit(json.loads(record.read_text(encoding="utf-8")).get("url", ""))
            if url.scheme == "file" and url.path:
                return shlex.quote(unquote(url.path))
    return "CHECKOUT_OR_WHEEL"


def _made_by_uv(prefix: Path) -> bool:
    try:
        return re.search(r"^uv\s*=", (prefix / "pyvenv.cfg").read_text(encoding="utf-8"), re.MULTILINE) is not None
    except OSError:
        return False


def free_port() -> int:
    """A free loopback port below the range from which systems take ports for outgoing connections."""
    for _ in range(200):
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LocalServerError("No free port", "200 ports between 20000 and 29999 are in use", "Close some local servers.")


def _prune(home: Path) -> None:
    for folder in home.iterdir():
        match = _OWN_FOLDER.fullmatch(folder.name)
        if match is None or folder.is_symlink() or _is_alive(int(match[1])):
            continue
        if time.time() - folder.stat().st_mtime > _KEEP_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
