"""The directions of dependency hold: who may import what, checked on the source and on a fresh interpreter."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "studio_tui"

LAYERS = {
    # package -> what else of studio_tui it may import
    "text": set(),
    "jsonkit": {"text", "errors"},
    "domain": {"jsonkit", "text"},
    "wire": {"domain", "jsonkit"},
    "graphs": {"domain", "jsonkit", "text"},
    "client": {"wire", "domain", "jsonkit", "text", "errors", "address"},
    "core": {"client", "wire", "domain", "jsonkit", "text", "errors", "crossing", "graphs.topology",
             "config.paths", "config.private_store"},
    "present": {"core", "domain", "jsonkit", "text", "graphs", "wire.frames"},
    "config": {"errors", "address"},
    "local": {"config.paths", "config.private_store", "errors", "crossing", "text"},
    "cli": {"core", "client", "present", "graphs", "wire", "domain", "jsonkit", "text", "config", "errors", "log",
            "local", "terminal", "ui", "address"},
    "ui": {"core", "present", "graphs", "domain", "jsonkit", "text", "config", "errors", "log", "local", "terminal",
           "crossing", "client.target", "address"},
    "demo": set(),
}  # fmt: skip

CORE: dict[str, set[str] | None] = {
    # room of the core -> other rooms of the core that it may import
    "inputs": set(), "resources": set(), "state": {"resources"},
    "connection": {"resources", "state"},
    "debugger": {"state"},
    "runstate": {"connection", "state"},
    "assistants": {"connection", "debugger", "resources", "state"},
    "threads": {"connection", "resources", "runstate", "state"},
    "runs": {"connection", "debugger", "resources", "runstate", "state", "threads"},
    "timetravel": {"connection", "inputs", "runstate", "state", "threads"},
    "interrupts": {"connection", "resources", "runs", "state", "threads"},
    "first_questions": {"assistants", "connection"},
    "thread_opener": {"assistants", "connection", "runs", "runstate", "state", "threads"},
    "studio": {"assistants", "connection", "debugger", "interrupts", "runs", "state", "thread_opener", "threads",
               "timetravel"},
}  # fmt: skip

BASE = {"contracts", "kit", "commands", "screens"}
UI: dict[str, set[str] | None] = {
    "contracts": set(), "kit": {"contracts"}, "commands": {"contracts", "kit"},
    "screens": {"contracts", "kit", "commands"},
    "studio": BASE | {"threads", "runs", "timetravel", "interrupts", "graph", "messages", "composer"},
    "app": None,
}  # fmt: skip
PRESENT: dict[str, set[str] | None] = {"kit": set(), "graph": {"kit"}, "top": set()}
GRAPHS: dict[str, set[str] | None] = {"topology": set(), "layout": {"topology"}, "picture": {"layout", "topology"}}
CLI: dict[str, set[str] | None] = {
    "grammar": set(), "output": set(), "lookup": set(), "compiled": set(), "skeleton": set(),
    "kept_modules": set(), "late_modules": set(), "ask_ahead": set(),
    "kept_modules_file": {"kept_modules"},
    "open_ui": {"ask_ahead", "compiled", "kept_modules", "kept_modules_file"},
    "asking": {"output"}, "context": {"asking", "output"},
    "runs": {"context", "output"},
    "commands": {"asking", "context", "grammar", "lookup", "output", "runs"},
    "dispatch": {"context", "output"},
    "main": {"dispatch", "grammar", "kept_modules", "late_modules", "open_ui", "output", "skeleton"},
}  # fmt: skip
ROOMS = {"core": CORE, "ui": UI, "present": PRESENT, "graphs": GRAPHS, "cli": CLI}
FEATURE: dict[str, set[str]] = {"core": {"connection", "resources"}, "ui": BASE, "present": {"kit"}}
"""What a room that is not named may import; in the other layers every room is named."""
MOST_MODULES = 20
LARGER = {"client": 30, "cli": 40}
"""One file an endpoint family, one file a command: flat on purpose."""

FOREIGN = {
    # foreign package → the only places that may import it
    "textual": ("ui/",),
    "rich": ("ui/", "text/cells.py"),
    "httpx": ("client/",),
    "httpx_sse": ("client/",),
    "markdown_it": ("present/kit/markdown/",),
    "pygments": ("present/kit/markdown/",),
    "networkx": ("graphs/",),
    "yaml": ("jsonkit/",),
    "langgraph": ("demo/",),
    "langchain_core": ("demo/",),
}

NO_ASYNCIO = ("text/", "jsonkit/", "domain/", "wire/", "present/", "graphs/")


def _modules() -> Iterator[Path]:
    return (path for path in PACKAGE.rglob("*.py"))


@functools.cache
def _imports(path: Path) -> tuple[tuple[str, int], ...]:
    """Return every imported module of `path` and its line, as `_found_imports` finds them; each file is read once."""
    return tuple(_found_imports(path))


def _found_imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every imported module of `path`, also what is imported for typing only: that is knowledge as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module, node.lineno


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    allowed = LAYERS[layer] | {layer}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in (PACKAGE / layer).rglob("*.py")
        for name, line in _imports(path)
        if name.startswith("studio_tui.")
        and not any(name == f"studio_tui.{ok}" or name.startswith(f"studio_tui.{ok}.") for ok in allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("foreign", sorted(FOREIGN))
def test_a_foreign_package_stays_in_its_place(foreign: str) -> None:
    places = FOREIGN[foreign]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in _modules()
        for name, line in _imports(path)
        if name.split(".")[0] == foreign
        and not any(str(path.relative_to(PACKAGE)).startswith(place) for place in places)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_domain_is_free_of_asyncio() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _modules()
        if str(path.relative_to(PACKAGE)).startswith(NO_ASYNCIO)
        for name, line in _imports(path)
        if name.split(".")[0] == "asyncio"
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_entry_point_imports_the_terminal_face() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _modules()
        if "ui" not in path.relative_to(PACKAGE).parts[:1] and path.name != "open_ui.py"
        for name, line in _imports(path)
        if name.startswith("studio_tui.ui")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("statement", "banned"),
    [
        ("import studio_tui.cli.main", {"argparse", "asyncio", "textual", "rich", "httpx", "networkx", "langgraph"}),
        (
            "from studio_tui.cli.grammar.parser import build_parser; build_parser()",
            {"asyncio", "textual", "rich", "httpx", "networkx", "langgraph"},
        ),
        ("import studio_tui.core.studio", {"textual", "networkx", "langgraph", "pydantic", "langgraph_sdk"}),
        ("import studio_tui.cli.dispatch", {"textual", "networkx", "langgraph", "pydantic"}),
        ("import studio_tui.ui.app.app", {"networkx", "langgraph", "pydantic", "langgraph_sdk"}),
    ],
)
def test_nothing_heavy_is_imported_at_start(statement: str, banned: set[str]) -> None:
    code = f"{statement}\nimport sys\nprint(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & banned


def _rooms(layer: str) -> set[str]:
    return {
        path.stem for path in (PACKAGE / layer).iterdir() if path.name[0] not in "_." and path.suffix in ("", ".py")
    }


@pytest.mark.parametrize(("layer", "room"), [(layer, room) for layer in ROOMS for room in sorted(_rooms(layer))])
def test_a_room_imports_only_the_rooms_below_it(layer: str, room: str) -> None:
    assert room in ROOMS[layer] or layer in FEATURE, "name it in this file"
    allowed = ROOMS[layer].get(room, FEATURE.get(layer))
    if allowed is None:
        return
    base = PACKAGE / layer / room
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in (base.rglob("*.py") if base.is_dir() else [base.with_suffix(".py")])
        for name, line in _imports(path)
        for parts in [name.split(".")]
        if parts[:2] == ["studio_tui", layer] and len(parts) > 2 and parts[2] not in allowed | {room}
    ]
    assert not wrong, "\n".join(wrong)


WRITERS = {
    # the only files that write to the disk
    "config/private_store.py": "the user's private files",
    "cli/kept_modules_file.py": "the modules of a start, in pieces: megabytes that are no text",
    "log.py": "the log, a line at a time",
    "local/launch.py": "the demo's folder",
    "core/recording/rows.py": "a recording, into a file that the user names",
    "ui/kit/terminal/saving.py": "a file that the user names",
    "ui/studio/copying.py": "a picture of the screen, into a file that the user names",
}
_WRITES = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "copytree", "touch", "symlink_to"}


def _is_write(call: ast.Call) -> bool:
    """Whether a call opens something for writing, as far as it can be seen."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in _WRITES:
        # The slices of a store are touched, too: `touch(Slice.X)`.
        return name != "touch" or not (call.args or call.keywords)
    flags = {node.attr for arg in call.args for node in ast.walk(arg) if isinstance(node, ast.Attribute)}
    modes = {
        arg.value for arg in (*call.args, *(word.value for word in call.keywords)) if isinstance(arg, ast.Constant)
    }
    return name == "open" and bool(flags & {"O_WRONLY", "O_RDWR"} or modes & {"w", "a", "x", "wb", "ab"})


def test_files_are_written_in_few_places() -> None:
    found = {
        name
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _is_write(node) and "devnull" not in ast.unparse(node)
        if not (name := str(path.relative_to(PACKAGE))).startswith("demo/")
    }
    assert found == set(WRITERS)


def test_every_room_that_is_named_here_exists() -> None:
    for layer, rooms in ROOMS.items():
        assert set(rooms) <= _rooms(layer)


def test_no_folder_is_a_hall() -> None:
    folders = {path.parent for path in _modules()}
    counts = {str(folder.relative_to(PACKAGE)): len(list(folder.glob("*.py"))) - 1 for folder in folders}
    assert not {name: count for name, count in counts.items() if count > LARGER.get(name, MOST_MODULES)}
