"""Why a server did not start: the exception, the place in the user's own code, and what to do; read from real logs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio_tui.local import page_guard
from studio_tui.local.report import Failure, Project, read_failure, startup_failed
from studio_tui.local.server import _ESCAPES, _NOISE
from studio_tui.local.traceback_reader import is_own_code
from studio_tui.text.sanitize import clean
from tests.paths import FIXTURES

LOGS = FIXTURES / "start_logs"
FOLDER = Path("/home/me/project")


def _lines(name: str) -> list[str]:
    """The log as the studio keeps it."""
    text = (LOGS / f"{name}.log").read_text(encoding="utf-8")
    return [clean(_NOISE.sub("", _ESCAPES.sub("", line))) for line in text.split("\n")]


def _read(name: str, *, own: str = "", files: str = "") -> Failure:
    project = Project(FOLDER, frozenset(own.split()), frozenset(files.split()), "/home/me/project/.venv/bin/python")
    return read_failure(_lines(name), project)


PIP = "/home/me/project/.venv/bin/python -m pip install"
CASES = [
    # log, the exception line, file of the place, line, source line, advice
    ("python-syntax", "Graph 'agent' failed to load: SyntaxError: invalid syntax", "agent.py", 10, "def f(:",
     "Correct that line"),
    ("python-envkey", "Graph 'agent' failed to load: KeyError: 'OPENAI_API_KEY'", "agent.py", 2,
     "KEY = os.environ['OPENAI_API_KEY']", "Set OPENAI_API_KEY"),
    ("python-relative",
     "Graph 'agent' failed to load: ImportError: attempted relative import with no known parent package", "agent.py", 1,
     "from .helper import thing", "full name"),
    ("python-httpapp", "The http.app of langgraph.json failed to load: ModuleNotFoundError: "
     "No module named 'fastapi_missing'", "web.py", 1, "import fastapi_missing", f"{PIP} fastapi_missing"),
    ("python-authmissing", "The auth of langgraph.json failed to load: ModuleNotFoundError: "
     "No module named 'jose_missing'", "auth.py", 1, "from jose_missing import jwt", f"{PIP} jose_missing"),
    ("python-package", "Graph 'agent' failed to load: ModuleNotFoundError: No module named 'my_agent'",
     "src/my_agent/graph.py", 1, "from my_agent.tools import T", f"{PIP} my_agent"),
    ("dev-missing-module-supabase", "The auth of langgraph.json failed to load: ModuleNotFoundError: "
     "No module named 'supabase'", "tools_agent/security/auth.py", 5, "from supabase import create_client, Client",
     f"{PIP} supabase"),
    ("dev-place-is-venv-frame",
     "Graph 'agent' failed to load: ValidationError: 2 validation errors for SystemMessage",
     "src/agent/customer_support.py", 113, "flight_assistant = create_agent(", "Correct the code there"),
    ("node-tssyntax", "TransformError: Transform failed with 1 error:", "src/graph.ts", 5, 'Unexpected ";"',
     "Correct the code there"),
    ("node-throws", "Error: NOPE is not set", "src/graph.ts", 1, "const key = (() => { if (!process.env.NOPE) throw "
     'new Error("NOPE is not set"); return 1; })();', "Set NOPE"),
]  # fmt: skip
PLACELESS = [
    ("python-nofile", "Graph 'agent' failed to load: FileNotFoundError: [Errno 2] No such file or directory",
     "graphs.agent", "counted from /home/me/project"),
    ("python-novar", "Graph 'agent' failed to load: ValueError: Could not find graph 'graph'", "./agent.py:graf",
     "Correct graphs.agent"),
    ("python-checkpointer", "Graph 'agent' failed to load: ValueError: Heads up! Your graph 'graph'", "graphs.agent",
     "without checkpointer"),
    ("python-pyversion", "Python version 3.9 is not supported", "python_version", '"python_version" in langgraph.json'),
    ("dev-missing-openai-key", "The store's embeddings failed to load: OpenAIError: Missing credentials",
     "store.index.embed", "Set OPENAI_API_KEY"),
    ("dev-store-index-no-embeddings", "The store's embeddings failed to load: ValueError: Could not load LangChain",
     "store.index.embed", f"{PIP} 'langchain>=0.3.9'"),
    ("js-cli-missing-module", "Error: Cannot find module 'commander'", "commander-js", "npm install"),
    ("node-npmmissing", "Error: Cannot find package 'openai-missing'", "src/graph.ts", "npm install openai-missing"),
    ("node-noexport", "Error: Failed to load graph: graph is nullush", "nullush", '"graphs" in langgraph.json'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raised", "file", "line", "source", "advice"), CASES)
def test_the_exception_the_place_in_the_users_code_and_the_advice(
    name: str, raised: str, file: str, line: int, source: str, advice: str
) -> None:
    failure = _read(name)
    assert failure.lines[0] == raised
    assert re.search(rf'File "[^"]*{re.escape(file)}", line {line}\b', failure.lines[1]), failure.lines
    assert failure.lines[2] == source
    assert advice in failure.advice


@pytest.mark.parametrize(("name", "raised", "somewhere", "advice"), PLACELESS)
def test_what_has_no_place_in_the_code_is_told_with_what_names_it(
    name: str, raised: str, somewhere: str, advice: str
) -> None:
    failure = _read(name)
    assert failure.lines[0].startswith(raised)
    assert somewhere in failure.text
    assert 'File "' not in failure.text
    assert advice in failure.advice


@pytest.mark.parametrize("path", sorted(LOGS.glob("*.log")), ids=lambda path: path.stem)
def test_no_place_is_ever_in_a_library_and_all_fits_a_dialog(path: Path) -> None:
    failure = _read(path.stem)
    places = [line for line in failure.lines if line.startswith('File "')]
    assert not [line for line in places if re.search(r"site-packages|node_modules|/lib/python3|<frozen", line)]
    assert len(failure.lines) <= 12
    assert failure.advice


@pytest.mark.parametrize(
    ("own", "files", "advice"),
    [
        ("my_agent", "pyproject.toml", f"my_agent is this project's own package: install it with {PIP} -e ."),
        ("my_agent", "", '"dependencies" in langgraph.json'),
        ("", "requirements.txt", f"{PIP} -r requirements.txt"),
        ("", "pyproject.toml", f"{PIP} -e ."),
    ],
)
def test_a_missing_package_is_installed_the_way_the_project_does_it(own: str, files: str, advice: str) -> None:
    assert advice in _read("python-package", own=own, files=files).advice


@pytest.mark.parametrize("name", ["python-authmissing", "python-httpapp", "dev-missing-openai-key", "node-throws"])
def test_a_log_that_says_that_all_is_over_is_believed_at_once(name: str) -> None:
    assert any(startup_failed(line) for line in _lines(name))


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/home/me/project/agent.py", True),
        ("agent.py", True),
        ("/srv/.venv/project/src/a.py", True),  # the project itself lies in such a folder
        ("/home/me/project/.venv/lib/python3.12/site-packages/x/y.py", False),
        ("project/.venv/lib/python3.11/site-packages/pydantic/main.py", False),
        ("/usr/local/lib/python3.11/importlib/__init__.py", False),
        ("/home/me/project/.venv/bin/langgraph", False),
        (page_guard.__file__, False),
        ("<frozen importlib._bootstrap>", False),
        ("/home/me/project/node_modules/x/dist/i.js", False),
        ("node:internal/modules/cjs/loader", False),
        ("/home/me/project/src/graph.ts", True),
    ],
)
def test_own_code_is_told_from_libraries(path: str, own: bool) -> None:
    assert is_own_code(path, "/srv/.venv/project" if path.startswith("/srv") else "/home/me/project") is own


CAUSED = """\
Traceback (most recent call last):
  File "/home/me/project/tools.py", line 3, in <module>
    import tavily
