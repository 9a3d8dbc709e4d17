"""`assistants ls|show|create|update|versions|use|diff|rm`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from studio_tui.cli.context import CliContext, object_argument, text_of
from studio_tui.cli.lookup import find_assistant
from studio_tui.cli.output.stderr import say
from studio_tui.cli.runs.node_checks import FORCE
from studio_tui.core.assistants.form import settings_problems
from studio_tui.core.assistants.resolve import default_of, no_graph
from studio_tui.core.assistants.versions import AssistantVersions, Changed, Versions
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.assistant_content import OBJECTS, PARTS, Content, content_from, contents_diff, merged, settled
from studio_tui.errors import UsageError
from studio_tui.jsonkit.diff import Diff
from studio_tui.present.assistants import assistant_line, content_lines, difference_lines, version_line
from studio_tui.text.fmt import plural
from studio_tui.text.glyphs import glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Span

if TYPE_CHECKING:
    from studio_tui.client.api import Client


async def assistants(context: CliContext) -> int:
    """Run the verb."""
    verbs = {
        "ls": _ls, "show": _show, "create": _create, "update": _update, "versions": _versions, "use": _use,
        "diff": _diff, "rm": _rm,
    }  # fmt: skip
    async with context.client() as client:
        dialect = await client.dialect()
        controller = AssistantVersions(lambda fn: fn(client), lambda: dialect)
        return await verbs[context.args.verb](context, client, controller)


async def _ls(context: CliContext, client: Client, _controller: AssistantVersions) -> int:
    args = context.args
    metadata = object_argument(args.metadata, "--metadata")
    page = await client.assistants(
        graph_id=args.graph, name=args.name, metadata=metadata or None, limit=args.limit, offset=args.offset
    )
    if not context.out.is_text:
        context.out.documents(item.raw for item in page.items)
    else:
        now, signs = time.time(), glyphs(context.settings.ascii)
        ordered = sorted(page.items, key=lambda item: (item.graph_id, not item.is_default, item.name.lower()))
        context.out.lines(assistant_line(item, now, signs) for item in ordered)
    if not page.items:
        say("No assistants.")
    elif page.next_offset is not None:
        say(f"There are more: --offset {page.next_offset}")
    return 0


async def _show(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    versions = await _read(context, client, controller)
    number = context.args.number
    shown = versions.wanted(number) if number else versions.assistant
    if not context.out.is_text:
        context.out.document(shown.raw)
        return 0
    context.out.line(*assistant_line(shown, time.time(), glyphs(context.settings.ascii)))
    context.out.lines(content_lines(versions.content_of(shown)))
    if not number:
        _tell_drift(versions)
    return 0


async def _create(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    graph_id, content = context.args.graph, content_from(_given(context))
    if not context.args.force:
        known = await client.all_assistants()
        default = default_of(graph_id, known)
        if known and default is None:
            raise no_graph(graph_id, known)
        if default is not None:
            _check(content, await controller.schemas(default.assistant_id))
    changed = await controller.create(graph_id, content)
    _tell(changed)
    if context.out.is_text:
        context.out.line(changed.assistant.assistant_id)
    else:
        context.out.document(changed.assistant.raw)
    return 0


async def _update(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    changes = _given(context)
    if not changes:
        raise UsageError("Nothing to change is given", "", "Give at least one of --name, --description, --context …")
    before = await _read(context, client, controller)
    wanted = settled(merged(before.content, changes), before.dialect)
    if context.args.dry_run:
        return _print_diff(context, before, contents_diff(before.content, wanted), {"from": before.assistant.version})
    assistant_id = before.assistant.assistant_id
    if not context.args.force:
        _check(content_from(changes) if context.args.replace else wanted, await controller.schemas(assistant_id))
    if context.args.replace:
        changed = await controller.send(assistant_id, changes)
    else:
        changed = await controller.save(assistant_id, wanted, base=before.assistant.version)
    for line in difference_lines(contents_diff(before.content, changed.versions.content)):
        say("".join(span.text for span in line))
    return _done(context, changed)


def _check(content: Content, schemas: Schemas) -> None:
    """Refuse settings that the graph does not know. Raises UsageError; nothing was written."""
    refused, unchecked = settings_problems(content, schemas)
    if refused:
        raise UsageError("The settings do not fit this graph", f"{'; '.join(refused)}.", f"Correct them. {FORCE}")
    if unchecked:
        raise UsageError("The settings could not be checked", unchecked, FORCE)


async def _versions(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    versions = await _read(context, client, controller)
    if not context.out.is_text:
        context.out.documents(item.raw for item in versions.items)
        return 0
    now, signs = time.time(), glyphs(context.settings.ascii)
    for row in range(len(versions.items)):
        context.out.line(*version_line(versions, row, now, signs))
    if versions.problem:
        say(versions.problem)
    _tell_drift(versions)
    return 0


async def _use(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    versions = await _read(context, client, controller)
    changed = await controller.set_current(
        versions.assistant.assistant_id, context.args.number, repair=not context.args.no_repair
    )
    return _done(context, changed)


async def _diff(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    versions = await _read(context, client, controller)
    old, new = context.args.old, context.args.new
    return _print_diff(context, versions, versions.diff(old, new), {"from": old, "to": new})


async def _rm(context: CliContext, client: Client, controller: AssistantVersions) -> int:
    versions = await _read(context, client, controller)
    item = versions.assistant
    also = ", its threads" if context.args.threads else ""
    default = " It is its graph's default assistant: the graph may vanish from lists." if item.is_default else ""
    what = f"Delete assistant {clean(item.name)} with {plural(len(versions.items), 'version')}{also} and its crons?"
    if not context.agreed(what + default):
        return 2
    await controller.delete(item.assistant_id, threads=context.args.threads)
    say(f"deleted {item.assistant_id}")
    return 0


async def _read(context: CliContext, client: Client, controller: AssistantVersions) -> Versions:
    found = await find_assistant(client, context.args.assistant)
    return await controller.read(found.assistant_id)


def _given(context: CliContext) -> dict[str, Any]:
    """Return the parts that the command line names."""
    found: dict[str, Any] = {}
    for part in PARTS:
        text = getattr(context.args, part, None)
        if text is not None:
            found[part] = object_argument(text_of(text), f"--{part}") if part in OBJECTS else text
    return found


def _done(context: CliContext, changed: Changed) -> int:
    _tell(changed)
    if context.out.is_text:
        context.out.line(*assistant_line(changed.assistant, time.time(), glyphs(context.settings.ascii)))
    else:
        context.out.document(changed.assistant.raw)
    return 0


def _tell(changed: Changed) -> None:
    if changed.words:
        say(f"note: {changed.words}")


def _tell_drift(versions: Versions) -> None:
    if versions.drift.changes:
        number = versions.assistant.version
        say(f"warning: runs do not use version {number} as it is; `assistants use ID {number}` puts that right:")
        for line in difference_lines(versions.drift):
            say("".join(span.text for span in line))


def _print_diff(context: CliContext, versions: Versions, found: Diff, ends: dict[str, Any]) -> int:
    if context.out.is_text:
        context.out.lines(difference_lines(found) or [(Span("no difference"),)])
        return 0
    changes = [
        {"op": change.op, "path": list(change.path), "old": change.old, "new": change.new} for change in found.changes
    ]
    context.out.document({"assistant_id": versions.assistant.assistant_id, **ends, "changes": changes})
    return 0
