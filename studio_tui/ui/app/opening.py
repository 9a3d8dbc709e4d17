"""How a session begins: start the local server, connect, select what was asked for, remember what is open."""

from __future__ import annotations

import asyncio
import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio_tui.address import read_address
from studio_tui.config.credentials import header_value
from studio_tui.config.schema import Settings
from studio_tui.config.servers import ServerChoice, Servers
from studio_tui.config.state import read_state, write_state
from studio_tui.core.assistants.resolve import default_of, first_of, meant
from studio_tui.core.state.app_state import LinkState, Slice
from studio_tui.crossing import off_the_loop
from studio_tui.domain.ids import CheckpointId, default_assistant_id
from studio_tui.errors import AuthError, ConnectError, StudioError
from studio_tui.log import LOGGER
from studio_tui.present.threads.panel import named
from studio_tui.text.fmt import short_id
from studio_tui.text.sanitize import clean
from studio_tui.text.secrets import KNOWN
from studio_tui.text.spans import Span
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.studio.panels import NUMBERED

if TYPE_CHECKING:
    from studio_tui.client.target import Target
    from studio_tui.domain.assistant import Assistant
    from studio_tui.local import LocalServer
    from studio_tui.ui.app.app import StudioApp


AHEAD = ("studio_tui.client.api", "studio_tui.client.sending", "studio_tui.graphs.picture.draw")
"""What is wanted once a server answers: imported while there is nothing to do but to wait for that."""


def import_ahead() -> None:
    for name in AHEAD:
        importlib.import_module(name)


