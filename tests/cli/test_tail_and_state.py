"""`tail` follows a run that somebody else started; `state` prints what a thread holds, whole or one part of it."""

from __future__ import annotations

import pytest

from tests.cli.cli_host import Cli, CliServer, paused
from tests.core.fakes import RUN, THREAD, FakeRun
from tests.core.recording.test_recorder import recorded_server


@pytest.fixture
def running(cli_server: CliServer) -> FakeRun:
    """A run under way, of which nothing has been told yet."""
    source = recorded_server()
    cli_server.heads, cli_server.histories = source.heads, source.histories
    cli_server.thread_rows = source.thread_rows
    (run,) = source.scripts
    cli_server.known[RUN] = run
    return run


@pytest.mark.parametrize("named", [(), (RUN,), (RUN[:4] + "…" + RUN[-4:],)])
def test_a_run_under_way_is_followed_to_its_end_and_nothing_is_started(
    cli: Cli, cli_server: CliServer, running: FakeRun, named: tuple[str, ...]
) -> None:
    done = cli("tail", THREAD, *named, "--format", "jsonl")
    assert done.code == 0, done.err
    assert f"run {RUN} on thread {THREAD}" in done.err
    assert (done.rows[-1]["type"], done.rows[-1]["phase"], done.rows[-1]["run_id"]) == ("result", "done", RUN)
    assert cli_server.started == []
    assert not any(call.startswith("cancel") for call in cli_server.calls)
    assert running.over


def test_without_a_run_under_way_there_is_nothing_to_follow(cli: Cli, running: FakeRun) -> None:
    running.over = True
    done = cli("tail", THREAD)
    assert done.code == 4
    assert "No run of this thread is live" in done.err
    assert cli("tail", "0199dddd-0000-7000-8000-000000000001").code == 4


def test_a_part_of_the_state_is_printed_bare_or_as_a_document(cli: Cli, cli_server: CliServer) -> None:
    thread = paused(cli_server, values={"city": "Rome", "days": [1, 2]}, next=("book",))
    assert cli("state", thread, "--path", "values.city").out == "Rome\n"
    assert cli("state", thread, "--path", "values.city", "--format", "json").json == "Rome"
    assert cli("state", thread, "--path", "values.days").json == [1, 2]
    assert cli("state", thread, "--path", "next[0]").out == "book\n"


def test_a_path_that_leads_nowhere_says_what_there_is(cli: Cli, cli_server: CliServer) -> None:
    thread = paused(cli_server, values={"city": "Rome"}, next=("book",))
    nowhere, wrong = cli("state", thread, "--path", "values.town"), cli("state", thread, "--path", "values[")
    assert (nowhere.code, "values has: city" in nowhere.err) == (4, True)
    assert (wrong.code, "is not a path" in wrong.err) == (2, True)
    crowded = paused(cli_server, values={f"key{number:05}": 1 for number in range(50_000)}, next=("book",))
    assert "key00019 and 49980 more\n" in cli("state", crowded, "--path", "values.town").err


def test_the_state_is_that_of_the_checkpoint_that_was_asked_for(cli: Cli, running: FakeRun) -> None:
    assert not running.over
    whole = cli("history", THREAD, "--format", "json").json
    oldest = whole[-1]["checkpoint"]["checkpoint_id"]
    shown = cli("state", THREAD, "--at", oldest, "--format", "json").json
    assert (shown["checkpoint"]["checkpoint_id"], shown["values"]) == (oldest, whole[-1]["values"])
    text = cli("state", THREAD, "--subgraphs")
    assert "No subgraph is under way here." in text.err