ModuleNotFoundError: No module named 'tavily'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/langgraph_api/graph.py", line 1, in load
    exec_module(module)
  File "/home/me/project/tools.py", line 5, in <module>
    raise RuntimeError("the search tool needs tavily") from error
RuntimeError: the search tool needs tavily
"""


def test_the_users_own_words_are_shown_with_their_cause() -> None:
    failure = read_failure(CAUSED.split("\n"), Project(FOLDER))
    assert failure.lines == (
        "RuntimeError: the search tool needs tavily",
        'File "/home/me/project/tools.py", line 5, in <module>',
        'raise RuntimeError("the search tool needs tavily") from error',
        "caused by ModuleNotFoundError: No module named 'tavily'",
    )
    assert "tavily" in failure.advice


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "langgraph dev --no-browser"),
        ("Segmentation fault", "log says why"),
        ("/usr/bin/env: 'node': No such file or directory", "Install Node.js"),
        ("Error: listen EADDRINUSE: address already in use 127.0.0.1:2024", "took the port"),
        ("OSError: [Errno 98] Address already in use", "took the port"),
        ("WARNING: debugpy is not installed. Debugging will not be available.", "pip install debugpy"),
        ("Traceback (most recent call last):\n  File", "log says why"),
        ("Usage: x dev\n\nError: No dependencies found in config. Consider", '"dependencies": ["."]'),
    ],
)
def test_a_log_without_a_stack_shows_its_end(text: str, part: str) -> None:
    failure = read_failure(text.split("\n"), Project(FOLDER))
    assert part in failure.advice
    assert len(failure.lines) <= 9


def test_the_end_of_a_long_log_is_what_is_shown() -> None:
    failure = read_failure([f"line {number}" for number in range(100)], Project(FOLDER))
    assert failure.lines[-1] == "line 99"


@pytest.mark.parametrize(
    ("raised", "advice"),
    [
        ("ImportError: cannot import name 'create_agent' from 'langchain.agents' (/x/site-packages/langchain/a.py)",
         f"The installed langchain has no create_agent in langchain.agents: install the version that the project asks "
         f"for: {PIP} -r requirements.txt"),
        ("ImportError: cannot import name 'plan' from 'my_agent.plan' (/home/me/project/my_agent/plan.py)",
         "my_agent.plan has no plan: correct the import or the module."),
        ("ImportError: cannot import name 'a' from partially initialized module 'my_agent.b' (most likely due to a "
         "circular import) (/home/me/project/my_agent/b.py)", "Two modules import each other"),
        ("RuntimeError: MY_TOKEN must be set", "Set MY_TOKEN"),
        ("pydantic_core.ValidationError: 1 validation error for Settings", "Correct the code there"),
    ],
)  # fmt: skip
def test_advice_by_what_was_raised(raised: str, advice: str) -> None:
    log = [
        "Traceback (most recent call last):",
        '  File "/home/me/project/agent.py", line 1, in <module>',
        "    x",
        raised,
    ]
    project = Project(FOLDER, frozenset({"my_agent"}), frozenset({"requirements.txt"}), f"{FOLDER}/.venv/bin/python")
    assert advice in read_failure(log, project).advice


NODE_MODULE_ERROR = """\
file:///home/me/project/src/graph.ts:3
import { tools } from "./tools.js";
         ^^^^^
SyntaxError: The requested module './tools.js' does not provide an export named 'tools'
    at ModuleJob._instantiate (node:internal/modules/esm/module_job:180:21)
    at async file:///home/me/project/node_modules/@langchain/langgraph-api/dist/graph/load.mjs:28:39
"""
NODE_ASYNC = """\
error:   ▪ ReferenceError: model is not defined
    at async file:///home/me/project/src/graph.ts:7:3
"""
ALIAS = "Error: Cannot find package '@/lib' imported from /home/me/project/src/graph.ts"


def test_stacks_of_node_lead_to_the_users_file() -> None:
    assert read_failure(NODE_MODULE_ERROR.split("\n"), Project(FOLDER)).lines == (
        "SyntaxError: The requested module './tools.js' does not provide an export named 'tools'",
        'File "/home/me/project/src/graph.ts", line 3',
        'import { tools } from "./tools.js";',
    )
    assert read_failure(NODE_ASYNC.split("\n"), Project(FOLDER)).lines == (
        "ReferenceError: model is not defined",
        'File "/home/me/project/src/graph.ts", line 7',
    )
    assert "path alias" in read_failure([ALIAS], Project(FOLDER)).advice
