"""The store and crons of a real server: round trips by keys, by commands, and through what the core has for them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from textual.widgets import Input

from studio_tui.client.crons import CronEndpoints
from studio_tui.client.store import StoreEndpoints
from studio_tui.core.store import PAGE, StoreItems, parse_address, tree_of
from studio_tui.core.studio import Studio
from studio_tui.domain.run_request import RunRequest
from studio_tui.errors import ConflictError
from studio_tui.jsonkit.value import JsonObject, as_object, as_str
from studio_tui.ui.crons.crons_screen import CronsScreen
from studio_tui.ui.store.store_screen import StoreScreen
from tests.by_command import Cli
from tests.server.driven import Driven, driven

pytestmark = pytest.mark.server


async def test_what_a_graph_remembered_is_in_the_tree(studio: Studio) -> None:
    await studio.assistants.select("memory_notes")
    await studio.runs.start(RunRequest(input={"messages": [{"type": "human", "content": "remember that I like tea"}]}))
    await studio.runs.wait()
    store_items = StoreItems(studio.connection.call)
    await store_items.namespaces.refresh()
    found = store_items.namespaces.items
    notes = next(item for item in found if item[0] == "notes")
    assert tree_of(found).index(("notes",)) == tree_of(found).index(notes) - 1
    store_items.look_at(notes)
    await store_items.refresh()
    assert "tea" in json.dumps([dict(item.value) for item in store_items.items])


async def test_items_are_paged_and_never_overwritten_unseen(studio: Studio) -> None:
    root = uuid.uuid4().hex
    store_items = StoreItems(studio.connection.call)
    for number in range(PAGE + 7):
        await store_items.write((root, "many"), f"k{number}", {"n": number}, seen=None)
    store_items.look_at((root,))
    await store_items.refresh()
    assert (len(store_items.items), store_items.has_more) == (PAGE, True)
    await store_items.more()
    assert store_items.has_more is False
    assert {item.key for item in store_items.items} == {f"k{number}" for number in range(PAGE + 7)}
    store_items.filter = {"n": 3}
    store_items.look_at((root,))
    await store_items.refresh()
    assert [item.key for item in store_items.items] == ["k3"]
    seen = await store_items.get((root, "many"), "k1")
    with pytest.raises(ConflictError, match="exists already"):
        await store_items.write((root, "many"), "k1", {"n": 0}, seen=None)
    await store_items.write((root, "many"), "k1", {"n": 10}, seen=seen)
    with pytest.raises(ConflictError, match="was changed"):
        await store_items.write((root, "many"), "k1", {"n": 11}, seen=seen)
    await store_items.write((root, "many"), "k1", {"n": 11}, seen=seen, force=True)
    await store_items.delete((root, "many"), "k1")
    assert await store_items.get((root, "many"), "k1") is None
    assert parse_address("a.b/c/d") == (("a", "b"), "c/d")


async def _item(it: Driven, root: str) -> JsonObject | None:
    return await it.studio.connection.call(lambda client: client.family(StoreEndpoints).store_get((root, "x"), "likes"))


async def test_an_item_is_made_in_the_editor_and_bad_json_is_kept(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = "t" + uuid.uuid4().hex[:8]
    texts = ['{"likes": tea}', '{"likes": "tea"}']
    given: list[str] = []

    async def edit(_app: object, text: str, _suffix: str) -> str:
        given.append(text)
        return texts[len(given) - 1]

    monkeypatch.setattr("studio_tui.ui.store.editing.edit", edit)
    async with driven(server, tmp_path) as it:
        await it.press("escape", "M")
        await it.sees("Namespaces")
        await it.press("A")
        await it.sees("New item")
        await it.type("nothing")
        await it.press("enter")
        await it.sees("Write namespace/key")
        await it.press(*["backspace"] * 7)
        await it.type(f"{root}.x/likes")
        await it.press("enter")
        await it.sees("line 1, column 11")
        await it.press("n")
        await it.until(lambda: "This cannot be stored" not in it.text)
        assert await _item(it, root) is None
        await it.press("A")
        await it.type(f"{root}.x/likes")
        await it.press("enter")
        await it.sees("There is a draft")
        await it.press("y")
        await it.sees("likes is stored. D deletes it.")
        assert given[1] == texts[0]
        found = await _item(it, root)
        assert found is not None
        assert found["value"] == {"likes": "tea"}
        await it.sees(root)
        screen = it.app.screen
        assert isinstance(screen, StoreScreen)
        assert screen.items.current is not None
        assert screen.items.current.namespace == (root, "x")


async def test_crons_by_keys(server: str, tmp_path: Path) -> None:
    """Also that keys are for the cron that was just made, and not for one that was under the cursor before."""
    async with driven(server, tmp_path) as it:
        call = it.studio.connection.call
        body: JsonObject = {"assistant_id": "long_countdown", "schedule": "8 8 8 8 *", "input": {"count": 1}}
        other = as_str((await call(lambda client: client.family(CronEndpoints).create_cron(body)))["cron_id"])
        await it.press("escape", "J")
        await it.sees("Crons")
        screen = it.app.screen
        assert isinstance(screen, CronsScreen)
        await it.until(lambda: screen.rows.row_of(other) is not None)
        screen.table.move_to_row(screen.rows.row_of(other) or 0)
        await it.press("A")
        await it.sees("New cron")
        await it.type("30 9 * *")
        await it.press("ctrl+s")
        await it.sees("has 4")
        await it.type(" 1-5")
        await it.sees("At 09:30, Monday to Friday")
        await it.press("ctrl+s")
        await it.sees("The cron is made; p pauses it, D deletes it.")
        assert screen.table.current is not None
        assert screen.table.current.schedule == "30 9 * * 1-5"
        await it.sees("at 09:30, Monday to Friday")
        await it.sees(" UTC")
        await it.press("o")
        await it.sees("schedule ↑")
        await it.pilot.click("#columns", offset=(6, 0))
        await it.sees("schedule ↓")
        await it.press("o", "o", "o")
        await it.until(lambda: "↑" not in it.text and "↓" not in it.text)
        await it.press("e")
        await it.sees("Edit cron")
        zone = it.app.screen.query_one("#cron-timezone", Input)
        zone.value = "Europe/Berlin"
        it.app.screen.query_one("#cron-input", Input).value = '{"count": 2}'
        await it.press("ctrl+s")
        await it.sees("The cron is changed;")
        await it.sees("09:30 Europe/Berlin")
        await it.press("p")
        await it.sees("The cron is paused; p lets it fire again.")
        crons = await it.studio.connection.call(lambda client: client.family(CronEndpoints).crons())
        mine = [item for item in crons if item["schedule"] == "30 9 * * 1-5"]
        assert [item["enabled"] for item in mine] == [False]
        assert [as_object(item["payload"])["input"] for item in mine] == [{"count": 2}]
        await it.press("D")
        await it.sees("Delete the cron?")
        await it.press("y")
        await it.sees("The cron is deleted.")
        left = await it.studio.connection.call(lambda client: client.family(CronEndpoints).crons())
        assert mine[0]["cron_id"] not in [item["cron_id"] for item in left]
        await call(lambda client: client.family(CronEndpoints).delete_cron(other))


async def test_marked_crons_are_deleted_together_after_one_question(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path) as it:
        call = it.studio.connection.call
        body: JsonObject = {"assistant_id": "long_countdown", "schedule": "7 7 7 7 *", "input": {"count": 1}}
        made = [
            as_str((await call(lambda client: client.family(CronEndpoints).create_cron(body)))["cron_id"])
            for _ in range(3)
        ]
        await it.press("escape", "J")
        screen = it.app.screen
        assert isinstance(screen, CronsScreen)
        await it.until(lambda: all(screen.rows.row_of(cron_id) is not None for cron_id in made))
        for cron_id in made[:2]:
            screen.table.move_to_row(screen.rows.row_of(cron_id) or 0)
            await it.press("space")
        await it.press("D")
        await it.sees("Delete 2 crons?")
        await it.press("y")
        await it.until(lambda: screen.rows.row_of(made[0]) is None)
        left = [item["cron_id"] for item in await call(lambda client: client.family(CronEndpoints).crons())]
        assert [cron_id in left for cron_id in made] == [False, False, True]
        await call(lambda client: client.family(CronEndpoints).delete_cron(made[2]))


async def test_a_refused_cron_keeps_the_form_with_the_servers_words(server: str, tmp_path: Path) -> None:
    async with driven(server, tmp_path) as it:
        await it.press("escape", "J")
        await it.press("A")
        await it.sees("New cron")
        await it.type("0 9 * * 1")
        it.app.screen.query_one("#cron-thread", Input).value = str(uuid.uuid4())
        await it.press("ctrl+s")
        await it.sees("ot found")
        assert "0 9 * * 1" in it.text
        assert "New cron" in it.text


def test_store_and_crons_on_the_command_line(cli: Cli) -> None:
    root = "c" + uuid.uuid4().hex[:8]
    assert cli("store", "put", f"{root}.u1", "prefs", '{"colour": "green"}')[0] == 0
    assert json.loads(cli("store", "get", f"{root}.u1", "prefs")[1]) == {"colour": "green"}
    assert [root, "u1"] in json.loads(cli("store", "ls", "--limit", "500", "--format", "json")[1])
    listed = json.loads(cli("store", "ls", root, "--format", "json")[1])
    assert [item["key"] for item in listed] == ["prefs"]
    _, out, told = cli("store", "search", root, "which colour", "--format", "jsonl")
    assert json.loads(out)["value"] == {"colour": "green"}
    assert "no index" in told
    assert cli("store", "put", root, "prefs", "[1]")[0] == 2
    assert cli("store", "rm", f"{root}.u1", "prefs")[0] == 2
    assert cli("store", "rm", f"{root}.u1", "prefs", "--yes")[0] == 0
    assert cli("store", "get", f"{root}.u1", "prefs")[0] == 4

    code, out, told = cli("crons", "create", "long_countdown", "0 3 * * 7", "--input", '{"count": 1}')
    assert (code, "at 03:00, on Sunday" in told, told.count(":00 UTC")) == (0, True, 5)
    cron_id = out.strip()
    assert cli("crons", "pause", cron_id[:4] + "…" + cron_id[-4:])[0] == 0
    mine = [item for item in json.loads(cli("crons", "ls", "--format", "json")[1]) if item["cron_id"] == cron_id]
    assert [(item["enabled"], item["payload"]["input"]) for item in mine] == [(False, {"count": 1})]
    assert cli("crons", "resume", cron_id)[0] == 0
    assert cli("crons", "rm", cron_id, "--yes")[0] == 0
    assert cli("crons", "rm", cron_id, "--yes")[0] == 4
    code, _, told = cli("crons", "create", "long_countdown", "0 25 * * *")
    assert (code, "The hour 25" in told) == (2, True)
    thread_id = cli("threads", "new")[1].strip()
    assert cli("threads", "set", thread_id, "--title", "Mine", "--metadata", '{"k": 1}')[0] == 0
    shown = json.loads(cli("threads", "show", thread_id, "--format", "json")[1])
    assert (shown["thread"]["metadata"]["title"], shown["thread"]["metadata"]["k"]) == ("Mine", 1)
