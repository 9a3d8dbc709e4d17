"""Many short runs of a real server behind a gateway that spoils their streams: how many come out exact?

`python -m tests.server.cut_runs [runs [half-open runs]]` starts `langgraph dev` with the demo graphs and prints, for
each family of faults, how many runs were exact, flagged or silent (neither), and how often each was sent. Every fault
comes from the run's seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from studio_tui.client.api import Client
from studio_tui.client.target import Target
from studio_tui.config.paths import find_paths
from studio_tui.core.connection.timings import Timings
from studio_tui.core.studio import Studio
from studio_tui.domain.run import Note, Phase
from studio_tui.domain.run_request import RunRequest
from tests.server.cutting_proxy import CuttingProxy, Fault

AT_ONCE = 8
PACE = Timings(backoff_first=0.02, backoff_cap=0.2)
STATUSES = (401, 403, 404, 429, 500, 502, 503, 504)
INPUTS: tuple[tuple[str, Any], ...] = (
    ("long_countdown", {"count": 20, "seconds": 0.0}),
    ("long_countdown", {"count": 12, "seconds": 0.01}),
    ("travel_agent", {"messages": [{"role": "user", "content": "What is the weather in Lisbon?"}]}),
    ("research_report", {"question": "How do tides work?"}),
)


def _cut(rng: random.Random, size: int) -> Fault:
    return Fault(rng.choice(("reset", "reset", "close")), rng.randrange(size))


def _answers(rng: random.Random, count: int) -> list[Fault]:
    return [
        Fault("status", status=rng.choice(STATUSES[3:]), retry_after=rng.choice(("", "", "0"))) for _ in range(count)
    ]


def _few_cuts(rng: random.Random) -> list[Fault]:
    return [_cut(rng, 20_000) for _ in range(rng.randint(1, 4))]


def _many_cuts(rng: random.Random) -> list[Fault]:
    return [_cut(rng, 4_000) for _ in range(12)]


def _cuts_and_bursts(rng: random.Random) -> list[Fault]:
    faults = []
    for _ in range(rng.randint(1, 3)):
        faults += [_cut(rng, 12_000), *_answers(rng, rng.randint(1, 6))]
    return faults


def _before_first_event(rng: random.Random) -> list[Fault]:
    return [_cut(rng, 20), *[_cut(rng, 20)] * rng.randint(0, 2), *_answers(rng, rng.randint(0, 2))]


def _stray_refusal(rng: random.Random) -> list[Fault]:
    return [_cut(rng, 12_000), Fault("status", status=rng.choice((401, 403, 404)))]


def _damaged(rng: random.Random) -> list[Fault]:
    return [_cut(rng, 12_000), Fault("gzip", rng.randrange(1000)), Fault("shorten", rng.randrange(8_000))]


def _shortened(rng: random.Random) -> list[Fault]:
    return [Fault("shorten", rng.randrange(12_000)) for _ in range(rng.randint(1, 3))]


def _stalls(rng: random.Random) -> list[Fault]:
    return [Fault("stall", rng.randrange(500, 6_000))]


def _leaves_out(rng: random.Random) -> list[Fault]:
    return [Fault("heartbeats", rng.randrange(500, 6_000))]


FAMILIES: dict[str, Callable[[random.Random], list[Fault]]] = {
    "1–4 cuts": _few_cuts,
    "12 cuts in a row": _many_cuts,
    "cuts and 5xx/429": _cuts_and_bursts,
    "before the first event": _before_first_event,
    "stray 401/403/404": _stray_refusal,
    "damaged replay": _damaged,
    "ends without a trace": _shortened,
    "ids stripped": _few_cuts,
    "no Content-Location": _few_cuts,
    "cannot replay": _few_cuts,
    "half-open": _stalls,
    "half-open, heartbeats": _leaves_out,
}
PLAIN = [name for name in FAMILIES if not name.startswith("half-open")]


@dataclass(frozen=True)
class Verdict:
    """How one run came out."""

    family: str
    seed: int
    result: str
    """exact, flagged or silent."""
    writes: int
    faults: int
    seconds: float
    noticed: float
    """Seconds from a half-open link to the first word about it."""
    why: str = ""


async def one_run(server: str, family: str, seed: int, timings: Timings = PACE) -> Verdict:
    """Follow one run through its faults and compare what is kept with what the server has."""
    rng = random.Random(f"{family} {seed}")
    proxy = CuttingProxy(server, strips_ids=family == "ids stripped", strips_place=family == "no Content-Location")
    proxy.strips_cursor = family == "cannot replay"
    faults = FAMILIES[family](rng)
    bad_answers: list[Fault] = []
    if family in ("cuts and 5xx/429", "stray 401/403/404"):
        bad_answers.extend([Fault(), *_answers(rng, 2), Fault("status", status=rng.choice((401, 404, 429)))])
    graph, wanted = rng.choice(INPUTS)
    studio = Studio(threaded=False, timings=timings)
    began = time.monotonic()
    noticed = 0.0
    try:
        await studio.connect(Target(await proxy.open()))
        await studio.assistants.select(graph)
        proxy.faults.extend(faults)  # only now: connecting asks for streams, too
        proxy.status_faults.extend(bad_answers)
        run = await studio.runs.start(RunRequest(input=wanted))
        if family.startswith("half-open"):
            stalls = asyncio.create_task(proxy.stalled.wait())
            ends = asyncio.create_task(studio.runs.wait())
            await asyncio.wait({stalls, ends}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
            since = time.time()
            run = await asyncio.wait_for(ends, 60)
            told = [e.at for e in run.timeline if isinstance(e, Note) and e.text.startswith("reconnecting")]
            noticed = max(0.0, min(told) - since) if told else 0.0
            stalls.cancel()
        run = await asyncio.wait_for(studio.runs.wait(), 120)
        log = studio.app_state.frames
        kept = [(log[index].event, log[index].data) for index in range(len(log))]
        assert run.thread_id is not None
        assert run.run_id is not None
        whole = await _whole(server, run.thread_id, run.run_id)
        exact = kept == whole and run.phase is not Phase.LOST
        result = "exact" if exact else "flagged" if run.gap or run.phase is Phase.LOST else "silent"
        if exact and run.gap:
            result = "flagged"
        why = "" if result == "exact" else f"{len(kept)} of {len(whole)} {run.phase} {run.gap_reason}"
        return Verdict(
            family, seed, result, proxy.writes(), len(proxy.happened), time.monotonic() - began, noticed, why
        )
    finally:
        await studio.aclose()
        await proxy.close()


async def _whole(server: str, thread_id: str, run_id: str) -> list[tuple[str, str]]:
    client = Client(Target(server))
    try:
        async with client.join_run(thread_id, run_id, last_event_id="-1") as stream:
            return [(frame.event, frame.data) async for frame in stream]
    finally:
        await client.aclose()


async def many_runs(
    server: str, jobs: Sequence[tuple[str, int]], at_once: int, timings: Timings = PACE
) -> list[Verdict]:
    """Follow runs, some at a time."""
    places = asyncio.Semaphore(at_once)

    async def follow(family: str, seed: int) -> Verdict:
        async with places:
            return await one_run(server, family, seed, timings)

    return list(await asyncio.gather(*(follow(family, seed) for family, seed in jobs)))


def report(verdicts: Sequence[Verdict]) -> None:
    """Print a table by family, and every run that is not exact."""
    for family in FAMILIES:
        mine = [item for item in verdicts if item.family == family]
        if not mine:
            continue
        results = Counter(item.result for item in mine)
        writes = Counter(item.writes for item in mine)
        faults = sum(item.faults for item in mine)
        late = max(item.noticed for item in mine)
        print(
            f"{family:<24} runs {len(mine):>4}  exact {results['exact']:>4}  flagged {results['flagged']:>3}"
            f"  silent {results['silent']:>3}  faults {faults:>5}  writes per run {dict(writes)}"
            + (f"  noticed within {late:.1f} s" if late else "")
        )
    for item in verdicts:
        if item.result != "exact":
            print(f"  {item.result}: {item.family} {item.seed}: {item.why}")


async def _main(count: int, half_open: int) -> None:
    os.environ["STUDIO_TUI_DEMO_PACE"] = "0"
    from studio_tui.local import demo_server

    local = demo_server(find_paths())
    server = await local.start()
    began = time.monotonic()
    try:
        jobs = [(PLAIN[number % len(PLAIN)], number) for number in range(count)]
        verdicts = await many_runs(server, jobs, AT_ONCE)
        kinds = ("half-open", "half-open, heartbeats")
        jobs = [(kinds[number % 2], number) for number in range(half_open)]
        verdicts += await many_runs(server, jobs, AT_ONCE, Timings())
    finally:
        await local.stop()
    report(verdicts)
    print(f"{len(verdicts)} runs in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:3]]
    asyncio.run(_main(*[*numbers, *(500, 20)[len(numbers) :]]))
