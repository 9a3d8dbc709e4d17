"""Takes the terminal away from the real program, as a dropped connection does, and looks at what is left.

    python -m tests.pty.hangup [TIMES] [--base-url URL]

Without a URL a `studio-tui demo` of its own is started for each fourth time, else a quiet server of the tests is used.
A third of the times the master of a pseudo terminal is closed while the screen is painted, a third `tmux kill-session`,
a third `tmux kill-server`. Prints for each kind how many processes were gone within 2 s, and the slowest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.pty.hostile_server import TAME, HostileServer
from tests.pty.terminal import Terminal, program

LIMIT = 2.0
"""Seconds after which a process has to be gone."""
DRAFT = "half a sentence"


@dataclass(slots=True)
class Left:
    """What was left after one terminal was taken away."""

    seconds: float
    """Until the process was gone; infinite if it never was."""
    draft: bool
    """The draft is on disk."""
    servers: int = 0
    """Processes of the local server that are still there."""

    @property
    def good(self) -> bool:
        """Nothing is left, and nothing is lost."""
        return self.seconds <= LIMIT and self.draft and not self.servers


def close_master(arguments: list[str], folder: Path, *, first: int = 0, wait: str = "^f history") -> Left:
    """Close the master of the program's terminal while it paints; `first` is a signal sent after that."""
    with Terminal(program(*arguments), env=environment(folder), keeps_slave=False) as term:
        term.sees(wait)
        term.type(DRAFT)
        term.sees(DRAFT)
        term.reads_for(1.5)  # the assistant that the draft belongs to may still be on its way
        servers = children(term.pid)
        term.type("\x1b" + "z1z2z3" * 40)
        term.reads_for(0.1)
        term.hang_up()
        if first:
            os.kill(term.pid, first)
        seconds = term.gone_within(10.0)
    return Left(seconds, draft_in(folder), still_there(servers))


def kill_tmux(arguments: list[str], folder: Path, verb: str, *, wait: str = "^f history") -> Left:
    """Run the program in a tmux of its own and end that by `kill-session` or `kill-server`."""
    socket = str(folder / "tmux")
    env = {**os.environ, **environment(folder), "LC_ALL": "C.UTF-8"}
    env.pop("TMUX", None)

    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", socket, "-f", "/dev/null", *words], env=env, capture_output=True, text=True, check=False
        ).stdout

    tmux("new-session", "-d", "-s", "one", "-x", "120", "-y", "36", *program(*arguments))
    try:
        pid = int(tmux("list-panes", "-t", "one", "-F", "#{pane_pid}").strip())
        _until(lambda: wait in tmux("capture-pane", "-p", "-t", "one"), wait)
        tmux("send-keys", "-t", "one", "-l", DRAFT)
        _until(lambda: DRAFT in tmux("capture-pane", "-p", "-t", "one"), DRAFT)
        time.sleep(1.5)
        servers = children(pid)
        tmux("send-keys", "-t", "one", "Escape", *"z1z2z3z1z2z3")
        tmux(verb, *(("-t", "one") if verb == "kill-session" else ()))
        started = time.monotonic()
        while alive(pid) and time.monotonic() - started < 10.0:
            time.sleep(0.01)
        seconds = float("inf") if alive(pid) else time.monotonic() - started
    finally:
        tmux("kill-server")
    return Left(seconds, draft_in(folder), still_there(servers))


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


def _until(condition: object, what: str) -> None:
    until = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        if time.monotonic() > until:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.1)


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
            arguments = ["demo"] if demo else ["--base-url", given.base_url or quiet]
            with tempfile.TemporaryDirectory(prefix="hangup-") as name:
                folder = Path(name)
                left = (
                    close_master(arguments, folder) if turn % 3 == 0 else kill_tmux(arguments, folder, kind)
                )  # fmt: skip
            results.setdefault(f"{kind}{', demo' if demo else ''}", []).append(left)
            print(f"{turn + 1:3} {kind}{' demo' if demo else ''}: {left}", flush=True)
    bad = 0
    for kind, all_left in sorted(results.items()):
        good = sum(left.good for left in all_left)
        bad += len(all_left) - good
        slowest = max(left.seconds for left in all_left)
        print(f"{kind:24} {good} of {len(all_left)} good, slowest gone after {slowest:.2f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
