"""The documents for developers name only what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "studio_tui"


def _named(text: str) -> set[str]:
    """Return the paths between backquotes: those with a slash or the ending of a file."""
    return {name for name in re.findall(r"`([a-zA-Z_/.]+)`", text) if "/" in name or name.endswith((".py", ".md"))}


@pytest.mark.parametrize(("document", "least"), [("studio_tui/ARCHITECTURE.md", 40), ("tests/README.md", 20)])
def test_every_path_in_the_documents_exists(document: str, least: int) -> None:
    path = ROOT / document
    named = _named(path.read_text(encoding="utf-8"))
    assert len(named) > least
    assert not [name for name in sorted(named) if not (path.parent / name).exists() and not (ROOT / name).exists()]
