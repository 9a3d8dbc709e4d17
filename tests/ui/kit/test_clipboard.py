"""What a copy hands to the terminal's clipboard and to the file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio_tui.config.paths import find_paths
from studio_tui.ui.kit.terminal.clipboard import copy


class App:
    """Keeps what would go to the terminal."""

    def __init__(self) -> None:
        self.copied: list[str] = []
        self._notifications: list[object] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    def notify(self, *_args: object, **_more: object) -> None:
        """Say nothing."""


def test_a_copy_of_a_servers_text_drives_no_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app: Any = App()
    copy(app, "ls\x1b[201~\rrm -rf ~\r\x9b\u202e\ud83d", "a value")
    assert app.copied == ["ls␛[201~␍rm -rf ~␍<U+009B><U+202E><U+D83D>"]
    assert find_paths().clipboard_file.read_text("utf-8") == app.copied[0]
