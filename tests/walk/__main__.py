"""A long walk: `python -m tests.walk --minutes 30 [--seed N] [--base-url URL]`, by default on its own demo server."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
import traceback
from pathlib import Path

from studio_tui.log import RING, start_log
from tests.server.counting_proxy import CountingProxy
from tests.server.driven import driven
from tests.walk.walker import Lost, Walker

STEPS = 25


async def walk(base_url: str, minutes: float, seed: int) -> int:
    """Walk until the time is over, with a new app for each seed; return how often something was found."""
    end, found, total = time.monotonic() + minutes * 60, 0, 0
    while time.monotonic() < end:
        proxy = CountingProxy(base_url)
        url = await proxy.open()
        start_log()
        RING.lines.clear()
        walker: Walker | None = None
        try:
            with tempfile.TemporaryDirectory(prefix="walk-") as folder:
                async with driven(url, Path(folder), "long_countdown") as it:
                    walker = Walker(it, proxy, seed)
                    until = min(end, time.monotonic() + 180)
                    while time.monotonic() < until:
                        await walker.stretch(STEPS, quiet=walker.stretches % 3 != 2)
        except (Exception, Lost) as error:
            found += 1
            story = traceback.format_exc() if not isinstance(error, Lost) else str(error)
            print(f"--- found, seed {seed}: {type(error).__name__}\n{story}\n", flush=True)
            if walker is not None and not isinstance(error, Lost):
                print("trail:", " ".join(walker.trail), flush=True)
        finally:
            await proxy.close()
        faults = [line for line in RING.lines if " ERROR " in line]
        for line in {line.partition("\n")[0] + " … " + line.rpartition("\n")[2] for line in faults}:
            print("log:", line, flush=True)
        if walker is not None:
            total += walker.steps
            print(f"seed {seed}: {walker.stretches} stretches, {walker.steps} steps, {walker.runs} runs", flush=True)
        seed += 1
    print(f"{total} steps, {found} found")
    return found


async def main() -> int:
    """Read the arguments and walk."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--minutes", type=float, default=30)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--base-url", default="")
    given = reader.parse_args()
    os.environ.setdefault("STUDIO_TUI_DEMO_PACE", "0")
    os.environ["HOME"] = os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="walk-")
    if given.base_url:
        return await walk(given.base_url, given.minutes, given.seed)
    from studio_tui.local import demo_server

    server = demo_server()
    try:
        return await walk(await server.start(), given.minutes, given.seed)
    finally:
        await server.stop()


if __name__ == "__main__":
    raise SystemExit(1 if asyncio.run(main()) else 0)
