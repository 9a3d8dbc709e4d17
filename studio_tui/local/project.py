"""The user's own project: finds its langgraph.json, its language, and the interpreter that has its dependencies."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from studio_tui.config.paths import expanded, here
from studio_tui.errors import LocalServerError, ProjectError
from studio_tui.local.dotenv import dotenv_values
from studio_tui.local.launch import (
    APP_FOLDER,
    PAGE_GUARD,
    DevOptions,
    Launch,
    python_command,
    quiet_env,
    require_server_packages,
)
from studio_tui.local.page_guard import HOSTS
from studio_tui.local.report import Project
from studio_tui.text.sanitize import clean

CONFIG_NAME = "langgraph.json"
SCHEMA_TIMEOUT = "LANGGRAPH_SCHEMA_RESOLVE_TIMEOUT_MS"
"""How long a JavaScript server works on the schemas of a graph; its own 30 s are short on a busy machine."""


_JAVASCRIPT = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_NODE_OPTIONS = "NODE_OPTIONS"
_DEBUGGER_TIMEOUT = 3600.0
"""Seconds that a server waits for the debugger that it was told to wait for."""


def project_launch(path: Path, environ: Mapping[str, str] | None = None, options: DevOptions | None = None) -> Launch:
    """Say how to serve the project at or above `path`. Raises ProjectError with what to do, or LocalServerError."""
    environ = os.environ if environ is None else environ
    options = options or DevOptions()
    config = find_config(path)
    settings = _read(config)
    env = {**environ, **quiet_env(environ)}
    if options.hosts:
        env[HOSTS] = ",".join(options.hosts)
    title = f"the server of {clean(config.parent.name)}"
    auth = settings.get("auth")
    has_auth = isinstance(auth, dict) and bool(auth.get("path")) and not auth.get("disable_studio_auth")
    if _is_javascript(settings, config):
        env = {SCHEMA_TIMEOUT: "60000", **env}
        command = _javascript_command(config, environ, options)
        env |= _node_guard(config, settings, environ)
        return Launch(command, config.parent, env, title, has_auth=has_auth)
    python = project_python(config.parent, environ)
    if python == sys.executable:
        require_server_packages()
    folder = _serving_folder(config, settings)
    named = "" if config == folder / CONFIG_NAME else os.path.relpath(config, folder)
    command = python_command(python, reload=True, config=named, options=options)
    launch = Launch(command, folder, env, title, has_auth=has_auth)
    if options.wait_for_client:
        debugger = f"a debugger to attach to port {options.debug_port}"
        launch = replace(launch, timeout=_DEBUGGER_TIMEOUT, waits_for=debugger)
    return launch


def _is_javascript(settings: Mapping[str, object], config: Path) -> bool:
    """Tell the language of a project: what it says, else the files of its graphs. Raises ProjectError on both."""
    files = _graph_files(settings)
    scripts = [file for file in files if file.endswith(_JAVASCRIPT)]
    if settings.get("node_version") and not settings.get("python_version"):
        return True
    if scripts and len(scripts) < len(files):
        raise ProjectError(
            f"{clean(config.name)} names Python and JavaScript graphs",
            f"JavaScript: {clean(', '.join(scripts), 200)}",
            "A development server runs one language: split the project into two configurations.",
        )
    return bool(scripts)


def _serving_folder(config: Path, settings: Mapping[str, object]) -> Path:
    """The folder to start a Python server in: its relative paths count from there, not from the configuration.

    That is the configuration's own folder, unless the files of the graphs are only found from where the user stands,
    or from a folder above the configuration.
    """
    files = _graph_files(settings)
    for folder in (config.parent, here(), *config.parent.parents):
        if config.is_relative_to(folder) and all(_is_found(file, folder) for file in files):
            return folder
    return config.parent


def _is_found(file: str, folder: Path) -> bool:
    """Whether a graph's file, or the top package of its module, is in the folder."""
    if file.endswith(".py") or "/" in file:
        return (folder / file).exists()
    package = file.split(".")[0]
    return any((place / name).exists() for place in (folder, folder / "src") for name in (package, f"{package}.py"))


def project_facts(launch: Launch) -> Project:
    """What advice on a failed start needs to know of the project."""
    folder = launch.folder
    own: set[str] = set()
    for place in (folder, folder / "src"):
        try:
            for item in place.iterdir():
                if item.suffix == ".py":
                    own.add(item.stem)
                elif item.is_dir() and item.name.isidentifier() and next(item.glob("*.py"), None) is not None:
                    own.add(item.name)
        except OSError:
            continue
    try:
        files = frozenset(item.name for item in folder.iterdir())
    except OSError:
        files = frozenset()
    return Project(folder, frozenset(own), files, launch.command[0])


