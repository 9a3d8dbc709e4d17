"""Lists give the room that they have to their words, and what is alike stands below each other."""

from __future__ import annotations

from studio_tui.core.crons import Cron
from studio_tui.core.store import StoreItem
from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.thread import RunInfo
from studio_tui.present.crons import CronRows
from studio_tui.present.runs.table import RunRows
from studio_tui.present.store import ItemRows
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
    assert first.index("{") == second.index("{")


def test_a_run_is_told_by_what_was_said_to_it() -> None:
    said = {"input": {"messages": [{"role": "user", "content": "find `flights`"}]}}
    rows = RunRows()
    rows.take([RunInfo(RunId("r"), ThreadId("t"), AssistantId("a"), "success", kwargs=said)], NOW)
    assert 'you: "find flights"' in plain(rows.line(0, 100))
    assert plain(rows.heading(76)).rstrip().endswith("error or input")
