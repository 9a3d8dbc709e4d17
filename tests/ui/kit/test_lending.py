"""Lending the terminal: one borrower at a time."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio_tui.errors import UsageError
from studio_tui.ui.kit.terminal import lending


class App:
    def __init__(self) -> None:
        self.suspended = 0

    def batch_update(self) -> Any:
        return nullcontext()

    def suspend(self) -> Any:
        self.suspended += 1
        return nullcontext()


async def test_an_editor_asked_for_twice_opens_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`e` pressed twice opened two editors on one terminal, and no key reached the program after them."""
    paths = SimpleNamespace(drafts_dir=tmp_path)
    services = SimpleNamespace(options=SimpleNamespace(paths=paths), typeahead=SimpleNamespace(drop=lambda _why: None))
    monkeypatch.setattr(lending, "services_of", lambda _app: services)
    script = tmp_path / "editor"
    gate = tmp_path / "gate"
    script.write_text(f"#!/bin/sh\nuntil [ -e {gate} ]; do sleep 0.01; done\nprintf said > $1\n")
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    fake = App()
    app: Any = fake

    def drafts() -> int:
        return len(list(tmp_path.glob("edit-*")))

    first = asyncio.create_task(lending.edit(app, "text", ".md"))
    second = asyncio.create_task(lending.edit(app, "text", ".md"))
    try:
        with pytest.raises(UsageError, match="open already"):
            await second
        assert drafts() == 1, "no draft file is left behind"
    finally:
        gate.touch()
    assert await first == "said"
    assert fake.suspended == 1
    assert await lending.edit(app, "again", ".md") == "said", "the next time it opens"


@pytest.mark.parametrize(
    ("visual", "editor", "name"),
    [
        ("", "", "vi"),
        ("", "nano -w", "nano"),
        ("/opt/bin/code --wait", "vi", "code"),
        ("gone", "vi", ""),
        ("'", "", ""),
    ],
)
def test_an_editor_that_can_be_opened_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visual: str, editor: str, name: str
) -> None:
    for installed in ("vi", "nano", "code"):
        (tmp_path / installed).write_text("#!/bin/sh\n")
        (tmp_path / installed).chmod(0o700)
    for variable, value in (("VISUAL", visual.replace("/opt/bin", str(tmp_path))), ("EDITOR", editor)):
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lending.editor_name() == name
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert lending.editor_name() == (name if "/" in visual else "")
