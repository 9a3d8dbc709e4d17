"""Assistants of the server, which one is selected, its graph and its schemas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.core.assistants.remembered import RememberedGraphs
from studio_tui.core.assistants.resolve import LISTED, default_of, resolve
from studio_tui.core.connection.ports import Caller, ServerClient
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.debugger.debugger import BreakpointFiles
from studio_tui.core.resources.resource import Resource, full_page
from studio_tui.core.state.app_state import Slice
from studio_tui.domain.assistant import Assistant, SubgraphSchemas
from studio_tui.domain.graph import GraphSpec
from studio_tui.domain.ids import AssistantId, is_uuid
from studio_tui.domain.thread import Thread
from studio_tui.errors import (
    AuthError,
    ConnectError,
    NotFoundError,
    RejectedError,
    StudioError,
    UnsupportedError,
    UsageError,
)
from studio_tui.graphs.topology.spec import graph_spec
from studio_tui.jsonkit.value import JsonObject, as_object
from studio_tui.text.hint import Hint
from studio_tui.text.sanitize import clean
from studio_tui.wire.page import Page

if TYPE_CHECKING:
    from studio_tui.client.target import Target

PAGE = 500
"""Assistants that are read when somebody goes on."""
SCHEMA_PAUSES = (3.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds between two attempts to read the schemas; the last one for ever."""


class Ahead(Struct, frozen=True):
    """What is asked of an assistant that will probably be selected."""

    assistant_id: str
    xray: bool
    graph: asyncio.Task[JsonObject | None]
    """None where it failed: it is asked for again when it is wanted."""


async def _graph_of(call: Caller[ServerClient], assistant_id: str, *, xray: bool) -> JsonObject | None:
    with suppress(StudioError):
        return await call(lambda client: client.graph(assistant_id, xray=xray))
    return None


