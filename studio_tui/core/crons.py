"""Crons of a server: the list, making one from checked fields, pausing, deleting."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from studio_tui.client.crons import CronEndpoints
from studio_tui.core.connection.ports import Caller, ServerClient, calls_of
from studio_tui.core.resources.resource import Resource, full_page
from studio_tui.domain.ids import ThreadId, is_uuid
from studio_tui.domain.schedule import BadSchedule, describe, next_times, parse_schedule
from studio_tui.errors import RejectedError
from studio_tui.jsonkit.typed import print_json
from studio_tui.jsonkit.value import Json, JsonObject, as_object, as_str, time_of
from studio_tui.jsonkit.yaml_text import parse_typed
from studio_tui.text.sanitize import clean
from studio_tui.wire.page import Page

PAGE = 100


class Cron(Struct, frozen=True):
    """One schedule as the server keeps it; texts are raw."""

    cron_id: str
    schedule: str
    assistant_id: str = ""
    thread_id: str = ""
    """Where its runs go; empty makes a new thread for each."""
    timezone: str = ""
    enabled: bool = True
    next_run: float | None = None
    """Unix seconds, as the server says."""
    payload: JsonObject = field(default_factory=dict)
    raw: JsonObject = field(default_factory=dict)


class CronDraft(Struct, frozen=True):
    """What a form holds: texts as they were typed."""

    schedule: str = ""
    timezone: str = ""
    assistant_id: str = ""
    thread: str = ""
    input: str = ""


def cron_of(value: Json) -> Cron | None:
    item = as_object(value)
    cron_id = as_str(item.get("cron_id"))
    if not cron_id:
        return None
    payload = as_object(item.get("payload"))
    return Cron(
        cron_id=cron_id,
        schedule=as_str(item.get("schedule")),
        assistant_id=as_str(item.get("assistant_id")) or as_str(payload.get("assistant_id")),
        thread_id=as_str(item.get("thread_id")),
        timezone=as_str(item.get("timezone")),
        enabled=item.get("enabled") is not False,
        next_run=time_of(item.get("next_run_date")),
        payload=payload,
        raw=item,
    )


def explain(schedule: str, timezone: str, now: datetime) -> tuple[str, list[datetime]]:
    """Return a schedule in words and when it fires the next five times. Raises BadSchedule."""
    parsed = parse_schedule(schedule)
    return describe(parsed), next_times(parsed, now.astimezone(zone_of(timezone)), 5)


def zone_of(name: str) -> tzinfo:
    """Return a time zone, UTC for an empty name. Raises BadSchedule."""
    if not name.strip():
        return UTC
    try:
        return ZoneInfo(name.strip())
    except (OSError, ValueError, KeyError) as error:
        raise BadSchedule(f"No time zone is called {clean(name, 40)}: such as Europe/Berlin") from error


def problems_of(draft: CronDraft) -> dict[str, str]:
    """Return what is wrong with which field, in words."""
    found: dict[str, str] = {}
    try:
        parse_schedule(draft.schedule)
    except BadSchedule as error:
        found["schedule"] = str(error)
    try:
        zone_of(draft.timezone)
    except BadSchedule as error:
        found["timezone"] = str(error)
    if not draft.assistant_id:
        found["assistant"] = "Name an assistant or a graph"
    if draft.thread.strip() and not is_uuid(draft.thread.strip()):
        found["thread"] = "Thread ids are UUIDs; leave it empty for a new thread each time"
    if draft.input.strip():
        _, problem = parse_typed(draft.input)
        if problem is not None:
            found["input"] = str(problem)
    return found


def cron_body(draft: CronDraft) -> dict[str, Json]:
    body: dict[str, Json] = {"assistant_id": draft.assistant_id, "schedule": draft.schedule.strip()}
    if draft.timezone.strip():
        body["timezone"] = draft.timezone.strip()
    if draft.input.strip():
        body["input"] = parse_typed(draft.input)[0]
    return body


def draft_of(cron: Cron) -> CronDraft:
    """Return what a form holds of a cron that is there."""
    given = cron.payload.get("input")
    text = "" if given is None else print_json(given, indent=None)
    return CronDraft(cron.schedule, cron.timezone, cron.assistant_id, cron.thread_id, text)


class CronController(Resource[Cron]):
    """The crons as far as they are loaded, and what can be done to them."""

    def __init__(self, call: Caller[ServerClient]) -> None:
        super().__init__(self._page_at, lambda cron: cron.cron_id, page=PAGE)
        self._call = calls_of(call, CronEndpoints)

    async def _page_at(self, offset: int, limit: int) -> Page[Cron]:
        found = await self._call(lambda client: client.crons(limit=limit, offset=offset))
        crons = [cron for cron in map(cron_of, found) if cron is not None]
        return full_page(crons, offset=offset, limit=limit, count=len(found))

    async def create(self, draft: CronDraft) -> Cron | None:
        """Make a cron; the draft has been checked. RejectedError says what the server does not take."""
        body, thread = cron_body(draft), ThreadId(draft.thread.strip()) or None
        made = await self._call(lambda client: client.create_cron(body, thread_id=thread))
        return cron_of(made)

    async def change(self, cron: Cron, draft: CronDraft) -> None:
        """Change schedule, time zone and input of a cron; servers take no other thread or assistant for one.

        The draft has been checked. RejectedError where the server does not keep what was sent.
        """
        body = cron_body(draft)
        body = {"timezone": "UTC", **body} if cron.timezone else body
        known: JsonObject = {"schedule": cron.schedule, "timezone": cron.timezone, "input": cron.payload.get("input")}
        changes = {name: body.get(name) for name in known if name in body and body[name] != known[name]}
        if known["input"] is not None and "input" not in body:
            changes["input"] = None
        if not changes:
            return
        answer = await self._call(lambda client: client.update_cron(cron.cron_id, changes))
        kept = cron_of(answer)
        if kept is None:
            return
        now: JsonObject = {"schedule": kept.schedule, "timezone": kept.timezone, "input": kept.payload.get("input")}
        if lost := [name for name, value in changes.items() if now[name] != value]:
            hint = "Make a new cron, then delete this one."
            raise RejectedError(f"The server did not change {', '.join(lost)} of the cron", "", hint)

    async def enable(self, cron_id: str, enabled: bool) -> None:
        await self._call(lambda client: client.update_cron(cron_id, {"enabled": enabled}))

    async def delete(self, cron_id: str) -> None:
        """Delete a cron; runs under way go on."""
        await self._call(lambda client: client.delete_cron(cron_id))
