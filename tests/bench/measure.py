"""Shared by the measuring scripts: medians, percentiles, figures, a program in a pseudo terminal. Never asserts."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FIGURES = "BENCH_FIGURES"
"""Names the file that every figure is written to as well, a JSON object a line: `__main__` makes its table of them."""
PEERS = "BENCH_PEERS"
"""Names folders, as PATH does, where other programs are that are measured beside ours (a virtual environment's `bin`).
"""


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def row(name: str, subject: float, yardstick: float, unit: str, goal: str) -> None:
    """Print one figure: subject, yardstick, ratio, what is wanted of it (such as `≤ 1.5`), and whether that is met."""
    figures = f"{subject:>9.1f} {unit:<4} vs {yardstick:>9.1f} {unit:<4}"
    ratio = subject / yardstick
    print(f"{name:<44} {figures}  ratio {ratio:>6.2f}  goal {goal}  {verdict(ratio, goal)}")
    _keep(name=name, value=ratio, goal=goal, subject=subject, yardstick=yardstick, unit=unit)


def figure(name: str, value: float, unit: str, goal: str) -> None:
    """Print one figure that has no yardstick."""
    print(f"{name:<44} {value:>9.2f} {unit:<32} goal {goal}  {verdict(value, goal)}")
    _keep(name=name, value=value, goal=goal, unit=unit)


def unmeasured(name: str, why: str) -> None:
    """Say that a figure cannot be had here, which is no miss."""
    print(f"{name:<44} not measured: {why}")
    _keep(name=name, why=why)


def verdict(value: float, goal: str) -> str:
    """Return whether a goal is met; nothing for one that is no bound."""
    bound = re.match(r"([≤≥<]) ?([\d.]+)", goal)
    if bound is None:
        return ""
    most = float(bound[2])
    return "met" if {"≤": value <= most, "<": value < most, "≥": value >= most}[bound[1]] else "MISSED"


def peer(program: str) -> str | None:
    """Return where another program is that is measured beside ours, None where it is not installed."""
    folder = os.environ.get(PEERS, "")
    return shutil.which(program, path=f"{folder}{os.pathsep}{os.environ.get('PATH', '')}")


def _keep(**record: object) -> None:
    if path := os.environ.get(FIGURES):
        with Path(path).open("a") as file:
            file.write(json.dumps(record) + "\n")


@dataclass
class Terminal:
    """A child process on a pseudo terminal of 120×36."""

    pid: int
    fd: int
    started: float
    output: bytes = b""

    @classmethod
    def start(
        cls, argv: Sequence[str], env: dict[str, str] | None = None, rows: int = 36, columns: int = 120
    ) -> Terminal:
        """Start `argv`; the clock starts just before the fork."""
        started = time.perf_counter()
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})})
            # As installed: modules are compiled once, whatever the environment of the measurement says.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.execvp(argv[0], list(argv))
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return cls(pid, fd, started)

    def read_until(self, wanted: Callable[[bytes], bool], timeout: float = 20.0) -> float:
        """Read until `wanted(output)`; return the seconds since the start. Raises TimeoutError."""
        while not wanted(self.output):
            left = self.started + timeout - time.perf_counter()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise TimeoutError(self.output[-2000:].decode("utf-8", "replace"))
            self.output += os.read(self.fd, 65536)
        return time.perf_counter() - self.started

    def drain(self, seconds: float) -> int:
        """Read for `seconds` and return how many bytes came."""
        end = time.perf_counter() + seconds
        count = 0
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                count += len(os.read(self.fd, 65536))
        return count

    def is_ready(self, patience: float) -> bool:
        """Tell whether there is something to read, at the latest after `patience` seconds."""
        return bool(select.select([self.fd], [], [], patience)[0])

    def read(self, most: int) -> bytes:
        """Return what there is, of it at most so many bytes."""
        return os.read(self.fd, most)

    def type(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def cpu_seconds(self) -> float:
        """Return the processor time used so far, children left out."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Return the resident memory in MB."""
        line = next(text for text in Path(f"/proc/{self.pid}/status").read_text().splitlines() if "VmRSS" in text)
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """Kill the child and reap it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def python(*argv: str) -> list[str]:
    """Return the command line of this interpreter with `argv`."""
    return [sys.executable, *argv]
