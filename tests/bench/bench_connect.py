"""P16 and P19: ready over a slow link to the server, and `demo` from the shell to the drawn graph.

`python -m tests.bench.bench_connect [runs]`. The real program in a pseudo terminal of 120×36, a real development server
with the demo graphs. The slow link gives 20 kB/s to all connections together, 150 ms each way, and one way there and
back for each new connection. The first start knows nothing of the server, the second what the first has kept.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from studio_tui.config.paths import find_paths
from studio_tui.local import demo_server
from tests.bench.bench_link import RATE, WAY, Glass, is_remembered
from tests.bench.measure import Terminal, figure, median, python
from tests.loopback import Listener

_PIECE = 1000


class SlowLink:
    """Stands before a server on loopback; `rate` bytes a second come back, all connections together."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = Listener(self._serve)
        self._free_at = 0.0
        """When the link has sent all that was given to it."""

    async def open(self) -> str:
        return f"http://127.0.0.1:{await self._listener.open()}"

    async def close(self) -> None:
        await self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * WAY)  # what making the connection takes
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await asyncio.gather(self._pass(reader, up_writer, slow=False), self._pass(up_reader, writer, slow=True))
        finally:
            up_writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool) -> None:
        coming: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        arriving = asyncio.create_task(self._arrive(coming, writer))
        with suppress(OSError):
            while data := await reader.read(_PIECE):
                now = time.monotonic()
                if slow:
                    self._free_at = max(self._free_at, now) + len(data) / RATE
                await coming.put(((self._free_at if slow else now) + WAY, data))
        await coming.put((0.0, b""))
        await arriving

    @staticmethod
    async def _arrive(coming: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            at, data = await coming.get()
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            with suppress(OSError):
                if not data:
                    writer.close()
                    return
                writer.write(data)
                await writer.drain()


def _until_drawn(argv: list[str], env: dict[str, str], stays: float = 0.0) -> tuple[float, float]:
    """Return the seconds until a graph stands on the screen, and until it is the one that the server told.

    The program then runs on for `stays`.
    """
    terminal = Terminal.start(python("-m", "studio_tui", *argv), env)
    glass = Glass(terminal)
    try:
        glass.until(lambda: any("__start__" in line for line in glass.lines))
        shown = time.perf_counter() - terminal.started
        glass.until(lambda: not is_remembered(glass.lines))
        told = time.perf_counter() - terminal.started
        glass.wait(stays)
        return shown, told
    finally:
        terminal.stop()


def _home(folder: str, compiled: str) -> dict[str, str]:
    return {
        "HOME": folder, "XDG_STATE_HOME": f"{folder}/s", "XDG_CONFIG_HOME": f"{folder}/c",
        "PYTHONPYCACHEPREFIX": compiled,
    }  # fmt: skip


async def _bare_start() -> float:
    """Return the seconds that the server takes without a studio."""
    server = demo_server(find_paths())
    begun = time.perf_counter()
    await server.start()
    seconds = time.perf_counter() - begun
    await server.stop()
    return seconds


def _serve(ready: threading.Event, urls: list[str], ends: list[Callable[[], object]]) -> None:
    async def main() -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(ended.set))
        server = demo_server(find_paths())
        direct = await server.start()
        link = SlowLink(int(direct.rpartition(":")[2]))
        urls.extend([direct, await link.open()])
        ready.set()
        await ended.wait()
        await link.close()
        await server.stop()

    asyncio.run(main())


def _over_a_slow_link(runs: int, compiled: str) -> None:
    ready, urls, ends = threading.Event(), list[str](), list[Callable[[], object]]()
    serving = threading.Thread(target=_serve, args=(ready, urls, ends))
    serving.start()
    ready.wait()
    found: dict[str, list[float]] = {"direct": [], "direct again": [], "first": [], "remembered": [], "second": []}
    try:
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                env = _home(folder, compiled)
                found["direct"].append(_until_drawn(["--base-url", urls[0]], env, 1.0)[1])
                found["direct again"].append(_until_drawn(["--base-url", urls[0]], env)[0])
            with tempfile.TemporaryDirectory() as folder:
                env = _home(folder, compiled)
                found["first"].append(_until_drawn(["--base-url", urls[1]], env, 12.0)[1])
                shown, told = _until_drawn(["--base-url", urls[1]], env)
                found["remembered"].append(shown)
                found["second"].append(told)
    finally:
        ends[0]()
        serving.join()
    direct, again, first, remembered, second = (median(values) for values in found.values())
    figure("P16 graph drawn, server link of 20 kB/s and 300 ms", first, "s, first start", "≤ 2.5")
    figure("P16 the same", second, "s, second start", "≤ 2.5")
    figure("P16 second start: graph on screen (remembered)", remembered, "s", "≤ 0.6")
    figure("P16 the same without that link", again, "s", "none")
    print(f"  without that link {direct:.2f} s, first start")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as compiled, tempfile.TemporaryDirectory() as folder:
        env = _home(folder, compiled)
        _until_drawn(["demo"], env)  # compiles
        pairs = [(asyncio.run(_bare_start()), _until_drawn(["demo"], env)[1]) for _ in range(runs)]
        bare, drawn = median([pair[0] for pair in pairs]), median([pair[1] for pair in pairs])
        figure("P19 demo, shell → graph, after the server's start", drawn - bare, "s", "≤ 0.3")
        print(f"  {drawn:.2f} s; the server's own start {bare:.2f} s")
        _over_a_slow_link(runs, compiled)


if __name__ == "__main__":
    main()
