"""Modules of the last start are used by the next one, where all is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio_tui.cli import kept_modules
from studio_tui.cli.kept_modules import HEAD, WORD, folder
from studio_tui.config.paths import find_paths
from tests.paths import ROOT

BEGIN = """
import os, sys
from studio_tui.cli import kept_modules, kept_modules_file
kept_modules.begin(os.environ)
kept = kept_modules.STARTS[0]
"""
WRITE = (
    BEGIN
    + """
import difflib
import made_up
kept_modules_file.write(kept, sys.modules)
kept.end()
"""
)
USE = (
    BEGIN
    + """
import difflib
import made_up
print(type(difflib.__loader__).__name__, type(made_up.__loader__).__name__, made_up.WORD, kept.missed)
"""
)
MADE_UP = """
WORD = "first"
"""


class Start:
    """A program that imports a made-up module, with a cache folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.source = home / "modules" / "made_up.py"
        self.source.parent.mkdir()
        self.source.write_text(MADE_UP)
        self("import made_up")  # whose byte code makes a folder
        self(WRITE)

    def __call__(self, code: str, *flags: str, **env: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environ = {**kept, "XDG_CACHE_HOME": f"{self.home}/cache", "PYTHONPATH": str(self.source.parent), **env}
        argv = [sys.executable, *flags, "-c", code]
        done = subprocess.run(argv, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def file(self) -> Path:
        (file,) = (self.home / "cache" / "studio-tui").iterdir()
        return file


USED = "_Loader _Loader first 0"
UNUSED = "SourceFileLoader SourceFileLoader first"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return Start(tmp_path)


def test_the_next_start_takes_modules_from_the_file(start: Start) -> None:
    assert start(USE) == USED
    assert start.file.stat().st_mode & 0o777 == 0o600
    assert start.file.parent.stat().st_mode & 0o777 == 0o700


def test_a_module_looks_as_it_does_without_the_file(start: Start) -> None:
    looks = """
import importlib.util, made_up, textual, inspect
for module in (made_up, textual):
    spec = module.__spec__
    print(module.__file__, module.__cached__, getattr(module, "__path__", None), spec.origin, spec.has_location,
          spec.parent, len(inspect.getsource(module)), importlib.util.find_spec(module.__name__).origin)
"""
    start(BEGIN + "import importlib.util, made_up, textual\nkept_modules_file.write(kept, sys.modules)")
    assert start(BEGIN + looks + "assert type(textual.__loader__).__name__ == '_Loader'") == start(looks)


def test_a_changed_source_is_read(start: Start) -> None:
    start.source.write_text(MADE_UP.replace("first", "second"))
    assert start(USE).startswith("_Loader SourceFileLoader second")
    assert start(WRITE) == ""
    assert start(USE) == "_Loader _Loader second 0"


def test_another_module_of_the_name_in_an_earlier_folder_is_imported(start: Start, tmp_path: Path) -> None:
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "made_up.py").write_text('WORD = "other"')
    assert start(USE, PYTHONPATH=f"{tmp_path}/earlier:{start.source.parent}").startswith(
        "SourceFileLoader SourceFileLoader other"
    )
    moved = f"import sys, studio_tui; sys.path[0] = {str(tmp_path / 'earlier')!r}\n"
    assert start(moved + USE).startswith("SourceFileLoader SourceFileLoader other")


def test_what_is_installed_later_may_hide_a_module(start: Start) -> None:
    (start.source.parent / "something_new.py").touch()
    assert start(USE).startswith(UNUSED)


@pytest.mark.parametrize("flags", [("-O",), ("-X", "pycache_prefix=/nowhere")])
def test_another_python_uses_nothing(start: Start, flags: tuple[str, ...]) -> None:
    assert start(USE, *flags).startswith(UNUSED)


@pytest.mark.parametrize("mode", [0o644, 0o620, 0o666])
def test_a_file_that_others_may_touch_is_not_used(start: Start, mode: int) -> None:
    start.file.chmod(mode)
    assert start(USE).startswith(UNUSED)


def test_a_folder_that_others_may_touch_is_neither_used_nor_written_to(start: Start) -> None:
    start.file.parent.chmod(0o755)
    assert start(USE).startswith(UNUSED)
    before = start.file.stat()
    start(WRITE)
    assert start.file.stat() == before


def test_a_link_is_not_followed(start: Start, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    start.file.rename(elsewhere)
    (start.home / "cache" / "studio-tui" / elsewhere.name).symlink_to(elsewhere)
    assert start(USE).startswith(UNUSED)


@pytest.mark.parametrize("keep", [0, 5, HEAD - 1, HEAD, 5000, -1])
def test_a_broken_file_is_deleted(start: Start, keep: int) -> None:
    file = start.file
    file.write_bytes(file.read_bytes()[:keep])
    assert start(USE).startswith(UNUSED)
    assert not file.exists()


def test_broken_code_of_a_module_is_read_from_its_own_file(start: Start) -> None:
    body = start.file.read_bytes()
    index = int.from_bytes(body[HEAD - 2 * WORD : HEAD - WORD], "little")
    start.file.write_bytes(body[:HEAD] + b"?" * (index - HEAD) + body[index:])
    assert start(USE) == USED  # found there, and its code taken from elsewhere
    assert not list((start.home / "cache" / "studio-tui").iterdir())


def test_damaged_code_that_can_be_read_is_not_run(start: Start) -> None:
    """It could do anything, such as end the program: in this start and in all that come."""
    body = start.file.read_bytes()
    start.file.write_bytes(body.replace(b"first", b"worst"))
    assert start(USE) == USED
    assert not list((start.home / "cache" / "studio-tui").iterdir())


def test_a_damaged_index_is_not_used(start: Start) -> None:
    file, body = start.file, start.file.read_bytes()
    at = body.rindex(b"difflib.py")
    file.write_bytes(body[:at] + b"x" + body[at + 1 :])
    assert start(USE).startswith(UNUSED)
    assert not file.exists()


def test_a_program_that_failed_imports_nothing_more_from_there(start: Start) -> None:
    assert start(BEGIN + "kept_modules.distrust()\nimport made_up\nprint(type(made_up.__loader__).__name__)") == (
        "SourceFileLoader"
    )


def test_after_the_start_everything_is_as_python_has_it(start: Start) -> None:
    code = """
before = list(sys.meta_path)
from studio_tui.cli import kept_modules, kept_modules_file
kept_modules.begin(os.environ)
kept_modules.STARTS[0].end()
print(list(sys.meta_path) == before)
import made_up
print(type(made_up.__loader__).__name__)
"""
    assert start("import os, sys" + code).split() == ["True", "SourceFileLoader"]


def test_a_start_that_failed_leaves_nothing_to_the_next(start: Start) -> None:
    start(BEGIN + "kept_modules.distrust()")
    assert not list((start.home / "cache" / "studio-tui").iterdir())
    refused = "try:\n    kept_modules_file.write(kept, sys.modules)\nexcept ValueError:\n    pass"
    start(BEGIN + "kept_modules.distrust()\nimport difflib, made_up\n" + refused)
    assert not list((start.home / "cache" / "studio-tui").iterdir())


def test_somebody_elses_imports_are_left_alone(start: Start) -> None:
    assert start(
        "import sys; sys.meta_path.insert(0, type('Finder', (), {'find_spec': lambda *_: None})())" + USE
    ).startswith(UNUSED)


def test_nothing_is_written_where_no_byte_code_is_to_be_written(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.file.unlink()
    start(BEGIN + "import textual\nsys.dont_write_bytecode = True\nkept_modules_file.settle(kept)")
    assert not list((start.home / "cache" / "studio-tui").iterdir())


def test_it_is_written_once(start: Start) -> None:
    settle = """
import threading, made_up, difflib
kept_modules_file.settle(kept)
[thread.join() for thread in threading.enumerate() if thread.name == "kept-modules"]
"""
    start(BEGIN + settle.replace("difflib", "difflib, textual"))
    before = start.file.stat()
    start(BEGIN + settle)  # what else the last start had does not matter
    assert start.file.stat().st_ino == before.st_ino


def test_what_has_no_byte_code_of_its_own_is_no_reason_to_write(start: Start) -> None:
    names = [f"bare_{number}" for number in range(20)]
    for name in names:
        (start.source.parent / f"{name}.py").touch()
    settle = f"""
import threading, made_up, difflib, {", ".join(names)}
kept_modules_file.settle(kept)
[thread.join() for thread in threading.enumerate() if thread.name == "kept-modules"]
"""
    before = "sys.dont_write_bytecode = True\n", "sys.dont_write_bytecode = False\n"
    start(WRITE)  # the folder is another now
    inode = start.file.stat().st_ino
    start(BEGIN + before[0] + settle.replace("\nkept", f"\n{before[1]}kept", 1))
    assert start.file.stat().st_ino == inode


def test_what_a_start_left_that_ended_while_it_wrote_is_deleted(start: Start) -> None:
    """Even one of the same number, as processes in containers have; that of a process that lives stays."""
    folder = start.file.parent
    for whose in ("99999999", "9" * 30, str(os.getpid()), "x"):
        folder.joinpath(f"modules-1.bin.{whose}").touch()
    start(
        WRITE.replace(
            "kept_modules_file.write", "open(f'{kept.path}.{os.getpid()}', 'w').close()\nkept_modules_file.write"
        )
    )
    assert {path.name for path in folder.iterdir() if not path.name.endswith(".bin")} == {
        f"modules-1.bin.{os.getpid()}",
        "modules-1.bin.x",
    }
    assert start(USE) == USED


def test_few_files_are_kept(start: Start) -> None:
    for number in range(9):
        (start.file.parent if number == 0 else start.home / "cache" / "studio-tui").joinpath(
            f"modules-{number}.bin"
        ).touch()
    start(WRITE)
    assert len(list((start.home / "cache" / "studio-tui").iterdir())) == 4


@pytest.mark.parametrize(
    ("environ", "where"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/studio-tui"),
        ({"XDG_CACHE_HOME": "c", "HOME": "/h"}, "/h/.cache/studio-tui"),
        ({"HOME": "/h"}, "/h/.cache/studio-tui"),
        ({"HOME": "h"}, ""),
        ({}, ""),
    ],
)
def test_where_it_is(environ: dict[str, str], where: str) -> None:
    assert folder(environ) == where


def test_without_a_folder_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_modules, "STARTS", [])
    kept_modules.begin({})
    assert kept_modules.STARTS == []


def test_it_is_where_everything_is_that_can_be_made_anew() -> None:
    for environ in ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, {"XDG_CACHE_HOME": "c", "HOME": "/h"}, {"HOME": "/h"}):
        assert folder(environ) == str(find_paths(environ).cache_dir)
