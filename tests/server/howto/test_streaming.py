"""How to stream values, updates, messages, events, debug, and several modes at once."""

from __future__ import annotations

import pytest

from studio_tui.domain.run import Phase
from tests.server.howto.conftest import Cli, Open, message

pytestmark = pytest.mark.server

WEATHER = "what's the weather in sf"
WIRE = {
    "values": {"values"},
    "updates": {"updates"},
    "messages": {"messages/metadata", "messages/partial"},
    "events": {"events"},
    "debug": {"debug"},
    "values updates": {"values", "updates"},
}
"""What is asked for (several modes with a space between), and the wire's events that tell that it came."""
ROWS = {
    "values": {"values_snapshot"},
    "updates": {"node_update"},
    "messages": {"message_delta"},
    "events": {"lang_chain_event", "message_delta", "task_started", "task_finished"},
    "debug": {"checkpoint_saved", "task_started", "task_finished"},
    "values updates": {"values_snapshot", "node_update"},
}
"""The same as rows of the command line."""


@pytest.mark.parametrize("modes", WIRE)
async def test_a_stream_of_the_chosen_modes_by_keys(studio: Open, modes: str) -> None:
    async with studio() as it:
        await it.command(f"modes {modes}")
        await it.say(WEATHER)
        assert await it.ends() is Phase.DONE
        frames = it.studio.app_state.frames
        seen = {frames[index].event for index in range(len(frames))}
        assert WIRE[modes] <= seen
        known = {name.split("/")[0] for name in WIRE[modes]}
        assert {name.split("/")[0] for name in seen} <= known | {"metadata", "end"}
        await it.panel("7")
        await it.sees(modes.split()[0][:7])
        await it.panel("5")
        await it.sees("I found this.")
        run = it.studio.app_state.run
        assert run is not None
        assert [task.name for task in run.tasks.values()] == ["agent", "action", "agent"]


@pytest.mark.parametrize("modes", ROWS)
def test_a_stream_of_the_chosen_modes_by_command_line(cli: Cli, modes: str) -> None:
    chosen = [word for mode in modes.split() for word in ("--stream-mode", mode)]
    said = cli("run", "agent", "--input", message(WEATHER), *chosen, format="jsonl")
    kinds = {row["type"] for row in said.rows}
    assert ROWS[modes] <= kinds
    others = {kind for name, rows in ROWS.items() if name != modes for kind in rows} - ROWS[modes]
    assert not kinds & others
    assert all(row["v"] == 1 for row in said.rows)
    assert "done" in said.err
