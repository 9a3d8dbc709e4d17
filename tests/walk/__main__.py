"""A long walk: `python -m tests.walk --minutes 30 [--seed N] [--base-url URL]`, by default on its own demo server."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, cast

import httpx

from studio_tui.config.paths import find_paths
from studio_tui.crossing import Crossing
from studio_tui.local import LocalServer
from studio_tui.ui.app.app import StudioApp
from tests.server.driven import driven
from tests.walk import told
from tests.walk.look import Lost
from tests.walk.rough_proxy import RoughProxy
from tests.walk.walker import Walker

STEPS = 40
ONE_APP = 180.0
"""Seconds until the app is left and another one begins."""


class Account:
    """What all apps of a walk saw."""

    def __init__(self) -> None:
        self.screens: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.steps = self.found = 0

    def add(self, walker: Walker) -> None:
        """Count what one walker did."""
        self.screens |= walker.screens
        self.kinds.update(walker.done)
        self.steps += walker.steps
        print(f"seed {walker.seed}: {walker.stretches} stretches, {walker.steps} steps, {walker.runs} runs", flush=True)

    def tell(self) -> None:
        """Print the end line."""
        missing = sorted(told.all_screens() - self.screens)
        print(f"{len(self.screens)} kinds of screens; never opened: {', '.join(missing) or 'none'}")
        print(f"{self.steps} steps, {self.found} found", flush=True)


class OwnServer:
    """The walk's server as the one that the app has started: it shows its log, and is not ended with the app."""

    def __init__(self, server: LocalServer, app: StudioApp) -> None:
        self.launch = server.launch
        self._server = server
        self._app = app

    def attach(self) -> None:
        """Hand the log's lines over from now on; to be called by the app."""
        crossing = Crossing()
        self._server.listen(lambda line: crossing.call(self._app.studio.on_server_log, line))

    async def stop(self) -> None:
        """Other apps of the walk need it."""

    def close(self) -> None:
        """Other apps of the walk need it."""


async def two_versions(base_url: str) -> None:
    """Have an assistant whose versions can be compared."""
    async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
        made = await client.post("/assistants", json={"graph_id": "long_countdown", "name": "of two versions"})
        path = f"/assistants/{made.raise_for_status().json()['assistant_id']}"
        (await client.patch(path, json={"metadata": {"version": "second"}})).raise_for_status()


async def one_app(base_url: str, seed: int, until: float, account: Account, server: LocalServer | None) -> None:
    """Walk over one app until that time, and leave it. Raises what was found."""
    proxy = RoughProxy(base_url)
    url = await proxy.open()
    walker: Walker | None = None
    try:
        with tempfile.TemporaryDirectory(prefix="walk-") as folder:
            async with driven(url, Path(folder), "long_countdown") as it:
                if server is not None:
                    it.app.local = own = cast("Any", OwnServer(server, it.app))
                    it.app.call_next(own.attach)
                walker = Walker(it, proxy, seed)
                try:
                    while time.monotonic() < until:
                        turn = walker.stretches % 4
                        await walker.stretch(STEPS, quiet=turn in (0, 2), rough=turn in (2, 3))
                    await walker.end()
                finally:
                    walker.look.close()
        if left := walker.look.left():
            raise Lost(f"threads that are left: {left}")
    finally:
        await proxy.close()
        if walker is not None:
            account.add(walker)


async def walk(base_url: str, minutes: float, seed: int, server: LocalServer | None = None) -> int:
    """Walk until the time is over, with a new app for each seed; return how often something was found."""
    end, account = time.monotonic() + minutes * 60, Account()
    await two_versions(base_url)
    while time.monotonic() < end:
        try:
            await one_app(base_url, seed, min(end, time.monotonic() + ONE_APP), account, server)
        except (Exception, Lost) as error:
            account.found += 1
            story = str(error) if isinstance(error, Lost) else traceback.format_exc()
            print(f"--- found, seed {seed}: {type(error).__name__}\n{story}\n", flush=True)
        seed += 1
    account.tell()
    return account.found


async def main() -> int:
    """Read the arguments and walk."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--minutes", type=float, default=30)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--base-url", default="")
    given = reader.parse_args()
    os.environ.setdefault("STUDIO_TUI_DEMO_PACE", "0")
    os.environ["HOME"] = os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="walk-")
    os.chdir(os.environ["HOME"])  # what is saved on the way
    if given.base_url:
        return await walk(given.base_url, given.minutes, given.seed)
    from studio_tui.local import demo_server

    server = demo_server(find_paths())
    try:
        return await walk(await server.start(), given.minutes, given.seed, server)
    finally:
        await server.stop()


if __name__ == "__main__":
    raise SystemExit(1 if asyncio.run(main()) else 0)
