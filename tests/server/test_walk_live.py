"""A short random walk by keys over the whole app during a stream; `python -m tests.walk` walks longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.driven import driven
from tests.walk.rough_proxy import RoughProxy
from tests.walk.walker import Walker

pytestmark = pytest.mark.server

SEED = 8
STRETCHES = ((True, False), (False, True))
"""Whether a stretch is quiet, so that any write in it is a fault, and whether its line is rough."""
STEPS = 20


async def test_a_walk_at_random_crashes_freezes_and_starts_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what is saved on the way
    proxy = RoughProxy(server)
    try:
        async with driven(await proxy.open(), tmp_path, "long_countdown") as it:
            walker = Walker(it, proxy, SEED, hang=15.0)  # a machine under tests may take its time for a first import
            try:
                for quiet, rough in STRETCHES:
                    await walker.stretch(STEPS, quiet=quiet, rough=rough)
                assert walker.runs
                run = it.studio.app_state.run
                if run is not None and run.phase.is_live:
                    await it.studio.runs.stop()
                await walker.end()
            finally:
                walker.look.close()
        assert walker.look.left() == []
    finally:
        await proxy.close()
