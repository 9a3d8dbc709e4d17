"""What a program used that failed, the next start does not use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio_tui.config.start_cache import StartCache
from studio_tui.ui.app import run
from studio_tui.ui.app.app import StudioApp
from tests.ui.conftest import Start


def _raises(_: StudioApp) -> None:
    raise ZeroDivisionError("for a test")


def _ends(app: StudioApp) -> None:
    """Do what Textual does with the fault of a widget."""
    app._exception = ZeroDivisionError("for a test")
    app._return_code = 1


@pytest.mark.parametrize("fails", [_raises, _ends])
async def test_a_crash_of_the_ui_deletes_what_the_start_left(
    fails: Callable[[StudioApp], None], start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watched:
        def __init__(self, *_: object) -> None:
            self.watch = lambda: None

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
    assert not (tmp_path / "start.bin").exists()