class Opening:
    """Brings the studio to a server. Failures end on the Connect screen with their reason, never in an exit."""

    def __init__(self, app: StudioApp) -> None:
        self._app = app
        self.servers = app.options.servers or Servers(Settings(), {})
        self._unnamed: dict[str, str] = {}
        """URLs that this session did not get from the user, with where they came from."""
        self._named = False
        """The user named the server that is open, so that picking it again needs no question."""
        self._selected = False
        """What the command line names was selected: it does not apply to servers visited later."""

    def announce(self) -> None:
        """Have the first frame say what the next one will say, where a server needs no start and no question."""
        app, options = self._app, self._app.options
        app.studio.assistants.on_remembered = app.clock.urge
        chosen = options.choice is not None and not options.choice.waits
        if options.local is None and (options.target is not None or chosen):
            app.app_state.link = LinkState.CONNECTING

    async def begin(self) -> None:
        """Do what the command line asked for."""
        self._app.studio.threads.on_shown = self._app.clock.show  # somebody waits for each thread that is opened
        try:
            await self._begin()
        finally:
            app_state = self._app.app_state
            if app_state.link is LinkState.CONNECTING and self._app.studio.connection.target is None:
                app_state.link = LinkState.NONE  # nobody does, whatever was announced
                app_state.touch(Slice.CONNECTION)

    async def _begin(self) -> None:
        options = self._app.options
        if options.local is not None:
            await self.start_local(options.local)
        elif options.target is not None:
            await self.connect(options.target)
        elif options.choice is not None:
            await self.go(options.choice)
        else:
            self.show_connect()

    async def start_local(self, server: LocalServer) -> None:
        """Start a development server, show its log while it starts, and connect to it."""
        app = self._app
        app.local = server
        reloads, faults = server.reloads(), server.graph_faults()

        def heard(line: str) -> None:
            app.studio.on_server_log(line)
            reason = reloads.take(line)
            if reason is not None:
                app.studio.server_reloaded(reason)
            if fault := faults.take(line):
                app.studio.graph_raised(fault)

        server.listen(heard)
        title = clean(server.launch.title)
        waits = f", which waits for {server.launch.waits_for}" if server.launch.waits_for else ""
        log = Span(app.commands.hint(" · {server-log} shows its log"), "muted")
        app.studio_screen.status.say((Span(f"Starting {title}{waits}", "warn"), log))
        try:
            base_url, _ = await asyncio.gather(server.start(), off_the_loop(import_ahead))
        except StudioError as error:
            self.show_connect(error)
            return
        finally:
            app.studio_screen.status.say(())
        if server.warning:
            app.tell(server.warning, "warning")
        studio_user = server.launch.has_auth and app.options.studio_user
        await self.go(self.servers.own(base_url, studio_user=studio_user))

    async def start_project(self, path: Path) -> None:
        """Start the server of the user's project. Raises LocalServerError."""
        from studio_tui.local import project_server

        server = project_server(path, self._app.options.paths)
        if self._app.local is not None:
            await self._app.local.stop()
        await self.start_local(server)

    async def go(self, choice: ServerChoice) -> None:
        """Connect to a server that was chosen; where a key waits for a yes, ask first. Raises UsageError."""
        from studio_tui.client.target import Target

        app = self._app
        if not choice.named:
            self._unnamed[choice.base_url] = "recent" if choice.source == "default" else choice.source
        self._named = choice.named
        if choice.waits:
            from studio_tui.ui.connection.credential_dialogs import TrustDialog

            answer = await app.ask(TrustDialog(choice))
            if answer is None:
                self.show_connect(url=choice.base_url)
                return
            if answer:
                choice = await asyncio.to_thread(self.servers.granted, choice)
        for warning in choice.warnings:
            app.tell(warning, "warning")
        for note in choice.notes:
            app.tell(note)
        target, local = Target.of(choice), app.local
        if local is not None and local.base_url == target.base_url:
            target = replace(target, place=local.launch.place)
        await self.connect(target)

    async def connect(self, target: Target) -> None:
        """Connect and select; a refused key can be given anew, any other failure is shown on the Connect screen."""
        app = self._app
        while True:
            KNOWN.keep(target.keys)
            try:
                await app.studio.connect(target, expected=self._expected(target))
                break
            except StudioError as error:
                if app.studio.connection.target is not target:
                    return  # another server was chosen meanwhile: nobody waits for this one
                given = await self._header_for(target, error) if isinstance(error, AuthError) else None
                if given is None:
                    await self._keys_come_first()
                    self.show_connect(error, url=target.base_url)
                    return
                name, text = given
                value = await asyncio.to_thread(header_value, name, text, os.environ)
                target = target.with_header(name, value)
                self.servers.give(target.base_url, name, text)
        self._close_connect()
        await self._select()
        if app.app_state.assistant_id is None:
            app.studio.assistants.forget_remembered()
        app.clock.urge()  # somebody waits for it
        await self.remember()

    def _expected(self, target: Target) -> str:
        """The id of the assistant that will be selected, as far as that is known before its server is."""
        if self._selected:
            return ""
        options, local = self._app.options, self._app.local
        if options.assistant or local is None or local.base_url != target.base_url:
            return options.assistant
        from studio_tui.local.project import first_graph

        return default_assistant_id(first_graph(local.launch))

    async def _header_for(self, target: Target, error: AuthError) -> tuple[str, str] | None:
        from studio_tui.ui.connection.credential_dialogs import HeaderDialog

        # Deployments answer 403 to a request without any key.
        asked = error.status == 401 or (error.status == 403 and not target.has_credentials)
        return await self._app.ask(HeaderDialog(target.host, error)) if asked else None

    async def chosen(self, text: str, key_env: str = "") -> ServerChoice:
        """Return the choice for what is in a field, a list or behind `:server`; empty is the built-in default.

        A `cmd:` header of it runs beside the UI. Raises UsageError.
        """
        if not text:
            return self.servers.default()
        return await asyncio.to_thread(lambda: self.servers.named(text, key_env=key_env, source=self._source(text)))

    def _source(self, text: str) -> str:
        """Tell who named a server: text that this program filled in, offered or completed was not typed by the user."""
        if text in self.servers.profiles:
            return "profile"
        url = read_address(text).url
        if url in self._unnamed:
            return self._unnamed[url]
        remembered = read_state(self._app.options.paths.state_file)
        return "recent" if url in remembered.servers and not remembered.is_named(url) else "typed"

    async def _keys_come_first(self) -> None:
        """Let keys that were pressed before what opens by itself go where they were meant to, for a second at most."""
        for _ in range(100):
            if not self._app.typeahead.arriving:
                return
            await asyncio.sleep(0.01)

    def show_connect(self, error: StudioError | None = None, *, url: str = "") -> None:
        """Show the Connect screen, or on the one that is open, why the last attempt failed."""
        from studio_tui.ui.connection.connect_screen import ConnectScreen

        if isinstance(self._app.screen, ConnectScreen):
            self._app.screen.show_error(error)
        else:
            self._app.push_screen(ConnectScreen(error, url))

    def _close_connect(self) -> None:
        """Go back to the Studio screen if Connect stands over it."""
        from studio_tui.ui.connection.connect_screen import ConnectScreen

        if isinstance(self._app.screen, ConnectScreen):
            self._app.pop_screen()
            self._app.typeahead.focus_moved("The connection is there")

    async def _select(self) -> None:
        """Select assistant and thread: what the command line names (once), else the first assistant."""
        app = self._app
        options = app.options
        profile = options.profiles.get(app.app_state.profile)
        named = profile.assistant if profile is not None else ""
        wanted, thread = (named, "") if self._selected else (options.assistant, options.thread)
        self._selected = True
        key = wanted or self._first_assistant()
        if key:
            try:
                await app.studio.assistants.select(key)
            except StudioError as error:
                app.tell_error(error)
                if first := self._first_assistant():
                    await app.studio.assistants.select(first)
        else:
            hint = "Check `graphs` in the server's langgraph.json."
            app.tell_error(ConnectError("This server has no assistants", "There is nothing to run.", hint))
        if not wanted and not thread and self._own is None and options.offline is None:
            # A project of the user's says itself which graph is its first.
            beside(app, self._prefer_chat, "choosing the first assistant", group="prefer-chat")
        if thread:
            at = CheckpointId(options.at) if options.at else None
            await app.studio.threads.open(thread, at=at)
            self._tell_other_graph(options.assistant if options.assistant_asked else "")
            if options.panel in NUMBERED:
                app.studio_screen.show_panel(options.panel)
        if app.studio_screen.focused is None:
            app.studio_screen.focus_composer(asked=False)

    async def _prefer_chat(self) -> None:
        """Where nobody said which graph, go to one that takes messages, unless somebody has begun with the first."""
        app = self._app
        if (found := await app.studio.assistants.prefer_chat(self._is_untouched)) is not None:
            name = clean(found.label, 60)
            app.tell(
                app.commands.hint(f"{name} takes messages, so it comes first. {{assistants}} chooses another graph.")
            )
            await self.remember()

    def _is_untouched(self) -> bool:
        """Nothing was pressed, clicked, opened or typed yet."""
        app = self._app
        app_state, screen = app.app_state, app.studio_screen
        return (
            not app.turn.any_key and app.screen is screen and (screen.focus_pending or screen.area == "composer")
            and app_state.thread_id is None and not app_state.runs
        )  # fmt: skip

    def _tell_other_graph(self, asked: str) -> None:
        """The thread that was asked for decides about the graph: say so where another assistant was asked for."""
        taken = self._app.app_state.assistant
        if asked and taken is not None and meant(asked, [taken]) is None:
            name = clean(taken.label, 60)
            self._app.tell(f"The thread belongs to {name}, so {name} is used, not {clean(asked, 60)}.", "warning")

    def _first_assistant(self) -> str:
        """Return the assistant to begin with: that of the project's first graph, else the newest."""
        assistants = self._app.app_state.assistants.items
        if self._own is not None:
            from studio_tui.local.project import first_graph

            made = default_of(first_graph(self._own.launch), assistants)
            if made is not None:
                return made.assistant_id
        first = first_of(assistants)
        return first.assistant_id if first is not None else ""

    async def choose_assistant(self, key: str) -> bool:
        """Select an assistant; return whether it is selected.

        A thread of another graph is left, for its state would be read wrongly; after a question where something of
        the moment would be left with it.
        """
        studio, app_state = self._app.studio, self._app.app_state
        found = await studio.assistants.find(key)
        graph = app_state.thread_graph
        if app_state.thread_id is not None and graph and graph != found.graph_id:
            if not await self._may_leave_thread(found, graph):
                return False
            row = app_state.thread
            left = named(app_state.thread_id, row.called(app_state.words) if row is not None else "")
            await studio.threads.new()
            name, graph = clean(found.label, 60), clean(graph, 60)
            self._app.tell(f"New thread for {name}: {left} stays with {graph}.")
        await studio.assistants.select(found.assistant_id)
        await self.remember()
        screen = self._app.studio_screen
        if app_state.thread_id is None and screen.active not in ("graph", "messages"):
            screen.show_panel("timeline")  # nothing is past yet: on to where a first input is written
            screen.show_panel("messages")
        return True

    async def _may_leave_thread(self, found: Assistant, graph: str) -> bool:
        from studio_tui.ui.kit.dialogs.dialogs import ConfirmDialog

        app_state, screen = self._app.app_state, self._app.studio_screen
        name = clean(found.label, 60)
        live = app_state.run is not None and app_state.run.phase.is_live
        unsent = (
            "What you typed" if screen.composer.state.touched else "Your answer" if screen.dock.sheet.dump() else ""
        )
        if not (live or unsent):
            return True
        text = (
            f"The open thread {short_id(clean(app_state.thread_id or ''))} belongs to graph {clean(graph, 60)}. "
            f"{name} is of graph {clean(found.graph_id, 60)} and would read its state wrongly.\n"
            f"The thread stays on the server{', and its run goes on' if live else ''}."
            f"{f' {unsent} is not sent.' if unsent else ''}"
        )
        return await self._app.ask(ConfirmDialog(f"Start a new thread for {name}?", text, yes="New thread")) is True

    @property
    def _own(self) -> LocalServer | None:
        """The server that studio-tui started, while that is the open one."""
        local, server = self._app.local, self._app.app_state.server
        return local if local is not None and server is not None and server.place == local.launch.place else None

    async def remember(self) -> None:
        """Note server and assistant for the next session; a full disk is no reason to disturb."""
        options, app_state = self._app.options, self._app.app_state
        if not options.remembers or app_state.server is None:
            return
        own = self._own
        if own is not None and own.launch.private_copy:
            return  # the demo's threads end with it
        url, path = app_state.server.base_url, options.paths.state_file
        opened = {"assistant": app_state.assistant_id or "", "panel": self._app.studio_screen.active}
        if app_state.thread_id:  # else the one that was open last is still that
            opened["thread"] = app_state.thread_id
        named = self._named

        def write() -> None:
            state = read_state(path)
            if own is not None:
                state.used_project(own.launch.place, **opened)
            else:
                state.used(url, **opened)
                if named:
                    state.name(url)
            write_state(path, state)

        try:
            await off_the_loop(write)
        except OSError as error:
            LOGGER.warning("the session could not be remembered: %s", error)
