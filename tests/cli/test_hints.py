"""What is to be done after an error names no key here, and what a server says stays as it is."""

from __future__ import annotations

import pytest

from studio_tui.cli.output.stderr import tell
from studio_tui.errors import UsageError
from studio_tui.text.hint import Hint


def test_an_error_is_told_without_the_keys_of_the_terminal_ui(capsys: pytest.CaptureFixture[str]) -> None:
    tell(UsageError("Not connected", "There is no server yet.", Hint("Connect to one first ({server}).")))
    assert capsys.readouterr().err == "error: Not connected\nThere is no server yet.\nConnect to one first.\n"


def test_what_a_server_says_keeps_its_braces(capsys: pytest.CaptureFixture[str]) -> None:
    tell(UsageError("Refused ({refresh})", "use {continue} ({server})", "Did you mean {stop}?"))
    assert capsys.readouterr().err == "error: Refused ({refresh})\nuse {continue} ({server})\nDid you mean {stop}?\n"
