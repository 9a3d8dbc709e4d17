"""Every command that prints, with an output that takes nothing: one sentence, and the code that the outcome has.

`doctor` is tried with real streams, in `tests/pty`.
"""

from __future__ import annotations

import io
import sys

import pytest

from studio_tui.cli.output import streams
from tests.cli.cli_host import Cli, CliServer, paused
from tests.core.fakes import THREAD, FakeRun, stamped

ASKS = {"id": "aa11bb22", "value": "left?", "node": "left"}


class Full(io.RawIOBase):
    """A full disk."""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        raise OSError(28, "No space left on device")


class Output(streams._Output):
    """Takes nothing, and reports no error when the test lets go of it."""

    def close(self) -> None:
        self.detach()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--version",), 1),
        (("--help",), 1),
        (("run", "--help"), 1),
        (("info",), 1),
        (("completion", "bash"), 1),
        (("graph", "demo"), 1),
        (("assistants", "ls"), 1),
        (("assistants", "show", "demo"), 1),
        (("threads", "ls"), 1),
        (("threads", "show", THREAD), 1),
        (("threads", "show", "nosuch"), 4),
        (("threads", "new"), 1),
        (("state", THREAD), 1),
        (("state", THREAD, "--format", "json"), 1),
        (("history", THREAD), 1),
        (("runs", "ls", THREAD), 0),
        (("resume", THREAD, "1", "--format", "json"), 5),  # what the code says counts
        (("run", "demo", "--input", "{}", "--thread", THREAD, "--format", "json"), 5),
        (("run", "nosuch", "--input", "{}"), 4),
        (("run", "demo", "--nosuch"), 2),
        (("nosuch",), 2),
    ],
)
def test_a_full_disk_is_said_once_and_costs_no_code_that_says_more(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    paused(cli_server, ASKS)
    cli_server.scripts.append(FakeRun(stamped(3)))
    normal = cli(*words)
    cli_server.scripts[:] = [FakeRun(stamped(3))]
    paused(cli_server, ASKS)
    monkeypatch.setattr(streams, "mend", lambda: None)
    monkeypatch.setattr(streams, "_drop", lambda *_: None)
    monkeypatch.setattr(sys, "stdout", Output(io.BufferedWriter(Full()), "utf-8"))
    full = cli(*words)
    assert full.code == code
    assert full.code in (normal.code, 1)
    assert "Traceback" not in full.err
    if normal.out:
        assert full.err.count("error: The output could not be written: No space left on device") == 1
