"""Every list's heading stands over its cells, and no column is wider than it needs while another one is cut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.core.crons import Cron
from studio_tui.core.state.app_state import AppState
from studio_tui.core.store import StoreItem
from studio_tui.core.threads.search import ThreadSearch
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.domain.thread_query import ThreadQuery
from studio_tui.present.assistants import AssistantRows
from studio_tui.present.crons import CronRows
from studio_tui.present.kit.columns import shared
from studio_tui.present.kit.rows import ListedRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.present.threads.table import ThreadTableRows
from studio_tui.text.spans import line_width, plain

NOW = 1_764_460_800.0
WIDTHS = (76, 116, 156)
A, B = AssistantId("a"), AssistantId("b")
NAMES: dict[str, str] = {A: "expense_approval", B: "Warm and friendly house style"}
TITLES = ("hello", "Quarterly review of expenses, travel and hotels of the second half of 2026 in Berlin")


async def _unread(_fn: object, /) -> Any:
    raise AssertionError


def _threads(*columns: str) -> ListedRows[Any]:
    search = ThreadSearch(_unread)
    search.query = ThreadQuery(columns=columns)
    rows = ThreadTableRows(search)
    rows.assistants = NAMES
    items = [
        Thread(
            ThreadId(f"01a2000{at}-aaaa-3b41"),
            status,
            "expense_approval",
            assistant_id=assistant,
            title=TITLES[at % 2],
            updated_at=NOW - 4000 * at,
            interrupt_count=asked,
            cells=dict.fromkeys(columns, "finance"),
        )
        for at, (status, asked, assistant) in enumerate(
            [(ThreadStatus.IDLE, 0, A), (ThreadStatus.INTERRUPTED, 2, B), (ThreadStatus.BUSY, 0, A)]
        )
    ]
    rows.take(items, NOW)
    return rows


def _runs() -> ListedRows[Any]:
    rows = RunRows()
    rows.assistants = NAMES
    said = {"input": {"messages": [{"role": "user", "content": TITLES[1] * 3}]}}
    runs = [
        RunInfo(RunId(f"{name}-aaaa-3b41"), ThreadId("t"), name, status, NOW - 90, NOW - 80, kwargs=said)
        for name, status in ((A, "success"), (B, "timeout"))
    ]
    rows.take(runs, NOW)
    return rows


def _crons() -> ListedRows[Any]:
    rows = CronRows()
    rows.assistants = NAMES
    rows.take(
        [
            Cron("1", "30 2 1 * *", A, next_run=NOW + 3600.0, timezone="America/New_York"),
            Cron("2", "0 7 * * 1-5", B, next_run=NOW + 90_000.0, timezone="Europe/Berlin"),
            Cron("3", "*/15 * * * *", A, enabled=False),
        ],
        NOW,
    )
    return rows


LISTS = {"threads": _threads, "with keys": lambda: _threads("values.team", "values.a"), "runs": _runs, "crons": _crons}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_names_of_columns_stand_over_their_cells(name: str, width: int) -> None:
    rows = LISTS[name]()
    heading = plain(rows.heading(width)).ljust(width + 1)[1:]  # the list puts one cell before its rows
    lines = [plain(rows.line(at, width)).ljust(width) for at in range(len(rows))]
    names = list(re.finditer(r"\S+(?: \S+)*", heading))
    assert len(names) >= 4
    begins = [at for found in names if (at := _begin(lines, found)) is not None]
    assert len(begins) == len(names), (heading, *lines)
    cut = [at for at, line in enumerate(lines) if "…" in _without_ids(line)]
    columns = list(zip(begins, [*begins[1:], width], strict=True))
    if cut:
        for (begin, end), found in zip(columns, names, strict=True):
            needed = max(len(cell.rstrip()) for line in (*lines, heading) if (cell := line[begin:end]))
            assert end - begin - needed <= 2, (found.group(), heading, *lines)


def _without_ids(line: str) -> str:
    return re.sub(r"\b\w{4}…\w{4}\b", "", line)


def _begin(lines: list[str], name: re.Match[str]) -> int | None:
    """Return where the column of a name begins: under its first cell, or, for numbers, so that both end together."""
    if all(
        line[name.start() - 1] == " " and line[name.start()] != " " for line in lines if line[name.start() :].strip()
    ):
        return name.start()
    if all(line[name.end() - 1] != " " and line[name.end() :][:1] in ("", " ") for line in lines):
        return min(line.rindex(" ", 0, name.end()) + 1 for line in lines)
    return None


@given(st.integers(0, 200), st.lists(st.integers(0, 90), min_size=1, max_size=6))
def test_nobody_gets_more_than_it_wants_and_short_columns_are_whole_first(room: int, wants: list[int]) -> None:
    widths = shared(room, wants, least=0)
    assert all(0 <= got <= want for got, want in zip(widths, wants, strict=True))
    assert sum(widths) == min(room, sum(wants))
    least = min((got for got, want in zip(widths, wants, strict=True) if got < want), default=0)
    assert all(got <= least + 1 for got, want in zip(widths, wants, strict=True) if got < want)
    assert all(got == want for got, want in zip(widths, wants, strict=True) if want <= least)


def test_no_column_moves_for_what_was_scrolled_past() -> None:
    rows = _threads()
    before = rows.line(0, 76)
    rows.take([rows.items[0]], NOW)
    assert rows.line(0, 76) == before
    assert "assistant" in plain(rows.heading(116))
    assert isinstance(rows, ThreadTableRows)
    rows.threads.query = ThreadQuery(status="idle")
    rows.take([Thread(ThreadId("1"))], NOW)
    assert plain(rows.heading(116)).split() == ["status", "title", "graph", "id", "age"]


def test_a_threads_column_gives_its_cells_to_the_titles() -> None:
    rows = _threads()
    line = plain(rows.line(1, 76))
    assert "expense_approval" in line, "a graph's name is whole where only a title is too long"
    assert line.index("Quarterly") == 2 + 9 + 1
    narrow = ThreadRows()
    items = [
        Thread(ThreadId("1"), ThreadStatus.INTERRUPTED, "purchase_order", title="Laptop for Berlin", interrupt_count=2)
    ]
    narrow.take(items, NOW)
    assert plain(narrow.line(0, 32)).split() == ["‖", "Laptop", "for", "Berlin", "asks", "2", "–"]
    assert "Laptop for Berlin" in plain(narrow.line(0, 46)), "no title is cut for the name of its graph"
    assert "purchase_order" in plain(narrow.line(0, 52))


def test_the_open_threads_row_is_called_as_the_top_row_calls_it_while_no_list_says_it() -> None:
    rows, app_state = ThreadRows(), AppState()
    app_state.thread_id = ThreadId("01a20001-aaaa-3b41")
    rows.look_at(app_state, "what is the weather in oslo")
    rows.take([], NOW)
    assert "what is the weather in oslo" in plain(rows.line(0, 42))
    rows.look_at(app_state, "01a2…3b41")
    rows.take([], NOW)
    assert plain(rows.line(0, 76)).count("01a2…3b41") == 1


def test_an_assistants_name_is_whole_before_its_id_and_how_many_others_there_are() -> None:
    rows = AssistantRows()
    items = [
        Assistant(AssistantId(f"{at}2345678-aaaa"), "brand_writer", name) for at, name in enumerate(NAMES.values())
    ]
    head = Assistant(AssistantId("92345678-aaaa"), "brand_writer", "brand_writer", metadata={"created_by": "system"})
    rows.take([*items, head], NOW)
    wide, middle, narrow = (plain(rows.line(0, width)) for width in (90, 58, 40))
    assert "brand_writer  and 2 others" in wide
    assert "9234…aaaa" in wide
    assert "brand_writer  and 2 others" in middle
    assert "…" not in middle
    assert "brand_writer  +2" in narrow
    assert all(line_width(rows.line(at, 40)) <= 40 for at in range(3))


def test_values_of_the_store_begin_in_one_column_where_some_lie_deeper() -> None:
    rows = ItemRows()
    rows.take([StoreItem(("notes",), "a", {"n": 1}), StoreItem(("notes", "u0"), "key", {"n": 2})], NOW)
    rows.prefix = ("notes",)
    first, second = (plain(rows.line(row, 50)) for row in (0, 1))
    assert first.index("n: 1") == second.index("n: 2") == len("  key u0 ") - 1
