"""`store` and `crons`: what is written, what is refused before anything is, and what is said of ids and pages."""

from __future__ import annotations

import pytest

from studio_tui.domain.assistant import Schemas
from studio_tui.jsonkit.value import JsonObject
from tests.cli.cli_host import Cli, CliServer

CRONS = ("0c1e0000-0000-7000-8000-00000000000a", "0c1e0000-0000-7000-8000-00000000000b")


def cron(cron_id: str, **fields: object) -> JsonObject:
    row = {"cron_id": cron_id, "schedule": "0 9 * * 1-5", "enabled": True, "payload": {"assistant_id": "demo"}}
    return {**row, **fields}  # type: ignore[dict-item]


@pytest.fixture
def stocked(cli_server: CliServer) -> CliServer:
    """A server with two items and two crons."""
    for number in range(2):
        key = f"k{number}"
        cli_server.items["users", "u1", key] = {"namespace": ["users", "u1"], "key": key, "value": {"n": number}}
    cli_server.crons_listed = [cron(CRONS[0]), cron(CRONS[1], enabled=False, timezone="Europe/Berlin")]
    return cli_server


def test_an_item_is_stored_read_and_deleted_as_it_was_typed(cli: Cli, cli_server: CliServer) -> None:
    assert cli("store", "put", "users.u1", "likes", '{"colour": "green"}').code == 0
    assert cli_server.writes == [("store_put", (("users", "u1"), "likes", {"colour": "green"}))]
    assert cli("store", "get", "users.u1", "likes").json == {"colour": "green"}
    whole = cli("store", "get", "users.u1", "likes", "--format", "json").json
    assert (whole["namespace"], whole["key"]) == (["users", "u1"], "likes")
    assert cli("store", "rm", "users.u1", "likes", "--yes").code == 0
    assert cli("store", "get", "users.u1", "likes").code == 4


@pytest.mark.parametrize(
    "words",
    [
        ("put", "users.u1", "likes", "[1]"),
        ("put", "users..u1", "likes", "{}"),
        ("put", "langgraph.x", "likes", "{}"),
        ("put", "users", "", "{}"),
        ("rm", "users.u1", "k0"),  # nobody is there to say yes
        ("search", "users", "x", "--filter", "[]"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    cli: Cli, stocked: CliServer, words: tuple[str, ...]
) -> None:
    done = cli("store", *words)
    assert done.code == 2, done.err
    assert stocked.writes == []


def test_deleting_what_is_not_there_says_so_and_writes_nothing(cli: Cli, stocked: CliServer) -> None:
    done = cli("store", "rm", "users.u1", "nothing", "--yes")
    assert (done.code, stocked.writes) == (4, [])
    assert "no item nothing in users.u1" in done.err


def test_items_are_listed_below_a_namespace_with_a_word_on_more(cli: Cli, stocked: CliServer) -> None:
    done = cli("store", "ls", "users", "--limit", "1")
    assert "k0" in done.out
    assert "k1" not in done.out
    assert "There may be more: --offset 1" in done.err
    assert [row["key"] for row in cli("store", "ls", "users", "--format", "jsonl").rows] == ["k0", "k1"]
    assert cli("store", "ls", "nobody").err.strip() == "No items."


def test_a_search_without_an_index_says_that_its_order_means_nothing(cli: Cli, stocked: CliServer) -> None:
    done = cli("store", "search", ".", "green things", "--filter", '{"n": 1}')
    assert "no index" in done.err
    assert "store_items query=green things filter={'n': 1}" in stocked.calls


def test_a_server_without_namespaces_has_an_empty_store(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(**_: object) -> list[tuple[str, ...]]:
        return []

    monkeypatch.setattr(cli_server, "store_namespaces", none, raising=False)
    done = cli("store", "ls")
    assert (done.code, done.out, done.err.strip()) == (0, "", "The store is empty.")
    assert cli("store", "ls", "--format", "json").json == []


def test_crons_are_listed_with_when_they_fire_and_which_are_paused(cli: Cli, stocked: CliServer) -> None:
    done = cli("crons", "ls")
    first, second = done.out.splitlines()
    assert CRONS[0] in first
    assert "paused" not in first
    assert "paused" in second
    assert "(Europe/Berlin)" in second
    assert [row["cron_id"] for row in cli("crons", "ls", "--limit", "1", "--format", "json").json] == [CRONS[0]]
    assert "--offset 1" in cli("crons", "ls", "--limit", "1").err
    stocked.crons_listed = []
    assert cli("crons", "ls").err.strip() == "No crons."


def test_a_cron_says_when_it_fires_and_is_made_once(cli: Cli, cli_server: CliServer) -> None:
    tried = cli("crons", "create", "demo", "0 9 * * 1-5", "--timezone", "Europe/Berlin", "--dry-run")
    assert (tried.code, cli_server.writes) == (0, [])
    made = cli("crons", "create", "demo", "0 9 * * 1-5", "--timezone", "Europe/Berlin", "--input", '{"n": 1}')
    assert (made.code, made.out.strip()) == (0, "c1")
    assert tried.err.splitlines()[0] == made.err.splitlines()[0]
    ((name, body),) = cli_server.writes
    assert (name, body["schedule"], body["timezone"], body["input"]) == (
        "create_cron",
        "0 9 * * 1-5",
        "Europe/Berlin",
        {"n": 1},
    )


def test_a_cron_whose_every_run_would_fail_is_not_made_unless_forced(cli: Cli, cli_server: CliServer) -> None:
    schema: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}}
    cli_server.schemas_answer = Schemas("demo", input=schema)
    words = ("crons", "create", "demo", "0 9 * * *", "--input", '{"n": "many"}')
    assert (cli(*words).code, cli_server.writes) == (2, [])
    assert cli("crons", "create", "demo", "0 25 * * *").code == 2
    assert cli(*words, "--force").code == 0
    assert [name for name, _ in cli_server.writes] == ["create_cron"]


def test_pausing_resuming_and_deleting_take_enough_of_an_id_and_no_less(cli: Cli, stocked: CliServer) -> None:
    short = CRONS[0][:4] + "…" + CRONS[0][-4:]
    assert cli("crons", "pause", short).code == 0
    assert cli("crons", "resume", CRONS[0], "--format", "json").json == {"cron_id": CRONS[0], "enabled": True}
    assert stocked.writes == [
        ("update_cron", (CRONS[0], {"enabled": False})),
        ("update_cron", (CRONS[0], {"enabled": True})),
    ]
    both = cli("crons", "pause", CRONS[0][:4])
    assert (both.code, "stands for 2 crons" in both.err) == (2, True)
    assert cli("crons", "rm", "nothing", "--yes").code == 4
    assert cli("crons", "rm", CRONS[1]).code == 2  # nobody is there to say yes
    assert len(stocked.writes) == 2
    assert cli("crons", "rm", CRONS[1], "--yes").code == 0
    assert stocked.writes[-1] == ("delete_cron", CRONS[1])
