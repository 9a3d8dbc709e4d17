"""`resume`: answer a paused thread, several questions at once, or continue it after a breakpoint."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from studio_tui.cli.context import CliContext, object_argument
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.runs.following import follow, name_what_waits
from studio_tui.cli.runs.node_checks import check_goto, check_stops, check_update
from studio_tui.cli.runs.questions import answers_in, unanswered
from studio_tui.cli.runs.run_request import request_of
from studio_tui.core.interrupts.resume_command import resume_value
from studio_tui.domain.run import RunState
from studio_tui.errors import GraphGoneError, NotFoundError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio


async def resume(context: CliContext) -> int:
    """Answer or continue a paused thread and print what follows."""
    args = context.args
    async with context.studio(record=args.record) as studio:
        thread_id = await studio.connection.call(lambda client: find_thread(client, args.thread))
        await studio.threads.open(thread_id)
        if studio.app_state.thread_problem:
            hint = "Serve it again; until then `studio-tui threads show` prints what the server has of the thread."
            raise GraphGoneError(studio.app_state.thread_problem, "", hint)
        if studio.app_state.assistant is None:
            thread = await studio.connection.call(lambda client: client.thread(thread_id))
            await studio.assistants.select(thread.assistant_id or thread.graph_id)
        await name_what_waits(studio)
        pending = studio.app_state.position.questions
        if not pending and not studio.app_state.position.can_continue:
            where = "`studio-tui state` shows where it is."
            raise NotFoundError("The thread waits for nothing", "It is not paused.", where)
        answers = answers_in(args, pending)
        update = object_argument(args.update, "--update") or None
        if pending and not answers and not (update or args.goto or args.reask):
            raise unanswered(thread_id, pending)
        if answers and args.reask:
            raise UsageError("--reask and an answer exclude each other", "", "Leave one of them out.")
        await check_stops(studio, args)
        await check_goto(studio, args)
        await check_update(studio, update or {}, force=args.force)
        known = studio.app_state.head.values if studio.app_state.head is not None else None
        return await follow(context, studio, _send(studio, context, answers, update), own=True, known=known)


def _send(
    studio: Studio, context: CliContext, answers: Mapping[str, Json], update: JsonObject | None
) -> Coroutine[Any, Any, RunState]:
    """One request, whatever it says: answers alone are checked against a fresh head by the core."""
    args = context.args
    request = request_of(args)
    pending = studio.app_state.position.questions
    if answers and not update and not args.goto:
        return studio.interrupts.answer(answers, asked=pending, request=request)
    command: dict[str, Json] = {}
    if answers:
        server = studio.app_state.server
        assert server is not None
        command["resume"] = resume_value(answers, pending, server)
    if update:
        command["update"] = update
    if args.goto:
        command["goto"] = list(args.goto)
    if answers:
        return studio.interrupts.command(command, request=request)
    if args.reask:
        return studio.interrupts.reask(request=request)
    return studio.runs.continue_run(command, request=request)
