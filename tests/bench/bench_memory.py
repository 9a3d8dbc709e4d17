"""C10, P6, P17: what a followed run keeps for each event of a long stream, by the kind and size of its events.

`python -m tests.bench.bench_memory [events]`; P17 wants 600000, which take minutes. Task events of 4 kB should keep no
more than those of 122 B, and token streams nothing at all: payloads and frames live in the spill file. Counts what
Python allocates. Prints, never asserts.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.runs.feed_items import Arrived, FeedPlan
from studio_tui.core.runs.followed_run import FollowedRun
from studio_tui.core.state.frame_log import KEEP_FRAMES, FrameLog
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.run import RunState
from studio_tui.domain.server import ServerInfo
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser
from tests.bench.measure import row

EVENTS = 60_000
SMALL, LARGE = 122, 4096
_NODES = 8
_MANY, _GOAL = 600_000, 250.0
"""P17: so many bytes an event after so many; after few the frames that are kept on purpose count for more."""


def task_frames(count: int, size: int) -> Iterator[Frame]:
    """`tasks` events in pairs, a start and a result, with about `size` characters of data each."""
    for number in range(count):
        task, ends = number // 2, number % 2
        item: dict[str, object] = {"id": str(UUID(int=task)), "name": f"node{task % _NODES}"}
        item |= {"result": {"x": ""}} if ends else {"input": {"x": ""}, "triggers": ["to"]}
        data = json.dumps(item, separators=(",", ":"))
        filled = data.replace('"x":""', '"x":"' + "v" * max(0, size - len(data)) + '"')
        yield Frame(number, number / 100, "tasks", filled, f"{1_795_000_000_000 + number}-0")


def token_frames(count: int, size: int) -> Iterator[Frame]:
    """`messages` events: the chunks of answers of a thousand tokens, which the state holds afterwards as one text."""
    for number in range(count):
        chunk = {"id": "answer", "type": "AIMessageChunk", "content": "token "}
        about = {"langgraph_node": "model", "langgraph_checkpoint_ns": f"model:{UUID(int=1)}", "pad": "v" * size}
        yield Frame(number, number / 100, "messages", json.dumps([chunk, about]), f"{1_795_000_000_000 + number}-0")


def custom_frames(count: int, size: int) -> Iterator[Frame]:
    """`custom` events."""
    for number in range(count):
        data = json.dumps({"progress": number, "pad": "v" * max(0, size - 30)})
        yield Frame(number, number / 100, "custom", data, f"{1_795_000_000_000 + number}-0")


@dataclass(frozen=True)
class Kept:
    """What a run kept."""

    per_event: float
    """Bytes in use after all events, for each of them."""
    growth: float
    """The same counted for the second half of the events only: what an endless stream would cost."""
    spilled: int
    """Characters received."""
    seconds: float


async def follow(make: Callable[[int, int], Iterator[Frame]], count: int, size: int, window: int = KEEP_FRAMES) -> Kept:
    """Let a run take `count` events and count what stays in memory; `window` frames do so on purpose."""
    runtime = Runtime(client_factory=None, threaded=False)
    run = RunState(thread_id=ThreadId("t"))
    session = FollowedRun(
        runtime, run, FeedPlan(ThreadId("t"), ServerInfo(""), runtime.timings), known=(), on_settled=lambda *_: None
    )
    session.frames = FrameLog(window)
    parser = Parser()
    gc.collect()
    tracemalloc.start()
    began, half = time.perf_counter(), 0
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number, frame in enumerate(make(count, size)):
            session._arrived(Arrived(frame, tuple(parser.feed(frame))))
            if number == count // 2:
                gc.collect()
                half = tracemalloc.get_traced_memory()[0]
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    seconds = time.perf_counter() - began
    kept = Kept((after - before) / count, (after - half) / (count - count // 2), session.frames.total_chars, seconds)
    session.frames.close()
    return kept


async def _main(count: int) -> None:
    for name, make in (("task", task_frames), ("token", token_frames), ("custom", custom_frames)):
        small, large = await follow(make, count, SMALL), await follow(make, count, LARGE)
        for size, kept in ((SMALL, small), (LARGE, large)):
            print(
                f"{count:>7,} {name} events of {size:>4} B: {kept.per_event:>8.1f} B kept an event,"
                f" {kept.growth:>8.1f} B of growth; {kept.spilled / 1e6:.0f} MB received, {kept.seconds:.0f} s"
            )
        print(f"        ratio {large.per_event / small.per_event:.3f}")
        if make is task_frames and count >= _MANY:
            for size, kept in ((SMALL, small), (LARGE, large)):
                row(f"P17 kept an event, tasks of {size} B", kept.per_event, _GOAL, "B", "≤ 1")


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS))
