"""P18: processor time that an event costs, of the program in a terminal and of `run --format jsonl`.

`python -m tests.bench.bench_cost [events]`. The yardstick is the official SDK, which only reads the same stream of the
same server; curl, where it is, does not even look at it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence

from tests.bench.bench_link import Glass
from tests.bench.measure import Terminal, peer, python, row, unmeasured
from tests.bench.served import Served
from tests.synthetic import THREAD

EVENTS = 40_000
PACES = (("small events, as fast as it goes", ()), ("large events, 20 000 a second", ("--rate", "20000", "--full")))
"""How much a reader pays depends on how much it gets at once: the faster, the less."""
SDK = """
import asyncio, sys, time
from langgraph_sdk import get_client
async def main():
    url, thread, mode = sys.argv[1:]
    stream = get_client(url=url).runs.stream(thread, "load", input={"n": 1}, stream_mode=[mode, "checkpoints"])
    begun = time.process_time()
    async for part in stream:
        pass
    print(time.process_time() - begun)
asyncio.run(main())
"""


def _sdk(url: str, mode: str, env: dict[str, str]) -> float:
    return float(subprocess.check_output(python("-c", SDK, url, THREAD, mode), env=env, text=True))


def _child(argv: list[str], env: dict[str, str]) -> float:
    """Return the processor time of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _jsonl(url: str, mode: str, env: dict[str, str]) -> float:
    run = ("run", "load", "--base-url", url, "--thread", THREAD, "--input", '{"n": 1}', "--stream-mode", mode)
    return _child(python("-m", "studio_tui", *run, "--stream-mode", "checkpoints", "--format", "jsonl"), env)


def _curl(url: str, mode: str, env: dict[str, str]) -> float:
    body = json.dumps({"assistant_id": "load", "input": {"n": 1}, "stream_mode": [mode, "checkpoints"]})
    head = "Content-Type: application/json"
    return _child([str(peer("curl")), "-s", "-N", "-H", head, "-d", body, f"{url}/threads/{THREAD}/runs/stream"], env)


def _terminal(url: str, mode: str, env: dict[str, str]) -> float:
    """The program in a terminal, from the key that starts the run to its end on the screen."""
    terminal = Terminal.start(python("-m", "studio_tui", "--base-url", url), env)
    glass = Glass(terminal)
    try:
        glass.until(lambda: any("__start__" in line for line in glass.lines))
        glass.wait(2.0)
        before = terminal.cpu_seconds()
        glass.press("1\r")
        glass.until(lambda: "DONE" in glass.lines[0])
        return terminal.cpu_seconds() - before
    finally:
        terminal.stop()


def _microseconds(
    measure: Callable[[str, str, dict[str, str]], float], how: Sequence[str], events: int, env: dict[str, str]
) -> float:
    """Return what one event costs; what the same takes with a single one is taken off."""
    kind = how[how.index("--kind") + 1]
    mode = "messages-tuple" if kind == "messages" else kind
    found = []
    for count in (1, events):  # the first one warms the file cache as well
        with Served("--events", str(count), *how) as url:
            found.append(measure(url, mode, env))
    return (found[1] - found[0]) / events * 1e6


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "XDG_STATE_HOME": f"{home}/s", "XDG_CONFIG_HOME": f"{home}/c"}
        env["PYTHONPYCACHEPREFIX"] = f"{home}/pyc"
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        _jsonl_is_compiled(env)
        for pace, (said, options) in enumerate(PACES):
            for kind in ("tasks", "messages"):
                how = (*options, "--kind", kind)
                sdk = _microseconds(_sdk, how, events, env)
                lines = _microseconds(_jsonl, how, events, env)
                row(f"P18 `run --format jsonl` / SDK, {kind}, {said}", lines, sdk, "µs", "≤ 1.5")
                row(f"P18 TUI / SDK, {kind}, {said}", _microseconds(_terminal, how, events, env), sdk, "µs", "≤ 1.5")
                if not pace and peer("curl"):
                    row(f"P18 curl / SDK, {kind}", _microseconds(_curl, how, events, env), sdk, "µs", "for comparison")
        if not peer("curl"):
            unmeasured("P18 curl / SDK", "curl is not installed")


def _jsonl_is_compiled(env: dict[str, str]) -> None:
    with Served("--events", "1") as url:
        _jsonl(url, "tasks", env)


if __name__ == "__main__":
    main()
