"""One answer to "which assistant is meant", whoever asks; a name that several have is an error with the choices."""

from __future__ import annotations

from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.assistants.resolve import default_of, meant, resolve
from studio_tui.domain.ids import default_assistant_id
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.wire.page import Page
from tests.cli.cli_host import Cli, CliServer, assistant
from tests.core.fakes import FakeRun, make, stamped

ONE, TWO, THREE = (f"0199cccc-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))


def test_ids_graphs_and_names_lead_to_the_same_assistant_in_any_order() -> None:
    items = [assistant("agent"), assistant("agent", ONE, "brief"), assistant("other", TWO, "long")]
    wanted = {default_assistant_id("agent"): 0, "agent": 0, ONE: 1, "brief": 1, "other": 2, "long": 2, ONE[:-1]: None}
    for key, place in wanted.items():
        for order in (items, items[::-1]):
            if place is None:
                with pytest.raises(UsageError):  # the beginning of two ids
                    meant(key, order)
            else:
                assert meant(key, order) is items[place]
    assert meant("nobody", items) is None
    assert meant("0199", items) is None  # too short to be sure


@pytest.mark.parametrize(
    "items",
    [
        [assistant("a", ONE, "same"), assistant("b", TWO, "same")],
        [assistant("same", ONE, "x"), assistant("same", TWO, "y")],
        [assistant("same", ONE, "x"), assistant("b", TWO, "same")],
        [assistant("same"), assistant("b", TWO, "same")],
        [assistant("same"), assistant("same", TWO, "same")],
    ],
)
def test_a_name_that_several_answer_to_is_refused_with_all_of_them(items: list) -> None:  # type: ignore[type-arg]
    with pytest.raises(UsageError) as told:
        meant("same", items)
    assert told.value.exit_code == 2
    for item in items:
        assert item.assistant_id in told.value.detail


async def test_one_that_stands_behind_a_long_list_is_asked_for_by_name_and_graph() -> None:
    listed = [assistant("agent", f"0199cccc-0000-7000-8000-{number:012}", f"a{number}") for number in range(2000)]
    behind = [assistant("other", TWO, "last"), assistant("rare", THREE, "x")]

    class Server(CliServer):
        async def assistants(self, **named: Any) -> Page[Any]:
            name, graph = named.get("name", ""), named.get("graph_id", "")
            return Page([item for item in behind if name in (item.name, "") and graph in (item.graph_id, "")])

    server = Server()
    assert await resolve(lambda fn: fn(server), "last", listed) is behind[0]
    assert await resolve(lambda fn: fn(server), "rare", listed) is behind[1]
    with pytest.raises(NotFoundError):
        await resolve(lambda fn: fn(server), "nobody", listed)
    with pytest.raises(NotFoundError):
        await resolve(lambda fn: fn(server), "last", listed[:9])  # the whole list is known


def test_where_nobody_named_one_the_graph_decides() -> None:
    items = [assistant("agent", ONE, "agent"), assistant("agent")]
    assert default_of("agent", items) is items[1]
    assert default_of("nothing", items) is None


def test_every_command_gives_the_same_answer(cli: Cli, cli_server: CliServer) -> None:
    cli_server.listed = [assistant("a", ONE, "x"), assistant("b", TWO, "a"), assistant("c", THREE, "mine")]
    ambiguous = (
        ("graph", "a"), ("run", "a", "--input", "{}"), ("assistants", "show", "a"), ("assistants", "versions", "a"),
        ("assistants", "rm", "a", "--yes"), ("assistants", "update", "a", "--name", "n"),
        ("crons", "create", "a", "* * * * *"),
    )  # fmt: skip
    for words in ambiguous:
        done = cli(*words)
        assert (done.code, done.out) == (2, ""), words
        assert ONE in done.err
        assert TWO in done.err
    assert cli_server.writes == []
    assert cli_server.started == []
    cli_server.calls.clear()
    assert cli("graph", "mine").code == 0
    assert f"graph {THREE}" in cli_server.calls
    cli_server.scripts.append(FakeRun(stamped(3)))
    assert cli("run", "mine", "--input", "{}").code == 0
    assert cli_server.started[-1]["assistant_id"] == THREE
    assert cli("assistants", "show", "mine", "--format", "json").json["assistant_id"] == THREE


def test_an_unknown_name_says_what_there_is_and_what_may_be_meant(cli: Cli, cli_server: CliServer) -> None:
    cli_server.listed = [assistant("travel_agent"), assistant("notes")]
    for words in (
        ("graph", "travel_agnt"),
        ("run", "travel_agnt", "--input", "{}"),
        ("assistants", "show", "travel_agnt"),
    ):
        done = cli(*words)
        assert done.code == 4
        assert "Did you mean travel_agent?" in done.err
        assert "notes" in done.err


async def test_the_studio_resolves_alike_and_a_thread_needs_no_name(cli_server: CliServer) -> None:
    cli_server.listed = [assistant("a", ONE, "x"), assistant("b", TWO, "a"), assistant("demo"), assistant("demo", THREE, "demo")]  # fmt: skip  # noqa: E501
    studio = make(cli_server)
    await studio.connect(Target("http://fake"))
    for key in ("a", "demo"):
        with pytest.raises(UsageError):
            await studio.assistants.select(key)
    with pytest.raises(NotFoundError):
        await studio.assistants.select("nobody")
    assert (await studio.assistants.select("x")).assistant_id == ONE
    await studio.aclose()
