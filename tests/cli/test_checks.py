"""What cannot work is refused before anything is written, with what there is; `--force` sends it nevertheless."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.core.debugger.node_names import node_names, unknown_nodes
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import Capability
from studio_tui.errors import ServerError
from studio_tui.graphs.topology.spec import graph_spec
from tests.cli.cli_host import Cli, CliServer, paused
from tests.core.fakes import FakeRun, stamped

NESTED = {
    "nodes": [{"id": name} for name in ("__start__", "plan", "team:draft", "team:review", "__end__")],
    "edges": [{"source": "__start__", "target": "plan"}, {"source": "plan", "target": "team:draft"}],
}  # fmt: skip
STATE: Any = {
    "type": "object",
    "properties": {
        "log": {"type": "array", "items": {"type": "string"}}, "nights": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["a", "b"]}, "messages": {"type": "array", "items": {"$ref": "#/$defs/AIMessage"}},
    },
    "$defs": {"AIMessage": {"type": "object", "required": ["type"], "properties": {
        "type": {"const": "ai"}, "content": {"type": "string"}, "additional_kwargs": {}}}},
    "required": ["log"],
}  # fmt: skip


@pytest.fixture
def thread(cli_server: CliServer) -> ThreadId:
    cli_server.graph_answer = NESTED
    cli_server.schemas_answer = Schemas("demo", state=STATE)
    return paused(cli_server, values={"log": ["x"], "odd": 1}, next=("plan",))


def test_names_of_nodes_include_those_that_hold_subgraphs() -> None:
    graph = graph_spec(NESTED)
    assert node_names(graph) == ["plan", "team", "team:draft", "team:review"]
    wanted = ["plan", "team", "team:draft", "*", "tem", "team:nosuch", "plan:hidden", "team:draft:deeper", "__start__"]
    assert unknown_nodes(graph, wanted) == ["tem", "team:nosuch", "__start__"]


@pytest.mark.parametrize("flag", ["--interrupt-before", "--interrupt-after"])
@pytest.mark.parametrize(("name", "near"), [("nosuch", ""), ("plam", "mean plan?"), ("team:drft", "mean team:draft?")])
def test_a_stop_that_no_node_has_is_a_usage_error(
    cli: Cli, cli_server: CliServer, thread: ThreadId, flag: str, name: str, near: str
) -> None:
    for words in (("run", "demo", "--input", "{}"), ("run", "demo", "--thread", thread), ("resume", thread)):
        done = cli(*words, flag, name)
        assert (done.code, done.out) == (2, "")
        assert "plan, team, team:draft, team:review" in done.err
        assert near in done.err
    assert cli_server.started == []
    assert cli_server.writes == []


def test_known_stops_are_sent_and_force_sends_any(cli: Cli, cli_server: CliServer, thread: ThreadId) -> None:
    cli_server.scripts += [FakeRun(stamped(3)), FakeRun(stamped(3)), FakeRun(stamped(3))]
    cli("run", "demo", "--input", "{}", "--interrupt-before", "plan")
    cli("run", "demo", "--input", "{}", "--interrupt-after", "*")
    cli("run", "demo", "--input", "{}", "--interrupt-before", "nosuch", "--force")
    bodies = cli_server.started
    assert bodies[0]["interrupt_before"] == ["plan"]
    assert bodies[1]["interrupt_after"] == "*"
    assert bodies[2]["interrupt_before"] == ["nosuch"]


def test_a_server_that_ignores_breakpoints_is_not_asked_for_them(cli: Cli, cli_server: CliServer) -> None:
    cli_server.server.capabilities["run_breakpoints"] = Capability(False, "It ignores them.")
    done = cli("run", "demo", "--input", "{}", "--interrupt-before", "a")
    assert done.code == 2
    assert "It ignores them." in done.err
    assert "--force" in done.err
    assert cli_server.started == []


def test_a_graph_that_cannot_be_read_is_said_to_be_unchecked(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ServerError("The server failed", "500")

    monkeypatch.setattr(cli_server, "graph", broken)
    done = cli("run", "demo", "--input", "{}", "--interrupt-before", "a")
    assert done.code == 2
    assert "could not be checked" in done.err
    assert cli_server.started == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--set", '{"nokey": {}}'), "`nokey` is no key of this graph's state"),
        (("--set", '{"log": [], "nokey": 1}'), "`nokey`"),
        (("--update", '{"nokey": 1}'), "`nokey`"),
        (("--set", '{"nights": "five"}'), "`nights` must be a whole number, not text"),
        (("--set", '{"nights": 0}'), "at least 1"),
        (("--set", '{"mode": "c"}'), 'must be one of: "a", "b"'),
        (("--set", '{"log": []}', "--as-node", "nosuch"), "no node nosuch"),
        (("--as-node", "team:draft",), "no node team:draft"),
        (("--set", '{"nokey": 1}', "--run"), "`nokey`"),
        (("--run", "--interrupt-before", "nosuch"), "no node nosuch"),
        (("--set", '{"log": []}', "--run", "--interrupt-after", "nosuch"), "no node nosuch"),
    ],
)  # fmt: skip
def test_an_edit_of_no_use_is_not_written(
    cli: Cli, cli_server: CliServer, thread: ThreadId, words: tuple[str, ...], why: str
) -> None:
    done = cli("fork", thread, *words)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert cli_server.writes == []
    assert cli_server.started == []


@pytest.mark.parametrize(
    "words",
    [
        ("--set", '{"log": ["y"]}', "--as-node", "team"),
        ("--set", '{"odd": {"any": "thing"}}'),
        ("--set", '{"messages": [{"role": "user", "content": "hi"}]}'),
        ("--set", '{"nokey": 1}', "--force"),
    ],
)
def test_a_good_edit_is_written_once(cli: Cli, cli_server: CliServer, thread: ThreadId, words: tuple[str, ...]) -> None:
    assert cli("fork", thread, *words).code == 0
    assert [name for name, _ in cli_server.writes] == ["update_state"]


def test_without_schemas_a_new_key_is_said_to_be_unchecked(cli: Cli, cli_server: CliServer, thread: ThreadId) -> None:
    cli_server.schemas_answer = Schemas(problem="The server failed at it")
    done = cli("fork", thread, "--set", '{"nokey": 1}')
    assert done.code == 2
    assert "could not be checked whether `nokey`" in done.err
    assert "The server failed at it" in done.err
    assert cli_server.writes == []
    assert cli("fork", thread, "--set", '{"odd": 2}').code == 0  # a key that the state has needs no schema
    assert cli("fork", thread, "--set", '{"nokey": 1}', "--force").code == 0
    assert len(cli_server.writes) == 2


def test_a_server_that_cannot_replay_is_not_left_with_a_head_that_cannot_go_on(
    cli: Cli, cli_server: CliServer, thread: ThreadId
) -> None:
    cli_server.server.capabilities["replay"] = Capability(False, "It starts a new turn.")
    done = cli("fork", thread, "--set", '{"log": []}', "--run")
    assert done.code != 0
    assert "It starts a new turn." in done.err
    assert cli_server.writes == []
    assert cli_server.started == []


def test_only_what_is_surely_wrong_is_a_misfit() -> None:
    assert misfits(None, {"a": 1}) == misfits({}, [1]) == misfits({"type": "object"}, {"x": None}) == []
    assert misfits({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None) == []
    assert misfits({"type": ["integer", "null"]}, None) == []
    assert misfits({"type": "number"}, 3) == misfits({"type": "integer"}, 3.0) == []
    assert misfits({"type": "integer"}, True) != []
    assert misfits({"properties": {"a": {}}}, {"b": 1}) == []
    assert misfits({"properties": {"a": {}}}, {"b": 1}, closed=True) != []
    assert misfits({"properties": {"a": {}}, "required": ["a"]}, {}, partial=True) == []
    loop = {"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}}}}
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"n": deep}
    assert misfits(loop, deep) == []  # type: ignore[arg-type]


SETTINGS: Any = {
    "type": "object",
    "properties": {"model": {"enum": ["small", "large"]}, "temperature": {"type": "number"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("create", "demo", "--name", "n", "--context", '{"modl": "small"}'), "`modl` is none of its keys"),
        (("create", "demo", "--name", "n", "--context", '{"model": "huge"}'), 'must be one of: "small", "large"'),
        (("create", "demo", "--name", "n", "--config", '{"configurable": {"temperature": "hot"}}'), "must be a number"),
        (("create", "demo", "--name", "n", "--config", '{"recursion_limit": 0}'), "recursion_limit"),
        (("update", "demo", "--context", '{"model": "huge"}'), "must be one of"),
        (("update", "demo", "--replace", "--context", '{"modl": 1}'), "`modl`"),
    ],
)
def test_settings_that_the_graph_does_not_know_are_not_written(
    cli: Cli, cli_server: CliServer, words: tuple[str, ...], why: str
) -> None:
    cli_server.schemas_answer = Schemas("demo", context=SETTINGS)
    done = cli("assistants", *words)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert cli_server.writes == []
    cli("assistants", *words, "--force")
    assert len(cli_server.writes) == 1


def test_settings_without_a_schema_are_said_to_be_unchecked(cli: Cli, cli_server: CliServer) -> None:
    cli_server.schemas_answer = Schemas(problem="The server failed at it")
    done = cli("assistants", "create", "demo", "--name", "n", "--context", '{"any": 1}')
    assert done.code == 2
    assert "could not be checked" in done.err
    assert cli_server.writes == []
    assert cli("assistants", "create", "demo", "--name", "plain").code == 0
    cli_server.schemas_answer = Schemas("demo")  # it declares nothing: anything may be right
    assert cli("assistants", "create", "demo", "--name", "n", "--context", '{"any": 1}').code == 0
    assert len(cli_server.writes) == 2


def test_an_assistant_of_an_unknown_graph_is_not_made(cli: Cli, cli_server: CliServer) -> None:
    done = cli("assistants", "create", "demmo", "--name", "n")
    assert done.code == 4
    assert "Did you mean demo?" in done.err
    assert cli_server.writes == []


@pytest.mark.parametrize(
    "words",
    [
        ("langgraph.x", "k", "{}"), ("users", "", "{}"), ("users..u1", "k", "{}"), ("users", "k", "[1]"),
        ("users", "k", "{oops"),
    ],
)  # fmt: skip
def test_an_item_that_no_store_takes_is_not_written(cli: Cli, cli_server: CliServer, words: tuple[str, ...]) -> None:
    assert cli("store", "put", *words).code == 2
    assert cli_server.writes == []
    assert cli("store", "put", "users.u1", "k", '{"a": 1}').code == 0
    assert cli_server.writes == [("store_put", (("users", "u1"), "k", {"a": 1}))]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nobody", "0 9 * * *"), 4), (("demo", "9 o'clock"), 2), (("demo", "0 9 * * *", "--timezone", "Mars/Base"), 2),
        (("demo", "0 9 * * *", "--thread", "nosuch"), 4), (("demo", "0 9 * * *", "--input", '{"nokey": 1}'), 2),
        (("demo", "0 9 * * *", "--input", '{"nights": "x"}'), 2), (("demo", "0 9 * * *", "--input", "[1]"), 2),
    ],
)  # fmt: skip
def test_a_cron_that_could_only_fail_is_not_made(
    cli: Cli, cli_server: CliServer, words: tuple[str, ...], code: int
) -> None:
    cli_server.schemas_answer = Schemas("demo", input=STATE)
    done = cli("crons", "create", *words)
    assert done.code == code, done.err
    assert cli_server.writes == []
    assert cli("crons", "create", "demo", "0 9 * * *", "--input", '{"nights": 3, "messages": "hi"}').code == 0
    assert [name for name, _ in cli_server.writes] == ["create_cron"]