class Catalog(Resource[Assistant]):
    """The assistants, which one is selected, its graph and its schemas, all of it in the app state.

    Failures of graph or schemas cost only that feature.
    """

    def __init__(self, runtime: Runtime, breakpoints: BreakpointFiles, graphs: RememberedGraphs) -> None:
        super().__init__(
            self._page_at,
            lambda item: item.assistant_id,
            page=PAGE,
            first=LISTED,
            on_change=lambda: runtime.app_state.touch(Slice.ASSISTANTS),
        )
        self._runtime = runtime
        self._app_state = runtime.app_state
        self._app_state.assistants = self
        self._connection = runtime.connection
        self._breakpoints = breakpoints
        self._graphs = graphs
        self._ahead: Ahead | None = None
        self._looked_into: GraphSpec | None = None
        """The graph whose subgraphs were asked for last."""
        self._reading_subgraphs: asyncio.Task[None] | None = None
        self._told = asyncio.Event()
        """Schemas of the selected assistant are there, or why they are not."""
        self.on_remembered: Callable[[], None] = lambda: None
        """Called when a graph of an earlier session is there to be shown."""
        self.on_graph: Callable[[], None] = lambda: None
        """Called when another topology is there."""

    async def _page_at(self, offset: int, limit: int) -> Page[Assistant]:
        found = await self._connection.call(lambda client: client.all_assistants(limit, start=offset))
        return full_page(found, offset=offset, limit=limit)

    def clear(self) -> None:
        super().clear()
        self._take_ahead("")
        self._select(None)

    def read_ahead(self, assistant_id: str) -> None:
        """Ask for the graph of an assistant before it is known that the server has it; `show` takes it.

        Not for its schemas: they may be the largest answer of a start, and would hold up all others on a slow link.
        """
        self._take_ahead("")
        if is_uuid(assistant_id):
            xray = self._app_state.xray
            asking = _graph_of(self._connection.call, assistant_id, xray=xray)
            graph = self._runtime.background.spawn(asking, "graph ahead")
            self._ahead = Ahead(assistant_id, xray, graph)

    def _take_ahead(self, assistant_id: str) -> Ahead | None:
        """Return what was asked for this assistant, once; what was asked for another is given up."""
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead.assistant_id == assistant_id:
            return ahead
        ahead.graph.cancel()
        return None

    def recall(self, target: Target, assistant: str) -> None:
        """Show what an earlier session saw of the assistant that is expected there, until the server has told."""
        self._runtime.background.replace(self._recall(target, assistant), "remembered")

    async def _recall(self, target: Target, assistant: str) -> None:
        """Ends with `forget_remembered`, as soon as the server has told."""
        head_start = asyncio.sleep(self._runtime.timings.remembered_after)
        found, _ = await asyncio.gather(self._graphs.read(target, assistant), head_start)
        app_state = self._app_state
        if found is not None and app_state.assistant_id in (None, found.assistant_id):
            app_state.remembered = found
            app_state.touch(Slice.ASSISTANTS, Slice.GRAPH)
            self.on_remembered()

    def forget_remembered(self) -> None:
        """What an earlier session saw is not, or must not be, what is there now."""
        self._runtime.background.cancel("remembered")
        if self._app_state.remembered is not None:
            self._app_state.remembered = None
            self._app_state.touch(Slice.ASSISTANTS, Slice.GRAPH)

    def put(self, item: Assistant) -> None:
        """Take over an assistant that was read again, in its place or as the first of the list."""
        if self._lists(item.assistant_id):
            super().put(item)
        else:
            self._add(item, first=True)

    def drop(self, key: Hashable) -> None:
        """Take an assistant off the list; if it was selected, nothing is."""
        super().drop(key)
        if self._app_state.assistant_id == key:
            self.forget_remembered()
            self._select(None)

    def _select(self, assistant_id: AssistantId | None) -> None:
        app_state = self._app_state
        remembered = app_state.remembered
        if assistant_id is not None and remembered is not None and remembered.assistant_id != assistant_id:
            self.forget_remembered()
        app_state.turn_to(assistant_id)
        app_state.graph, app_state.graph_problem, app_state.graph_fault = None, "", ""
        app_state.schemas = None
        self._forget_subgraphs()
        self._told.clear()
        app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS)

    def _lists(self, assistant_id: AssistantId) -> bool:
        return any(item.assistant_id == assistant_id for item in self.items)

    def _add(self, item: Assistant, *, first: bool = False) -> None:
        """List an assistant that the part of the server's list which has been read does not hold."""
        self.items = [item, *self.items] if first else [*self.items, item]
        self.on_change()

    async def select(self, key: str) -> Assistant:
        """Select by id, name or graph id; NotFoundError lists the names there are, UsageError those that are meant."""
        return self.show(await self.find(key))

    async def find(self, key: str) -> Assistant:
        """Return the assistant that `select` would select; the same errors."""
        return await resolve(self._connection.call, key, self.items)

    async def find_of(self, assistant_id: str, graph_id: str) -> Assistant:
        """Return the assistant that a run named, or one of a graph where it named none; raises NotFoundError."""
        listed = default_of(graph_id, self.items) if not assistant_id else None
        return listed if listed is not None else await self.find(assistant_id or graph_id)

    def show(self, found: Assistant) -> Assistant:
        if not self._lists(found.assistant_id):
            self._add(found)
        if found.assistant_id != self._app_state.assistant_id:
            self._select(found.assistant_id)
            self._app_state.breakpoints = self._breakpoints.of(self._connection.info.lasting_name, found.graph_id)
        self._app_state.touch(Slice.ASSISTANTS, Slice.GRAPH, Slice.SCHEMAS, Slice.BREAKPOINTS)
        ahead = self._take_ahead(found.assistant_id)
        self._runtime.background.replace(self.load_graph(ahead=ahead), "graph")
        self._runtime.background.replace(self._load_schemas_for_sure(), "schemas")
        return found

    async def load_graph(self, *, xray: bool | None = None, ahead: Ahead | None = None) -> None:
        """Load the topology, with or without subgraphs opened; a failure becomes `AppState.graph_problem`."""
        app_state = self._app_state
        if xray is not None:
            app_state.xray = xray
        assistant_id = self._selected().assistant_id
        opened = app_state.xray
        try:
            answer = None
            if ahead is not None and ahead.xray == opened:
                with suppress(ConnectError):  # that was before the server answered at all
                    answer = await ahead.graph
            if answer is None:
                answer = await self._connection.call(lambda client: client.graph(assistant_id, xray=opened))
        except StudioError as error:
            # Where the link is lost, what is remembered stays as that: all is read again when the link is back.
            if app_state.assistant_id == assistant_id and not (
                app_state.remembered is not None and self._connection.is_lost(error)
            ):
                self.forget_remembered()
                app_state.graph_problem = clean(str(error))
                app_state.graph_unread = not isinstance(error, (NotFoundError, RejectedError, UnsupportedError))
                app_state.touch(Slice.GRAPH)
            return
        if app_state.assistant_id == assistant_id and app_state.xray == opened:
            self._take_graph(answer)

    def _take_graph(self, answer: JsonObject) -> None:
        app_state, spec = self._app_state, graph_spec(answer)
        remembered = app_state.remembered
        if remembered is not None and remembered.graph == spec:
            spec = remembered.graph  # the very same, so that its picture stays
        app_state.graph, app_state.graph_problem, app_state.inner_graph = spec, "", None
        app_state.graph_fault = ""  # the code was corrected
        self.forget_remembered()
        app_state.touch(Slice.GRAPH)
        self.on_graph()
        target, assistant = self._connection.target, app_state.assistant
        if target is not None and assistant is not None and not app_state.xray:
            self._runtime.background.replace(self._graphs.keep(target, assistant, answer), "keep graph")

    def look_inside(self) -> None:
        """Ask, once for each graph, for its subgraphs, while they are not drawn open; a failure tells of none."""
        app_state = self._app_state
        graph, known = app_state.graph, app_state.inner_graph is not None
        if graph is not None and graph.nodes and graph is not self._looked_into and not app_state.xray and not known:
            self._looked_into = graph
            self._runtime.background.replace(self.load_inner_graph(), "inner graph")

    async def load_inner_graph(self) -> None:
        """Read what is inside subgraphs: where a thread waits in one, and which nodes can be opened."""
        with suppress(StudioError):  # the thread is told as paused in there, without the node's name
            assistant_id, graph = self._selected().assistant_id, self._app_state.graph
            spec = await self.opened_graph()
            # One that was read again meanwhile may be another: it is looked into anew when somebody wants that.
            if self._app_state.assistant_id == assistant_id and self._app_state.graph is graph:
                self._app_state.inner_graph = (assistant_id, spec)
                self.on_graph()
                self._app_state.touch(Slice.GRAPH)

    async def opened_graph(self) -> GraphSpec:
        """Return the selected graph with its subgraphs, where the server can tell them; the app state is left alone."""
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

        from studio_tui.core.assistants.versions import schemas_of

        assistant_id = self._selected().assistant_id
        schemas = await schemas_of(self._connection.call, assistant_id)
        if self._app_state.assistant_id != assistant_id:
            return
        known = self._app_state.schemas
        if schemas.problem and known is not None and known.effective_input is not None:
            schemas = replace(known, problem=schemas.problem)
        if schemas != known:
            self._app_state.schemas = schemas
            self._app_state.touch(Slice.SCHEMAS)
        self._told.set()

    def read_subgraphs(self) -> None:
        """Read the schemas of the graph's subgraphs, unless they are there or under way."""
        app_state, reading = self._app_state, self._reading_subgraphs
        known = app_state.subgraphs is not None and not app_state.subgraphs.problem
        if app_state.assistant_id is not None and not known and (reading is None or reading.done()):
            work = self._load_subgraphs(app_state.assistant_id)
            self._reading_subgraphs = self._runtime.background.replace(work, "subgraph schemas")

    def _forget_subgraphs(self) -> None:
        self._app_state.subgraphs = self._reading_subgraphs = None
        self._runtime.background.cancel("subgraph schemas")

    async def _load_subgraphs(self, assistant_id: AssistantId) -> None:
        """A failure becomes their `problem`."""
        app_state = self._app_state
        try:
            found = SubgraphSchemas(await self._connection.call(lambda client: client.subgraphs(assistant_id)))
        except StudioError as error:
            found = SubgraphSchemas(problem=clean(str(error)))
        if app_state.assistant_id == assistant_id:
            app_state.subgraphs = found
            app_state.touch(Slice.SCHEMAS)

    async def keys_of(self, thread: Thread) -> list[str] | None:
        """Return what the graph of a thread takes, by name, in its order (raw); None where that cannot be had."""
        from studio_tui.core.assistants.versions import schemas_of

        app_state = self._app_state
        if app_state.assistant is not None and app_state.assistant.graph_id == thread.graph_id and app_state.schemas:
            schemas = app_state.schemas
        else:
            made = default_of(thread.graph_id, self.items)
            wanted = AssistantId(thread.assistant_id) or (made.assistant_id if made is not None else None)
            if wanted is None:
                return None
            schemas = await schemas_of(self._connection.call, wanted)
        if schemas.problem:
            return None
        return list(as_object(as_object(schemas.effective_input).get("properties")))

    async def _load_schemas_for_sure(self) -> None:
        assistant_id = self._selected().assistant_id
        for pause in chain(SCHEMA_PAUSES, repeat(SCHEMA_PAUSES[-1])):
            await self.load_schemas()
            self._connection.urge_description()
            known = self._app_state.schemas
            if self._app_state.assistant_id != assistant_id or (known is not None and not known.problem):
                return
            await asyncio.sleep(pause)
            if self._app_state.assistant_id != assistant_id:
                return

    async def prefer_chat(self, is_untouched: Callable[[], bool]) -> Assistant | None:
        """Show the first graph that takes messages where the one that is shown takes none; return what is shown then.

        It is known only after the start: other graphs' schemas are read one after the other, none before those of the
        first are there, and nothing is shown or read any more once something was done.
        """
        from studio_tui.core.assistants.chat_first import first_chat

        shown = self._app_state.assistant_id
        await self._told.wait()

        def goes_on() -> bool:
            return is_untouched() and self._app_state.assistant_id == shown

        schemas = self._app_state.schemas
        if shown is None or schemas is None or not goes_on():
            return None
        found = await first_chat(self._connection.call, self.items, shown, schemas, goes_on)
        return self.show(found) if found is not None and goes_on() else None

    def load_schemas_again(self) -> None:
        known = self._app_state.schemas
        if self._app_state.assistant is not None and (known is None or known.problem):
            self._runtime.background.replace(self._load_schemas_for_sure(), "schemas")

    async def reread(self) -> None:
        """Read assistants, graph and schemas again: the server may have been reloaded. What is shown stays till then.

        Raises StudioError when the list cannot be read.
        """
        chosen = self._app_state.assistant
        await self.refresh()
        if chosen is None or chosen.assistant_id != self._app_state.assistant_id:
            return  # another one was selected meanwhile, or the server was left
        if self._app_state.assistant is None:
            self._add(chosen)  # so that the screen can say whose it is
        self._forget_subgraphs()
        self._runtime.background.replace(self._load_schemas_for_sure(), "schemas")
        await self.load_graph()

    def _selected(self) -> Assistant:
        assistant = self._app_state.assistant
        if assistant is None:
            raise UsageError("No assistant is selected", "", Hint("Pick one first ({assistants})."))
        return assistant
