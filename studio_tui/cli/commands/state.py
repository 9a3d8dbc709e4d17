"""`state`: what a thread holds, at its head or at a checkpoint."""

from __future__ import annotations

from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from studio_tui.cli.context import CliContext
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output.states import print_state, print_subgraphs
from studio_tui.cli.output.stderr import say
from studio_tui.cli.output.stdout import Output, dump
from studio_tui.core.runstate.evidence import revealed
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import CheckpointId
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.text.sanitize import clean

MOST_NAMED = 20
"""Keys of a state that an error names."""


async def state(context: CliContext) -> int:
    """Print the state at the head or at a checkpoint, whole or one part of it."""
    args = context.args
    async with context.client() as client:
        thread_id = await find_thread(client, args.thread)
        found = await client.state(
            thread_id, checkpoint_id=CheckpointId(args.at) if args.at else None, subgraphs=args.subgraphs
        )
        (found,) = await revealed(client, thread_id, [found])
    if args.path:
        return _print_part(context.out, _document(found), args.path)
    if context.out.is_text:
        print_state(context.out, found)
        print_subgraphs(context.out, found)
        if args.subgraphs and not any(task.subgraph is not None for task in found.tasks):
            say("No subgraph is under way here.")
    else:
        context.out.document(_document(found))
    return 0


def _document(found: Checkpoint) -> dict[str, Any]:
    """Return the server's object with the keys that callers rely on; `waits` where it leaves out what is next."""
    document = dict(found.raw)
    for key, default in (("values", {}), ("next", []), ("tasks", []), ("checkpoint", None), ("metadata", None)):
        document.setdefault(key, default)
    if found.hidden or found.unnamed:
        document["waits"] = {"next": list(found.next), "inferred": list(found.hidden)}
    return document


def _print_part(out: Output, document: dict[str, Any], path: str) -> int:
    try:
        part = jmespath.search(path, document)
    except JMESPathError as error:
        hint = "Example: values.messages[-1].content"
        raise UsageError(f"`{path}` is not a path", str(error).splitlines()[0], hint) from error
    if part is None:
        raise NotFoundError(
            f"There is nothing at `{path}`",
            _what_there_is(document["values"]),
            "Paths start with values, next or tasks.",
        )
    if out.is_text and isinstance(part, str):
        out.line(part)
    elif out.is_text:
        out.line(dump(part, 2))
    else:
        out.document(part)
    return 0


def _what_there_is(values: object) -> str:
    if not isinstance(values, dict) or not values:
        return ""
    named = ", ".join(clean(key, 60) for key in sorted(values)[:MOST_NAMED])
    return f"values has: {named}{f' and {len(values) - MOST_NAMED} more' if len(values) > MOST_NAMED else ''}"
