"""Puts each error of the list into a copy of the program and runs its tests: `python -m tests.mutants [words…]`.

Words choose mutants by promise or file. A mutant survives if its tests pass. Ends with 1 if one does,
if one cannot be made, or if its tests cannot be run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from queue import Queue

from tests.mutants.every import MUTATIONS
from tests.mutants.mutation import Mutation
from tests.paths import ROOT

WORKERS = 2
COPIED = ("studio_tui", "tests", "themes", "pyproject.toml", "README.md", "Makefile", "requirements.lock")
LONGEST = 90
"""Seconds that the tests of one mutant may take."""
PASSED, FAILED = 0, 1
"""Exit codes of pytest; every other one means that it could not run the tests."""

_ages = count(int(time.time()) + 10)


def main(words: list[str]) -> int:
    """Run the mutants whose promise or file has one of `words`, all without words; return the exit code."""
    chosen = [item for item in MUTATIONS if not words or any(word in f"{item.promise} {item.file}" for word in words)]
    with tempfile.TemporaryDirectory(prefix="studio-tui-mutants-") as folder:
        trees: Queue[Path] = Queue()
        for number in range(WORKERS):
            trees.put(copied(Path(folder) / str(number)))
        tree = trees.get()
        failing = fails(tree, sorted({test for item in chosen for test in item.tests}), LONGEST * len(chosen))
        trees.put(tree)
        if failing:
            print(f"The tests do not pass without any mutant:\n{failing}")
            return 1
        with ThreadPoolExecutor(WORKERS) as pool:
            bad = sum(1 for line in pool.map(lambda item: tried(item, trees), chosen) if told(line))
    print(f"{len(chosen) - bad} of {len(chosen)} mutants are noticed")
    return 1 if bad else 0


def copied(tree: Path) -> Path:
    """Copy what the tests need of the repository."""
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name)
        else:
            shutil.copy2(source, tree / name)
    return tree


def tried(mutation: Mutation, trees: Queue[Path]) -> tuple[Mutation, str, float]:
    """Return a mutant, what pytest said if it was noticed (or what is wrong), and the seconds that it took."""
    tree, began = trees.get(), time.monotonic()
    try:
        with mutated(tree, mutation):
            found = fails(tree, list(mutation.tests))
    except ValueError as error:
        return mutation, str(error), 0.0
    finally:
        trees.put(tree)
    return mutation, found, time.monotonic() - began


def told(line: tuple[Mutation, str, float]) -> bool:
    """Print one row of the table; return whether something is wrong with it."""
    mutation, said, seconds = line
    noticed = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", said, re.MULTILINE)
    word = f"noticed by {noticed[1]}" if noticed else said or "SURVIVED"
    print(f"{seconds:5.1f}s  {mutation.promise:<58} {mutation.file:<36} {word}", flush=True)
    return noticed is None


@contextmanager
def mutated(tree: Path, mutation: Mutation) -> Iterator[None]:
    """Have the error in the copy; ValueError if its place is not found."""
    path = tree / "studio_tui" / mutation.file
    before = path.read_text(encoding="utf-8")
    _write(path, mutation.applied_to(tree))
    try:
        yield
    finally:
        _write(path, before)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    age = next(_ages)  # compiled code is told from stale code by whole seconds
    os.utime(path, (age, age))


def fails(tree: Path, tests: list[str], seconds: int = LONGEST) -> str:
    """Run tests in a copy; return the end of what pytest said, empty if all passed; ValueError if it could not run."""
    names = [f"tests/{test}" for test in tests]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *names]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ValueError(f"its tests take more than {seconds} s") from None
    said = "\n".join(done.stdout.splitlines()[-15:])
    if done.returncode not in (PASSED, FAILED):
        raise ValueError(f"pytest ended with {done.returncode}: {said}{done.stderr[-500:]}")
    return said if done.returncode == FAILED else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
