"""What a copy hands to the terminal's clipboard and to the file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.geometry import Size
from textual.notifications import Notifications

from studio_tui.config.paths import Paths
from studio_tui.ui.contracts.options import UiOptions
from studio_tui.ui.kit.terminal.clipboard import copy


class App:
    """Keeps what would go to the terminal."""

    def __init__(self, options: UiOptions) -> None:
        self.options = options
        self.app = self.services = self
        self.copied: list[str] = []
        self._notifications = Notifications()
        self.size, self.screen_stack = Size(80, 24), ()

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    def _refresh_notifications(self) -> None:
        """Say nothing."""


def test_a_copy_of_a_servers_text_drives_no_shell(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "config", tmp_path / "state", tmp_path / "project.toml")
    app: Any = App(UiOptions(paths=paths))
    copy(app, "ls\x1b[201~\rrm -rf ~\r\x9b\u202e\ud83d", "a value")
    assert app.copied == ["ls␛[201~␍rm -rf ~␍<U+009B><U+202E><U+D83D>"]
    assert paths.clipboard_file.read_text("utf-8") == app.copied[0]
