"""`crons ls|create|pause|resume|rm`."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from studio_tui.cli.context import CliContext, input_argument
from studio_tui.cli.lookup import find_assistant, find_thread
from studio_tui.cli.output.stderr import say
from studio_tui.cli.runs.node_checks import FORCE
from studio_tui.client.crons import CronEndpoints
from studio_tui.core.crons import Cron, CronController, CronDraft, cron_of, explain, problems_of
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.ids import is_uuid
from studio_tui.domain.run_request import UNSET, Unset
from studio_tui.errors import NotFoundError, StudioError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject
from studio_tui.present.crons import schedule_words
from studio_tui.text.cells import fit
from studio_tui.text.fmt import duration, short_for
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span

if TYPE_CHECKING:
    from studio_tui.client.api import Client


async def crons(context: CliContext) -> int:
    """Run the verb."""
    verbs = {"ls": _ls, "create": _create, "pause": _switch, "resume": _switch, "rm": _rm}
    return await verbs[context.args.verb](context)


async def _ls(context: CliContext) -> int:
    async with context.client() as client:
        found = await client.family(CronEndpoints).crons(limit=context.args.limit, offset=context.args.offset)
    if not context.out.is_text:
        context.out.documents(found)
        return 0
    context.out.lines(_row(cron) for cron in map(cron_of, found) if cron is not None)
    if not found:
        say("No crons.")
    elif len(found) >= context.args.limit:
        say(f"There may be more: --offset {context.args.offset + len(found)}")
    return 0


async def _create(context: CliContext) -> int:
    args = context.args
    value = input_argument(args.input)
    text = "" if value is UNSET else json.dumps(value)
    draft = CronDraft(args.schedule, args.timezone, args.assistant, "", text)
    if problems := problems_of(draft):
        name, why = next(iter(problems.items()))
        raise UsageError(f"The {name} cannot be used", why, "Correct it and try again.")
    words, times = explain(args.schedule, args.timezone, datetime.now(UTC))
    say(words)
    for moment in times:
        say(f"  {moment:%a %d %b %Y %H:%M %Z}")
    if args.dry_run:
        return 0
    async with context.client() as client:
        assistant = await find_assistant(client, args.assistant)
        thread = await find_thread(client, args.thread) if args.thread else ""
        if not isinstance(value, Unset) and not args.force:
            await _check_input(client, assistant.assistant_id, value)
        controller = CronController(lambda fn: fn(client))
        made = await controller.create(CronDraft(args.schedule, args.timezone, assistant.assistant_id, thread, text))
    if context.out.is_text:
        context.out.line(made.cron_id if made is not None else "created")
    else:
        context.out.document(made.raw if made is not None else {})
    return 0


async def _check_input(client: Client, assistant_id: str, value: Json) -> None:
    """Refuse an input that every run of the cron would fail on. Raises UsageError; nothing was written."""
    try:
        schemas = await client.schemas(assistant_id)
    except StudioError as error:
        raise UsageError("The input could not be checked", clean(str(error)), FORCE) from error
    problems = misfits(schemas.effective_input, value, closed=True, partial=True)
    if problems:
        raise UsageError("The input does not fit this graph", f"{'; '.join(problems)}.", f"Correct it. {FORCE}")


async def _switch(context: CliContext) -> int:
    enabled = context.args.verb == "resume"
    async with context.client() as client:
        cron = await _find(client, context.args.cron)
        changed = await client.family(CronEndpoints).update_cron(cron.cron_id, {"enabled": enabled})
    say(f"{'resumed' if enabled else 'paused'} {cron.cron_id}")
    if not context.out.is_text:
        context.out.document(changed)
    return 0


async def _rm(context: CliContext) -> int:
    async with context.client() as client:
        cron = await _find(client, context.args.cron)
        if not context.agreed(f"Delete the cron {cron.schedule} ({schedule_words(cron.schedule)})?"):
            return 2
        await client.family(CronEndpoints).delete_cron(cron.cron_id)
    say(f"deleted {cron.cron_id}")
    return 0


async def _find(client: Client, key: str) -> Cron:
    """Return the cron that `key` is the id of, or short for. Raises NotFoundError, UsageError."""
    found: list[JsonObject] = await client.family(CronEndpoints).crons(limit=1000)
    known = [cron for cron in map(cron_of, found) if cron is not None]
    meant = short_for(key, known, lambda cron: cron.cron_id)
    if not meant and is_uuid(key):
        return Cron(key, "")
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(f"`{clean(key, 60)}` stands for {len(meant)} crons", "", "Type more of it.")
    raise NotFoundError(f"There is no cron `{clean(key, 60)}`", "", "`studio-tui crons ls` lists them.")


def _row(cron: Cron) -> Line:
    left = cron.next_run - time.time() if cron.next_run is not None else None
    when = "paused" if not cron.enabled else "–" if left is None else f"in {duration(left)}"
    return (
        Span(f"{clean(cron.cron_id)}  "),
        Span(fit(when, 11), "accent" if cron.enabled else "muted"),
        Span(fit(clean(cron.schedule), 16), "value"),
        Span(clean(schedule_words(cron.schedule)) + (f" ({clean(cron.timezone)})" if cron.timezone else "")),
        Span(f"  thread {clean(cron.thread_id)}" if cron.thread_id else "", "muted"),
    )
