"""`fork`: a new branch at a checkpoint, edited or as it is, and its run if wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio_tui.cli.context import CliContext, object_argument
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output.stderr import say
from studio_tui.cli.runs.following import follow
from studio_tui.cli.runs.node_checks import FORCE, check_stops
from studio_tui.cli.runs.run_request import request_of
from studio_tui.core.timetravel.edits import Edit, KeyChange
from studio_tui.core.timetravel.words import next_of
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId, ThreadId
from studio_tui.errors import NotFoundError, UnsupportedError, UsageError
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio


async def fork(context: CliContext) -> int:
    """Make the branch; print its first checkpoint, or the stream of its run."""
    args = context.args
    async with context.studio(record=args.record) as studio:
        thread_id = await studio.connection.call(lambda client: find_thread(client, args.thread))
        await studio.threads.open(thread_id)
        origin = await _origin(studio, thread_id, args.at)
        edit = _edit(context, origin)
        request = request_of(args)
        await studio.assistants.load_graph(xray=True)
        if edit is not None and not args.force:
            if studio.app_state.server is not None and studio.app_state.server.dialect.slow_schemas:
                say("Asking for schemas to check the edit: this server takes up to half a minute (not with --force).")
            await studio.assistants.load_schemas()
        if args.dry_run:
            return await _show(context, studio, edit)
        await _check(context, studio, edit)
        wanted = origin.checkpoint_id or CheckpointId("")
        if args.run and edit is None:
            if not origin.is_unfinished:
                raise UsageError("Nothing would run", "The graph had finished at this checkpoint.", "Name another.")
            say(studio.time.branching.will_execute(wanted))
            return await follow(
                context, studio, studio.time.branching.rerun(wanted, request=request), own=True, known=origin.values
            )
        made = await studio.time.branching.fork(wanted, edit, run=False)
        for note in studio.time.editing.notes if edit is not None else ():
            say(f"warning: {note}")
        say(f"checkpoint {clean(made.checkpoint_id or '')}, next: {next_of(made)}")
        if args.run:
            return await follow(context, studio, studio.runs.start(request), own=True, known=made.values)
        _print(context, made)
    return 0


async def _check(context: CliContext, studio: Studio, edit: Edit | None) -> None:
    """Refuse what would write a checkpoint that is of no use; nothing has been written."""
    args = context.args
    replay = studio.app_state.server.can("replay") if studio.app_state.server is not None else None
    if args.run and replay is not None and not replay.works:
        raise UnsupportedError(
            "This server cannot run a fork", replay.reason, "Fork without --run, then send input. Nothing was written."
        )
    if args.run:
        await check_stops(studio, args)
    if edit is None or args.force:
        return
    shown = await studio.time.editing.preview(edit)
    if shown.refused:
        raise UsageError("The edit cannot be written as it is", f"{'; '.join(shown.refused)}.", f"Correct it. {FORCE}")
    if shown.unchecked:
        schemas = studio.app_state.schemas
        why = schemas.problem if schemas is not None else ""
        title = f"It could not be checked {' or '.join(shown.unchecked)}"
        raise UsageError(title, why or studio.app_state.graph_problem or "The server does not tell.", FORCE)


async def _origin(studio: Studio, thread_id: ThreadId, at: str) -> Checkpoint:
    if at:
        return await studio.connection.call(lambda client: client.state(thread_id, checkpoint_id=CheckpointId(at)))
    head = studio.app_state.state
    if head is None or head.checkpoint_id is None:
        raise NotFoundError("The thread has no checkpoint yet", "It never ran.", "Start it with `studio-tui run`.")
    return head


def _edit(context: CliContext, origin: Checkpoint) -> Edit | None:
    args = context.args
    changes = {key: KeyChange(value, "replace") for key, value in object_argument(args.set, "--set").items()}
    for key, value in object_argument(args.update, "--update").items():
        if key in changes:
            raise UsageError(f"--set and --update both name `{clean(key, 60)}`", "", "Name each key once.")
        changes[key] = KeyChange(value, "update")
    if not changes and not args.as_node:
        return None
    return Edit(origin.ref, changes=changes, as_node=args.as_node or None)


async def _show(context: CliContext, studio: Studio, edit: Edit | None) -> int:
    """Print the preview; nothing is written."""
    if edit is None:
        raise UsageError("There is no change to preview", "", "Add --set, --update or --as-node.")
    shown = await studio.time.editing.preview(edit)
    for note in shown.notes:
        say(note)
    following = None if shown.next_after is None else list(shown.next_after)
    context.out.document(
        {
            "before": shown.before,
            "after": shown.after,
            "next": following,
            "certain": shown.certain,
            "body": shown.body,
            "refused": list(shown.refused),
            "unchecked": list(shown.unchecked),
        }
    )
    return 0


def _print(context: CliContext, made: Checkpoint) -> None:
    if context.out.is_text:
        context.out.line(clean(made.checkpoint_id or ""))
    else:
        context.out.document(made.raw)
