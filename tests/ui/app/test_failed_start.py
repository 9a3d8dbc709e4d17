"""What a program used that failed, the next start does not use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio_tui.config.start_cache import StartCache
from studio_tui.ui.app import run
from studio_tui.ui.app.app import StudioApp
from tests.ui.conftest import Start


async def test_a_crash_of_the_ui_deletes_what_the_start_left(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[Any]
) -> None:
    class Watched:
        def __init__(self, *_: object) -> None:
            self.watch = lambda: None

    def fails(_: StudioApp) -> None:
        raise ZeroDivisionError("for a test")

    monkeypatch.setattr(run, "refusal", lambda *_: "")
    monkeypatch.setattr(run, "_line_settings", lambda: None)
    monkeypatch.setattr(run, "restore_lines", lambda _: None)
    monkeypatch.setattr(run, "Ending", Watched)
    monkeypatch.setattr(StudioApp, "run", fails)
    cache = StartCache(tmp_path / "start.bin")
    cache.put("exec", "text", b"code")
    cache.save()
    async with start() as it:
        options = it.app.options
    assert run.run_ui(options, StartCache(tmp_path / "start.bin")) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert not (tmp_path / "start.bin").exists()
