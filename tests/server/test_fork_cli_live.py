"""`fork` and `threads copy --until` on the command line, against a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.by_command import Cli

pytestmark = pytest.mark.server

ASKED = json.dumps({"messages": [{"type": "human", "content": "what's the weather in sf"}]})


@pytest.fixture
def thread(cli: Cli) -> str:
    code, out, _ = cli("run", "travel_agent", "--input", ASKED, "--format", "json")
    assert code == 0
    return str(json.loads(out)["thread_id"])


def history(cli: Cli, thread: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cli("history", thread, "--format", "json")[1])
    return found


def id_of(item: dict[str, Any]) -> str:
    return str(item["checkpoint"]["checkpoint_id"])


def test_a_fork_with_a_changed_tool_argument_runs_to_the_changed_answer(cli: Cli, thread: str) -> None:
    items = history(cli, thread)
    asking = items[-3]
    message = asking["values"]["messages"][-1]
    message["tool_calls"][0]["args"]["city_name"] = "Tokyo"
    message["additional_kwargs"] = {}
    update = json.dumps({"messages": [message]})
    code, out, err = cli("fork", thread, "--at", id_of(asking), "--update", update, "--run")
    assert code == 0, err
    assert "Tokyo" in out
    assert "next: tools" in err
    after = history(cli, thread)
    assert {id_of(item) for item in items} < {id_of(item) for item in after}
    made = next(item for item in after if item["metadata"]["source"] == "update")
    assert made["parent_checkpoint"]["checkpoint_id"] == id_of(asking)


def test_a_fork_without_a_change_copies_or_runs_again(cli: Cli, thread: str) -> None:
    asking = history(cli, thread)[-3]
    code, out, err = cli("fork", thread, "--at", id_of(asking))
    assert code == 0, err
    head = json.loads(cli("state", thread, "--format", "json")[1])
    assert id_of(head) == out.strip()
    assert (head["values"], head["next"]) == (asking["values"], asking["next"])
    code, out, err = cli("fork", thread, "--at", id_of(asking), "--run")
    assert code == 0
    assert "San Francisco" in out
    assert "Will run: tools → agent" in err


def test_a_dry_run_shows_the_state_after_reducers_and_writes_nothing(cli: Cli, thread: str) -> None:
    before = history(cli, thread)
    code, out, err = cli("fork", thread, "--set", '{"messages": []}', "--as-node", "tools", "--dry-run")
    assert code == 0, err
    shown = json.loads(out)
    assert shown["after"] == {"messages": []}
    assert shown["next"] == ["agent"]
    assert shown["certain"] is True
    assert shown["body"]["as_node"] == "tools"
    assert history(cli, thread) == before


def test_an_unknown_node_or_checkpoint_is_an_error_in_words(cli: Cli, thread: str) -> None:
    code, out, err = cli("fork", thread, "--as-node", "nobody")
    assert (code, out) == (2, "")
    assert "no node nobody; it has agent, tools" in err
    code, out, err = cli("fork", thread, "--at", "1f1e6fd2-8f1d-619f-8001-1a595589d595", "--run")
    assert (code, out) == (4, "")
    code, out, err = cli("fork", thread, "--run")
    assert (code, out) == (2, "")
    assert "Nothing would run" in err
    assert len(history(cli, thread)) == 5


def test_a_copy_until_a_checkpoint_stands_there(cli: Cli, thread: str) -> None:
    items = history(cli, thread)
    code, out, err = cli("threads", "copy", thread, "--until", id_of(items[-3]))
    assert code == 0, err
    assert "another branch" in err
    copied = json.loads(cli("state", out.strip(), "--format", "json")[1])
    assert (copied["values"], copied["next"]) == (items[-3]["values"], items[-3]["next"])
    assert history(cli, thread) == items
    code, out, _ = cli("threads", "copy", thread, "--until", id_of(items[0]))
    assert code == 0
    assert [id_of(item) for item in history(cli, out.strip())] == [id_of(item) for item in items]
