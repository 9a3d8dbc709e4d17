"""The command line's checks, answers and recordings against the real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.by_command import Cli
from tests.server.test_cli_live import WEATHER

pytestmark = pytest.mark.server
ORDER = json.dumps({"item": "laptop", "eur": 1800})


def test_parallel_questions_are_answered_in_one_request_by_their_ids(cli: Cli) -> None:
    paused = cli("run", "purchase_order", "--input", ORDER, "--format", "json")
    assert paused.code == 5
    asked = {item["node"]: item["id"] for item in paused.json["interrupts"]}
    assert len(asked) > 1
    thread = paused.json["thread_id"]
    for words in (("state", thread), ("threads", "show", thread)):
        told = cli(*words).out
        assert all(f"(id {key})" in told for key in asked.values())
    assert all(f"(id {key})" in paused.err for key in asked.values())
    before = len(cli("runs", "ls", thread, "--format", "json").json)
    wrong = cli("resume", thread, "--answer", "nosuch=true")
    assert wrong.code == 2
    assert all(key in wrong.err for key in asked.values())
    assert cli("resume", thread, "true").code == 2
    answers = [word for key in asked.values() for word in ("--answer", f"{key}=true")]
    cli("resume", thread, *answers)
    assert len(cli("runs", "ls", thread, "--format", "json").json) == before + 1


def test_what_no_node_and_no_key_is_called_writes_nothing(cli: Cli) -> None:
    for flag in ("--interrupt-before", "--interrupt-after"):
        refused = cli("run", "trip_planner", "--input", "{}", flag, "nosuch")
        assert (refused.code, refused.out) == (2, "")
        assert "charge_card" in refused.err  # nodes of subgraphs are named, too
    thread = cli("run", "travel_agent", "--input", WEATHER, "--format", "json").json["thread_id"]
    count = len(cli("history", thread, "--format", "json").json)
    for words in (("--set", '{"nokey": {}}'), ("--as-node", "nosuch"), ("--set", '{"messages": []}', "--as-node", "x")):
        assert cli("fork", thread, *words).code == 2
    assert len(cli("history", thread, "--format", "json").json) == count
    assistants = len(cli("assistants", "ls", "--format", "json").json)
    refused = cli("assistants", "create", "brand_writer", "--name", "x", "--context", '{"temperature": "hot"}')
    assert refused.code == 2
    assert len(cli("assistants", "ls", "--format", "json").json) == assistants


def test_a_recorded_run_is_told_again_without_the_server(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    run = cli("run", "travel_agent", "--input", WEATHER, "--record", str(file))
    assert run.code == 0
    assert "  calls  " in run.out
    told = cli("replay", str(file))
    assert told.code == 0

    def words(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.strip().startswith("✓")]

    assert words(told.out) == words(run.out)


def test_branches_are_drawn_and_runs_are_listed_and_deleted(cli: Cli) -> None:
    thread = cli("run", "travel_agent", "--input", WEATHER, "--format", "json").json["thread_id"]
    items = cli("history", thread, "--format", "json").json
    at = items[1]["checkpoint"]["checkpoint_id"]
    assert cli("fork", thread, "--at", at).code == 0
    drawn = cli("history", thread).out.splitlines()
    assert len(drawn) == len(items) + 1
    assert any("╯" in line for line in drawn)
    run = cli("runs", "ls", thread, "--format", "json").json[0]["run_id"]
    assert cli("runs", "show", thread, run).code == 0
    assert cli("runs", "rm", thread, run, "--yes").code == 0
    assert cli("runs", "ls", thread, "--format", "json").json == []
    assert cli("threads", "prune", thread, "--yes").code == 0
    assert cli("threads", "show", thread).code == 4