def _graph_files(settings: Mapping[str, object]) -> list[str]:
    """The file part of every graph: `./agent.py` of `./agent.py:graph`."""
    graphs = settings.get("graphs")
    found = []
    for value in graphs.values() if isinstance(graphs, dict) else ():
        path = value.get("path") if isinstance(value, dict) else value
        if isinstance(path, str):
            found.append(path.rsplit(":", 1)[0])
    return found


def find_config(path: Path) -> Path:
    """The configuration file: `path` itself, or the nearest `langgraph.json` in it or above it."""
    start = here() / expanded(path)
    if start.is_file():
        return start
    if not start.is_dir():
        raise ProjectError("No such folder", clean(str(start)), "Name the folder that holds langgraph.json.")
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    raise ProjectError(
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
        raise ProjectError(f"{clean(config.name)} cannot be read", clean(str(error))) from error
    except RecursionError as error:
        raise ProjectError(
            f"{clean(config.name)} is nested too deeply", clean(str(config)), "Correct the file and try again."
        ) from error
    except ValueError as error:
        raise ProjectError(
            f"{clean(config.name)} is not valid JSON", clean(f"{config}: {error}"), "Correct the file and try again."
        ) from error
    if not isinstance(settings, dict) or not settings.get("graphs"):
        raise ProjectError(
            f"{clean(config.name)} names no graphs",
            clean(str(config)),
            'Add a "graphs" entry, for example {"graphs": {"agent": "./agent.py:graph"}}.',
        )
    _check_graphs(settings["graphs"], config)
    return settings


def _check_graphs(graphs: object, config: Path) -> None:
    """Refuse what no server reads and every one answers with a trace of its own. Raises ProjectError."""
    hint = 'Write it like {"graphs": {"agent": "./agent.py:graph"}}.'
    if not isinstance(graphs, dict):
        raise ProjectError(f'"graphs" of {clean(config.name)} is no object', clean(str(config)), hint)
    for name, value in graphs.items():
        path = value.get("path") if isinstance(value, dict) else value
        if not isinstance(path, str) or not all(path.rpartition(":")[::2]):
            where = f"graphs.{clean(name, 60)} is {clean(json.dumps(value), 120)}, which names no file and variable."
            raise ProjectError(f"A graph of {clean(config.name)} cannot be found", where, hint)


def _javascript_command(config: Path, environ: Mapping[str, str], options: DevOptions) -> tuple[str, ...]:
    if options.allow_blocking or options.debug_port or options.wait_for_client:
        raise ProjectError(
            "This is a JavaScript project",
            "--allow-blocking, --debug-port and --wait-for-client are options of the Python server.",
            "Leave them out; NODE_OPTIONS=--inspect lets a debugger attach.",
        )
    program = _langgraphjs(config.parent, environ)
    words = ("dev", "--no-browser", "--host", "127.0.0.1", "--port", "{port}", "--config", config.name)
    return (program, *words, "--n-jobs-per-worker", str(options.n_jobs_per_worker))


def _node_guard(config: Path, settings: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that puts the guard before a JavaScript server.

    The server reads the project's own NODE_OPTIONS only where there are none yet: what it would read is passed on.
    """
    own = environ.get(_NODE_OPTIONS)
    if own is None:
        own = _project_env(config, settings).get(_NODE_OPTIONS, "")
    http = settings.get("http")
    script = str(PAGE_GUARD.with_suffix(".cjs")).replace("\\", "\\\\").replace('"', '\\"')
    return {
        _NODE_OPTIONS: f'{own} --require "{script}"'.strip(),
        "STUDIO_TUI_DEV_PAGES": "configured" if isinstance(http, dict) and http.get("cors") else "none",
    }


def _project_env(config: Path, settings: Mapping[str, object]) -> dict[str, str]:
    """The environment that the project's configuration names, as a JavaScript server reads it."""
    env = settings.get("env")
    if isinstance(env, dict):
        return {name: value for name, value in env.items() if isinstance(value, str)}
    if not isinstance(env, str):
        return {}
    try:
        text = (config.parent / env).read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return {}
    return dotenv_values(text)


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
