"""The facade of the application core: what both faces call. Lives on one event loop, owns every background task.

It knows no screen and no HTTP: it decides, calls the client on the network's loop, and writes the app state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from studio_tui.core.assistants.catalog import Catalog
from studio_tui.core.assistants.remembered import RememberedGraphs
from studio_tui.core.connection.ports import ClientFactory
from studio_tui.core.connection.runtime import Runtime
from studio_tui.core.connection.timings import Timings
from studio_tui.core.debugger.debugger import BreakpointFiles
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.core.threads.recent import RecentThreads
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import ConnectError, StudioError

if TYPE_CHECKING:
    from studio_tui.client.target import Target
    from studio_tui.core.assistants.versions import AssistantVersions
    from studio_tui.core.debugger.debugger import Debugger
    from studio_tui.core.interrupts.answers import Answers
    from studio_tui.core.runs.controller import RunController
    from studio_tui.core.thread_opener import ThreadOpener
    from studio_tui.core.threads.follower import ThreadFollower
    from studio_tui.core.threads.history import ThreadHistory
    from studio_tui.core.threads.words import ThreadWords
    from studio_tui.core.timetravel.time_travel import TimeTravel

T = TypeVar("T")


class Studio:
    """Puts the parts together, connects and disconnects them. Everything else is asked of the part."""

    def __init__(
        self,
        *,
        client_factory: ClientFactory | None = None,
        threaded: bool = True,
        timings: Timings | None = None,
        state_dir: Path | None = None,
    ) -> None:
        """`state_dir` is where breakpoints, drafts and names are kept; without it they end with the program."""
        runtime = Runtime(client_factory=client_factory, threaded=threaded, timings=timings, state_dir=state_dir)
        self.runtime = runtime
        """What all parts share."""
        self.app_state: AppState = runtime.app_state
        self.connection = runtime.connection
        self.right_of_way = runtime.right_of_way
        files = BreakpointFiles(state_dir / "breakpoints" if state_dir is not None else None)
        graphs = RememberedGraphs(state_dir / "graphs" if state_dir is not None else None)
        self.assistants = Catalog(runtime, files, graphs)
        self.assistants.on_graph = self._graph_came
        self.recent = RecentThreads(runtime)
        self._files, self._state_dir = files, state_dir
        runtime.connection.on_up = self._link_is_up
        self.watches_others = False
        """Whether what other clients do is noticed."""

    # -- parts that are made, and imported, when somebody asks for them: none has anything to show before -----------

    @cached_property
    def versions(self) -> AssistantVersions:
        from studio_tui.core.assistants.versions import AssistantVersions

        return AssistantVersions(
            self.connection.call,
            lambda: self.connection.info.dialect,
            put=self.assistants.put,
            gone=self.assistants.drop,
        )

    @cached_property
    def words(self) -> ThreadWords:
        from studio_tui.core.threads.words import ThreadWords

        words = ThreadWords(self.connection.call, self.app_state.words, self.assistants.keys_of)
        words.on_found = lambda: self.app_state.touch(Slice.THREADS)
        return words

    @cached_property
    def history(self) -> ThreadHistory:
        from studio_tui.core.threads.history import ThreadHistory

        return ThreadHistory(self.runtime)

    @cached_property
    def runs(self) -> RunController:
        from studio_tui.core.runs.controller import RunController

        runs = RunController(self.runtime, self.history, self.recent)
        runs.on_thread = self._watch_thread
        return runs

    @cached_property
    def debugger(self) -> Debugger:
        from studio_tui.core.debugger.debugger import Debugger

        return Debugger(self.app_state, self._files, self.runs.start)

    @cached_property
    def threads(self) -> ThreadOpener:
        from studio_tui.core.thread_opener import ThreadOpener

        threads = ThreadOpener(self.runtime, self.assistants, self.history, self.recent, self.runs)
        threads.on_thread = self._watch_thread
        threads.on_opened = self._thread_opened
        return threads

    @cached_property
    def interrupts(self) -> Answers:
        from studio_tui.core.interrupts.answers import Answers

        return Answers(self.runtime, self.history, self.runs)

    @cached_property
    def time(self) -> TimeTravel:
        from studio_tui.core.timetravel.time_travel import TimeTravel

        return TimeTravel(self.runtime, self.history, self.recent, self.runs.start, self._state_dir)

    @cached_property
    def others(self) -> ThreadFollower:
        """Notices what other clients do; off until `watch_others`."""
        from studio_tui.core.threads.follower import ThreadFollower

        return ThreadFollower(self.runtime, self.recent, self.threads, self.server_returned)

    # -- the connection ----------------------------------------------------------------------------------------------

    async def connect(self, target: Target, *, expected: str = "") -> ServerInfo:
        """Probe the server, load its assistants and threads; raises StudioError and leaves the link NONE.

        All is asked at once, also the graph of the assistant that is `expected` to be selected then (its id); the one
        that an earlier session saw is shown meanwhile, and stays where the server cannot be reached.
        """
        await self.disconnect()
        self.assistants.recall(target, expected)
        listing: list[asyncio.Task[bool]] = []

        def read_lists() -> None:
            listing.append(asyncio.create_task(self.assistants.refresh()))
            # The list of threads is optional: a failure is shown in its panel only.
            self.runtime.background.replace(self.recent.refresh_quietly(), "threads")
            self.assistants.read_ahead(expected)

        try:
            info = await self.connection.open(target, beside=read_lists)
            await listing[0]
            self.connection.check_newest(target)
        except BaseException as error:
            await _give_up(listing)
            if self.connection.target is target:
                self.runtime.background.cancel("threads")
                if isinstance(error, StudioError):
                    await self.connection.close()
                if not isinstance(error, ConnectError):
                    self.assistants.forget_remembered()
                self.assistants.clear()
                self.recent.clear()
            raise
        if self.watches_others:
            self.others.start()
        return info

    async def disconnect(self) -> None:
        """Leave the server: stop following its run, forget what it told."""
        self.others.stop()
        self.app_state.server_problem = ""
        await self.runs.detach()
        await self.threads.new()
        await self.connection.close()
        self.assistants.forget_remembered()
        self.assistants.clear()
        self.recent.clear()
        self.app_state.words.clear()
        self.__dict__.pop("words", None)  # it knows what graphs of this server take

    async def aclose(self) -> None:
        """Cancel every background task, close the client and the network; the latter two also when cancelled."""
        try:
            await self.runs.detach()
            await self.runtime.background.aclose()
        finally:
            await self.connection.aclose()

    def watch_others(self, on: bool) -> None:
        """Notice what other clients do, now and after every connection, or no more."""
        self.watches_others = on
        if on and self.app_state.server is not None:
            self.others.start()
        elif not on:
            self.others.stop()

    def on_server_log(self, line: str) -> None:
        """Take a log line of the local server."""
        self.app_state.server_log.append(line)
        self.app_state.touch(Slice.SERVER_LOG)

    def server_reloaded(self, problem: str) -> None:
        """The local server was loaded again; `problem` (safe text) is why it could not be, or empty."""
        self.app_state.server_problem = problem
        self.app_state.touch(Slice.CONNECTION)
        if not problem and self.app_state.server is not None:
            self.runtime.background.replace(self.server_returned(), "returned")

    def graph_raised(self, fault: str) -> None:
        """The log of the local server tells what the selected graph's own code raised, and where (safe text)."""
        self.app_state.graph_fault = fault
        self.app_state.touch(Slice.GRAPH)

    def _graph_came(self) -> None:
        self.threads.take_graph()

    def _watch_thread(self, thread_id: ThreadId | None) -> None:
        self.others.watch(thread_id)

    def _thread_opened(self) -> None:
        self.time.names.show()

    def _link_is_up(self) -> None:
        self.runs.link_is_up()
        self.others.link_is_up.set()
        self.runtime.background.replace(self.server_returned(), "returned")

    async def server_returned(self) -> bool:
        """The server may be another than before (restarted, reloaded): read again what it tells of itself.

        Returns whether all of it could be read; a server that has just come back may well fail once more.
        """
        await self.recent.refresh_quietly()
        if not self.watches_others:
            return True
        try:
            await self.assistants.reread()
            await self.threads.catch_up()
        except StudioError:
            return False
        return True


async def _give_up(tasks: Sequence[asyncio.Task[bool]]) -> None:
    """End what a failed attempt still reads; why it failed is told already."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
