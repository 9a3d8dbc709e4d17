"""A tiny process between the studio and its server: when the studio is gone, however it died, the server goes too.

Run as a script: `watchdog.py GRACE FOLDER COMMAND…`. Its standard input is a pipe that only the studio holds open;
the end of that pipe is the order to stop, `!` before it the order to hurry. FOLDER (may be empty) is removed at the
end, so a server that works in it has nothing to save. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading

STARTED = "studio-tui: server process "
"""Start of the first line printed; the process group of the server follows."""

_INSIST_SECONDS = 1.5
HURRY = b"!"
"""Written by a studio whose terminal is gone: nobody waits for this server any more, and nobody sees it linger."""
_HURRY_SECONDS = 0.8
"""What a server in a hurry gets to save its state."""


def main(argv: list[str]) -> int:
    """Run COMMAND until it ends or standard input does; return its exit code (128 + n after signal n)."""
    grace, folder, command = float(argv[0]), argv[1], argv[2:]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Handlers, not SIG_IGN: an ignored signal would be ignored by the server as well.
        signal.signal(number, lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    sys.stdout.write(f"{STARTED}{child.pid}\n")
    sys.stdout.flush()
    gone = threading.Event()
    hurried = 0.0 if folder else min(grace, _HURRY_SECONDS)
    threading.Thread(target=_stop_at_end_of_input, args=(child.pid, grace, hurried, gone), daemon=True).start()
    code = child.wait()
    gone.set()
    _signal(child.pid, signal.SIGKILL)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    return code if code >= 0 else 128 - code


def _stop_at_end_of_input(group: int, grace: float, hurried: float, gone: threading.Event) -> None:
    in_a_hurry = False
    while said := os.read(0, 4096):
        in_a_hurry = in_a_hurry or HURRY in said
    steps = [(signal.SIGTERM, grace), (signal.SIGINT, _INSIST_SECONDS)]
    if in_a_hurry:
        steps = [(signal.SIGTERM, hurried)] if hurried else []
    for number, seconds in steps:
        _signal(group, number)
        if gone.wait(seconds):
            return
    _signal(group, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
