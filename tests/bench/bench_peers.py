"""Other programs of the kind beside ours, in the same run: first paint, bytes to the terminal, memory.

`BENCH_PEERS=/a/venv/bin python -m tests.bench.bench_peers [runs]`. Those that are not installed are told and left out.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.bench_start import BARE, SHOWN
from tests.bench.measure import Terminal, median, peer, python, row, unmeasured
from tests.bench.served import Served


@dataclass
class Program:
    """What to start, by what its first paint is known, and what was measured."""

    argv: list[str]
    marks: tuple[bytes, ...]
    milliseconds: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def measure(self, env: dict[str, str], settle: float = 2.5) -> None:
        terminal = Terminal.start(self.argv, env)
        try:
            self.milliseconds.append(terminal.read_until(lambda out: any(mark in out for mark in self.marks)) * 1000)
            self.kilobytes.append((len(terminal.output) + terminal.drain(settle)) / 1000)
            self.megabytes.append(terminal.rss_mb())
        finally:
            terminal.stop()


def _programs(url: str, log: Path) -> dict[str, Program]:
    found = {
        "bare": Program(python("-c", BARE), (b"READY-MARK",)),
        "studio-tui": Program(python("-m", "studio_tui", "--base-url", url), SHOWN),
    }
    for name, program, arguments, mark in (
        ("toolong", "tl", [str(log)], b"first-line"),
        ("harlequin", "harlequin", [], b"Query Editor"),
    ):
        if where := peer(program):
            found[name] = Program([where, *arguments], (mark,))
        else:
            unmeasured(f"first paint / bare, {name}", "it is not installed")
    return found


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as home, Served() as url:
        log = Path(home) / "a.log"
        log.write_text("first-line\nsecond\n")
        env = {"HOME": home, "XDG_STATE_HOME": f"{home}/s", "XDG_CONFIG_HOME": f"{home}/c"}
        env |= {"XDG_DATA_HOME": f"{home}/d", "XDG_CACHE_HOME": f"{home}/k", "PYTHONPYCACHEPREFIX": f"{home}/pyc"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        programs = _programs(url, log)
        for number in range(runs + 1):
            for name, program in list(programs.items()):
                try:
                    program.measure(env)
                except OSError:
                    del programs[name]
                    unmeasured(f"first paint / bare, {name}", "it does not start")
                    continue
                if not number:  # the first round compiles
                    program.milliseconds.clear()
                    program.kilobytes.clear()
                    program.megabytes.clear()
    bare = programs.pop("bare")
    for name, program in programs.items():
        row(f"first paint / bare, {name}", median(program.milliseconds), median(bare.milliseconds), "ms", "to compare")
        row(f"bytes at the start / bare, {name}", median(program.kilobytes), median(bare.kilobytes), "kB", "to compare")
        row(f"memory / bare, {name}", median(program.megabytes), median(bare.megabytes), "MB", "to compare")


if __name__ == "__main__":
    main()
