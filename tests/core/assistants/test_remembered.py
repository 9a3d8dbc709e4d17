"""What an earlier session saw of a graph is shown at the next start, as that, to who saw it, until the server tells."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.client.target import Target
from studio_tui.core.assistants.remembered import RememberedGraphs
from studio_tui.core.connection.timings import Timings
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.graph import RememberedGraph
from studio_tui.domain.ids import default_assistant_id
from studio_tui.errors import AuthError, ConnectError, NotFoundError, ServerError, StudioError
from studio_tui.jsonkit.value import JsonObject
from tests.core.fakes import QUICK, FakeClient
from tests.waiting import until

DEMO = default_assistant_id("demo")
HERE = Target("http://fake")
MINE, YOURS = Target("http://fake", {"x-api-key": "key-of-mine"}), Target("http://fake", {"x-api-key": "key-of-yours"})


class Slow(FakeClient):
    """Answers when it is let, with a graph of one node."""

    def __init__(self, node: str = "a") -> None:
        super().__init__()
        self.node = node
        self.let = asyncio.Event()
        self.graph_fails: StudioError | None = None

    async def probe(self) -> Any:
        await self.let.wait()
        return await super().probe()

    async def graph(self, assistant_id: str, *, xray: bool | int = False) -> JsonObject:
        self._called("graph")
        await self.let.wait()
        if self.graph_fails is not None:
            raise self.graph_fails
        return {"nodes": [{"id": self.node, "type": "runnable", "data": {"name": self.node}}], "edges": []}


@asynccontextmanager
async def session(folder: Path, client: FakeClient, *, timings: Timings = QUICK) -> AsyncIterator[Studio]:
    studio = Studio(
        client_factory=lambda target, on_exchange: client, threaded=False, timings=timings, state_dir=folder
    )
    yield studio
    await studio.aclose()


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "graphs").glob("[!.]*")) if (folder / "graphs").exists() else []


def texts(folder: Path) -> list[str]:
    """What the files hold that are there, of which some may just be pruned."""
    found = []
    for path in kept(folder):
        with suppress(FileNotFoundError):
            found.append(path.read_text())
    return found


async def first_session(folder: Path, target: Target = HERE, node: str = "a") -> None:
    """Look at the graph once, until it is kept."""
    client = Slow(node)
    client.let.set()
    async with session(folder, client) as studio:
        await studio.connect(target, expected=DEMO)
        await studio.assistants.select("demo")
        await until(lambda: any(f'"{node}"' in text for text in texts(folder)))


def nodes(studio: Studio) -> list[str]:
    remembered = studio.app_state.remembered
    return [node.name for node in remembered.graph.nodes] if remembered is not None else []


async def begun(studio: Studio, target: Target = HERE, expected: str = DEMO) -> asyncio.Task[Any]:
    return asyncio.create_task(studio.connect(target, expected=expected))


@asynccontextmanager
async def remembering(folder: Path, client: FakeClient) -> AsyncIterator[tuple[Studio, asyncio.Task[Any]]]:
    """A second session that is connecting, and shows what the first one saw."""
    await first_session(folder)
    async with session(folder, client) as studio:
        connecting = await begun(studio)
        await until(lambda: nodes(studio) == ["a"])
        yield studio, connecting


async def looked(studio: Studio) -> None:
    """Wait until what was kept has been looked for."""
    await until(lambda: studio.connection.target is not None)
    await until(lambda: not any(task.get_name() == "studio:remembered" for task in asyncio.all_tasks()))


async def test_the_graph_of_the_last_session_is_there_before_the_server_answers_and_nothing_counts_as_known(
    tmp_path: Path,
) -> None:
    client = Slow()
    async with remembering(tmp_path, client) as (studio, connecting):
        app_state = studio.app_state
        assert (app_state.graph, app_state.assistant, app_state.assistant_id, app_state.schemas) == (None,) * 4
        shown = app_state.shown_graph
        client.let.set()
        await connecting
        await studio.assistants.select(DEMO)
        await until(lambda: app_state.graph is not None)
        assert app_state.remembered is None
        assert app_state.graph is shown  # the very same: its picture stays


async def test_what_the_server_tells_at_once_is_the_first_that_is_drawn(tmp_path: Path) -> None:
    await first_session(tmp_path)
    client, drawn = Slow("b"), list[str]()
    client.let.set()
    async with session(tmp_path, client, timings=replace(QUICK, remembered_after=3600.0)) as studio:
        studio.assistants.on_remembered = lambda: drawn.append("remembered")
        await studio.connect(HERE, expected=DEMO)
        await studio.assistants.select("demo")
        await until(lambda: studio.app_state.graph is not None)
        await looked(studio)
        assert (drawn, nodes(studio)) == ([], [])


async def test_what_the_server_tells_takes_the_place_of_what_was_remembered_and_is_kept_next(tmp_path: Path) -> None:
    client = Slow("b")
    async with remembering(tmp_path, client) as (studio, connecting):
        client.let.set()
        await connecting
        await studio.assistants.select(DEMO)
        await until(lambda: studio.app_state.graph is not None)
        shown = studio.app_state.shown_graph
        assert shown is not None
        assert [node.name for node in shown.nodes] == ["b"]
        await until(lambda: '"b"' in kept(tmp_path)[0].read_text())
    assert len(kept(tmp_path)) == 1


async def test_the_same_graph_is_not_written_again(tmp_path: Path) -> None:
    await first_session(tmp_path)
    before = kept(tmp_path)[0].stat().st_mtime_ns
    client = Slow()
    client.let.set()
    async with session(tmp_path, client) as studio:
        await studio.connect(HERE, expected=DEMO)
        await looked(studio)
        await studio.assistants.select(DEMO)
        await until(lambda: studio.app_state.graph is not None)
        await until(lambda: not any(task.get_name() == "studio:keep graph" for task in asyncio.all_tasks()))
    assert kept(tmp_path)[0].stat().st_mtime_ns == before


async def test_a_server_that_cannot_be_reached_leaves_it_remembered(tmp_path: Path) -> None:
    await first_session(tmp_path)
    client = Slow()
    client.down = ConnectError("Nobody answers")
    client.let.set()
    async with session(tmp_path, client) as studio:
        with pytest.raises(ConnectError):
            await studio.connect(HERE, expected=DEMO)
        await until(lambda: nodes(studio) == ["a"])
        assert (studio.app_state.graph, studio.app_state.assistant_id) == (None, None)
        await studio.disconnect()
        assert studio.app_state.remembered is None


async def test_a_link_that_is_lost_before_the_graph_came_leaves_it_remembered_until_it_comes(tmp_path: Path) -> None:
    client = Slow()
    async with remembering(tmp_path, client) as (studio, connecting):
        client.graph_fails = ConnectError("The line is dead")
        client.graph_fails.unreachable = True
        client.let.set()
        await connecting
        await studio.assistants.select(DEMO)
        await studio.assistants.load_graph()
        assert nodes(studio) == ["a"]
        assert not studio.app_state.graph_problem
        client.graph_fails = None
        await studio.assistants.load_graph()
        assert nodes(studio) == []
        assert studio.app_state.graph is not None


async def test_a_server_that_has_no_graph_any_more_is_believed(tmp_path: Path) -> None:
    client = Slow()
    async with remembering(tmp_path, client) as (studio, connecting):
        client.graph_fails = ServerError("It has none")
        client.let.set()
        await connecting
        await studio.assistants.select(DEMO)
        await until(lambda: studio.app_state.graph_problem)
        assert studio.app_state.shown_graph is None


@pytest.mark.parametrize("answer", [AuthError("This key is refused"), NotFoundError("Nothing there")])
async def test_a_server_that_refuses_takes_it_away(tmp_path: Path, answer: StudioError) -> None:
    await first_session(tmp_path, MINE)
    client = Slow()
    client.down = answer
    async with session(tmp_path, client) as studio:
        connecting = await begun(studio, MINE)
        await until(lambda: nodes(studio) == ["a"])
        client.let.set()
        with pytest.raises(type(answer)):
            await connecting
        assert studio.app_state.remembered is None


async def test_what_one_key_saw_is_not_shown_to_another_nor_to_nobody(tmp_path: Path) -> None:
    await first_session(tmp_path, MINE, "of_mine")
    await first_session(tmp_path, YOURS, "of_yours")
    assert len(kept(tmp_path)) == 2
    for target, expected in ((MINE, ["of_mine"]), (YOURS, ["of_yours"]), (HERE, [])):
        async with session(tmp_path, Slow()) as studio:
            connecting = await begun(studio, target)
            await looked(studio)
            assert nodes(studio) == expected
            connecting.cancel()
            await asyncio.wait([connecting])


async def test_no_key_enters_the_file_also_not_one_that_the_server_repeats(tmp_path: Path) -> None:
    await first_session(tmp_path, MINE)
    path = kept(tmp_path)[0]
    assert "key-of-mine" not in path.read_text() + path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    client = Slow("says key-of-mine")
    client.let.set()
    async with session(tmp_path, client) as studio:
        await studio.connect(MINE, expected=DEMO)
        await studio.assistants.select("demo")
        await until(lambda: not kept(tmp_path))


@pytest.mark.parametrize("key", ['quote"inthekey', "backslash\\inthekey", 'Bearer quote"inthekey'])
@pytest.mark.parametrize("where", ["nodes", "edges"])
async def test_a_key_that_json_writes_otherwise_is_found_as_well(tmp_path: Path, key: str, where: str) -> None:
    target = Target("http://fake", {"authorization": key})
    await first_session(tmp_path, target)
    graphs = RememberedGraphs(tmp_path / "graphs")
    repeated = [{"id": "a", "data": [f"says {key.removeprefix('Bearer ')}"]}]
    await graphs.keep(target, Assistant(DEMO, "demo", "demo"), {where: repeated})
    assert not kept(tmp_path)


async def test_a_graph_that_is_nested_too_deeply_is_not_kept_and_breaks_nothing(tmp_path: Path) -> None:
    await first_session(tmp_path)
    graphs = RememberedGraphs(tmp_path / "graphs")
    for _ in range(2):
        deep: list[Any] = []
        for _ in range(50_000):
            deep = [deep]
        await graphs.keep(HERE, Assistant(DEMO, "demo", "demo"), {"nodes": [{"id": "a", "data": deep}]})
        assert not kept(tmp_path)


@pytest.mark.parametrize(
    ("expected", "shown"),
    [(DEMO, True), ("demo", True), ("", False), ("dem", False), (default_assistant_id("x"), False)],
)
async def test_only_the_assistant_that_is_expected_is_shown(tmp_path: Path, expected: str, shown: bool) -> None:
    await first_session(tmp_path)
    async with session(tmp_path, Slow()) as studio:
        connecting = await begun(studio, expected=expected)
        await looked(studio)
        assert nodes(studio) == (["a"] if shown else [])
        connecting.cancel()
        await asyncio.wait([connecting])


async def test_another_assistant_that_is_selected_takes_it_away(tmp_path: Path) -> None:
    client = Slow()
    async with remembering(tmp_path, client) as (studio, connecting):
        client.let.set()
        await connecting
        client.let.clear()
        other = studio.app_state.assistants.items[0].__class__(default_assistant_id("other"), "other", "other")
        studio.assistants.show(other)
        assert studio.app_state.shown_graph is None


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _other_version(text: str) -> str:
    return text.replace('"version": 1', '"version": 2')


def _nonsense(text: str) -> str:
    return json.dumps({**json.loads(text), "graph": [[[]]], "name": {"a": 1}})


def _deep(_text: str) -> str:
    return "[" * 100_000


def _huge(text: str) -> str:
    return text.replace('"a"', '"' + "a" * 300_000 + '"')


@pytest.mark.parametrize("spoil", [_cut, _other_version, _nonsense, _deep, _huge])
async def test_a_damaged_file_costs_nothing_but_what_it_held(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    await first_session(tmp_path)
    path = kept(tmp_path)[0]
    path.write_text(spoil(path.read_text()))
    client = Slow()
    async with session(tmp_path, client) as studio:
        connecting = await begun(studio)
        await looked(studio)
        assert nodes(studio) == []
        client.let.set()
        await connecting
        await studio.assistants.select(DEMO)
        await until(lambda: studio.app_state.graph is not None)
        await until(lambda: spoil(path.read_text()) != path.read_text())
    assert not list(studio.app_state.notices)


async def test_a_graph_that_is_too_large_is_not_kept_nor_is_an_older_one_in_its_place(tmp_path: Path) -> None:
    await first_session(tmp_path)
    client = Slow("n" * 300_000)
    client.let.set()
    async with session(tmp_path, client) as studio:
        await studio.connect(HERE, expected=DEMO)
        await studio.assistants.select("demo")
        await until(lambda: not kept(tmp_path))


async def test_of_many_servers_only_the_last_are_kept(tmp_path: Path) -> None:
    for number in range(52):
        await first_session(tmp_path, Target(f"http://fake:{1000 + number}"), f"node{number}")
    await until(lambda: len(kept(tmp_path)) <= 50)
    assert any("node51" in text for text in texts(tmp_path))


async def test_without_a_folder_nothing_is_kept_or_looked_for(tmp_path: Path) -> None:
    client = Slow()
    client.let.set()
    studio = Studio(client_factory=lambda target, on_exchange: client, threaded=False, timings=QUICK)
    await studio.connect(HERE, expected=DEMO)
    await studio.assistants.select("demo")
    await until(lambda: studio.app_state.graph is not None)
    assert studio.app_state.remembered is None
    assert not kept(tmp_path)
    await studio.aclose()


async def test_of_two_graphs_in_quick_succession_the_newer_one_is_kept(tmp_path: Path) -> None:
    graphs = RememberedGraphs(tmp_path / "graphs")
    mine = Assistant(DEMO, "demo", "demo")
    for number in range(10):
        older, newer = ({"nodes": [{"id": f"{which}{number}"}], "edges": []} for which in ("older", "newer"))
        await asyncio.gather(graphs.keep(HERE, mine, older), graphs.keep(HERE, mine, newer))
        found = await RememberedGraphs(tmp_path / "graphs").read(HERE, DEMO)
        assert found is not None
        assert [node.id for node in found.graph.nodes] == [f"newer{number}"]


async def test_of_two_graphs_the_newer_one_stays_whichever_is_written_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[Callable[[], None]] = []

    async def put_off(write: Callable[[], None]) -> None:
        late.append(write)

    graphs = RememberedGraphs(tmp_path / "graphs")
    mine = Assistant(DEMO, "demo", "demo")
    with monkeypatch.context() as patch:
        patch.setattr("studio_tui.core.assistants.remembered.off_the_loop", put_off)
        for node in ("older", "newer"):
            await graphs.keep(HERE, mine, {"nodes": [{"id": node}], "edges": []})
    for write in reversed(late):
        write()
    found = await RememberedGraphs(tmp_path / "graphs").read(HERE, DEMO)
    assert found is not None
    assert [node.id for node in found.graph.nodes] == ["newer"]


async def test_what_a_slow_disk_tells_after_the_server_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first_session(tmp_path)
    told, read = asyncio.Event(), RememberedGraphs.read

    async def slowly(graphs: RememberedGraphs, target: Target, assistant: str) -> RememberedGraph | None:
        await told.wait()
        return await read(graphs, target, assistant)

    monkeypatch.setattr(RememberedGraphs, "read", slowly)
    client = Slow("b")
    client.let.set()
    async with session(tmp_path, client) as studio:
        await studio.connect(HERE, expected=DEMO)
        await studio.assistants.select("demo")
        await until(lambda: studio.app_state.graph is not None)
        told.set()
        await looked(studio)
        assert studio.app_state.remembered is None
