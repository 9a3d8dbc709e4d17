"""Crons as rows: when they fire next, by the clock of their own time zone, at every width."""

from __future__ import annotations

import pytest

from studio_tui.core.crons import Cron
from studio_tui.present.crons import CronRows, away, clock_words
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import line_width, plain

NOW = 1_764_460_800.0
"""2025-11-30 00:00 UTC, 01:00 in Berlin, still the 29th in New York."""
HOUR = 3600.0


@pytest.mark.parametrize(
    ("hours", "zone", "words"),
    [
        (8, "Europe/Berlin", "today 09:00 Europe/Berlin"),
        (32, "Europe/Berlin", "tomorrow 09:00 Europe/Berlin"),
        (5, "America/New_York", "tomorrow 00:00 America/New_York"),
        (80, "", "Wed 08:00 UTC"),
        (24 * 9, "UTC", "09 Dec 00:00 UTC"),
        (8, "Nowhere/At_all", "today 08:00 UTC"),
    ],
)
def test_a_time_is_said_in_the_crons_own_zone(hours: int, zone: str, words: str) -> None:
    assert clock_words(NOW + hours * HOUR, NOW, zone) == words


def test_where_only_the_town_is_told_it_is_written_as_people_do() -> None:
    assert clock_words(NOW + 5 * HOUR, NOW, "America/New_York", brief=True) == "tomorrow 00:00 New York"


def test_how_far_away_it_is_is_one_number() -> None:
    assert [away(seconds) for seconds in (42, 720, 39.7 * HOUR, 120 * HOUR)] == [
        "in 42 s",
        "in 12 min",
        "in 40 h",
        "in 5 days",
    ]


@pytest.mark.parametrize("width", [40, 76, 116, 156])
def test_a_row_is_as_wide_as_its_heading_and_keeps_when_it_fires(width: int) -> None:
    rows = CronRows()
    evil = "x\x1b[2J\u202e" * 30
    crons = [
        Cron("c1", "0 9 * * *", "a", timezone="Europe/Berlin", next_run=NOW + 32 * HOUR),
        Cron(evil, evil, evil, evil),
    ]
    rows.take(crons, NOW)
    for index in range(2):
        line = rows.line(index, width)
        assert line_width(line) <= width
        assert is_safe(plain(line))
    said = plain(rows.line(0, width))
    if width >= 76:
        assert f"tomorrow 09:00 {'Europe/Berlin' if width >= 105 else 'Berlin'}" in said
        assert plain(rows.heading(width)).index("next") == said.index("tomorrow") + 1
    if width >= 116:
        assert "in 32 h" in said


def test_crons_are_sorted_by_a_column_as_its_heading_says_and_as_the_server_does_in_the_end() -> None:
    rows = CronRows()
    crons = [
        Cron("c1", "0 9 * * *", "b", next_run=NOW + 32 * HOUR),
        Cron("c2", "0 1 * * *", "c", next_run=NOW + 1 * HOUR, enabled=False),
        Cron("c3", "5 9 * * *", "a", next_run=NOW + 2 * HOUR),
    ]
    rows.take(crons, NOW)
    seen = {}
    for column in ("schedule", "assistant", "next"):
        for sign in ("↑", "↓", ""):
            rows.sort(column)
            heading = plain(rows.heading(110))
            assert line_width(rows.heading(110)) <= 111
            assert (f"{column} {sign}" in heading) if sign else not {"↑", "↓"} & set(heading)
            seen[column, sign] = [item.cron_id for item in rows.items]
    assert seen["schedule", "↑"] == ["c2", "c1", "c3"]
    assert seen["assistant", "↓"] == ["c2", "c1", "c3"]
    assert seen["next", "↑"] == ["c3", "c1", "c2"]  # what is paused fires never
    assert seen["next", ""] == ["c1", "c2", "c3"]
