"""The command line in this process: words in, exit code and both streams out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from studio_tui.cli.main import main


class Said(NamedTuple):
    """What one invocation of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Said]


def say(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run `studio-tui WORDS…`."""
    try:
        code = main(list(words))
    except SystemExit as left:
        code = int(left.code or 0)
    streams = capsys.readouterr()
    return Said(code, streams.out, streams.err)
