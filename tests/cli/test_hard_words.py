"""Words that scripts and slips of the hand produce: empty variables, half of a JSON, keys that no state has."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from studio_tui.cli.grammar.parser import build_parser, subcommands
from studio_tui.cli.output.stdout import Output, dump
from studio_tui.core.interrupts.resume_command import CommandDraft, CommandTarget, compose, known_keys
from studio_tui.domain.assistant import Schemas
from studio_tui.errors import ServerError
from studio_tui.jsonkit.typed import parse_json
from studio_tui.log import LOGGER, start_log
from studio_tui.text.sanitize import is_safe
from tests.cli.cli_host import Cli, CliServer, assistant, paused
from tests.core.fakes import THREAD, FakeRun, stamped

STATE: Any = {"type": "object", "properties": {"topic": {"type": "string"}}}
QUESTION: Any = {"id": "3f17", "value": "ok?", "node": "ask"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("cancel", THREAD, ""), "RUN"),  # it would cancel every run
        (("tail", THREAD, ""), "RUN"),
        (("run", "demo", "--input", "{}", "--thread", ""), "--thread"),  # it would make a new thread
        (("run", "demo", "--input", "{}", "--thread="), "--thread"),
        (("run", "demo", "--input", "{}", "--thread", THREAD, "--checkpoint", ""), "--checkpoint"),
        (("run", "", "--input", "{}"), "A"),
        (("run", "demo", "--input", "{}", "--interrupt-before", ""), "--interrupt-before"),
        (("fork", THREAD, "--at", ""), "--at"),
        (("fork", THREAD, "--set", '{"topic": "x"}', "--as-node", ""), "--as-node"),
        (("resume", THREAD, "true", "--id", ""), "--id"),
        (("threads", "rm", "", "--yes"), "T"),
        (("runs", "rm", THREAD, "", "--yes"), "RUN"),
        (("assistants", "create", "demo", "--name", ""), "--name"),
        (("state", THREAD, "--at", ""), "--at"),
    ],
)
def test_an_empty_word_names_nothing(cli: Cli, cli_server: CliServer, words: tuple[str, ...], named: str) -> None:
    paused(cli_server, QUESTION)
    done = cli(*words)
    assert (done.code, done.out) == (2, "")
    assert f"error: {named} is empty" in done.err
    assert (cli_server.started, cli_server.writes) == ([], [])


def test_an_empty_text_is_an_answer_and_a_description(cli: Cli, cli_server: CliServer) -> None:
    thread = paused(cli_server, QUESTION)
    cli("resume", thread, "")
    assert cli_server.started[-1]["command"] == {"resume": {"3f17": ""}}
    assert cli("assistants", "create", "demo", "--name", "x", "--description", "").code == 0


@pytest.mark.parametrize("words", [('{"type": "accept"',), ("--answer", "3f17=[1,"), ("{'a': 1}", "--id", "3f")])
def test_half_of_a_json_is_no_answer(cli: Cli, cli_server: CliServer, words: tuple[str, ...]) -> None:
    thread = paused(cli_server, QUESTION)
    done = cli("resume", thread, *words)
    assert (done.code, cli_server.started) == (2, [])
    assert "The answer is not valid JSON" in done.err
    assert "line 1" in done.err
    cli("resume", thread, *words, "--force")
    assert len(cli_server.started) == 1


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "it's fine: {really}"])
def test_what_is_no_json_is_a_plain_text(cli: Cli, cli_server: CliServer, text: str) -> None:
    thread = paused(cli_server, QUESTION)
    cli("resume", thread, text)
    assert cli_server.started[-1]["command"] == {"resume": {"3f17": text}}


def test_an_update_of_a_key_that_the_state_lacks_is_refused(cli: Cli, cli_server: CliServer) -> None:
    cli_server.schemas_answer = Schemas("demo", state=STATE)
    thread = paused(cli_server, QUESTION, values={"topic": "x"})
    done = cli("resume", thread, "true", "--update", '{"topci": "y"}')
    assert (done.code, cli_server.started) == (2, [])
    assert "`topci` is no key of this graph's state, which has `topic`" in done.err
    cli("resume", thread, "true", "--update", '{"topci": "y"}', "--force")
    cli("resume", thread, "true", "--update", '{"topic": "y"}')
    assert [body["command"]["update"] for body in cli_server.started] == [{"topci": "y"}, {"topic": "y"}]  # type: ignore[index, call-overload]


@pytest.mark.parametrize("update", ['{"topci": 1}', '[["topci", 1], ["topic", 2]]'])
def test_the_command_dialog_says_which_keys_will_be_ignored(update: str) -> None:
    keys = known_keys(Schemas("demo", state=STATE), None)
    told = compose(CommandDraft(update=update), CommandTarget(keys=keys))
    assert any("`topci` is no key of this graph's state" in words for words in told.warnings)
    assert compose(CommandDraft(update=update), CommandTarget()).warnings == ()


@pytest.mark.parametrize("text", ["x", "1e3", "nan", "٣", "1_000", ""])
def test_a_number_is_asked_for_in_words(cli: Cli, text: str) -> None:
    done = cli("threads", "ls", "--limit", text)
    assert done.code == 2
    assert "--limit" in done.err
    assert "invalid" not in done.err


def test_numbers_that_no_server_takes_are_refused(cli: Cli) -> None:
    assert "--limit: is too large" in cli("threads", "ls", "--limit", "99999999999999999999").err


def test_json_that_is_printed_is_json() -> None:
    value = {"a": [math.nan, math.inf, (-math.inf, 1.5)], "é\x7f": math.nan}
    for indent in (None, 2):
        read = json.loads(dump(value, indent), parse_constant=pytest.fail)
        assert read == {"a": ["NaN", "Infinity", ["-Infinity", 1.5]], "é\x7f": "NaN"}


def test_a_number_beyond_all_floats_is_not_sent_as_infinity() -> None:
    value, problem = parse_json('{"a": 1e999}')
    assert (value, str(problem)) == (None, "1e999 is too large a number")


def test_a_run_that_failed_ends_with_1_and_its_error(cli: Cli, cli_server: CliServer) -> None:
    failed = [*stamped(3), ("error", '{"error": "ValueError", "message": "no such city"}', "1795413860009-0")]
    cli_server.scripts.append(FakeRun(failed, status="error"))
    done = cli("run", "demo", "--input", "{}")
    assert done.code == 1
    assert "no such city" in done.out + done.err


def test_what_is_printed_drives_no_terminal() -> None:
    written = io.StringIO()
    Output("text", written).line("a\x1b]0;b\x07", "\x9b2J")
    assert is_safe(written.getvalue())


@pytest.mark.parametrize("place", ["", "file/x", "pipe"])
def test_a_log_file_that_cannot_be_written_is_said(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    done = cli("threads", "ls", "--log-file", str(tmp_path / place))
    assert done.code == 2
    assert f"The log file {tmp_path / place}".rstrip("/") in done.err


def test_a_log_file_that_fills_up_is_not_told_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    before = list(LOGGER.handlers)
    start_log(Path("/dev/full"))
    try:
        LOGGER.warning("something")
    finally:
        for handler in [item for item in LOGGER.handlers if item not in before]:
            LOGGER.removeHandler(handler)
            with contextlib.suppress(OSError):
                handler.close()
                handler.stream.close()  # type: ignore[attr-defined]
    assert capsys.readouterr().err == ""


def test_a_key_in_the_place_of_a_variable_is_not_repeated(cli: Cli) -> None:
    done = cli("threads", "ls", "--api-key-env", "lsv2_pt_0123456789abcdef")
    assert (done.code, "lsv2" in done.err + done.out) == (2, False)
    assert "MY_UNSET_KEY is not set" in cli("threads", "ls", "--api-key-env", "MY_UNSET_KEY").err


@pytest.mark.parametrize("more", [(), ("--stateless",), ("--background",)])
def test_a_key_that_the_input_lacks_is_not_passed_over_in_silence(
    cli: Cli, cli_server: CliServer, more: tuple[str, ...]
) -> None:
    cli_server.schemas_answer = Schemas("demo", STATE)
    done = cli("run", "demo", "--input", '{"topci": "x", "topic": 3, "odd": 1}', *more)
    told = [line for line in done.err.splitlines() if line.startswith("warning")]
    assert [line.partition(" is no key")[0] for line in told] == ["warning: `topci`", "warning: `odd`"]
    assert "did you mean `topic`?" in told[0]
    assert cli_server.started[0]["input"] == {"topci": "x", "topic": 3, "odd": 1}


@pytest.mark.parametrize("schema", [None, {}, {"type": "string"}, {**STATE, "additionalProperties": True}])
def test_an_input_is_sent_where_its_schema_names_no_keys(cli: Cli, cli_server: CliServer, schema: Any) -> None:
    cli_server.schemas_answer = Schemas("demo", schema)
    done = cli("run", "demo", "--input", '{"topci": "x"}')
    assert (len(cli_server.started), "warning" in done.err) == (1, False)


def test_an_input_is_sent_where_schemas_cannot_be_had(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: str) -> Schemas:
        raise ServerError("The server failed", "500")

    monkeypatch.setattr(cli_server, "schemas", fails)
    done = cli("run", "demo", "--input", '{"topci": "x"}')
    assert (len(cli_server.started), "warning" in done.err) == (1, False)


def test_the_help_of_every_command_and_verb_starts_with_an_example() -> None:
    root = build_parser()
    group = subcommands(root)
    assert group is not None
    commands = list(group.choices.values())
    verbs = [verb for command in commands if (found := subcommands(command)) for verb in found.choices.values()]
    for parser in (root, *commands, *verbs):
        first, *rest = parser.format_help().splitlines()
        assert first == "Examples:"
        examples = [line for line in rest[: rest.index("")] if parser.prog in line]
        assert examples, parser.prog
        needed = [action for action in parser._get_positional_actions() if action.required]
        if subcommands(parser) is None:
            assert len(examples[0].split()) >= len(parser.prog.split()) + len(needed), examples


def test_nothing_to_prune_is_a_document_too(cli: Cli) -> None:
    assert cli("threads", "prune", "--older-than", "30d", "--dry-run", "--format", "json").json == []
    assert cli("threads", "prune", "--older-than", "30d", "--format", "json").json["thread_ids"] == []


def test_a_name_of_an_assistant_is_no_graph_to_make_one_of(cli: Cli, cli_server: CliServer) -> None:
    cli_server.listed.append(assistant("demo", "01c4", name="twin"))
    done = cli("assistants", "create", "twin", "--name", "other")
    assert (done.code, cli_server.writes) == (4, [])
    assert "There is no graph `twin`" in done.err
    assert "There are: demo." in done.err
