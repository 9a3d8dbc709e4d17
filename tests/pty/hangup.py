"""Takes the terminal away from the real program, as a dropped connection does, and looks at what is left.

    python -m tests.pty.hangup [TIMES] [--base-url URL]

Without a URL a `studio-tui demo` of its own is started for each fourth time, else a quiet server of the tests is used.
A third of the times the master of a pseudo terminal is closed while the screen is painted, a third `tmux kill-session`,
a third `tmux kill-server`; with the demo half of them while its server still starts. The text is typed in one burst,
and the terminal goes as soon as the program has read it. Prints for each kind how many processes and local servers
were gone within 2 s, how many drafts were kept, and the slowest.
"""

from __future__ import annotations

import argparse
import array
import fcntl
import math
import os
import statistics
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.pty.hostile_server import TAME, HostileServer
from tests.pty.terminal import Terminal, program

LIMIT = 2.0
"""Seconds after which a process has to be gone."""
PATIENCE = 12.0
"""Seconds after which nothing is waited for any more."""
DRAFT = "half a sentence"
PAINT = "\x1b" + "z1z2z3" * 40
"""Keys that have the whole screen painted again and again."""
READY = "enter Send"
"""On the screen when the composer has the focus."""


@dataclass(slots=True)
class Left:
    """What was left after one terminal was taken away."""

    seconds: float
    """Until the process was gone; infinite if it never was."""
    draft: bool
    """The draft is on disk."""
    servers: float = 0.0
    """Seconds until the processes of the local server were gone, too; 0 without one."""

    @property
    def good(self) -> bool:
        """Nothing is left, and nothing is lost."""
        return self.seconds <= LIMIT and self.draft and self.servers <= LIMIT


def close_master(arguments: list[str], folder: Path, *, starting: bool = False) -> Left:
    """Close the master of the program's terminal while it paints; `starting`: when its server does not answer yet."""
    with Terminal(program(*arguments), env=environment(folder), keeps_slave=False) as term:
        term.sees(READY if not starting else "Starting")
        if not starting and "demo" in arguments:
            term.sees("Message to")
        servers = children(term.pid)
        term.type(DRAFT)
        if not starting:
            term.type(PAINT)
        term.until(lambda: is_read(term.pid), "the keys read")
        started = time.monotonic()
        term.hang_up()
        times = gone_times([term.pid, *servers], started, reap=term)
    return Left(times[0], draft_in(folder), max(times[1:], default=0.0))


def kill_tmux(arguments: list[str], folder: Path, verb: str, *, starting: bool = False) -> Left:
    """Run the program in a tmux of its own and end that by `kill-session` or `kill-server`."""
    socket = str(folder / "tmux")
    env = {**os.environ, **environment(folder), "LC_ALL": "C.UTF-8"}
    env.pop("TMUX", None)

    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", socket, "-f", "/dev/null", *words], env=env, capture_output=True, text=True, check=False
        ).stdout

    def shows(text: str) -> None:
        _until(lambda: text in tmux("capture-pane", "-p", "-t", "one"), text)

    tmux("new-session", "-d", "-s", "one", "-x", "120", "-y", "36", *program(*arguments))
    try:
        pid = int(tmux("list-panes", "-t", "one", "-F", "#{pane_pid}").strip())
        shows(READY if not starting else "Starting")
        if not starting and "demo" in arguments:
            shows("Message to")
        servers = children(pid)
        tmux("send-keys", "-t", "one", "-l", DRAFT)
        if not starting:
            tmux("send-keys", "-t", "one", "Escape", *"z1z2z3z1z2z3")
        _until(lambda: is_read(pid), "the keys read")
        started = time.monotonic()
        tmux(verb, *(("-t", "one") if verb == "kill-session" else ()))
        times = gone_times([pid, *servers], started)
    finally:
        tmux("kill-server")
    return Left(times[0], draft_in(folder), max(times[1:], default=0.0))


def is_read(pid: int) -> bool:
    """Tell whether a program has read all that was typed for it; what it has not read is lost with a terminal."""
    for _look in range(2):
        time.sleep(0.02)  # the kernel hands over with a delay what was written
        if _unread(pid):
            return False
    return True


def _unread(pid: int) -> int:
    waiting = array.array("i", [0])
    slave = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(slave, termios.FIONREAD, waiting)
    finally:
        os.close(slave)
    return waiting[0]


def gone_times(pids: Sequence[int], started: float, *, reap: Terminal | None = None) -> list[float]:
    """Return for each process the seconds from `started` to its end; infinity when it did not come."""
    times = [math.inf] * len(pids)
    while math.inf in times and time.monotonic() - started < PATIENCE:
        for number, pid in enumerate(pids):
            if times[number] == math.inf and not alive(pid):
                times[number] = time.monotonic() - started
        time.sleep(0.01)
    if reap is not None and times[0] != math.inf:
        reap.gone_within(1.0)
    return times


def environment(folder: Path) -> dict[str, str]:
    """Folders of its own for one program."""
    return {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}


def draft_in(folder: Path) -> bool:
    """Tell whether the draft is on disk."""
    return any(DRAFT in path.read_text("utf-8") for path in folder.glob("state/**/*draft*/*") if path.is_file())


def children(pid: int) -> list[int]:
    """Return the processes below a process, however deep."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [number for word in words for number in (int(word), *children(int(word)))]


def alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def still_there(pids: list[int], patience: float = 6.0) -> int:
    """Give servers the time that they may take to stop, and count those that are left."""
    until = time.monotonic() + patience
    while any(alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    return sum(alive(pid) for pid in pids)


def _until(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 60
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.05)


def main() -> int:
    """Do it many times and print the figures."""
    reader = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    reader.add_argument("times", nargs="?", type=int, default=60)
    reader.add_argument("--base-url", default="")
    given = reader.parse_args()
    results: dict[str, list[Left]] = {}
    with HostileServer(TAME) as quiet:
        for turn in range(given.times):
            kind = ("master closed", "kill-session", "kill-server")[turn % 3]
            demo = not given.base_url and turn % 4 == 3
            starting = demo and turn % 8 == 3
            arguments = ["demo"] if demo else ["--base-url", given.base_url or quiet]
            with tempfile.TemporaryDirectory(prefix="hangup-") as name:
                folder = Path(name)
                left = (
                    close_master(arguments, folder, starting=starting)
                    if turn % 3 == 0
                    else kill_tmux(arguments, folder, kind, starting=starting)
                )
            kind += ", demo starting" if starting else ", demo" if demo else ""
            results.setdefault(kind, []).append(left)
            print(f"{turn + 1:3} {kind}: {left}", flush=True)
    return report(results)


def report(results: dict[str, list[Left]]) -> int:
    """Print the figures; return 1 unless all is well."""
    every = [left for all_left in results.values() for left in all_left]
    for kind, all_left in [*sorted(results.items()), ("all", every)]:
        seconds = sorted(left.seconds for left in all_left)
        servers = [left.servers for left in all_left if left.servers]
        print(
            f"{kind:28} {len(all_left):3}: gone {sum(item <= LIMIT for item in seconds)}, "
            f"drafts {sum(left.draft for left in all_left)}, "
            f"servers gone {sum(item <= LIMIT for item in servers)} of {len(servers)}; "
            f"process median {statistics.median(seconds):.2f} s, slowest {seconds[-1]:.2f} s; "
            f"server slowest {max(servers, default=0.0):.2f} s"
        )
    return 0 if all(left.good for left in every) else 1


if __name__ == "__main__":
    raise SystemExit(main())
