"""Cron schedules: words, next times, clock changes, and what is no schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from studio_tui.core.crons import CronDraft, cron_body, explain, problems_of
from studio_tui.domain.schedule import BadSchedule, describe, next_times, parse_schedule

SATURDAY = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)

WORDS = {
    "* * * * *": "every minute",
    "*/5 * * * *": "every 5 minutes",
    "0 * * * *": "every hour",
    "15 * * * *": "at 15 minutes past every hour",
    "0 9 * * 1-5": "at 09:00, Monday to Friday",
    "30 9,17 * * *": "every day at 09:30 and 17:30",
    "0 */2 * * *": "every 2 hours",
    "*/15 9-17 * * mon-fri": "every 15 minutes in the hours 9 to 17, Monday to Friday",
    "5,35 */2 * * sat,sun": "at 5 and 35 minutes past every second hour, on Saturday and Sunday",
    "0 0 13 * 5": "at 00:00, on day 13 of the month and on Friday",
    "0 12 * jan,jul *": "at 12:00, in January and July",
    "0 0 * * 5-7": "at 00:00, on Friday, Saturday and Sunday",
    "@weekly": "at 00:00, on Sunday",
}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_a_schedule_is_explained_in_words(text: str, words: str) -> None:
    assert describe(parse_schedule(text)) == words


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("30 9,17 * * *", ["28 17:30", "29 09:30", "29 17:30"]),
        ("0 9 * * 1-5", ["30 09:00", "31 09:00", "01 09:00"]),
        ("0 12 * * *", ["29 12:00", "30 12:00", "31 12:00"]),
        ("0 0 1 * 0", ["29 00:00", "01 00:00", "05 00:00"]),  # either kind of day is enough
        ("0 0 30 2 *", []),
    ],
)
def test_the_next_times_come_after_now_in_order(text: str, times: list[str]) -> None:
    assert [f"{moment:%d %H:%M}" for moment in next_times(parse_schedule(text), SATURDAY, 3)] == times


def test_leap_days_are_found_years_ahead() -> None:
    assert [moment.year for moment in next_times(parse_schedule("0 0 29 2 *"), SATURDAY, 2)] == [2028, 2032]


def test_an_hour_that_the_clock_leaves_out_does_not_fire() -> None:
    berlin = SATURDAY.astimezone(ZoneInfo("Europe/Berlin"))
    found = next_times(parse_schedule("30 2 * * *"), berlin, 2)
    assert [f"{moment:%d %H:%M}" for moment in found] == ["30 02:30", "31 02:30"]
    assert all(moment.utcoffset() == found[0].utcoffset() for moment in found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Write five fields"),
        ("* * * *", "this has 4"),
        ("0 * * * * *", "this has 6"),
        ("60 * * * *", "The minute 60 is not between 0 and 59"),
        ("* * * * 8", "The day of the week 8"),
        ("a * * * *", "a is no minute"),
        ("5-1 * * * *", "ends before it begins"),
        ("*/0 * * * *", "step of the minute must be 1 or more"),
        ("1,,2 * * * *", "cannot stand for the minute"),
        ("\x1b[31m * * * *", "cannot stand for the minute"),
    ],
)
def test_what_is_no_schedule_is_told_in_words(text: str, why: str) -> None:
    with pytest.raises(BadSchedule, match=why) as raised:
        parse_schedule(text)
    assert str(raised.value).isprintable()


def test_every_field_of_a_draft_is_checked_before_anything_is_sent() -> None:
    draft = CronDraft("0 9 * *", "Europe/Nowhere", "", "abc", "{1}")
    assert set(problems_of(draft)) == {"schedule", "timezone", "assistant", "thread", "input"}
    good = CronDraft(" 0 9 * * 1 ", "Europe/Berlin", "a-1", "", '{"n": 1}')
    assert problems_of(good) == {}
    assert cron_body(good) == {
        "assistant_id": "a-1", "schedule": "0 9 * * 1", "timezone": "Europe/Berlin", "input": {"n": 1},
    }  # fmt: skip
    words, times = explain(good.schedule, good.timezone, SATURDAY)
    assert words == "at 09:00, on Monday"
    assert f"{times[0]:%d %H:%M %Z}" == "30 09:00 CEST"
