"""`resume`: which question an answer is for, all in one request, nothing sent that was not meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.cli.output.states import worded
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import Capability
from studio_tui.jsonkit.value import JsonObject
from tests.cli.cli_host import Cli, CliServer, paused
from tests.core.fakes import FakeRun, stamped

LEFT: JsonObject = {"id": "aa11bb22", "value": "left?", "node": "left"}
RIGHT: JsonObject = {"id": "aa33cc44", "value": "", "node": "right"}
YES_NO: JsonObject = {
    "id": "ee55", "value": "pay?", "node": "pay",
    "response_schema": {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]},
}  # fmt: skip


@pytest.fixture
def two(cli_server: CliServer) -> ThreadId:
    cli_server.scripts.append(FakeRun(stamped(3)))
    return paused(cli_server, LEFT, RIGHT)


def test_a_question_of_nothing_but_white_space_is_said_to_be_one() -> None:
    assert [worded(value) for value in ("", " \n", "pay?")] == [
        "(an empty text)",
        "(a blank text of 2 characters)",
        "pay?",
    ]


def test_ids_stand_beside_each_question(cli: Cli, two: ThreadId) -> None:
    for words in (("state", two), ("threads", "show", two)):
        told = cli(*words).out
        assert "left asks (id aa11bb22): left?" in told
        assert "right asks (id aa33cc44): (an empty text)" in told


def test_several_answers_go_in_one_request(cli: Cli, cli_server: CliServer, two: ThreadId) -> None:
    done = cli("resume", two, "--answer", "aa11=yes", "--answer", 'aa33cc44={"n": 1}')
    assert cli_server.started[0]["command"] == {"resume": {"aa11bb22": "yes", "aa33cc44": {"n": 1}}}
    assert len(cli_server.started) == 1
    assert done.code == 5  # the fake's thread still asks: what the server says counts
    assert f"studio-tui resume {two} --answer aa11bb22=JSON --answer aa33cc44=JSON" in done.err


@pytest.mark.parametrize(
    "words",
    [
        (), ("true",), ("--answer", "zz=1"), ("--answer", "aa=1"), ("--answer", "=1"), ("--answer", "aa11bb22"),
        ("--id", "aa11bb22"), ("--id", "zz", "1"), ("true", "--answer", "aa11=1"),
        ("--answer", "aa11=1", "--answer", "aa11bb22=2"), ("--answer", "aa11=1", "--reask"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused_with_what_is_asked(
    cli: Cli, cli_server: CliServer, two: ThreadId, words: tuple[str, ...]
) -> None:
    done = cli("resume", two, *words)
    assert (done.code, done.out) == (2, "")
    assert cli_server.started == []
    assert done.err.startswith("error: ")


def test_a_wrong_id_and_no_answer_list_the_questions(cli: Cli, two: ThreadId) -> None:
    for words in (("--answer", "zz=1"), (), ("true",)):
        told = cli("resume", two, *words).err
        assert "left asks (id aa11bb22): left?" in told
        assert "right asks (id aa33cc44)" in told


def test_one_question_needs_no_id_and_null_is_an_answer(cli: Cli, cli_server: CliServer) -> None:
    for typed, sent in (("null", None), ("plain words", "plain words"), ("[1]", [1])):
        thread = paused(cli_server, LEFT)
        cli_server.scripts.append(FakeRun(stamped(3)))
        cli("resume", thread, typed)
        assert cli_server.started[-1]["command"] == {"resume": {"aa11bb22": sent}}


def test_asking_anew_is_said_in_so_many_words(cli: Cli, cli_server: CliServer, two: ThreadId) -> None:
    cli("resume", two, "--reask")
    assert cli_server.started[0]["input"] is None
    assert "command" not in cli_server.started[0]


def test_an_answer_where_nothing_is_asked_is_refused(cli: Cli, cli_server: CliServer) -> None:
    thread = paused(cli_server, next=("a",))
    assert cli("resume", thread, "true").code == 2
    assert cli("resume", thread, "--answer", "x=1").code == 2
    assert cli_server.started == []
    cli_server.scripts.append(FakeRun(stamped(3)))
    cli("resume", thread)
    assert cli_server.started[0]["input"] is None


def test_an_answer_that_its_schema_does_not_take_is_not_sent(cli: Cli, cli_server: CliServer) -> None:
    thread = paused(cli_server, YES_NO)
    for text, word in (("{}", "lacks `ok`"), ('{"ok": 1}', "`ok` must be true or false"), ("yes", "must be an object")):
        done = cli("resume", thread, text)
        assert done.code == 2
        assert word in done.err
    assert cli_server.started == []
    cli_server.scripts += [FakeRun(stamped(3)), FakeRun(stamped(3))]
    cli("resume", thread, '{"ok": true}')
    cli("resume", thread, "yes", "--force")
    sent: list[Any] = [body["command"] for body in cli_server.started]
    assert sent == [{"resume": {"ee55": {"ok": True}}}, {"resume": {"ee55": "yes"}}]


def test_a_plain_no_is_spelled_as_the_schema_wants_it_and_that_is_said(cli: Cli, cli_server: CliServer) -> None:
    thread = paused(cli_server, YES_NO)
    cli_server.scripts.append(FakeRun(stamped(3)))
    assert 'no is sent as {"ok": false}' in cli("resume", thread, "false").err
    assert cli_server.started[0]["command"] == {"resume": {"ee55": {"ok": False}}}


def test_update_and_goto_go_along_and_an_unknown_goto_does_not(cli: Cli, cli_server: CliServer, two: ThreadId) -> None:
    assert cli("resume", two, "--answer", "aa11=1", "--goto", "nosuch").code == 2
    assert cli_server.started == []
    cli("resume", two, "--answer", "aa11=1", "--goto", "a", "--update", '{"n": 1}')
    assert cli_server.started[0]["command"] == {"resume": {"aa11bb22": 1}, "update": {"n": 1}, "goto": ["a"]}


def test_where_questions_have_no_ids_the_first_one_gets_the_answer(cli: Cli, cli_server: CliServer) -> None:
    """Old servers know no ids and take one answer at a time, in their own order."""
    lacks = {"resume_map": Capability(False, "This server takes one answer at a time.")}
    cli_server.server = replace(cli_server.server, capabilities=lacks)
    cli_server.scripts.append(FakeRun(stamped(3)))
    thread = paused(cli_server, {"value": "left?", "node": "left"}, {"value": "right?", "node": "right"})
    done = cli("resume", thread, "yes")
    assert cli_server.started[0]["command"] == {"resume": "yes"}
    assert "one answer at a time: left gets it" in done.err
    assert "(id" not in done.err


def test_questions_without_ids_are_answered_one_by_one_in_the_servers_order(cli: Cli, cli_server: CliServer) -> None:
    cli_server.server.capabilities["resume_map"] = Capability(False, "This server takes one answer at a time.")
    thread = paused(cli_server, {"value": "left?", "node": "left"}, {"value": "right?", "node": "right"})
    cli_server.scripts.append(FakeRun(stamped(3)))
    done = cli("resume", thread, "yes")
    assert "left gets it" in done.err
    assert cli_server.started[0]["command"] == {"resume": "yes"}


TWO_ACTIONS: JsonObject = {
    "id": "dd77",
    "node": "gate",
    "value": {
        "action_requests": [{"name": "delete_file", "args": {}}, {"name": "send_note", "args": {}}],
        "review_configs": [
            {"action_name": "delete_file", "allowed_decisions": ["reject"]},
            {"action_name": "send_note", "allowed_decisions": ["approve"]},
        ],
    },
}


def test_a_contract_is_named_with_the_question_and_an_answer_of_another_shape_is_not_sent(
    cli: Cli, cli_server: CliServer
) -> None:
    thread = paused(cli_server, TWO_ACTIONS)
    told = cli("state", thread).out
    assert 'answer with {"decisions": [{"type": …}, …]} with 2 items, in order' in told
    assert "delete_file: reject; send_note: approve" in told
    swapped = '{"decisions": [{"type": "approve"}, {"type": "reject"}]}'
    for text in ("true", "yes", '{"decisions": [{"type": "reject"}]}', swapped):
        done = cli("resume", thread, text)
        assert done.code == 2
        assert "Nothing was sent" in done.err
    assert cli_server.started == []
    cli_server.scripts += [FakeRun(stamped(3)), FakeRun(stamped(3))]
    right: JsonObject = {"decisions": [{"type": "reject", "message": "no"}, {"type": "approve"}]}
    cli("resume", thread, "--answer", f"dd77={json.dumps(right)}")
    cli("resume", thread, "true", "--force")
    assert [body["command"] for body in cli_server.started] == [{"resume": {"dd77": right}}, {"resume": {"dd77": True}}]
