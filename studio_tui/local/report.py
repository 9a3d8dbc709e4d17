"""Reads a server's log after a failed start: the exception, the place in the user's own code, and what to do.

Pure functions over lines; what the folder of the project holds comes in as `Project`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct, field

from studio_tui.local.traceback_reader import (
    MESSAGE_LINES,
    Place,
    Raised,
    decisive,
    last_chain,
    loose_place,
    node_error,
)

REPORT_LINES = 9
"""Lines of the log that are shown when nothing in it says what went wrong; a dialog shows about ten."""

_GRAPH_FAILED = re.compile(r"Graph '(?P<graph>[^']*)' failed to load: (?P<why>.+?)(?= \[[\w.]+\]|$)")
_GRAPH_NOT_LOADED = re.compile(r"Failed to load graph '(?P<graph>[^']*)'")
_SCRIPT_FAILED = re.compile(r"^error:\s+\W\s+(.+)")
"""How the JavaScript server logs an error; the stack follows."""
_STARTUP_FAILED = "Application startup failed"
_CHILD_DIED = re.compile(r"^Process SpawnProcess-\d+:")
"""The process that was to serve died while importing; the one that watches the files lives on."""
_USAGE_ERROR = re.compile(r"^Error: (.+)")
_MISSING_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_MISSING_NAME = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")
_MISSING_NODE_MODULE = re.compile(r"Cannot find (?:module|package) '([^']+)'(?: imported from (\S+))?")
_TOLD_INSTALL = re.compile(r"pip install (?:-U )?('[^']+'|\"[^\"]+\"|[\w\[\]<>=.,-]+)")
_NOT_SET = re.compile(r"\b([A-Z][A-Z0-9_]{2,}) (?:is|was|must be) (?:not )?(?:set|defined|missing|given)")
_SERVERS_ADVICE = re.compile(
    r"Could not import (?:python )?module|This error likely means|If you're in development mode"
)
_WORKING_ON = (
    ("custom.py:_load_auth_obj", "The auth of langgraph.json failed to load: ", "auth"),
    ("__init__.py:load_custom_app", "The http.app of langgraph.json failed to load: ", "http.app"),
    ("graph.py:resolve_embeddings", "The store's embeddings failed to load: ", "store.index.embed"),
)
"""Function of the server → what it was loading, and where langgraph.json says so."""


class Project(Struct, frozen=True):
    """What the advice needs to know of the project."""

    folder: Path
    own: frozenset[str] = frozenset()
    """Import names that are the project's own packages or modules."""
    files: frozenset[str] = field(default_factory=frozenset)
    """Names in the project's folder: pyproject.toml, requirements.txt, package.json, …"""
    python: str = "python"
    """The interpreter that the server runs on."""


class Failure(Struct, frozen=True):
    """Why a server did not start."""

    lines: tuple[str, ...]
    """The exception, then the place in the user's code with its source line."""
    advice: str

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


def startup_failed(line: str) -> bool:
    """Whether this log line says that the application cannot start, though a reloading process may live on."""
    return _STARTUP_FAILED in line or script_failed(line) or child_died(line)


def script_failed(line: str) -> bool:
    """Whether a JavaScript server says here that it cannot go on; the stack follows."""
    return _SCRIPT_FAILED.match(line) is not None


def child_died(line: str) -> bool:
    """Whether this line says that the serving process died while it was importing; why is said in the next lines."""
    return _CHILD_DIED.match(line) is not None


def has_exception(log: Iterable[str]) -> bool:
    """Whether the log holds a whole traceback."""
    return bool(last_chain(list(log)))


def read_failure(log: Sequence[str], project: Project) -> Failure:
    """Return what went wrong, where, and what to do."""
    folder = str(project.folder)
    chain = last_chain(log, folder)
    raised = decisive(chain)
    if raised is None and (said := next((found for line in log if (found := _GRAPH_FAILED.search(line))), None)):
        place = loose_place(log, folder)
        where = place.lines() if place is not None else ()
        return Failure((said[0], *where), "Correct the graph's code and start again.")
    if raised is None:
        refused = any(line.startswith("Usage: ") for line in log)  # the program's own "Error: …", not Node's
        raised = None if refused else node_error(log, folder)
        return _node_failure(raised, log, project) if raised is not None else _plain_failure(log, project)
    prefix, setting = _was_loading(log, chain)
    cause = _cause(chain, raised)
    where = raised.place.lines() if raised.place is not None else ()
    if not where and setting:
        where = (f"named by {setting} in langgraph.json",)
    lines = _in_order(prefix, raised, [*where, *([f"caused by {cause}"] if cause else [])])
    return Failure(lines, _advice(raised, cause, project, setting))


