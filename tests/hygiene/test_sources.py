"""Rules that hold for every source file: size, names, no markup of foreign text, no machine paths."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest

from tests.paths import ROOT

SOURCES = sorted([*ROOT.glob("studio_tui/**/*.py"), *ROOT.glob("tests/**/*.py")])
PRODUCT = [path for path in SOURCES if path.is_relative_to(ROOT / "studio_tui")]
LIMIT, LIMIT_OF_TESTS = 400, 500


def test_no_file_is_over_the_hard_limit() -> None:
    long = {
        str(path.relative_to(ROOT)): n
        for path in SOURCES
        if (n := len(path.read_text().splitlines())) > (LIMIT if path in PRODUCT else LIMIT_OF_TESTS)
    }
    assert not long


def test_a_method_that_only_subclasses_have_is_had_by_several() -> None:
    """Else the two are one class, cut in pieces by inheritance."""
    asked: list[tuple[str, str]] = []
    methods: list[tuple[str, set[str]]] = []
    bases: dict[str, set[str]] = {}
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            own = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
            asked += [
                (node.name, item.name)
                for item in own
                if any(isinstance(x, ast.Raise) and "NotImplementedError" in ast.unparse(x) for x in item.body)
            ]
            named = {ast.unparse(base).partition("[")[0] for base in node.bases}
            bases[node.name] = bases.get(node.name, set()) | named
            methods.append((node.name, {item.name for item in own}))

    def descends(name: str, base: str) -> bool:
        return any(above == base or descends(above, base) for above in bases.get(name, ()))

    alone = {
        f"{base}.{method}"
        for base, method in asked
        if sum(method in own and descends(name, base) for name, own in methods) < 2
    }
    assert asked
    assert not alone


def test_no_class_is_named_after_what_it_cannot_say() -> None:
    bad = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Helper|Utils)$", node.name)
    ]
    assert not bad


def test_every_product_module_says_what_it_owns() -> None:
    silent = [str(path.relative_to(ROOT)) for path in PRODUCT if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


@pytest.mark.parametrize("pattern", [r"\.from_markup\(", r"markup=True", r"recompose=True", r"\btime\.sleep\("])
def test_dangerous_calls_do_not_occur(pattern: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "studio_tui") and "demo/" not in str(path)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found


def test_home_and_working_folder_are_found_in_one_place() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.is_relative_to(ROOT / "studio_tui") and "demo/" not in str(path)
        if re.search(r"Path\.(cwd|home)\(|expanduser\(", path.read_text())
    ]
    assert found == ["studio_tui/config/paths.py"]


def test_toasts_go_through_the_safe_door() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "studio_tui" / "ui").rglob("*.py")
        if path.name != "safe.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.notify\(", line)
    ]
    assert not found


def test_no_registry_or_machine_path_is_named() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    # Spelled so that this file does not itself hold what it looks for.
    bad = re.compile(r"index[-]url|find[-]links|extra[-]index|/wor[k]/|files[.]pythonhosted|pypi[.]org/simple")
    found = [
        name
        for name in listed.stdout.split("\0")
        if name
        and (ROOT / name).is_file()
        and not name.startswith("tests/fixtures/")
        and bad.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


def _calls(tree: ast.AST, *names: str) -> list[int]:
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in names]


def _endures_depth(node: ast.AST) -> bool:
    if isinstance(node, ast.Try):
        caught = [handler.type for handler in node.handlers if handler.type is not None]
    elif isinstance(node, ast.With):
        caught = [item.context_expr for item in node.items]
    else:
        return False
    return any("RecursionError" in ast.unparse(kind) for kind in caught)


def test_whoever_reads_json_or_toml_endures_a_value_that_is_nested_without_end() -> None:
    elsewhere = {"wire/parse.py", "jsonkit/quick.py", "core/inputs/file_words.py"}
    """The caller endures it, twice; a text in quotes only."""
    reading = ("json.loads", "tomllib.loads", "loads", "quickly")
    folder = ROOT / "studio_tui"
    found = []
    for path in folder.rglob("*.py"):
        name = str(path.relative_to(folder))
        if name in elsewhere or name.startswith("demo/"):
            continue
        tree = ast.parse(path.read_text())
        endured = {
            line
            for node in ast.walk(tree)
            if isinstance(node, (ast.Try, ast.With)) and _endures_depth(node)
            for part in node.body
            for line in _calls(part, *reading)
        }
        found += [f"{name}:{line}" for line in _calls(tree, *reading) if line not in endured]
    assert not found
