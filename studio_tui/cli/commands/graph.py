"""`graph`: the topology of an assistant's graph, or of a saved `/graph` answer, in six formats."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from studio_tui.cli.context import Context
from studio_tui.cli.diagnostics import say
from studio_tui.errors import NotFoundError, ProtocolError, UsageError

_UNBOUNDED = 100_000


async def graph(context: Context) -> int:
    """Print the topology; narrowed to the terminal's width unless told otherwise."""
    from studio_tui.graphs.picture.export import export
    from studio_tui.graphs.topology.spec import graph_spec

    args = context.args
    answer = _read(args.file) if args.file else await _ask(context)
    spec = graph_spec(answer)
    for problem in spec.problems:
        say(f"note: {problem}")
    format_ = getattr(args, "format", None) or ("ascii" if context.settings.ascii else "text")
    width = args.width or (shutil.get_terminal_size((100, 40)).columns if sys.stdout.isatty() else _UNBOUNDED)
    text = export(spec, format_, width=width, height=args.height or _UNBOUNDED, xray=args.xray)
    context.out.line(*(["(no nodes)"] if not spec.nodes and format_ in ("text", "ascii") else [text]))
    return 0


def _read(name: str) -> Any:
    path = Path(name).expanduser()
    try:
        return json.loads(path.read_bytes().decode("utf-8", "replace"))
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read", error.strerror or "", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON", str(error), "Save the answer of /assistants/ID/graph there.") from error


async def _ask(context: Context) -> Any:
    from studio_tui.cli.lookup import find_assistant

    async with context.client() as client:
        assistant = await find_assistant(client, context.args.assistant)
        answer = await client.graph(assistant.assistant_id, xray=context.args.xray)
    if not answer:
        raise ProtocolError(f"The server has no graph for {assistant.name}", "", "Try `studio-tui doctor`.")
    return answer