def _in_order(prefix: str, raised: Raised, where: Sequence[str]) -> tuple[str, ...]:
    """The exception, the place, then what else the message says: the place is seen even where little fits."""
    first, *more = [line for line in f"{prefix}{raised.text}".split("\n") if line.strip()]
    more = more[: next((number for number, line in enumerate(more) if _SERVERS_ADVICE.match(line)), None)]
    rest = more[: MESSAGE_LINES - 1]
    return (first, *where, *rest, *(["…"] if len(more) > len(rest) else []))


def _was_loading(log: Sequence[str], chain: Sequence[Raised]) -> tuple[str, str]:
    frames = " ".join(raised.frames for raised in chain)
    for function, prefix, setting in _WORKING_ON:
        if function in frames:
            return prefix, setting
    for line in reversed(log):
        if match := _GRAPH_FAILED.search(line) or _GRAPH_NOT_LOADED.search(line):
            return f"Graph '{match['graph']}' failed to load: ", f"graphs.{match['graph']}"
    return "", ""


def _cause(chain: Sequence[Raised], raised: Raised) -> str:
    """The exception that the shown one was raised from, when it says more."""
    before = [item for item in chain[: list(chain).index(raised)] if item.place is not None]
    return before[-1].first_line if before and before[-1].first_line not in raised.text else ""


def _cut(lines: Sequence[str]) -> list[str]:
    kept = [line for line in lines if line.strip()][:MESSAGE_LINES]
    return [*kept, "…"] if len([line for line in lines if line.strip()]) > MESSAGE_LINES else kept


def _plain_failure(log: Sequence[str], project: Project) -> Failure:
    """A log without a stack: a refused command line or configuration, or just its end."""
    for number, line in enumerate(log):
        if match := _USAGE_ERROR.match(line):
            lines = (match[1], *(more.strip() for more in log[number + 1 :] if more.strip()))
            return Failure(tuple(_cut(lines)), _text_advice("\n".join(lines), project))
        if match := _SCRIPT_FAILED.match(line):
            return Failure(tuple(_cut([match[1], *log[number + 1 :]])), _node_advice(match[1], None, project))
    tail = [line for line in log if line.strip()][-REPORT_LINES:]
    return Failure(tuple(tail), _text_advice("\n".join(tail), project))


def _node_failure(raised: Raised, log: Sequence[str], project: Project) -> Failure:
    prefix = ""
    for line in log:
        if match := re.search(r"[Ff]ailed to (?:load|import|extract schema for) (?:graph )?[\"'](\w+)[\"']", line):
            prefix = f"Graph '{match[1]}' failed to load: "
    where = raised.place.lines() if raised.place is not None else ()
    return Failure(_in_order(prefix, raised, where), _node_advice(raised.text, raised.place, project))


# -- what to do -----------------------------------------------------------------------------------------------------


def _advice(raised: Raised, cause: str, project: Project, setting: str) -> str:
    text = f"{raised.text}\n{cause}"
    if match := _MISSING_MODULE.search(text):
        return _install(match[1], project)
    if match := _MISSING_NAME.search(text):
        return _missing_name(match, project)
    if "attempted relative import" in text:
        hint = "Import by the package's full name, and install the package"
        return f"{hint}: {_pip(project)} -e ." if "pyproject.toml" in project.files else f"{hint}, or drop the dot."
    if "checkpointer" in text and "custom" in text:
        return "Compile the graph without checkpointer: the server keeps the state itself."
    if variable := _missing_variable(raised):
        return f'Set {variable}: put it into the file that "env" in langgraph.json names, or into the environment.'
    if raised.kind in ("SyntaxError", "IndentationError", "TabError"):
        return "Correct that line and start again."
    if (
        raised.place is None
        and setting
        and (re.search("Could not find|is not a", text) or raised.kind == "FileNotFoundError")
    ):
        return f"Correct {setting} in langgraph.json: ./FILE:NAME, counted from {project.folder}."
    if told := _TOLD_INSTALL.search(text):
        return f"Install it where the server runs: {_pip(project)} {told[1]}"
    if raised.place is not None:
        return "Correct the code there and start again."
    return _text_advice(text, project)


