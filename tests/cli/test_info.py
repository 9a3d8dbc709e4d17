"""`info` tells every path that is read or written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from studio_tui.cli.kept_modules import place
from studio_tui.cli.main import main
from tests.paths import ROOT

KEPT = re.compile(r'_dir / f?"([^"{]+)')
"""How code names a file or folder in one of those that `Paths` has."""


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    made = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CACHE", "CONFIG", "STATE")}
    for name, value in made.items():
        monkeypatch.setenv(name, value)
    return made


def test_it_tells_every_file_and_folder_that_the_code_names(
    environ: dict[str, str], capsys: pytest.CaptureFixture[Any]
) -> None:
    named = {name for path in (ROOT / "studio_tui").rglob("*.py") for name in KEPT.findall(path.read_text())}
    assert main(["info", "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    told = [
        Path(path.removesuffix(" (not there)")).name for part in ("read", "written") for path in facts[part].values()
    ]
    assert {"graphs", "servers", "start-"} <= named
    assert not [name for name in named if not any(path.startswith(name) for path in told)]
    assert facts["written"]["module cache"] == place(environ)


def test_names_and_values_stand_apart(environ: dict[str, str], capsys: pytest.CaptureFixture[Any]) -> None:
    assert main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split() == ["start", "cache", line.split()[-1]] for line in lines)
    assert all(re.match(r"  \S.* \S", line) for line in lines if line.startswith("  "))
