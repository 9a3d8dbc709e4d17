"""The driver finds the size that Textual's finds, without `shutil`."""

from __future__ import annotations

import os
from typing import Any, cast

import pytest
from textual.drivers.linux_driver import LinuxDriver

from studio_tui.ui.kit.terminal.driver import TerminalDriver


@pytest.mark.parametrize("found", [(100, 40), (0, 0), (0, 7), None])
@pytest.mark.parametrize("columns", ["77", "0", "-3", "wide", None])
@pytest.mark.parametrize("lines", ["21", "0", "", None])
def test_the_size_is_textuals(
    monkeypatch: pytest.MonkeyPatch, found: tuple[int, int] | None, columns: str | None, lines: str | None
) -> None:
    def asked(*_: object) -> os.terminal_size:
        if found is None:
            raise OSError
        return os.terminal_size(found)

    monkeypatch.setattr(os, "get_terminal_size", asked)
    for name, value in (("COLUMNS", columns), ("LINES", lines)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    nobody = cast("Any", None)
    assert TerminalDriver._get_terminal_size(nobody) == LinuxDriver._get_terminal_size(nobody)
