"""Checks of node and key names before anything is sent: servers pass over what they do not know without a word."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import TYPE_CHECKING

from studio_tui.cli.output.stderr import say
from studio_tui.core.debugger.node_names import no_such_node, unknown_nodes
from studio_tui.core.timetravel.edits import Edit, KeyChange
from studio_tui.domain.breakpoint import ALL
from studio_tui.domain.form.conforms import MOST
from studio_tui.domain.graph import END, GraphSpec
from studio_tui.errors import StudioError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject, as_object, is_object
from studio_tui.text.sanitize import clean

if TYPE_CHECKING:
    from studio_tui.core.studio import Studio

FORCE = "Pass --force to do it nevertheless. Nothing was sent."


async def check_stops(studio: Studio, args: argparse.Namespace) -> None:
    """Check `--interrupt-before` and `--interrupt-after` against server and graph. Raises UsageError."""
    names = [*(args.interrupt_before or ()), *(args.interrupt_after or ())]
    if not names or args.force:
        return
    server = studio.app_state.server
    can = server.can("run_breakpoints") if server is not None else None
    if can is not None and not can.works and any(":" not in name for name in names):
        raise UsageError("This server does not stop at breakpoints of a run", can.reason, FORCE)
    inner = [name for name in names if ":" in name]
    if inner and (getattr(args, "background", False) or getattr(args, "stateless", False)):
        why = "Only a run on a thread that is followed here can be stopped there."
        raise UsageError("This run would not stop inside subgraphs", why, FORCE)
    await _check_names(studio, [name for name in names if name != ALL], "The run would not stop.")


async def check_goto(studio: Studio, args: argparse.Namespace) -> None:
    """Check `--goto`: servers ignore a jump to a node that is not there. Raises UsageError."""
    names = [name for name in args.goto or () if name != END]
    if names and not args.force:
        await _check_names(studio, names, "The server would ignore the jump.")


async def check_update(studio: Studio, update: JsonObject, *, force: bool) -> None:
    """Check the keys of `--update` against the state's, as those of an edit: servers ignore others. UsageError."""
    head = studio.app_state.head
    if not update or force or head is None:
        return
    await studio.assistants.load_schemas()
    changes = {key: KeyChange(value, "update") for key, value in update.items()}
    shown = await studio.time.editing.preview(Edit(head.ref, changes=changes))
    if shown.refused:
        raise UsageError("--update cannot be sent as it is", f"{'; '.join(shown.refused)}.", f"Correct it. {FORCE}")
    for what in shown.unchecked:
        say(f"note: it could not be checked {what}: the server does not tell")


async def check_input(studio: Studio, value: Json) -> None:
    """Say which keys of `--input` the graph does not read: servers pass over a slip of the key without a word.

    A warning and no refusal, as a graph without the key may well run. Where a server works on its schemas for long,
    or does not give them, nothing is checked.
    """
    server = studio.app_state.server
    if not is_object(value) or not value or (server is not None and server.dialect.slow_schemas):
        return
    if studio.app_state.schemas is None:
        await studio.assistants.load_schemas()
    schemas = studio.app_state.schemas
    schema = as_object(schemas.effective_input) if schemas is not None else {}
    if schema.get("additionalProperties") not in (None, False):
        return
    known = list(as_object(schema.get("properties")))
    for key in [key for key in value if known and key not in known][:MOST]:
        near = get_close_matches(key, known, 1, 0.6)
        more = f"did you mean `{clean(near[0], 60)}`?" if near else f"there are: {clean(', '.join(known), 200)}"
        say(f"warning: `{clean(key, 60)}` is no key of the graph's input, and is passed over; {more}")


async def graph_to_check(studio: Studio) -> GraphSpec:
    """Return the selected graph with its subgraphs. UsageError when it cannot be read: then nothing can be checked."""
    try:
        graph = await studio.assistants.opened_graph()
    except StudioError as error:
        raise UsageError("The names of the nodes could not be checked", clean(str(error)), FORCE) from error
    if not graph.nodes:
        raise UsageError("The names of the nodes could not be checked", "The server's graph is empty.", FORCE)
    return graph


async def _check_names(studio: Studio, names: list[str], consequence: str) -> None:
    if not names:
        return
    graph = await graph_to_check(studio)
    unknown = unknown_nodes(graph, names)
    if unknown:
        raise no_such_node(unknown[0], graph, consequence=consequence)
