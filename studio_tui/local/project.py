"""The user's own project: finds its langgraph.json, its language, and the interpreter that has its dependencies."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from studio_tui.errors import LocalServerError
from studio_tui.local.launch import APP_FOLDER, Launch, python_command, quiet_env, require_server_packages
from studio_tui.text.sanitize import clean

CONFIG_NAME = "langgraph.json"
SCHEMA_TIMEOUT = "LANGGRAPH_SCHEMA_RESOLVE_TIMEOUT_MS"
"""How long a JavaScript server works on the schemas of a graph; its own 30 s are short on a busy machine."""


def project_launch(path: Path, environ: Mapping[str, str] | None = None) -> Launch:
    """Say how to serve the project at or above `path`. Raises LocalServerError with what to do."""
    environ = os.environ if environ is None else environ
    config = find_config(path)
    settings = _read(config)
    env = {**environ, **quiet_env(environ)}
    name = clean(config.parent.name)
    if settings.get("node_version"):
        env = {SCHEMA_TIMEOUT: "60000", **env}
        return Launch(_javascript_command(config, environ), config.parent, env, f"the server of {name}")
    python = project_python(config.parent, environ)
    if python == sys.executable:
        require_server_packages()
    other_name = config.name if config.name != CONFIG_NAME else ""
    command = python_command(python, reload=True, config=other_name)
    return Launch(command, config.parent, env, f"the server of {name}")


def find_config(path: Path) -> Path:
    """The configuration file: `path` itself, or the nearest `langgraph.json` in it or above it."""
    start = path.expanduser().absolute()
    if start.is_file():
        return start
    if not start.is_dir():
        raise LocalServerError("No such folder", clean(str(start)), "Name the folder that holds langgraph.json.")
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise LocalServerError(
        f"No {CONFIG_NAME} found",
        f"looked in {clean(str(start))} and every folder above it",
        "Run studio-tui dev inside a LangGraph project, or name its folder: studio-tui dev PATH",
    )


def project_python(folder: Path, environ: Mapping[str, str]) -> str:
    """The interpreter for a Python project: its own environment if that can serve it, else the one running now."""
    own = [folder / ".venv", folder / "venv"]
    if active := environ.get("VIRTUAL_ENV"):
        own.append(Path(active))
    for place in own:
        python = place / "bin" / "python"
        if python.exists() and _can_serve(place):
            return str(python)
    return sys.executable


def first_graph(launch: Launch) -> str:
    """The graph that the served project names first; empty when its configuration cannot be read."""
    folder = APP_FOLDER if launch.private_copy else launch.folder
    name = launch.command[launch.command.index("--config") + 1] if "--config" in launch.command else CONFIG_NAME
    try:
        graphs = _read(folder / name).get("graphs")
    except LocalServerError:
        return ""
    return next(iter(graphs), "") if isinstance(graphs, dict) else ""


def _can_serve(environment: Path) -> bool:
    packages = environment.glob("lib/python3*/site-packages")
    return any((site / "langgraph_cli").is_dir() and (site / "langgraph_api").is_dir() for site in packages)


def _read(config: Path) -> dict[str, object]:
    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise LocalServerError(f"{clean(config.name)} cannot be read", clean(str(error))) from error
    except ValueError as error:
        raise LocalServerError(
            f"{clean(config.name)} is not valid JSON", clean(f"{config}: {error}"), "Correct the file and try again."
        ) from error
    if not isinstance(settings, dict) or not settings.get("graphs"):
        raise LocalServerError(
            f"{clean(config.name)} names no graphs",
            clean(str(config)),
            'Add a "graphs" entry, for example {"graphs": {"agent": "./agent.py:graph"}}.',
        )
    return settings


def _javascript_command(config: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    program = _langgraphjs(config.parent, environ)
    options = ("dev", "--no-browser", "--host", "127.0.0.1", "--port", "{port}", "--config", config.name)
    return (program, *options)


def _langgraphjs(folder: Path, environ: Mapping[str, str]) -> str:
    """The project's own JavaScript server (also from the root of a monorepo), else the one on PATH."""
    for place in (folder, *folder.parents):
        program = place / "node_modules" / ".bin" / "langgraphjs"
        if program.exists():
            return str(program)
    if found := shutil.which("langgraphjs", path=environ.get("PATH")):
        return found
    raise LocalServerError(
        "This JavaScript project has no development server",
        f"langgraphjs is neither in node_modules of {clean(str(folder))} nor on PATH",
        "Install it with: npm install --save-dev @langchain/langgraph-cli",
    )
