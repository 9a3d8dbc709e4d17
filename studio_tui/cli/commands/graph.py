"""`graph`: the topology of an assistant's graph, or of a saved `/graph` answer, in seven formats."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

from studio_tui.cli.context import CliContext
from studio_tui.cli.output.stderr import say
from studio_tui.config.paths import expanded
from studio_tui.errors import NotFoundError, ProtocolError, UsageError
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.client.api import Client
    from studio_tui.domain.assistant import Assistant

_UNBOUNDED = 100_000


async def graph(context: CliContext) -> int:
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
    plain = context.settings.ascii
    text = export(spec, format_, width=width, height=args.height or _UNBOUNDED, xray=args.xray, ascii=plain)
    context.out.line(*(["(no nodes)"] if not spec.nodes and format_ in ("text", "ascii") else [text]))
    return 0


def _read(name: str) -> Any:
    path = expanded(name)
    try:
        return json.loads(path.read_bytes().decode("utf-8", "replace"))
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read", error.strerror or "", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON", str(error), "Save the answer of /assistants/ID/graph there.") from error


async def _ask(context: CliContext) -> Any:
    from studio_tui.cli.lookup import find_assistant

    async with context.client() as client:
        chosen = context.servers().start() if not context.args.assistant else None
        key = context.args.assistant or (chosen.assistant if chosen is not None else "")
        assistant = await find_assistant(client, key) if key else await _only(client)
        answer = await client.graph(assistant.assistant_id, xray=context.args.xray)
    if not answer:
        raise ProtocolError(f"The server has no graph for {clean(assistant.name)}", "", "Try `studio-tui doctor`.")
    return answer


async def _only(client: Client) -> Assistant:
    """The server's only graph, where nobody named one."""
    from studio_tui.core.assistants.resolve import default_of

    known = await client.all_assistants()
    graphs = sorted({item.graph_id for item in known})
    found = default_of(graphs[0], known) if len(graphs) == 1 else None
    if found is None:
        listed = f"There are: {', '.join(clean(name, 60) for name in graphs[:12])}." if graphs else "It lists none."
        raise UsageError("Nothing says which graph", listed, "Name one: studio-tui graph A, or give --file F.")
    return found
