"""Five-field cron schedules: parse with problems in words, explain in words, tell when they fire next. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from msgspec import Struct

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MACROS = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_PART = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/(\d{1,9}))?", re.IGNORECASE)
_YEARS = 9
"""How far the next time is looked for: 29 February may be eight years away."""


class BadSchedule(ValueError):
    """The text is no five-field schedule; the message says why (safe text)."""


class Schedule(Struct, frozen=True):
    """When something fires: the allowed values of each field."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    """0 is Sunday."""

    @property
    def any_day(self) -> bool:
        """Whether the day of the month does not matter."""
        return len(self.days) == 31

    @property
    def any_weekday(self) -> bool:
        """Whether the day of the week does not matter."""
        return len(self.weekdays) == 7

    def fires_on(self, day: datetime) -> bool:
        """Tell whether there is a time on this day. Where both kinds of days are given, either is enough."""
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date and by_weekday if self.any_day or self.any_weekday else by_date or by_weekday


def parse_schedule(text: str) -> Schedule:
    """Return the schedule that `text` spells. Raises BadSchedule."""
    words = _MACROS.get(text.strip().lower(), text).split()
    if not words:
        raise BadSchedule("Write five fields: minute, hour, day, month, weekday, such as 0 9 * * 1-5")
    if len(words) != len(_FIELDS):
        raise BadSchedule(f"A schedule has five fields (minute, hour, day, month, weekday); this has {len(words)}")
    minutes, hours, days, months, weekdays = (_field(word, *field) for word, field in zip(words, _FIELDS, strict=True))
    return Schedule(minutes, hours, days, months, tuple(sorted({day % 7 for day in weekdays})))


def next_times(schedule: Schedule, after: datetime, count: int = 5) -> list[datetime]:
    """Return the next times after `after`, in its time zone; a time that a clock change leaves out is left out."""
    zone = after.tzinfo or UTC
    wall = after.replace(tzinfo=None)
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    last = day + timedelta(days=366 * _YEARS)
    found: list[datetime] = []
    while day <= last and len(found) < count:
        if schedule.fires_on(day):
            for minute in (60 * hour + minute for hour in schedule.hours for minute in schedule.minutes):
                moment = day + timedelta(minutes=minute)
                if moment > wall and len(found) < count and _exists(moment, zone):
                    found.append(moment.replace(tzinfo=zone))
        day += timedelta(days=1)
    return found


def describe(schedule: Schedule) -> str:
    """Return the schedule in words: `at 09:30, Monday to Friday`."""
    parts = [_time_words(schedule)]
    days = _day_words(schedule)
    if days:
        parts.append(days)
    elif len(schedule.months) == 12 and parts[0].startswith("at ") and "past" not in parts[0]:
        parts[0] = f"every day {parts[0]}"
    if len(schedule.months) < 12:
        parts.append(f"in {_joined([_MONTHS[month - 1] for month in schedule.months])}")
    return ", ".join(parts)


def _time_words(schedule: Schedule) -> str:
    minutes, hours = schedule.minutes, schedule.hours
    if len(minutes) * len(hours) <= 4:
        return "at " + _joined([f"{hour:02d}:{minute:02d}" for hour in hours for minute in minutes])
    step, hour_step = _step(minutes, 60), _step(hours, 24)
    when = "every minute" if len(minutes) == 60 else f"every {step} minutes" if step else ""
    if not when and len(hours) == 24:
        return "every hour" if minutes == (0,) else f"at {_minute_words(minutes)} past every hour"
    if not when and hour_step and minutes == (0,):
        return f"every {hour_step} hours"
    if when and len(hours) == 24:
        return when
    if when:
        return f"{when} in the {'hour' if len(hours) == 1 else 'hours'} {_ranges(hours)}"
    at = "hour" if hour_step else "hours"
    past = f"every {hour_step}th {at}" if hour_step and hour_step > 3 else f"the {at} {_ranges(hours)}"
    if hour_step in (2, 3):
        past = "every second hour" if hour_step == 2 else "every third hour"
    return f"at {_minute_words(minutes)} past {past}"


def _minute_words(minutes: tuple[int, ...]) -> str:
    return f"{_joined([str(minute) for minute in minutes])} {'minute' if minutes == (1,) else 'minutes'}"


def _day_words(schedule: Schedule) -> str:
    words = []
    if not schedule.any_day:
        words.append(f"on {'day' if len(schedule.days) == 1 else 'days'} {_ranges(schedule.days)} of the month")
    if not schedule.any_weekday:
        found = schedule.weekdays
        if found == (1, 2, 3, 4, 5):
            words.append("Monday to Friday")
        elif found == (0, 6):
            words.append("on Saturday and Sunday")
        else:
            words.append(
                "on " + _joined([_DAYS[day] for day in (*(day for day in found if day), *(d for d in found if not d))])
            )
    return " and ".join(words)


def _step(values: tuple[int, ...], span: int) -> int:
    """Return n when the values are every n-th from 0 on, else 0."""
    if len(values) < 2 or values[0] != 0:
        return 0
    step = values[1]
    return step if step > 1 and values == tuple(range(0, span, step)) and span % step == 0 else 0


def _ranges(values: tuple[int, ...]) -> str:
    """Return numbers with runs of three and more as `9 to 17`."""
    parts: list[str] = []
    start = 0
    for end in range(1, len(values) + 1):
        if end == len(values) or values[end] != values[end - 1] + 1:
            run = values[start:end]
            parts += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(value) for value in run]
            start = end
    return _joined(parts)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _field(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadSchedule(f"{_shown(part)} cannot stand for the {name}")
        first, last, step = match.groups()
        every = int(step) if step else 1
        if every < 1:
            raise BadSchedule(f"The step of the {name} must be 1 or more")
        start = low if first == "*" else _value(first, name, low, high, names)
        end = _end(first, last, step, start, name, low, high, names)
        if end < start:
            raise BadSchedule(f"The {name} range {_shown(part)} ends before it begins")
        found.update(range(start, end + 1, every))
    return tuple(sorted(found))


def _end(
    first: str, last: str | None, step: str | None, start: int, name: str, low: int, high: int, names: tuple[str, ...]
) -> int:
    if last is not None:
        if first == "*":
            raise BadSchedule(f"* cannot begin a range of the {name}")
        end = _value(last, name, low, high, names)
        return 7 if names is _DAYS and end == 0 and start > 0 else end
    if first == "*" or step:
        return 6 if names is _DAYS else high
    return start


def _value(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text.isdigit():
        value = int(text[:6])
        if not low <= value <= high:
            raise BadSchedule(f"The {name} {_shown(text)} is not between {low} and {high}")
        return value
    for number, word in enumerate(names, low if names is _MONTHS else 0):
        if text.lower() in (word[:3].lower(), word.lower()):
            return number
    raise BadSchedule(f"{_shown(text)} is no {name}")


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:20]) or "(nothing)"


def _exists(moment: datetime, zone: tzinfo) -> bool:
    """Tell whether a wall-clock time exists: clocks put forward leave an hour out."""
    there = moment.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
