"""A real server behind a gateway that spoils streams: each run exact, or told to be in doubt; sent once. 500 of them:
`python -m tests.server.cut_runs`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.server.cut_runs import PACE, PLAIN, many_runs

pytestmark = pytest.mark.server

QUICK = replace(PACE, quiet_after=0.3, stream_close=0.2, peek=0.5)


async def test_runs_whose_streams_are_spoiled_come_out_exact(server: str) -> None:
    verdicts = await many_runs(server, [(family, seed) for family in PLAIN for seed in (1,)], 6)
    told = {(item.family, item.seed): (item.result, item.writes) for item in verdicts}
    wrong = {key: found for key, found in told.items() if key[0] != "cannot replay" and found != ("exact", 1)}
    assert not wrong
    assert not {key: found for key, found in told.items() if found[0] == "silent" or found[1] != 1}


@pytest.mark.parametrize("family", ["half-open", "half-open, heartbeats"])
async def test_half_open_streams_are_noticed_and_come_out_exact(server: str, family: str) -> None:
    verdicts = await many_runs(server, [(family, seed) for seed in range(3)], 3, QUICK)
    assert {(item.result, item.writes) for item in verdicts} == {("exact", 1)}
    assert all(item.noticed > 0 for item in verdicts if item.faults)
