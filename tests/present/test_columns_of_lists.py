"""Lists give the room that they have to their words, and what is alike stands below each other."""

from __future__ import annotations

from collections import deque
from typing import Any

from studio_tui.core.assistants.form import declared_settings
from studio_tui.core.assistants.versions import Versions
from studio_tui.core.crons import Cron
from studio_tui.core.interrupts.answers import InboxItem
from studio_tui.core.store import StoreItem
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.http_exchange import HttpExchange
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.jsonkit.value import JsonObject
from studio_tui.present.assistants import detail_lines
from studio_tui.present.crons import CronRows
from studio_tui.present.http_log import HttpRows, exchange_text
from studio_tui.present.interrupts.inbox import InboxRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows, NamespaceRows, preview
from studio_tui.present.threads.panel import ThreadRows, named
from studio_tui.present.threads.table import above
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain

NOW = 1_764_460_800.0


def test_crons_are_not_cut_beside_blanks_at_80_columns() -> None:
    rows = CronRows()
    rows.assistants = {"a": "travel_agent"}
    rows.take([Cron("1", "0 7 * * 1-5", "a", next_run=NOW + 3600.0)], NOW)
    line = plain(rows.line(0, 76))
    assert "at 07:00, Monday to Friday" in line
    assert "travel_agent" in line
    assert line.rstrip().endswith("today 01:00 UTC")
    assert plain(rows.heading(76)).index("next") == line.index("today") + 1


def test_the_values_of_the_store_begin_in_one_column() -> None:
    rows = ItemRows()
    rows.take([StoreItem(("notes", "demo-user"), "a", {"n": 1}), StoreItem(("notes", "u0"), "b", {"n": 2})], NOW)
    first, second = (plain(rows.line(row, 76)) for row in (0, 1))
    assert first.index("n: 1") == second.index("n: 2")
    places = NamespaceRows()
    places.take([("notes", "demo-user"), ("u",)], NOW)
    rows_cells = [len(plain(places.line(row, 60)).rstrip()) for row in range(3)]
    assert places.cells == max(rows_cells), "what the names leave is for the values"


def test_a_run_is_told_by_what_was_said_to_it() -> None:
    said = {"input": {"messages": [{"role": "user", "content": "find `flights`"}]}}
    rows = RunRows()
    rows.take([RunInfo(RunId("r"), ThreadId("t"), AssistantId("a"), "success", kwargs=said)], NOW)
    assert 'you: "find flights"' in plain(rows.line(0, 100))
    assert plain(rows.heading(76)).rstrip().endswith("error or input")
    before = plain(rows.heading(76)).index("status") - plain(rows.line(0, 76)).index("✓")
    assert before == plain(rows.heading(76)).index("run") - plain(rows.line(0, 76)).index("r "), "one column"


def test_objects_of_the_store_are_told_by_their_keys_however_many_they_have() -> None:
    assert preview({"text": "likes aisles"}) == "text: likes aisles"
    assert preview({"text": "likes aisles", "seat": 12, "at": [1]}) == "text: likes aisles · seat: 12 · at: [1]"
    assert preview({"a": "x" * 50, "b": 1}, 20) == f"a: {'x' * 17}…"
    assert preview([1, 2]) == "[1, 2]"


def test_names_of_graphs_and_nodes_are_whole_in_the_inbox_while_the_question_has_room() -> None:
    rows = InboxRows()
    asked = Interrupt("q", "Refund 40 EUR?", node="authorize_refund")
    rows.take([InboxItem(Thread(ThreadId("t"), graph_id="trip_planner"), (asked,))], NOW)
    assert "trip_planner authorize_refund Refund 40 EUR?" in plain(rows.line(0, 66))
    narrow = plain(rows.line(0, 40))
    assert "Refund 40 EUR?" in narrow


def test_ids_of_threads_stand_below_each_other_whatever_is_said_before_them() -> None:
    rows = ThreadRows()
    named = [
        Thread(ThreadId(f"01a2000{place}-aaaa-3b41"), status, "agent", title="A trip", interrupt_count=asked)
        for place, (status, asked) in enumerate([(ThreadStatus.ERROR, 0), (ThreadStatus.INTERRUPTED, 1)])
    ]
    rows.take(named, NOW)
    first, second = (plain(rows.line(row, 74)) for row in (0, 1))
    assert first.index("01a2…3b41") == second.index("01a2…3b41")


def test_a_question_names_a_thread_by_its_title_and_its_id() -> None:
    assert named("01a20001-aaaa-3b41", "**A trip** to\nRome") == "A trip to Rome (01a2…3b41)"
    assert named("01a20001-aaaa-3b41", "") == "01a2…3b41"


def test_requests_of_one_thread_are_told_apart_in_a_narrow_log() -> None:
    url = "http://h/threads/01a2000f-aaaa-7000-8000-000000003b41"
    paths = ("/runs/stream", "/history?limit=24", "")
    log = deque(HttpExchange(seq, NOW, "POST", url + path, 200, 0.15, 5, 1200) for seq, path in enumerate(paths))
    rows = HttpRows(log)
    seen = [plain(rows.line(row, 76))[:76] for row in range(3)]
    assert [line.rpartition("/threads/01a2…3b41")[2].strip() for line in seen] == list(paths)
    assert url in exchange_text(log[0])
    assert "5 B" in plain(rows.line(0, 118))
    assert url in rows.text(0)  # the whole path is what is searched and copied


def test_an_assistants_details_tell_what_its_graph_declares_and_it_does_not_set() -> None:
    properties: JsonObject = {"model": {"default": "large"}, "user\x1b": {"type": "string"}, "limit": {"default": None}}
    settings = declared_settings(Schemas(context={"type": "object", "properties": properties}))
    own = Assistant(AssistantId("a"), "mine", "agent", context={"limit": 3})
    versions = Versions(own, (own,), Dialect())
    told = [plain(line) for line in detail_lines(own, versions, "", NOW, str, settings)]
    at = told.index("context, not set here")
    assert told[at + 1 : at + 3] == ['  model: "large"  default', "  user␛: not set"]
    assert told.index("  limit: 3") < next(
        at for at, line in enumerate(told) if line.startswith("id ")
    )  # own values first
    bare = Assistant(AssistantId("a"), "mine", "agent")
    versions = Versions(bare, (bare,), Dialect())
    assert "context of the graph" in [plain(line) for line in detail_lines(bare, versions, "", NOW, str, settings)]
    assert "its graph declares none" in "".join(plain(line) for line in detail_lines(bare, versions, "", NOW, str, ()))
    assert "graph's defaults apply" in "".join(plain(line) for line in detail_lines(bare, versions, "", NOW, str))


async def test_counts_of_threads_are_whole_before_the_order_is_told() -> None:
    async def unread(_fn: object, /) -> Any:
        raise AssertionError

    threads = ThreadSearch(unread)
    threads.counts = {"": 41, "idle": 30, "busy": 2, "interrupted": 5, "error": 4}
    threads.mark([Thread(ThreadId("t"))])
    assert plain(above(threads, UNICODE, 80)).rstrip().endswith("✗ error 4             1 marked")
    assert "sort updated" in plain(above(threads, UNICODE, 100))
    assert plain(above(threads, UNICODE, 80, key="s")).startswith(" s Status  all 41   ")
