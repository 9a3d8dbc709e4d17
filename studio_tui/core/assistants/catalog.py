"""Assistants of the server, which one is selected, its graph and its schemas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, repeat

from studio_tui.core.assistants.resolve import default_of, resolve
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.debugger.breakpoint_files import BreakpointFiles
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import AssistantId
from studio_tui.errors import AuthError, ConnectError, StudioError, UsageError
from studio_tui.graphs.topology.spec import graph_spec
from studio_tui.text.sanitize import clean

LISTED = 2001
"""Assistants that are read at once; of more the rest is read when somebody goes there or searches."""
PAGE = 500
"""Assistants that are read when somebody goes on."""
SCHEMA_PAUSES = (3.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds between two attempts to read the schemas; the last one for ever."""


class Catalog:
    """Fills the store's assistants, graph and schemas; failures of graph or schemas cost only that feature."""

    def __init__(self, runtime: Runtime, breakpoints: BreakpointFiles) -> None:
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._connection = runtime.connection
        self._breakpoints = breakpoints
        self._end = 0
        """Where the part of the server's list ends that has been read."""
        self.on_graph: Callable[[], None] = _nothing
        """Called when another topology is there."""

    def clear(self) -> None:
        """Forget everything about the server's assistants."""
        app_state = self._app_state
        app_state.assistants, app_state.assistant_id, app_state.more_assistants, self._end = [], None, False, 0
        self._forget_graph()
        app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS)

    def _forget_graph(self) -> None:
        app_state = self._app_state
        app_state.graph, app_state.graph_problem, app_state.graph_fault, app_state.schemas = None, "", "", None

    async def refresh(self) -> None:
        """Read the list again; the selection stays if it is still there."""
        wanted = max(LISTED, self._end)
        found = await self._connection.call(lambda client: client.all_assistants(wanted))
        self._app_state.assistants = list(found)
        self._end, self._app_state.more_assistants = len(found), len(found) >= wanted
        self._app_state.touch(Slice.ASSISTANTS)

    async def more(self) -> None:
        """Read the next assistants, where the list is not complete; those that are there stay."""
        start, app_state = self._end, self._app_state
        listed = app_state.assistants
        if not app_state.more_assistants:
            return
        found = await self._connection.call(lambda client: client.all_assistants(PAGE, start=start))
        if app_state.assistants is not listed:
            return  # it was read again or changed meanwhile, or is that of another server
        known = {item.assistant_id for item in listed}
        app_state.assistants = [*listed, *(item for item in found if item.assistant_id not in known)]
        self._end, app_state.more_assistants = start + len(found), len(found) >= PAGE
        app_state.touch(Slice.ASSISTANTS)

    async def select(self, key: str) -> Assistant:
        """Select by id, name or graph id; NotFoundError lists the names there are, UsageError those that are meant."""
        return self.show(await resolve(self._connection.call, key, self._app_state.assistants))

    async def find(self, key: str) -> Assistant:
        """Return the assistant that `select` would select; the same errors."""
        return await resolve(self._connection.call, key, self._app_state.assistants)

    async def find_of(self, assistant_id: str, graph_id: str) -> Assistant:
        """Return the assistant that a run named, or one of a graph where it named none; raises NotFoundError."""
        listed = default_of(graph_id, self._app_state.assistants) if not assistant_id else None
        return listed if listed is not None else await self.find(assistant_id or graph_id)

    def show(self, found: Assistant) -> Assistant:
        if all(item.assistant_id != found.assistant_id for item in self._app_state.assistants):
            self._app_state.assistants = [*self._app_state.assistants, found]
        if found.assistant_id != self._app_state.assistant_id:
            self._app_state.assistant_id = found.assistant_id
            self._forget_graph()
            self._app_state.breakpoints = self._breakpoints.of(self._connection.info.lasting_name, found.graph_id)
        self._app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS, Slice.BREAKPOINTS)
        self._runtime.background.replace(self.load_graph(), "graph")
        self._runtime.background.replace(self._load_schemas_for_sure(), "schemas")
        return found

    def put(self, assistant: Assistant) -> None:
        """Take over an assistant that was read again, in its place or as the first of the list."""
        items = self._app_state.assistants
        at = next((row for row, item in enumerate(items) if item.assistant_id == assistant.assistant_id), None)
        if at is None:
            self._app_state.assistants = [assistant, *items]
        elif items[at] != assistant:
            self._app_state.assistants = [*items[:at], assistant, *items[at + 1 :]]
        else:
            return
        self._app_state.touch(Slice.ASSISTANTS)

    def gone(self, assistant_id: AssistantId) -> None:
        """Take an assistant off the list; if it was selected, nothing is."""
        app_state = self._app_state
        kept = [item for item in app_state.assistants if item.assistant_id != assistant_id]
        # Those behind it have moved up on the server: an end that stayed would leave one out.
        self._end = max(0, self._end - len(app_state.assistants) + len(kept))
        app_state.assistants = kept
        if app_state.assistant_id == assistant_id:
            app_state.assistant_id = None
            self._forget_graph()
        app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS)

    async def load_graph(self, *, xray: bool | None = None) -> None:
        """Load the topology, with or without subgraphs opened; a failure becomes `store.graph_problem`."""
        app_state = self._app_state
        if xray is not None:
            app_state.xray = xray
        assistant_id = self._selected().assistant_id
        opened = app_state.xray
        try:
            answer = await self._connection.call(lambda client: client.graph(assistant_id, xray=opened))
        except StudioError as error:
            if app_state.assistant_id == assistant_id:
                app_state.graph_problem = clean(str(error))
                app_state.touch(Slice.GRAPH)
            return
        if app_state.assistant_id == assistant_id and app_state.xray == opened:
            app_state.graph, app_state.graph_problem, app_state.inner_graph = graph_spec(answer), "", None
            app_state.graph_fault = ""  # the code was corrected
            app_state.touch(Slice.GRAPH)
            self.on_graph()

    async def load_inner_graph(self) -> None:
        """Read the edges inside subgraphs, which tell where a thread waits in one; nothing is drawn by them."""
        app_state = self._app_state
        assistant_id = self._selected().assistant_id
        spec = await self.opened_graph()
        if app_state.assistant_id == assistant_id:
            app_state.inner_graph = (assistant_id, spec)
            self.on_graph()

    async def opened_graph(self) -> GraphSpec:
        """Return the selected graph with its subgraphs, where the server can tell them; the store stays as it is."""
        app_state = self._app_state
        if app_state.graph is not None and app_state.xray and not app_state.graph.observed:
            return app_state.graph
        assistant_id = self._selected().assistant_id
        try:
            answer = await self._connection.call(lambda client: client.graph(assistant_id, xray=True))
        except (ConnectError, AuthError):
            raise
        except StudioError:  # some graphs cannot be opened
            answer = await self._connection.call(lambda client: client.graph(assistant_id, xray=False))
        return graph_spec(answer)

    async def load_schemas(self) -> None:
        """Load the schemas once; a failure becomes their `problem`.

        What was known of the same assistant stays beside the problem, so that no form goes away.
        """
        assistant_id = self._selected().assistant_id
        try:
            schemas = await self._connection.call(lambda client: client.schemas(assistant_id))
        except StudioError as error:
            schemas = Schemas(problem=clean(str(error)))
        if self._app_state.assistant_id != assistant_id:
            return
        known = self._app_state.schemas
        if schemas.problem and known is not None and known.effective_input is not None:
            schemas = replace(known, problem=schemas.problem)
        if schemas != known:
            self._app_state.schemas = schemas
            self._app_state.touch(Slice.SCHEMAS)

    async def _load_schemas_for_sure(self) -> None:
        """Load the schemas, again and again until they are there."""
        assistant_id = self._selected().assistant_id
        for pause in chain(SCHEMA_PAUSES, repeat(SCHEMA_PAUSES[-1])):
            await self.load_schemas()
            known = self._app_state.schemas
            if self._app_state.assistant_id != assistant_id or (known is not None and not known.problem):
                return
            await asyncio.sleep(pause)
            if self._app_state.assistant_id != assistant_id:
                return

    def load_schemas_again(self) -> None:
        """Try again now, where the schemas could not be read."""
        known = self._app_state.schemas
        if self._app_state.assistant is not None and (known is None or known.problem):
            self._runtime.background.replace(self._load_schemas_for_sure(), "schemas")

    async def reread(self) -> None:
        """Read assistants, graph and schemas again: the server may have been reloaded. What is shown stays till then.

        Raises StudioError when the list cannot be read.
        """
        chosen = self._app_state.assistant
        await self.refresh()
        if chosen is None:
            return
        if self._app_state.assistant is None:
            self._app_state.assistants = [*self._app_state.assistants, chosen]  # so that the screen can say whose it is
        self._runtime.background.replace(self._load_schemas_for_sure(), "schemas")
        await self.load_graph()

    def _selected(self) -> Assistant:
        assistant = self._app_state.assistant
        if assistant is None:
            raise UsageError("No assistant is selected", "", "Pick one first (a).")
        return assistant


def _nothing() -> None:
    pass