def _text_advice(text: str, project: Project) -> str:
    if match := _MISSING_MODULE.search(text):
        return _install(match[1], project)
    if re.search(r"address already in use|EADDRINUSE|Errno (?:98|48)\b", text, re.IGNORECASE):
        return "Another program took the port; start again."
    if "debugpy is not installed" in text:
        return f"Install it where the server runs: {_pip(project)} debugpy"
    if "No dependencies found" in text:
        return 'Add "dependencies": ["."] to langgraph.json.'
    if "Python version" in text and "not supported" in text:
        return 'Change "python_version" in langgraph.json to 3.11 or newer.'
    if re.search(r"api[_ ]key|credentials", text, re.IGNORECASE):
        return 'A key is missing: put it into the file that "env" in langgraph.json names.'
    if told := _TOLD_INSTALL.search(text):
        return f"Install it where the server runs: {_pip(project)} {told[1]}"
    if re.search(r"node: (?:No such file|not found)|env: .?node", text):
        return "Install Node.js 20 or newer, or put it on PATH."
    if not text.strip():
        return "The server printed nothing. Try the same with: langgraph dev --no-browser"
    return "The server's own log says why."


def _install(module: str, project: Project) -> str:
    package = module.split(".")[0]
    pip = _pip(project)
    if package in project.own:
        if project.files & {"pyproject.toml", "setup.py", "setup.cfg"}:
            return f"{package} is this project's own package: install it with {pip} -e ."
        return f'{package} is this project\'s own code: add its folder to "dependencies" in langgraph.json.'
    said = f"Install {module} where the server runs: {pip} "
    if "requirements.txt" in project.files:
        return said + "-r requirements.txt"
    if project.files & {"pyproject.toml", "setup.py"}:
        return said + f"-e . (or {package}, if the project does not list it)"
    return said + package


def _missing_name(match: re.Match[str], project: Project) -> str:
    name, module = match[1], match[2]
    if "partially initialized" in match[0]:
        return "Two modules import each other: move one of the imports into the function that needs it."
    package = module.split(".")[0]
    if package in project.own:
        return f"{module} has no {name}: correct the import or the module."
    wanted = "-r requirements.txt" if "requirements.txt" in project.files else "-e ."
    how = (
        f"{_pip(project)} {wanted}" if project.files & {"requirements.txt", "pyproject.toml"} else f"another {package}"
    )
    return f"The installed {package} has no {name} in {module}: install the version that the project asks for: {how}"


def _pip(project: Project) -> str:
    return f"{shlex.quote(project.python)} -m pip install"


def _missing_variable(raised: Raised) -> str:
    """The environment variable that the exception says is missing, if it says so."""
    if raised.kind == "KeyError" and (match := re.fullmatch(r"KeyError: '([A-Z][A-Z0-9_]{2,})'", raised.first_line)):
        return match[1]
    if match := _NOT_SET.search(raised.text):
        return match[1]
    if re.search(r"environ|env(?:ironment)? var|api[_ ]?key|credential|not set|missing", raised.text, re.IGNORECASE):
        found = re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", raised.text)
        return found[0] if found else ""
    return ""


def _node_advice(text: str, place: Place | None, project: Project) -> str:
    if match := _MISSING_NODE_MODULE.search(text):
        name, importer = match[1], match[2] or ""
        if name.startswith(("@/", "~/", "src/", "#")):
            return f"{name} is a path alias, which the server does not resolve by itself: import by a relative path."
        if name.startswith((".", "/")) and "node_modules" not in importer:
            return "Correct the import or the path in langgraph.json: that file is not there."
        if "node_modules" in importer or "node_modules" in text:
            return "The installed packages are incomplete: remove node_modules and run npm install"
        return f"Install the project's packages: npm install (or npm install {name}, if package.json does not list it)"
    if variable := _missing_variable(Raised("", text)):
        return f'Set {variable}: put it into the file that "env" in langgraph.json names, or into the environment.'
    if "ENOENT" in text or "Failed to load graph" in text:
        return 'Correct "graphs" in langgraph.json: "./FILE:NAME", where the file exports NAME.'
    return "Correct the code there and start again." if place is not None else _text_advice(text, project)
