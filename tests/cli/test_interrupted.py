"""Ctrl+C at any moment ends with 130 and without a trace."""

from __future__ import annotations

import pytest

from studio_tui.cli.main import main


@pytest.mark.parametrize("where", ["studio_tui.cli.grammar.parser.parse", "studio_tui.cli.main._dispatch"])
def test_it_ends_the_program_also_before_the_command_line_is_read(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    assert main(["threads", "ls"]) == 130
    said = capsys.readouterr()
    assert said.out + said.err == ""
