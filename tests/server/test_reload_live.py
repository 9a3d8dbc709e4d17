"""A project of the user's, served by `dev`, whose code changes while the screen is open and nothing is pressed."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_tui.config.paths import Paths
from studio_tui.core.state.app_state import LinkState
from studio_tui.local import project_server
from tests.server.driven import driven
from tests.server.test_local_live import AGENT

pytestmark = pytest.mark.server


async def test_reload_brings_graph_and_form_and_a_failed_one_says_why(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "langgraph.json").write_text('{"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}')
    agent = project / "agent.py"
    agent.write_text(AGENT.replace("NODE", "first_node"))
    paths = Paths(tmp_path / "config", tmp_path / "state", tmp_path / "project.toml")
    async with driven(None, tmp_path, assistant="agent", local=project_server(project, paths)) as it:
        app_state = it.studio.app_state

        def nodes() -> str:
            return str(app_state.graph.nodes) if app_state.graph is not None else ""

        await it.until(lambda: "first_node" in nodes() and app_state.schemas is not None, "the graph")
        changed = AGENT.replace("NODE", "second_node").replace("answer: str", "answer: str\n    city: str")
        agent.write_text(changed)
        await it.until(lambda: "second_node" in nodes() and "city" in str(app_state.schemas), "the new graph")
        await it.sees("second_node")
        agent.write_text(changed + "\nraise RuntimeError('left unfinished')\n")
        await it.sees("left unfinished")
        assert "The reload failed" in it.text
        agent.write_text(changed)
        await it.until(lambda: app_state.link is LinkState.UP and not app_state.server_problem, "the server again")
