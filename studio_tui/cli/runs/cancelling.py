"""What `cancel` and `runs cancel` share: asking before a rollback, and telling what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from studio_tui.cli.context import CliContext
from studio_tui.cli.output.stderr import say
from studio_tui.core.connection.timings import Timings
from studio_tui.domain.thread import RunInfo
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.fmt import plural

TIMINGS = Timings()


def may_cancel(context: CliContext, count: int) -> bool:
    """Ask before `count` live runs are deleted with what they did; a plain cancel needs no yes."""
    if not context.args.rollback or not count:
        return True
    question = f"Delete {plural(count, 'run')} with all that the thread got from {'it' if count == 1 else 'them'}?"
    return context.agreed(question)


def rolled_back(context: CliContext, kept: Sequence[RunInfo]) -> int:
    """Return the exit code; runs that the server still has are no rollback, which some servers do not know."""
    if not context.args.rollback or not kept:
        return 0
    for run in kept:
        say(f"{run.run_id} is not rolled back: the server still has it, with what it did")
    return 1


def gone_row(run: RunInfo) -> JsonObject:
    """Return the row of a run that the server does not know any more."""
    return {"run_id": run.run_id, "thread_id": run.thread_id, "status": "gone"}
