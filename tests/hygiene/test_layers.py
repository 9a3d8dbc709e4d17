"""The directions of dependency hold: who may import what, checked on the source and on a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "studio_tui"

LAYERS = {
    # package → what else of studio_tui it may import
    "text": set(),
    "model": {"text"},
    "protocol": {"model", "text", "errors"},
    "graphs": {"model", "text", "errors"},
    "client": {"protocol", "model", "text", "errors", "log"},
    "session": {"client", "protocol", "model", "text", "errors", "log", "graphs", "config.paths"},
    "present": {"session", "model", "text", "graphs", "protocol.frames"},
    "config": {"errors"},
    "headless": {"session", "client", "present", "graphs", "protocol", "model", "text", "config", "errors", "log",
                 "local", "terminal"},
    "ui": {"session", "present", "graphs", "model", "text", "config", "errors", "log", "local", "terminal",
           "client.target"},
    "demo": set(),
}  # fmt: skip

FOREIGN = {
    # foreign package → the only places that may import it
    "textual": ("ui/",),
    "rich": ("ui/", "text/cells.py"),
    "httpx": ("client/",),
    "httpx_sse": ("client/",),
    "networkx": ("graphs/",),
    "langgraph": ("demo/",),
    "langchain_core": ("demo/",),
}

NO_ASYNCIO = ("text/", "model/", "protocol/", "present/", "graphs/")


def _modules() -> Iterator[Path]:
    return (path for path in PACKAGE.rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every imported module of `path`, imports for type checking only left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for child in block.body
        for node in ast.walk(child)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
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
        ("import studio_tui.cli", {"argparse", "asyncio", "textual", "rich", "httpx", "networkx", "langgraph"}),
        (
            "from studio_tui.arguments import build_parser; build_parser()",
            {"asyncio", "textual", "rich", "httpx", "networkx", "langgraph"},
        ),
        ("import studio_tui.session.studio", {"textual", "networkx", "langgraph", "pydantic", "langgraph_sdk"}),
        ("import studio_tui.headless.main", {"textual", "networkx", "langgraph", "pydantic"}),
        ("import studio_tui.ui.app", {"networkx", "langgraph", "pydantic", "langgraph_sdk"}),
    ],
)
def test_nothing_heavy_is_imported_at_start(statement: str, banned: set[str]) -> None:
    code = f"{statement}\nimport sys\nprint(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & banned
